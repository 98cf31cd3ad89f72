// The work behind `all`: feeds the native pool with the user's items, and takes what comes out of it.

import type { AllResult } from './all-result';
import type { JulesError } from './errors/classes';
import type { NativeFields, NativeReport } from './errors/from-native';
import { cameFrom } from './errors/stack';
import { errorOf } from './errors/thrown';
import { sessionConfig } from './native/arguments';
import type { NativeBatch } from './native/binding';
import type { AllProgress, Items, ItemToConfig } from './options';
import type { Session } from './session';
import type { Feed } from './stream';
import type { ItemReport, Outcome } from './values/outcome';
import { type Envelope, reviveOutcome } from './values/revive';

/** What `src/batch.rs` tells: the steps of items, and one that is done. */
interface News {
  progress: AllProgress[];
  done?: { index: number } & (
    | { outcome: Envelope<Outcome>; session?: undefined }
    | { outcome?: undefined; session: string }
    | { outcome?: undefined; session?: undefined; error: NativeFields }
  );
}

/** With an outcome, a session or an error. */
export type AnyResult<T> = AllResult<T> | AllResult<T, 'created'>;

interface Wishes {
  /** Whether an item that can't be run is one result among others. */
  settles: boolean;
  onProgress: ((step: AllProgress) => void) | undefined;
  /** The session of an id. */
  session: (id: string) => Session;
  /** Where the user asked for all of it. */
  place: { stack?: string };
}

/** Begins when it is first asked for results, and goes on by itself from there. */
export class Work<T> implements Feed<AnyResult<T>[]> {
  readonly #batch: NativeBatch;
  readonly #items: Items<T>;
  readonly #map: ItemToConfig<T>;
  readonly #wishes: Wishes;
  readonly #underWay = new Map<number, T>();
  /** What `map` threw, by the index of its item. */
  readonly #thrown = new Map<number, unknown>();
  #results: AnyResult<T>[] = [];
  #failure: { error: unknown } | undefined;
  #state: 'new' | 'working' | 'over' = 'new';
  #wake: (() => void) | undefined;

  constructor(batch: NativeBatch, items: Items<T>, map: ItemToConfig<T>, wishes: Wishes) {
    this.#batch = batch;
    this.#items = items;
    this.#map = map;
    this.#wishes = wishes;
  }

  /** The results that are there, or the next one; nothing at the end. Rejects with what the user's own code threw. */
  async nextChunk(): Promise<AnyResult<T>[][] | null> {
    if (this.#state === 'new') this.#begin();
    if (this.#results.length === 0 && this.#state === 'working') {
      await new Promise<void>((wake) => {
        this.#wake = wake;
      });
    }
    if (this.#results.length > 0) return [this.#results.splice(0)];
    if (this.#failure) throw this.#failure.error;
    return null;
  }

  /** Where the items stand. */
  report(): ItemReport[] {
    return reportsOf(JSON.parse(this.#batch.report()), this.#thrown);
  }

  /** All results are wanted together. */
  awaited(): void {
    this.#batch.awaited();
  }

  /** Stops watching; nothing starts any more. */
  close(): void {
    this.#state = 'over';
    this.#batch.stop();
    this.#wake?.();
  }

  #begin(): void {
    this.#state = 'working';
    const fail = (error: unknown) => {
      this.#failure ??= { error };
      this.close();
    };
    this.#feed().catch(fail);
    this.#take().then(() => this.close(), fail);
  }

  async #feed(): Promise<void> {
    // Asked before an item is taken, so that none is taken in vain; leaving the loop closes the user's iterator.
    if (!(await this.#batch.ready())) return;
    for await (const item of this.#items) {
      await this.#add(item);
      if (!(await this.#batch.ready())) return;
    }
    this.#batch.finish();
  }

  async #add(item: T): Promise<void> {
    const started = await this.#start(item).catch((error: unknown) => {
      const index = this.#batch.fail();
      if (index !== null) this.#thrown.set(index, error);
      return index;
    });
    if (started !== null) this.#underWay.set(started, item);
  }

  async #start(item: T): Promise<number | null> {
    return this.#batch.start(sessionConfig('all', await this.#map(item)));
  }

  async #take(): Promise<void> {
    for (;;) {
      const text = await this.#batch.next();
      if (typeof text !== 'string') return;
      const { progress, done } = JSON.parse(text) as News;
      for (const step of progress) this.#wishes.onProgress?.(step);
      if (done === undefined) continue;
      const result = this.#result(done);
      this.#results.push(result);
      if (!this.#wishes.settles && 'error' in result) return;
      this.#wake?.();
    }
  }

  #result(done: NonNullable<News['done']>): AnyResult<T> {
    const { index } = done;
    const item = this.#underWay.get(index) as T;
    this.#underWay.delete(index);
    if (done.outcome !== undefined) return { index, item, outcome: reviveOutcome(done.outcome) };
    if (done.session !== undefined) return { index, item, session: this.#wishes.session(done.session) };
    return { index, item, error: this.#error(index, item, done.error) };
  }

  /** What the user's own code threw stands in for the pool's word for it. */
  #error(index: number, item: T, fields: NativeFields): unknown {
    if (this.#thrown.has(index)) return this.#thrown.get(index);
    const error = Object.assign(cameFrom(errorOf(fields), this.#wishes.place), { index });
    // Not among what is logged: it may be anything.
    Object.defineProperty(error, 'item', { value: item, configurable: true });
    for (const report of (error as JulesError).results ?? []) {
      if (this.#thrown.has(report.index)) Object.assign(report, { error: this.#thrown.get(report.index) });
    }
    return error;
  }
}

/** What the pool tells of its items, as values; what the user's own code threw stands in its place. */
function reportsOf(reports: NativeReport[], thrown: ReadonlyMap<number, unknown>): ItemReport[] {
  return reports.map(({ outcome, error, ...report }) => {
    const failed = thrown.has(report.index) ? thrown.get(report.index) : error && errorOf(error);
    return {
      ...report,
      ...(outcome && { outcome: reviveOutcome(outcome) }),
      ...(error && { error: failed }),
    } as ItemReport;
  });
}
