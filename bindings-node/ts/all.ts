// Many items, one session each, a few at a time: awaited for all outcomes, or iterated as they finish.

import { ConfigError } from './errors/classes';
import { trimStack } from './errors/stack';
import { allOptions } from './native/arguments';
import type { NativeBatch, NativeClient } from './native/binding';
import { callNow } from './native/call';
import type { AllOptions, Items, ItemToConfig } from './options';
import { Stream } from './stream';
import type { AllResult, Outcome } from './values/outcome';
import { Work } from './work';

/** What {@link Jules.all} gives when it is awaited: with `stopOnError: false` an array like that of `Promise.allSettled`. */
export type AllOutcomes<StopOnError extends boolean> = StopOnError extends false
  ? PromiseSettledResult<Outcome>[]
  : Outcome[];

/**
 * Many sessions, a few at a time. Nothing starts until it is awaited or iterated; it can be iterated once. At work it
 * keeps the process alive, until the last item is done or the loop is left.
 *
 * @example
 * for await (const { item, outcome, error } of jules.all(issues, (issue) => ({ prompt: `Fix ${issue}` })))
 *   console.log(item, outcome?.state ?? error);
 */
export class All<T, StopOnError extends boolean = true>
  implements AsyncIterable<AllResult<T>>, Promise<AllOutcomes<StopOnError>>
{
  readonly [Symbol.toStringTag] = 'All';
  readonly #settles: boolean;
  #results: Stream<AllResult<T>, AllResult<T>[]> | undefined;
  #outcomes: Promise<AllOutcomes<StopOnError>> | undefined;

  /** @internal */
  constructor(client: NativeClient, items: Items<T>, map: ItemToConfig<T>, given: AllOptions<StopOnError> | undefined) {
    const { options, signal, onProgress } = allOptions(items, map, given);
    this.#settles = options.stopOnError === false;
    const batch: NativeBatch = callNow(() => client.batch(options));
    this.#results = new Stream(
      new Work(batch, items, map, { settles: this.#settles, onProgress }),
      (results) => results,
      signal,
    );
  }

  /**
   * The items as they finish. After the first that couldn't be run it ends, unless `stopOnError` is `false`.
   *
   * @throws {@link ConfigError} when it was awaited or iterated before.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<AllResult<T>> {
    return this.#begin();
  }

  /** Gives the outcomes in the order of the items; so does `await`. */
  // biome-ignore lint/suspicious/noThenProperty: it is awaited for the outcomes
  then<A = AllOutcomes<StopOnError>, B = never>(
    fulfilled?: ((outcomes: AllOutcomes<StopOnError>) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#all().then(fulfilled, rejected);
  }

  /** Handles what goes wrong, as with any promise. */
  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<AllOutcomes<StopOnError> | B> {
    return this.#all().catch(rejected);
  }

  /** Does something in either case, as with any promise. */
  finally(settled?: (() => void) | null): Promise<AllOutcomes<StopOnError>> {
    return this.#all().finally(settled);
  }

  #all(): Promise<AllOutcomes<StopOnError>> {
    this.#outcomes ??= this.#collect() as Promise<AllOutcomes<StopOnError>>;
    return this.#outcomes;
  }

  async #collect(): Promise<(Outcome | PromiseSettledResult<Outcome>)[]> {
    const ends: (Outcome | PromiseSettledResult<Outcome>)[] = [];
    for await (const { index, outcome, error } of this.#begin()) {
      if (this.#settles) ends[index] = outcome ? { status: 'fulfilled', value: outcome } : rejected(error);
      else if (outcome) ends[index] = outcome;
      else throw error;
    }
    return ends;
  }

  #begin(): Stream<AllResult<T>, AllResult<T>[]> {
    const results = this.#results;
    if (results === undefined) throw trimStack(new ConfigError('all: it can be awaited or iterated once'));
    this.#results = undefined;
    return results;
  }
}

function rejected(reason: unknown): PromiseRejectedResult {
  return { status: 'rejected', reason };
}
