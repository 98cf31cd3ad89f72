// The query language of `select`, in types. What a query means, and what is wrong with one, is decided in Rust.

import type { Domain, FieldPath, Selection, ValueAt, WholeRow } from './values/rows';

/** What a value is compared with; times may be `Date` objects. */
type Operand<Value> = Value extends string ? Value | Date : Value;

/** A comparison; several operators must all hold. */
export interface Operators<Value = unknown> {
  /** Is this value. */
  eq?: Operand<Value> | undefined;
  /** Is another value. */
  neq?: Operand<Value> | undefined;
  /** Has this text in it, upper and lower case being the same. */
  contains?: string | undefined;
  /** Is greater, or later. */
  gt?: Operand<Value> | undefined;
  /** Is greater, or later, or the same. */
  gte?: Operand<Value> | undefined;
  /** Is less, or earlier. */
  lt?: Operand<Value> | undefined;
  /** Is less, or earlier, or the same. */
  lte?: Operand<Value> | undefined;
  /** Is one of these. */
  in?: readonly Operand<Value>[] | undefined;
  /** Is there, or isn't. */
  exists?: boolean | undefined;
}

/** A value, or a comparison. */
export type Condition<Value = unknown> = Operand<Value> | Operators<Value>;

/** What must hold, field by field; a dotted path through a list holds when any element does. */
export type Where<From extends Domain> = {
  [Path in FieldPath<From>]?: Condition<ValueAt<WholeRow<From>, Path>> | undefined;
} & {
  /** Words that must all occur somewhere in the texts, each as a part of a word; `"a phrase"` counts as one. */
  search?: string | undefined;
};

/** The activities that come along with sessions, oldest first. */
export interface IncludedActivities {
  where?: Where<'activities'> | undefined;
  /** Default: all fields. */
  select?: readonly Selection<'activities'>[] | undefined;
  /** By the time of creation. Default: `asc`. */
  order?: 'asc' | 'desc' | undefined;
  /** At most this many for each session. Default: all. */
  limit?: number | undefined;
}

/** The session that comes along with activities. */
export interface IncludedSession {
  /** Default: all fields. */
  select?: readonly Selection<'sessions'>[] | undefined;
}

/** What is included with each row. */
export type Include<From extends Domain> = From extends 'sessions'
  ? { activities?: boolean | IncludedActivities | undefined }
  : { session?: boolean | IncludedSession | undefined };

/** Which rows of a table, and what of them. */
interface Rows<From extends Domain, Select, With> {
  /** What must hold. Default: all rows. */
  where?: Where<From> | undefined;
  /**
   * The fields to give: names, dotted paths, `'*'` for all, `'-path'` to leave one out. Default: of sessions `id`,
   * `state`, `title` and `createTime`, of activities `id`, `type`, `createTime`, `originator`, `artifactCount` and
   * `summary`.
   */
  select?: Select;
  /** What is included with each row. Default: nothing. */
  include?: With;
  /** By the time of creation. Default: `desc`, the newest first. */
  order?: 'asc' | 'desc' | undefined;
  /** At most this many rows. Default: all. */
  limit?: number | undefined;
  /** How many rows to pass over first. Default: 0. */
  offset?: number | undefined;
  /** Begins with the row of this id. */
  startAt?: string | undefined;
  /** Begins after the row of this id. */
  startAfter?: string | undefined;
}

/** A query of the sessions in the local cache. */
export interface SessionsQuery<
  Select extends readonly Selection<'sessions'>[] | undefined = readonly Selection<'sessions'>[] | undefined,
  With extends Include<'sessions'> | undefined = Include<'sessions'> | undefined,
> extends Rows<'sessions', Select, With> {
  from: 'sessions';
}

/** A query of the activities in the local cache. */
export interface ActivitiesQuery<
  Select extends readonly Selection<'activities'>[] | undefined = readonly Selection<'activities'>[] | undefined,
  With extends Include<'activities'> | undefined = Include<'activities'> | undefined,
> extends Rows<'activities', Select, With> {
  from: 'activities';
}

/** A query of one session's activities, where `from` goes without saying. */
export interface SessionActivitiesQuery<
  Select extends readonly Selection<'activities'>[] | undefined = readonly Selection<'activities'>[] | undefined,
  With extends Include<'activities'> | undefined = Include<'activities'> | undefined,
> extends Rows<'activities', Select, With> {
  from?: 'activities' | undefined;
}

/** A question to the local cache, for {@link Jules.select}. */
export type Query = SessionsQuery | ActivitiesQuery;

/**
 * The query as the addon takes it. What can't be written as JSON is told there.
 *
 * @internal
 */
export function toQuery(query: unknown): string {
  return JSON.stringify(query) ?? 'null';
}
