// What the addon throws, as errors whose values have their methods.

import type { Activity } from '../values/activity';
import type { ItemReport, Outcome } from '../values/outcome';
import { reviveActivity, reviveInfo, reviveOutcome } from '../values/revive';
import type { SessionInfo } from '../values/session-info';
import { fromFields, fromNative, type NativeFields } from './from-native';

/** The values that an error may carry. */
interface Carried {
  info?: SessionInfo;
  outcome?: Outcome;
  lastActivity?: Activity;
  results?: readonly ItemReport[];
}

/** The error that a thrown value of the addon stands for. What isn't one of ours is given back as it is. */
export function thrownBy(thrown: unknown): unknown {
  const error = fromNative(thrown);
  // What was an error before is the user's own, or has been here.
  return error === thrown ? thrown : revived(error as Error);
}

/** The error with these fields. */
export function errorOf(fields: NativeFields): Error {
  return revived(fromFields(fields));
}

function revived(error: Error & Carried): Error {
  if (error.info) reviveInfo(error.info);
  if (error.outcome) reviveOutcome(error.outcome);
  if (error.lastActivity) reviveActivity(error.lastActivity);
  for (const report of error.results ?? []) {
    if (report.status === 'finished') reviveOutcome(report.outcome);
    else if (report.status === 'failed') revived(report.error as Error);
  }
  return error;
}
