// Many items, one session each, a few at a time: awaited for all outcomes, or iterated as they finish.

import type { AllResult } from './all-result';
import { ConfigError } from './errors/classes';
import { here, trimStack } from './errors/stack';
import { allOptions } from './native/arguments';
import type { NativeBatch, NativeClient } from './native/binding';
import { callNow } from './native/call';
import type { AllOptions, Items, ItemToConfig, Until } from './options';
import { Session } from './session';
import { Stream } from './stream';
import type { ItemReport, Outcome } from './values/outcome';
import { type AnyResult, Work } from './work';

/**
 * What {@link Jules.all} gives when it is awaited: outcomes, or with `until: 'created'` sessions; with `stopOnError: false` an
 * array like that of `Promise.allSettled`.
 */
export type AllOutcomes<StopOnError extends boolean, End extends Until = 'ended'> = StopOnError extends false
  ? PromiseSettledResult<AllValue<End>>[]
  : AllValue<End>[];

/** What an item of {@link Jules.all} gives. */
export type AllValue<End extends Until> = End extends 'created' ? Session : Outcome;

/**
 * Many sessions, a few at a time. Nothing starts until it is awaited or iterated; it can be iterated once. At work it
 * keeps the process alive, until the last item is done or the loop is left.
 *
 * @example
 * for await (const { item, outcome, error } of jules.all(issues, (issue) => ({ prompt: `Fix ${issue}` })))
 *   console.log(item, outcome?.state ?? error);
 */
export class All<T, StopOnError extends boolean = true, End extends Until = 'ended'>
  implements AsyncIterable<AllResult<T, End>>, Promise<AllOutcomes<StopOnError, End>>
{
  readonly [Symbol.toStringTag] = 'All';
  readonly #settles: boolean;
  readonly #work: Work<T>;
  #results: Results<T> | undefined;
  #outcomes: Promise<AllOutcomes<StopOnError, End>> | undefined;

  /** @internal */
  constructor(
    client: NativeClient,
    items: Items<T>,
    map: ItemToConfig<T>,
    given: AllOptions<StopOnError, End> | undefined,
  ) {
    const { options, signal, timeoutMs, onProgress } = allOptions(items, map, given);
    this.#settles = options.stopOnError === false;
    const batch: NativeBatch = callNow(() => client.batch(options));
    const session = (id: string) => new Session(callNow(() => client.session(id)));
    const place = here();
    this.#work = new Work(batch, items, map, { onProgress, session, place, timeoutMs });
    this.#results = new Stream(this.#work, (results) => results, signal, place);
  }

  /**
   * Where every item stands that was started: its session, and its outcome or error once it has one. It stays when the work
   * was aborted, or ended with an error of your own.
   */
  report(): ItemReport[] {
    return this.#work.report();
  }

  /**
   * The items as they finish. After the first that couldn't be run it ends, unless `stopOnError` is `false`.
   *
   * @throws {@link ConfigError} when it was awaited or iterated before.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<AllResult<T, End>> {
    return this.#begin() as AsyncIterableIterator<AnyResult<T>> as AsyncIterableIterator<AllResult<T, End>>;
  }

  /** Gives the outcomes in the order of the items; so does `await`. */
  // biome-ignore lint/suspicious/noThenProperty: it is awaited for the outcomes
  then<A = AllOutcomes<StopOnError, End>, B = never>(
    fulfilled?: ((outcomes: AllOutcomes<StopOnError, End>) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#all().then(fulfilled, rejected);
  }

  /** Handles what goes wrong, as with any promise. */
  catch<B = never>(
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<AllOutcomes<StopOnError, End> | B> {
    return this.#all().catch(rejected);
  }

  /** Does something in either case, as with any promise. */
  finally(settled?: (() => void) | null): Promise<AllOutcomes<StopOnError, End>> {
    return this.#all().finally(settled);
  }

  #all(): Promise<AllOutcomes<StopOnError, End>> {
    this.#outcomes ??= this.#collect() as Promise<AllOutcomes<StopOnError, End>>;
    return this.#outcomes;
  }

  async #collect(): Promise<unknown[]> {
    const ends: unknown[] = [];
    const results = this.#begin();
    this.#work.awaited();
    for await (const { index, outcome, session, error } of results) {
      const value = outcome ?? session;
      if (this.#settles) ends[index] = value ? { status: 'fulfilled', value } : rejected(error);
      else if (value) ends[index] = value;
      else throw error;
    }
    return ends;
  }

  #begin(): Results<T> {
    const results = this.#results;
    if (results === undefined) throw trimStack(new ConfigError('all: it can be awaited or iterated once'));
    this.#results = undefined;
    return results;
  }
}

type Results<T> = Stream<AnyResult<T>, AnyResult<T>[]>;

function rejected(reason: unknown): PromiseRejectedResult {
  return { status: 'rejected', reason };
}
