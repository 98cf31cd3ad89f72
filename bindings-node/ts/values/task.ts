// How a queue and its tasks stand.

// surface: union TaskState
/**
 * The state of a task.
 *
 * - `waiting`: No worker has started it.
 * - `starting`: A worker has it, and its session is being created.
 * - `working`: Its session is at work.
 * - `needsPerson`: Its session waits for a person: for an approval, an answer, or to be resumed.
 * - `done`: Its session completed.
 * - `failed`: Its session failed or could not be created.
 * - `cancelled`: It was cancelled, or its session was stopped or deleted.
 */
export type TaskState = 'waiting' | 'starting' | 'working' | 'needsPerson' | 'done' | 'failed' | 'cancelled';
// surface: end

/** What came of {@link Queue.addAll}. */
export interface Added {
  /** How many were added. */
  readonly added: number;
  /** How many were known, for the same. */
  readonly known: number;
  /** Those whose key is known for something else; they stay as they are. */
  readonly conflicts: readonly Conflict[];
}

/** A key that is known for something else. */
export interface Conflict {
  /** The key. */
  readonly key: string;
  /** The first option that differs, such as `prompt`. */
  readonly field: string;
}

/** How a queue stands, as the cache tells it; see {@link Queue.status}. Times are RFC 3339 in UTC. */
export interface QueueStatus {
  // surface: values QueueStatus
  /** Tasks that no worker has started. */
  readonly waiting: number;
  /** Tasks whose session is being created. */
  readonly starting: number;
  /** Tasks whose session is at work. */
  readonly working: number;
  /** Tasks that wait for a person. */
  readonly needsPerson: number;
  /** Tasks whose session completed. */
  readonly done: number;
  /** Tasks whose session failed or could not be made. */
  readonly failed: number;
  /** Tasks that were cancelled, or whose session was stopped or deleted. */
  readonly cancelled: number;
  /** Whether nothing more is started. */
  readonly paused: boolean;
  /** How many sessions of the account are counted as holding a slot. */
  readonly slotsUsed: number;
  /** How many may, where that was said (the client's `slots`) or learned. */
  readonly slotsLimit?: number;
  /** How many sessions of the account are counted as created within 24 hours. */
  readonly dayUsed: number;
  /** How many may be, where that was said (the client's `perDay`) or learned. */
  readonly dayLimit?: number;
  /** How many workers are there, in all processes. */
  readonly workers: number;
  /** When the oldest task that waits was added, RFC 3339 in UTC. */
  readonly oldestWaiting?: string;
  /** Finished tasks per hour, lately; absent while that can't be told. */
  readonly rate?: number;
  /** When all will be finished at this rate, RFC 3339 in UTC. */
  readonly estimatedEnd?: string;
  // surface: end
}
