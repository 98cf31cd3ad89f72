// What comes of an item of `all`.

import type { Until } from './options';
import type { Session } from './session';
import type { Outcome } from './values/outcome';

/**
 * One item of {@link Jules.all} that is done: with its outcome (with `until: 'created'` its session), or with the error for
 * which it couldn't be run.
 */
export type AllResult<T, End extends Until = 'ended'> = {
  /** Its place among the items, from 0. */
  readonly index: number;
  /** The item. */
  readonly item: T;
} & (
  | (End extends 'created'
      ? { readonly session: Session; readonly outcome?: undefined; readonly error?: undefined }
      : { readonly session?: undefined; readonly outcome: Outcome; readonly error?: undefined })
  | {
      readonly session?: undefined;
      readonly outcome?: undefined;
      /** A {@link JulesError}, or what `map` threw for this item. */
      readonly error: unknown;
    }
);
