// A worker of a queue: iterated, what it has brought to its end; awaited, all of it.

import type { NativeClient, NativeQueue, WorkFeed } from './native/binding';
import { callNow } from './native/call';
import { workOptions } from './native/queue-arguments';
import { onAbort } from './native/signals';
import { type ActivityStream, type Feed, Stream } from './stream';
import { resultsOf, Task, type TaskFields, type TaskResult } from './task';
import type { Plan } from './values/activity';

/**
 * How a worker goes about plans that wait for an approval: they wait for a person, they are approved, or this is asked for
 * each; what isn't `true` leaves it to a person. What it throws ends the work.
 */
export type Approve = 'none' | 'all' | ((task: Task, plan: Plan) => boolean | PromiseLike<boolean>);

/** How a worker works. */
export interface WorkOptions {
  // surface: fields WorkOptions -approve
  /** How many tasks it is at, at a time. Default: as many as there are slots. */
  concurrency?: number | undefined;
  /** Whether it stays when nothing is left. Default: `false`. */
  follow?: boolean | undefined;
  // surface: end
  /** What becomes of plans that wait for an approval. Default: `none`, they wait for a person. */
  approve?: Approve | undefined;
  /** Stops it: it rejects with the signal's reason. Its sessions keep running, and another worker continues their tasks. */
  signal?: AbortSignal | undefined;
}

/**
 * A worker; see {@link Queue.work}. Iterated, it gives each task that it has brought to its end; awaited, all of them once
 * nothing is left. It works at once, and continues while no result is asked for; leaving the loop stops it.
 */
export interface QueueWork extends ActivityStream<TaskResult>, PromiseLike<TaskResult[]> {}

/** @internal */
export class Worker extends Stream<TaskResult> implements QueueWork {
  #all: Promise<TaskResult[]> | undefined;

  constructor(client: NativeClient, queue: NativeQueue, given: WorkOptions) {
    const { options, approve, signal } = workOptions(given);
    super(new Working(client, queue, options, approve, signal), resultsOf(client), signal);
  }

  // biome-ignore lint/suspicious/noThenProperty: it is awaited for all results
  then<A = TaskResult[], B = never>(
    fulfilled?: ((results: TaskResult[]) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#all ??= this.#collect();
    return this.#all.then(fulfilled, rejected);
  }

  async #collect(): Promise<TaskResult[]> {
    const results: TaskResult[] = [];
    for await (const one of this) results.push(one);
    return results;
  }
}

/** The work itself. The signal stops it also while no result is asked for. */
class Working implements Feed<string[]> {
  readonly #client: NativeClient;
  readonly #feed: WorkFeed | undefined;
  readonly #leave: (() => void) | undefined;
  /** What the user's own code threw. */
  #failure: { error: unknown } | undefined;

  constructor(
    client: NativeClient,
    queue: NativeQueue,
    options: Parameters<NativeQueue['work']>[0],
    approve: Approve | undefined,
    signal: AbortSignal | undefined,
  ) {
    this.#client = client;
    if (signal?.aborted) return;
    const ask = typeof approve === 'function' ? (text: string) => this.#ask(approve, text) : approve;
    this.#feed = callNow(() => queue.work(options, ask));
    this.#leave = signal && onAbort(signal, () => this.close());
  }

  async nextChunk(): Promise<string[][] | null | undefined> {
    const chunk = await this.#feed?.nextChunk();
    if (this.#failure) throw this.#failure.error;
    return chunk;
  }

  close(): void {
    this.#leave?.();
    this.#feed?.close();
  }

  async #ask(approve: Exclude<Approve, string>, text: string): Promise<boolean> {
    try {
      const task = new Task(this.#client, JSON.parse(text) as TaskFields);
      return (await approve(task, task.plan as Plan)) === true;
    } catch (error) {
      this.#failure ??= { error };
      this.close();
      return false;
    }
  }
}
