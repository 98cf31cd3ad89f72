// What the account uses of its plan.

import type { SessionState } from './session-info';

/** What the account uses of its plan; see {@link Jules.quota}. */
export interface Quota {
  /** How many sessions hold a slot. */
  readonly slotsUsed: number;
  /** How many may, where that was said ({@link JulesOptions.slots}) or learned from refusals. */
  readonly slotsLimit?: number;
  /** How many sessions were created within the last 24 hours, failed and deleted ones too as far as they are known. */
  readonly dayUsed: number;
  /** How many may be, where that was said ({@link JulesOptions.perDay}) or learned from refusals. */
  readonly dayLimit?: number;
  /** The sessions that hold a slot, the oldest first. {@link Session.delete} frees a slot for certain. */
  readonly holding: readonly Holding[];
  /**
   * When the next session can likely be created, RFC 3339 in UTC, where the day's limit is in its way. A slot is free when
   * a session ends, which has no time.
   */
  readonly nextAt?: string;
}

/** A session that holds a slot. */
export interface Holding {
  /** Which session. */
  readonly sessionId: string;
  /** Why it holds one: it is at work, waits for a person, or is paused. */
  readonly state: SessionState;
  /** Since when: its creation by the server's clock, RFC 3339 in UTC. */
  readonly since?: string;
}
