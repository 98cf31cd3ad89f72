// The iterator over what Rust delivers in chunks: activities, sources, sessions.

import { cameFrom, here } from './errors/stack';
import { thrownBy } from './errors/thrown';
import { onAbort } from './native/signals';

/** Where items come from, several parts at once; nothing at the end. */
export interface Feed<Part> {
  nextChunk(): Promise<Part[] | null | undefined>;
  close(): void;
}

/** Items as they come. Leaving a `for await`, or the block of an `await using`, stops the work behind it. */
export interface ActivityStream<T> extends AsyncIterableIterator<T, undefined>, AsyncDisposable {
  /** The stream itself. */
  [Symbol.asyncIterator](): this;
}

/**
 * An iterator that can be used once, with `for await`. Leaving the loop stops the work behind it; so does the signal,
 * whose reason it then throws. Items are held back in Rust until they are asked for.
 */
export class Stream<T, Part = string[]> implements ActivityStream<T> {
  readonly #feed: Feed<Part>;
  readonly #read: (part: Part) => T[];
  readonly #signal: AbortSignal | undefined;
  /** What is read, and how far it is given out. */
  #items: T[] = [];
  #position = 0;
  /** What isn't read yet. */
  #chunk: Part[] = [];
  #ended = false;
  /** Behind the pulls that are under way, and how many they are. */
  #turn: Promise<unknown> = Promise.resolve();
  #pulling = 0;
  /** Where the user asked for all of it, when not with each item. */
  readonly #place: { stack?: string } | undefined;

  /** @internal */
  constructor(feed: Feed<Part>, read: (part: Part) => T[], signal?: AbortSignal, place?: { stack?: string }) {
    this.#place = place;
    this.#feed = feed;
    this.#read = read;
    this.#signal = signal;
  }

  /** The next item. Calls that overlap are answered in their order. */
  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#position < this.#items.length && this.#pulling === 0 && !this.#signal?.aborted) {
      return Promise.resolve({ done: false, value: this.#items[this.#position++] as T });
    }
    const place = this.#place ?? here();
    this.#pulling += 1;
    const answer = this.#turn.then(() => this.#pull(place));
    this.#turn = answer.then(ignore, ignore);
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

  async #pull(place: { stack?: string }): Promise<IteratorResult<T, undefined>> {
    try {
      if (this.#signal?.aborted && !this.#ended) {
        this.#end();
        throw this.#signal.reason;
      }
      if (!this.#ended && !this.#take()) await this.#refill(place);
      if (this.#position < this.#items.length) return { done: false, value: this.#items[this.#position++] as T };
      return { done: true, value: undefined };
    } finally {
      // Not behind the answer: whoever has it asks for the next one at once, which may be in hand.
      this.#pulling -= 1;
    }
  }

  /** Sees to it that there are items in hand, unless the chunk has no more. */
  #take(): boolean {
    while (this.#position >= this.#items.length) {
      const next = this.#chunk.shift();
      if (next === undefined) return false;
      this.#items = this.#read(next);
      this.#position = 0;
    }
    return true;
  }

  async #refill(place: { stack?: string }): Promise<void> {
    const signal = this.#signal;
    const leave = signal && onAbort(signal, () => this.#feed.close());
    try {
      const chunk = await this.#feed.nextChunk();
      if (signal?.aborted && !this.#ended) throw signal.reason;
      if (chunk === null || chunk === undefined || this.#ended) return this.#end();
      this.#chunk = chunk;
      this.#take();
    } catch (error) {
      this.#end();
      throw signal?.aborted ? signal.reason : cameFrom(thrownBy(error), place);
    } finally {
      leave?.();
    }
  }

  #end(): void {
    this.#ended = true;
    this.#items = [];
    this.#chunk = [];
    this.#feed.close();
  }
}

function ignore(): void {}
