// The way back from JSON: values that were stored, cloned or sent get their methods again.

import { ConfigError } from '../errors/classes';
import { trimStack } from '../errors/stack';
import { addon } from '../native/addon';
import type { Activity as ActivityData } from './activity';
import type { Outcome as OutcomeData } from './outcome';
import { reviveActivity, reviveInfo, reviveOutcome } from './revive';
import type { SessionInfo as SessionInfoData } from './session-info';
import { type Snapshot as SnapshotData, toSnapshot } from './snapshot';

/** What makes values of a kind from their JSON. */
export interface FromJSON<T> {
  /**
   * The value that was written as this JSON, with its methods.
   *
   * @param json - The text, or what `JSON.parse` or `structuredClone` made of it; that is left as it is.
   * @throws {@link ConfigError} when it is something else.
   */
  fromJSON(json: unknown): T;
}

/** How a session ended. `Outcome.fromJSON` reads one that was stored. */
export interface Outcome extends OutcomeData {}
/**
 * Reads outcomes that were stored, cloned or sent.
 *
 * @example
 * await writeFile('outcome.json', JSON.stringify(outcome));
 * const same = Outcome.fromJSON(await readFile('outcome.json', 'utf8'));
 * console.log(same.generatedFiles().all());
 */
export const Outcome: FromJSON<OutcomeData> = reader('an Outcome', ['sessionId', 'state'], ['outputs'], reviveOutcome);

/** One thing that happened in a session. `Activity.fromJSON` reads one that was stored. */
export type Activity = ActivityData;
/** What can be asked of activities, which are plain data themselves. */
export interface ActivityMethods extends FromJSON<ActivityData> {
  /**
   * What happened, in one line, cut after 200 characters, such as `Plan generated with 3 steps` or `Which one?`: in the
   * words of the official SDK.
   *
   * @example
   * for await (const activity of session.stream()) console.log(activity.createTime, Activity.summary(activity));
   */
  summary(activity: ActivityData): string;
}
/** Reads activities that were stored, cloned or sent, and says each in one line. */
export const Activity: ActivityMethods = {
  ...reader('an Activity', ['id', 'type'], ['artifacts'], reviveActivity),
  summary(activity: ActivityData): string {
    const summary = addon().activitySummary(JSON.stringify(activity) ?? '');
    if (summary === null) throw trimStack(new ConfigError('Activity.summary: not an activity'));
    return summary;
  },
};

/** What is known of a session. `SessionInfo.fromJSON` reads one that was stored. */
export interface SessionInfo extends SessionInfoData {}
/** Reads what was known of a session. */
export const SessionInfo: FromJSON<SessionInfoData> = reader(
  'a SessionInfo',
  ['id', 'state'],
  ['activities', 'outputs'],
  reviveInfo,
);

/** A session at one moment, whole; {@link Session.snapshot} takes it. `Snapshot.fromJSON` reads one that was stored. */
export interface Snapshot extends SnapshotData {}
/** Reads snapshots that were stored, cloned or sent. */
export const Snapshot: FromJSON<SnapshotData> = {
  fromJSON(json: unknown): SnapshotData {
    try {
      return toSnapshot(addon().NativeSnapshot.fromJson(JSON.stringify(parsed(json)) ?? ''));
    } catch {
      throw trimStack(new ConfigError('fromJSON: not the JSON of a Snapshot'));
    }
  },
};

/** Takes what has these texts and lists. */
function reader<T>(what: string, texts: string[], lists: string[], revive: (value: T) => T): FromJSON<T> {
  const read = (json: unknown): T => {
    const value = parsed(json);
    const fits = (name: string, is: (field: unknown) => boolean) =>
      typeof value === 'object' && value !== null && is((value as Record<string, unknown>)[name]);
    if (texts.every((name) => fits(name, isText)) && lists.every((name) => fits(name, Array.isArray)))
      return revive(value as T);
    throw trimStack(new ConfigError(`fromJSON: not the JSON of ${what}`));
  };
  return { fromJSON: read };
}

/** A copy, whatever it was. */
function parsed(json: unknown): unknown {
  try {
    return JSON.parse(typeof json === 'string' ? json : JSON.stringify(json));
  } catch {
    return undefined;
  }
}

function isText(field: unknown): boolean {
  return typeof field === 'string';
}
