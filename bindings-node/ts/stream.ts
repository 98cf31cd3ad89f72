// The iterator over what Rust delivers in chunks: activities, sources, sessions.

import { fromNative } from './errors/from-native';

/** How many items cross at once, at most. */
const CHUNK = 256;

/** Where items come from: the addon's feeds give them as JSON text. */
export interface Feed<T> {
  nextChunk(max: number): Promise<string | T[] | null | undefined>;
  close(): void;
}

/**
 * An iterator that can be used once, with `for await`. Leaving the loop stops the work behind it; so does the signal,
 * whose reason it then throws. Items are held back in Rust until they are asked for.
 */
export class Stream<T> implements AsyncIterableIterator<T> {
  readonly #feed: Feed<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #revive: (item: T) => T;
  #chunk: T[] = [];
  #position = 0;
  #ended = false;
  #turn: Promise<unknown> | undefined;

  /** @internal */
  constructor(feed: Feed<T>, revive: (item: T) => T, signal?: AbortSignal) {
    this.#feed = feed;
    this.#revive = revive;
    this.#signal = signal;
  }

  /** The next item. Calls that overlap are answered in their order. */
  next(): Promise<IteratorResult<T, undefined>> {
    const inHand = this.#turn === undefined && !this.#signal?.aborted ? this.#take() : undefined;
    if (inHand !== undefined) return Promise.resolve(inHand);
    const answer = (this.#turn ?? Promise.resolve()).then(() => this.#pull());
    const turn = answer.then(ignore, ignore).then(() => {
      if (this.#turn === turn) this.#turn = undefined;
    });
    this.#turn = turn;
    return answer;
  }

  /** Ends the iteration and stops the work behind it. A `next` that waits is answered with the end. */
  return(value?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#end();
    return Promise.resolve({ done: true, value: value as undefined });
  }

  /** Ends the iteration as {@link Stream.return} does, and rejects with `error`. */
  throw(error?: unknown): Promise<IteratorResult<T, undefined>> {
    this.#end();
    return Promise.reject(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** Stops the work behind it; for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  async #pull(): Promise<IteratorResult<T, undefined>> {
    if (this.#signal?.aborted && !this.#ended) {
      this.#end();
      throw this.#signal.reason;
    }
    const inHand = this.#take();
    if (inHand !== undefined) return inHand;
    if (this.#ended) return { done: true, value: undefined };
    await this.#refill();
    return this.#take() ?? { done: true, value: undefined };
  }

  /** The next item in hand. */
  #take(): IteratorYieldResult<T> | undefined {
    if (this.#position >= this.#chunk.length) return undefined;
    return { done: false, value: this.#revive(this.#chunk[this.#position++] as T) };
  }

  async #refill(): Promise<void> {
    const signal = this.#signal;
    const close = () => this.#feed.close();
    signal?.addEventListener('abort', close, { once: true });
    try {
      const chunk = await this.#feed.nextChunk(CHUNK);
      if (signal?.aborted && !this.#ended) throw signal.reason;
      if (chunk === null || chunk === undefined || this.#ended) this.#end();
      else this.#fill(typeof chunk === 'string' ? JSON.parse(chunk) : chunk);
    } catch (error) {
      this.#end();
      throw signal?.aborted ? signal.reason : fromNative(error);
    } finally {
      signal?.removeEventListener('abort', close);
    }
  }

  #fill(chunk: T[]): void {
    this.#chunk = chunk;
    this.#position = 0;
  }

  #end(): void {
    this.#ended = true;
    this.#fill([]);
    this.#feed.close();
  }
}

function ignore(): void {}
