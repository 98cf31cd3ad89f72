// A session at one moment: itself, its activities, and what can be derived from both.

import type { NativeSnapshot } from '../native/binding';
import { callNow } from '../native/call';
import { check, defined } from '../native/check';
import type { Activity, ActivityType } from './activity';
import type { ChangeSet } from './artifact';
import { type FileOptions, filesOf, type GeneratedFile, type GeneratedFiles } from './files';
import type { PullRequest } from './output';
import { methods } from './prototype';
import { generatedFiles, reviveActivity, reviveChangeSet } from './revive';
import type { SessionState } from './session-info';

/** One line of a snapshot's timeline. */
export interface TimelineEntry {
  /** When it happened, RFC 3339 in UTC; absent when the server didn't say. */
  readonly time?: string;
  /** The activity's type. */
  readonly type: ActivityType;
  /** What happened. */
  readonly summary: string;
}

/** A command that failed. */
export interface FailedCommand {
  /** The activity that it belongs to. */
  readonly activityId: string;
  /** When that was, RFC 3339 in UTC; absent when the server didn't say. */
  readonly time?: string;
  /** The command line. */
  readonly command: string;
  /** What it wrote to stdout and stderr. */
  readonly output: string;
  /** How it exited; never 0. */
  readonly exitCode: number;
}

/** What stands out in a snapshot. */
export interface Insights {
  /** How often the agent said that it was done; more than once when a message woke the session. */
  readonly completionAttempts: number;
  /** How often the agent made a new plan after its first one. */
  readonly planRegenerations: number;
  /** How many messages the user wrote. */
  readonly userInterventions: number;
  /** The commands that exited with another code than 0, in order. */
  readonly failedCommands: readonly FailedCommand[];
}

/** What a snapshot's JSON has. */
export interface SnapshotFields {
  readonly id: string;
  readonly state: SessionState;
  /** The session's page in the web app; may be empty. */
  readonly url: string;
  /** RFC 3339 in UTC; absent when the server didn't say. */
  readonly createdAt?: string;
  /** RFC 3339 in UTC; absent when the server didn't say. */
  readonly updatedAt?: string;
  /** From its creation to its end, in milliseconds; while it runs, to its last known activity. */
  readonly durationMs: number;
  readonly prompt: string;
  readonly title: string;
  /** The pull request, when it made one. */
  readonly pr?: PullRequest;
  readonly activities: readonly Activity[];
  /** How many activities there are of each type; types that don't occur are absent. */
  readonly activityCounts: Readonly<Partial<Record<ActivityType, number>>>;
  /** What happened, a line an activity. */
  readonly timeline: readonly TimelineEntry[];
  readonly insights: Insights;
  /** The files that its changes create or touch. */
  readonly generatedFiles: readonly GeneratedFile[];
}

/** The name of a field of a snapshot's JSON. */
export type SnapshotField = keyof SnapshotFields;

/** Which fields a snapshot's JSON shall have. */
export interface ToJSONOptions<
  Field extends SnapshotField = SnapshotField,
  Less extends SnapshotField = SnapshotField,
> {
  /** Only these. Default: all. */
  include?: readonly Field[] | undefined;
  /** Without these. Default: none are left out. */
  exclude?: readonly Less[] | undefined;
}

/** A session at one moment, whole; {@link Session.snapshot} takes it. */
export interface Snapshot extends Omit<SnapshotFields, 'generatedFiles'> {
  /** The files that its changes create or touch. */
  readonly generatedFiles: GeneratedFiles;
  /** The changes: those among the session's outputs, else the latest among its activities. */
  changeSet(): ChangeSet | undefined;
  /**
   * The files with their whole new content, made from what the directory has now. Nothing is written to it.
   *
   * @throws (as a rejection) {@link PatchError} when the directory's files are not those that the changes were made for.
   * @example
   * for (const file of (await snapshot.generatedFilesIn('./checkout')).all()) console.log(file.path, file.content);
   */
  generatedFilesIn(directory: string | URL, options?: FileOptions): Promise<GeneratedFiles>;
  /**
   * The snapshot as plain data, or some fields of it. `JSON.stringify` keeps the changes besides, so that
   * `Snapshot.fromJSON` loses nothing.
   *
   * @throws {@link QueryError} when a name is not one of a field.
   * @example
   * const brief = snapshot.toJSON({ exclude: ['activities', 'generatedFiles'] });
   */
  toJSON<Field extends SnapshotField = SnapshotField, Less extends SnapshotField = never>(
    options?: ToJSONOptions<Field, Less>,
  ): Pick<SnapshotFields, Exclude<Field, Less>>;
  /**
   * The snapshot as a Markdown page: what was asked, the plan, the messages, the commands, the files, and a line for each
   * activity. What the agent wrote can't break out of its place on the page.
   */
  toMarkdown(): string;
}

/** What is behind each snapshot. */
const natives = new WeakMap<object, NativeSnapshot>();

/** @internal */
export function toSnapshot(native: NativeSnapshot): Snapshot {
  const fields: SnapshotFields = JSON.parse(callNow(() => native.someFields()));
  for (const activity of fields.activities) reviveActivity(activity);
  const snapshot = { ...fields, generatedFiles: filesOf(fields.generatedFiles) };
  natives.set(snapshot, native);
  return Object.setPrototypeOf(snapshot, snapshotMethods);
}

const snapshotMethods = methods({
  changeSet(this: Snapshot): ChangeSet | undefined {
    const text = callNow(() => behind(this).changeSet());
    return text === null ? undefined : reviveChangeSet(JSON.parse(text));
  },
  async generatedFilesIn(this: Snapshot, directory: string | URL, options: FileOptions = {}): Promise<GeneratedFiles> {
    return generatedFiles(this.changeSet(), { ...options, directory });
  },
  toJSON(this: Snapshot, given: ToJSONOptions | string = {}): SnapshotFields {
    // `JSON.stringify` passes the name of the property that it writes: what it keeps has the changes, too.
    if (typeof given === 'string') return JSON.parse(callNow(() => behind(this).fields()));
    check('toJSON', given, { include: 'strings', exclude: 'strings' });
    const { include, exclude } = defined(given) as ToJSONOptions;
    return JSON.parse(callNow(() => behind(this).someFields(include && [...include], exclude && [...exclude])));
  },
  toMarkdown(this: Snapshot): string {
    return behind(this).toMarkdown();
  },
});

function behind(snapshot: Snapshot): NativeSnapshot {
  return natives.get(snapshot) as NativeSnapshot;
}
