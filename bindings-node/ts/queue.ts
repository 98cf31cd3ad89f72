// A queue of tasks in the cache: what is added to it, who works for it, how it stands.

import { INSPECT, type Inspect } from './inspect';
import { callOptions } from './native/arguments';
import type { CancelToken, NativeClient, NativeQueue, TaskFeed } from './native/binding';
import { call, callNow } from './native/call';
import { argument, required } from './native/check';
import { queueOptions, taskConfig, taskListOptions, tasksOptions } from './native/queue-arguments';
import type { CallOptions, Items } from './options';
import type { ItemToTask, QueueOptions, TaskConfig, TaskListOptions, TasksOptions } from './queue-options';
import { type QueueWork, Worker, type WorkOptions } from './queue-work';
import { type ActivityStream, Stream } from './stream';
import { Task, tasksOf } from './task';
import type { Added, QueueStatus } from './values/task';

/**
 * A queue of tasks in the cache ({@link JulesOptions.cache}): a directory on one machine, PostgreSQL on many. Any number of
 * workers, in any number of processes, take its tasks; each task is started once and brought to its outcome, also when the
 * worker that began it is gone. The plan's slots and its day are counted for the account, over all queues and creates that
 * share the cache.
 *
 * @example
 * const queue = jules.queue('updates');
 * await queue.addAll(['left-pad', 'chalk'], (name) => ({ key: name, prompt: `Update ${name}` }));
 * for await (const { key, outcome, error } of queue.work()) console.log(key, outcome?.state ?? error);
 */
export class Queue {
  /** Its name. */
  readonly name: string;
  readonly #client: NativeClient;
  readonly #native: NativeQueue;

  /** @internal */
  constructor(client: NativeClient, name: string, options: QueueOptions | undefined) {
    required('queue', 'name', name);
    const bounds = queueOptions(options);
    this.name = name;
    this.#client = client;
    this.#native = callNow(() => client.queue(name, bounds));
  }

  /**
   * Adds a task, unless its key is known; gives it as it is.
   *
   * @param task - Its session's options, with the defaults of {@link Jules.run}.
   * @param options - Default: waits as long as it takes.
   * @throws (as a rejection) {@link ConfigError} for a bad or unknown option, and, with the `field` that differs, when the key
   * is known for something else.
   * @example
   * const task = await queue.add({ key: 'issue-42', prompt: 'Fix issue 42', source: { github: 'octocat/hello-world' } });
   */
  async add(task: TaskConfig, options?: CallOptions): Promise<Task> {
    const native = taskConfig('queue.add', task);
    return this.#task('queue.add', options, (ms, cancel) => this.#native.add(native, ms, cancel));
  }

  /**
   * Adds a task for each item, ten thousand in one go; tasks whose key is known stay as they are.
   *
   * @param items - Taken to the end before anything is added.
   * @param map - The task of an item, as {@link Queue.add} takes it. May be async.
   * @param options - Default: waits as long as it takes.
   * @throws (as a rejection) {@link ConfigError} for a task that can't be one, or what `map` threw; then none is added. Keys
   * that are known for something else are not an error: `conflicts` has them.
   * @example
   * const { added, known } = await queue.addAll(issues, (issue) => ({ key: `issue-${issue.number}`, prompt: issue.title }));
   */
  async addAll<T>(items: Items<T>, map: ItemToTask<T>, options?: CallOptions): Promise<Added> {
    argument('queue.addAll', { items }, 'iterable');
    argument('queue.addAll', { map }, 'function');
    const { signal, timeoutMs } = callOptions('queue.addAll', options);
    const tasks: ReturnType<typeof taskConfig>[] = [];
    for await (const item of items) {
      signal?.throwIfAborted();
      tasks.push(taskConfig('queue.addAll', await map(item)));
    }
    return JSON.parse(await call(signal, (cancel) => this.#native.addAll(tasks, timeoutMs, cancel)));
  }

  /**
   * Works for the queue: takes tasks as far as the plan and the bounds allow, follows what workers began that are gone, and
   * gives each task that it has brought to its end (`sessions.create`, `sessions.get`, `sessions.list`). It ends when nothing
   * is left; with `follow` it stays. Leaving the loop stops it: its sessions keep running, and another worker continues their tasks.
   *
   * @param options - Default: as many tasks at a time as there are slots; plans wait for a person.
   * @throws {@link ConfigError} at once, for a bad or unknown option. The iterator throws the signal's reason, what `approve`
   * threw, and what keeps a worker from going on, such as a key that is refused.
   * @example
   * for await (const result of queue.work({ approve: (task, plan) => plan.steps.length < 5 })) {
   *   if (result.outcome) console.log(result.key, result.outcome.state, result.outcome.pullRequest?.url);
   *   else console.error(result.key, result.error.message);
   * }
   */
  work(options: WorkOptions = {}): QueueWork {
    return new Worker(this.#client, this.#native, options);
  }

  /**
   * Its tasks in the order in which they were added, read as they are asked for.
   *
   * @param options - Default: all.
   * @throws {@link ConfigError} at once, for a word that is not a state.
   * @example
   * for await (const task of queue.tasks({ state: ['waiting', 'working'] })) console.log(task.key, task.createTime);
   */
  tasks(options?: TasksOptions): ActivityStream<Task> {
    const { states, signal } = tasksOptions(options);
    return this.#list(
      callNow(() => this.#native.tasks(states)),
      signal,
    );
  }

  /**
   * All finished tasks, in the order in which they finished; they are kept for 30 days.
   *
   * @example
   * for await (const { key, state, outcome } of queue.results()) console.log(key, state, outcome?.pullRequest?.url);
   */
  results(options?: TaskListOptions): ActivityStream<Task> {
    const { signal } = taskListOptions('queue.results', options);
    return this.#list(this.#native.results(), signal);
  }

  /**
   * The tasks that wait for a person, each with its `plan` or its `question`. They can be answered from anywhere.
   *
   * @example
   * for await (const task of queue.waitingForPerson()) {
   *   if (task.plan) await task.session().approve();
   *   else await task.session().send('Use the newest version.');
   * }
   */
  waitingForPerson(options?: TaskListOptions): ActivityStream<Task> {
    const { signal } = taskListOptions('queue.waitingForPerson', options);
    return this.#list(this.#native.waitingForPerson(), signal);
  }

  /**
   * The task with this key.
   *
   * @throws (as a rejection) {@link NotFoundError} when the queue has none.
   * @example
   * const { state, attempts } = await queue.task('issue-42');
   */
  async task(key: string, options?: CallOptions): Promise<Task> {
    required('queue.task', 'key', key);
    return this.#task('queue.task', options, (ms, cancel) => this.#native.task(key, ms, cancel));
  }

  /**
   * Cancels a task: one that waits is dropped, one at work has its session stopped (`sessions.archive`). What is finished stays
   * as it is.
   *
   * @throws (as a rejection) {@link NotFoundError} when the queue has none with this key.
   * @example
   * await queue.cancel('issue-42');
   */
  async cancel(key: string, options?: CallOptions): Promise<Task> {
    required('queue.cancel', 'key', key);
    return this.#task('queue.cancel', options, (ms, cancel) => this.#native.cancel(key, ms, cancel));
  }

  /** Stops all workers, in every process, from starting more tasks of this queue; those at work continue. */
  async pause(options?: CallOptions): Promise<void> {
    await this.#call('queue.pause', options, (ms, cancel) => this.#native.pause(ms, cancel));
  }

  /** Lets them start tasks again. */
  async resume(options?: CallOptions): Promise<void> {
    await this.#call('queue.resume', options, (ms, cancel) => this.#native.resume(ms, cancel));
  }

  /**
   * Its status, from the cache alone.
   *
   * @example
   * const { waiting, working, slotsUsed, slotsLimit, workers } = await queue.status();
   */
  async status(options?: CallOptions): Promise<QueueStatus> {
    return JSON.parse(await this.#call('queue.status', options, (ms, cancel) => this.#native.status(ms, cancel)));
  }

  /**
   * What it is, when it is printed.
   *
   * @internal
   */
  [INSPECT](_depth: number, _options: unknown, inspect: Inspect): string {
    return `Queue ${inspect({ name: this.name })}`;
  }

  #list(feed: TaskFeed, signal: AbortSignal | undefined): ActivityStream<Task> {
    return new Stream<Task>(feed, tasksOf(this.#client), signal);
  }

  async #task(operation: string, given: CallOptions | undefined, start: Start<string>): Promise<Task> {
    return new Task(this.#client, JSON.parse(await this.#call(operation, given, start)));
  }

  #call<T>(operation: string, given: CallOptions | undefined, start: Start<T>): Promise<T> {
    const { signal, timeoutMs } = callOptions(operation, given);
    return call(signal, (cancel) => start(timeoutMs, cancel));
  }
}

type Start<T> = (timeoutMs: number | undefined, cancel: CancelToken | undefined) => Promise<T>;
