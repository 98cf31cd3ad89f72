// A task of a queue as it was when it was read, and what came of one.

import type { JulesError } from './errors/classes';
import type { NativeFields } from './errors/from-native';
import { errorOf } from './errors/thrown';
import type { NativeClient } from './native/binding';
import { callNow } from './native/call';
import { Session } from './session';
import type { Plan } from './values/activity';
import type { Outcome } from './values/outcome';
import { type Envelope, reviveOutcome } from './values/revive';
import type { TaskState } from './values/task';

/** What `src/queue.rs` writes of a task. */
export interface TaskFields {
  key: string;
  sessionId?: string;
  outcome?: Envelope<Outcome>;
  error?: NativeFields;
}

/** What it writes of one that a worker has brought to its end. */
interface ResultFields {
  key: string;
  task: TaskFields;
  outcome?: Envelope<Outcome>;
  error?: NativeFields;
}

/** A task of a queue, as it was when it was read. Times are of the cache's clock, RFC 3339 in UTC. */
export class Task {
  /** Its name, the same wherever it is asked for. */
  declare readonly key: string;
  /** The name of the queue that it is in. */
  declare readonly queue: string;
  /** Where it is. */
  declare readonly state: TaskState;
  /** The latest session that was made for it. */
  declare readonly sessionId?: string;
  /** How many sessions were made for it. */
  declare readonly attempts: number;
  /** Higher ones go first. */
  declare readonly priority: number;
  /** It isn't started earlier. */
  declare readonly notBefore?: string;
  /** When it was added. */
  declare readonly createTime: string;
  /** When a worker first began with it. */
  declare readonly startTime?: string;
  /** When it was finished. */
  declare readonly endTime?: string;
  /** The worker that took it last. */
  declare readonly worker?: string;
  /** How its session ended. */
  declare readonly outcome?: Outcome;
  /** Why it has no outcome. */
  declare readonly error?: JulesError;
  /** The plan that waits for an approval. */
  declare readonly plan?: Plan;
  /** What the agent asks. */
  declare readonly question?: string;
  readonly #client: NativeClient;

  /** @internal */
  constructor(client: NativeClient, fields: TaskFields) {
    const { outcome, error } = fields;
    const revived = { ...(outcome && { outcome: reviveOutcome(outcome) }), ...(error && { error: errorOf(error) }) };
    Object.assign(this, fields, revived);
    this.#client = client;
  }

  /**
   * Its latest session, at once: to read it, answer it, approve its plan or stop it.
   *
   * @throws {@link NotFoundError} while there is none.
   * @example
   * const task = await jules.queue('updates').task('left-pad');
   * if (task.plan) await task.session().approve();
   */
  session(): Session {
    return new Session(callNow(() => this.#client.taskSession(this.key, this.sessionId)));
  }
}

/** A task that a worker has brought to its end: with the outcome of its session, or why there is none. */
export type TaskResult = {
  /** The task's key. */
  readonly key: string;
  /** The task as it is now. */
  readonly task: Task;
} & (
  | {
      /** How its session ended; a failed session is an outcome. */
      readonly outcome: Outcome;
      readonly error?: undefined;
    }
  | {
      readonly outcome?: undefined;
      /** Why its session couldn't be made, or that it was cancelled. */
      readonly error: JulesError;
    }
);

/** Reads tasks from a part of a feed. */
export function tasksOf(client: NativeClient): (part: string[]) => Task[] {
  return ([text]) => (JSON.parse(text as string) as TaskFields[]).map((fields) => new Task(client, fields));
}

/** Reads what came of tasks from a part of a feed. */
export function resultsOf(client: NativeClient): (part: string[]) => TaskResult[] {
  return ([text]) => (JSON.parse(text as string) as ResultFields[]).map((fields) => toResult(client, fields));
}

function toResult(client: NativeClient, { key, task, outcome, error }: ResultFields): TaskResult {
  const end = outcome ? { outcome: reviveOutcome(outcome) } : { error: errorOf(error as NativeFields) };
  return { key, task: new Task(client, task), ...end } as TaskResult;
}
