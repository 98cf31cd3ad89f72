// What `select` gives: plain data, and of it the fields that the query names. The types follow the query.

import type { Activity } from './activity';
import type { SessionInfo } from './session-info';

/** A value as it stands in the local cache: without methods. */
export type Data<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends readonly (infer Item)[]
    ? Data<Item>[]
    : T extends object
      ? { -readonly [K in keyof T as T[K] extends Method ? never : K]: Data<T[K]> }
      : T;

type Method = (...given: never) => unknown;

/** A whole session, as `select: ['*']` gives it. */
export type SessionRow = Data<Omit<SessionInfo, 'activities' | 'plan' | 'outcome'>> & {
  /** From its creation to its end, or to the last that is known of it, in milliseconds. */
  durationMs: number;
};

/** A whole activity, as `select: ['*']` gives it. */
export type ActivityRow = Data<Activity> & {
  /** The session that it belongs to. */
  sessionId: string;
  /** How many artifacts came with it. */
  artifactCount: number;
  /** What happened, on one line. */
  summary: string;
};

/** The table that a query is about. */
export type Domain = 'sessions' | 'activities';

/** A whole row of a table. */
export type WholeRow<From extends Domain> = From extends 'sessions' ? SessionRow : ActivityRow;

/** What is given when nothing is chosen. */
type Usual<From extends Domain> = From extends 'sessions'
  ? 'id' | 'state' | 'title' | 'createTime'
  : 'id' | 'type' | 'createTime' | 'originator' | 'artifactCount' | 'summary';

/** The variants of a union as one object: what not all of them have is optional. */
type Merged<T> = { [K in keyof T]: T[K] } & {
  [K in Exclude<T extends unknown ? keyof T : never, keyof T>]?: T extends Record<K, infer Value> ? Value : never;
};

/** Paths below a value, up to `Depth` names long; what the server sent and nobody knows goes on with any name. */
type Below<T, Depth extends unknown[]> = Depth extends [unknown, ...infer Rest]
  ? T extends readonly (infer Item)[]
    ? Below<Item, Depth>
    : T extends object
      ? { [K in keyof T & string]: K | `${K}.${Below<NonNullable<T[K]>, Rest>}` }[keyof T & string]
      : unknown extends T
        ? string
        : never
  : never;

/** The fields of a table, also dotted ones: `id`, `outputs.pullRequest.url`. A path goes through lists. */
export type FieldPath<From extends Domain> = Below<WholeRow<From>, [1, 1, 1, 1]>;

/** What can stand in `select`: a field, all of them, or one that is left out. */
export type Selection<From extends Domain> = FieldPath<From> | `-${FieldPath<From>}` | '*';

/** What is at a path. */
export type ValueAt<T, Path extends string> = T extends readonly (infer Item)[]
  ? ValueAt<Item, Path>
  : Path extends `${infer Name}.${infer Rest}`
    ? T extends { [K in Name]?: infer Value }
      ? ValueAt<NonNullable<Value>, Rest>
      : never
    : T extends { [K in Path]?: infer Value }
      ? NonNullable<Value> extends readonly (infer Item)[]
        ? Item
        : NonNullable<Value>
      : never;

/** The first names of paths. */
type Head<Path extends string> = Path extends `${infer Name}.${string}` ? Name : Path;

/** What comes behind a first name; never when a path ends there. */
type Tail<Path extends string, Name> = Path extends `${infer First}.${infer Rest}`
  ? First extends Name
    ? Rest
    : never
  : never;

/** The chosen fields of a value, through lists. */
type Chosen<T, Path extends string> = T extends readonly (infer Item)[]
  ? Chosen<Merged<Item>, Path>[]
  : T extends object
    ? { [K in keyof T as K extends Head<Path> ? K : never]: K extends Path ? T[K] : Chosen<T[K], Tail<Path, K>> }
    : T;

/** A value without the fields that are left out, through lists. */
type Without<T, Path extends string> = [Path] extends [never]
  ? T
  : T extends readonly (infer Item)[]
    ? Without<Item, Path>[]
    : T extends object
      ? { [K in keyof T as K extends Path ? never : K]: Without<T[K], Tail<Path, K>> }
      : T;

type Plain<Path> = Path extends `-${string}` | '*' ? never : Path & string;
type LeftOut<Path> = Path extends `-${infer Name}` ? Name : never;

/** The fields of a row that a selection names. */
export type Projected<From extends Domain, Select> = Select extends readonly (infer Path)[]
  ? string extends Path
    ? Partial<Merged<WholeRow<From>>>
    : [Plain<Path>] extends [never]
      ? Without<WholeRow<From>, LeftOut<Path>>
      : '*' extends Path
        ? Without<WholeRow<From>, LeftOut<Path>>
        : Without<Chosen<Merged<WholeRow<From>>, Plain<Path>>, LeftOut<Path>>
  : Chosen<Merged<WholeRow<From>>, Usual<From>>;

/** The whole row, or the fields that an include names. */
type Included<From extends Domain, Options> = Options extends { select: infer Select }
  ? Projected<From, Select>
  : WholeRow<From>;

type Along<From extends Domain, Include> = From extends 'sessions'
  ? Include extends { activities: infer Options }
    ? Options extends false
      ? unknown
      : { activities: Included<'activities', Options>[] }
    : unknown
  : Include extends { session: infer Options }
    ? Options extends false
      ? unknown
      : { session?: Included<'sessions', Options> }
    : unknown;

/** A row of `select`: the fields that the query names, and what comes along. */
export type Row<From extends Domain, Select = undefined, Include = undefined> = Projected<From, Select> &
  Along<From, Include>;
