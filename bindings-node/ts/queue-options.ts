// The options of queues, and their defaults; those of a worker are in `queue-work.ts`. They are checked in
// `native/queue-arguments.ts`.

import type { SessionConfig } from './options';
import type { TaskState } from './values/task';

/** The limits of a queue, besides the account's own ({@link JulesOptions.slots}, {@link JulesOptions.perDay}). */
export interface QueueOptions {
  // surface: fields QueueOptions
  /** How many of its tasks may hold a slot at a time. Default: as many as the account has. */
  slots?: number | undefined;
  /** How many sessions may be created for it within 24 hours. Default: as many as the account may. */
  perDay?: number | undefined;
  // surface: end
}

// surface: union RetryOn
/**
 * After which failures of its session a task is started again, as long as it has attempts left.
 *
 * - `service`: Those that the service says were its own.
 * - `any`: All.
 */
export type RetryOn = 'service' | 'any';
// surface: end

/** A task to be added: its session's options, with the defaults of {@link Jules.run}, and when. */
export interface TaskConfig extends Omit<SessionConfig, 'key' | 'waitForSlot' | 'retryFailed'> {
  // surface: fields TaskConfig -run
  /**
   * Its name of your own, 1 to 256 characters, by what makes it one of a kind, such as an issue's number: no other task
   * and no run of the account has it.
   */
  key: string;
  /** Higher ones go first. Default: 0. */
  priority?: number | undefined;
  /** Not started before this time: a date, or RFC 3339. Default: as soon as a slot is free. */
  notBefore?: Date | string | undefined;
  /** How many sessions may be started for it. Default: 1. */
  maxAttempts?: number | undefined;
  /** After which failures it is started again. Default: `service`. */
  retryOn?: RetryOn | undefined;
  // surface: end
}

/** What is done for one item of {@link Queue.addAll}: the options that {@link Queue.add} takes. */
export type ItemToTask<T> = (item: T) => TaskConfig | PromiseLike<TaskConfig>;

/** How a list of tasks is iterated. */
export interface TaskListOptions {
  /** Ends the iteration: it throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Which tasks to give. */
export interface TasksOptions extends TaskListOptions {
  /** Only those in this state, or in one of these. Default: all. */
  state?: TaskState | readonly TaskState[] | undefined;
}
