// The work behind `all`: describes the user's items when core asks for the next, and takes what core tells.

import type { AllResult } from './all-result';
import type { JulesError } from './errors/classes';
import type { NativeFields, NativeReport } from './errors/from-native';
import { cameFrom } from './errors/stack';
import { errorOf } from './errors/thrown';
import { sessionConfig } from './native/arguments';
import type { NativeBatch, NativeRunConfig } from './native/binding';
import type { AllProgress, Items, ItemToConfig } from './options';
import type { Session } from './session';
import type { Feed } from './stream';
import type { ItemReport, Outcome } from './values/outcome';
import { type Envelope, reviveOutcome } from './values/revive';

/** What `src/batch.rs` tells: a step of an item, or one that is done. */
type News = { step: AllProgress; done?: undefined } | { done: Done };

type Done = { index: number } & (
  | { outcome: Envelope<Outcome>; session?: undefined }
  | { outcome?: undefined; session: string }
  | { outcome?: undefined; session?: undefined; error: NativeFields }
);

/** With an outcome, a session or an error. */
export type AnyResult<T> = AllResult<T> | AllResult<T, 'created'>;

interface Wishes {
  /** How long all of it may take. */
  timeoutMs: number | undefined;
  onProgress: ((step: AllProgress) => void) | undefined;
  /** The session of an id. */
  session: (id: string) => Session;
  /** Where the user asked for all of it. */
  place: { stack?: string };
}

/** Begins when it is first asked for results, and goes on by itself from there. */
export class Work<T> implements Feed<AnyResult<T>[]> {
  readonly #batch: NativeBatch;
  readonly #items: AsyncGenerator<T, void>;
  readonly #map: ItemToConfig<T>;
  readonly #wishes: Wishes;
  #count = 0;
  readonly #underWay = new Map<number, T>();
  /** What `map` threw, by the index of its item. */
  readonly #thrown = new Map<number, unknown>();
  #results: AnyResult<T>[] = [];
  #failure: { error: unknown } | undefined;
  #state: 'new' | 'working' | 'over' = 'new';
  #awaited = false;
  #wake: (() => void) | undefined;

  constructor(batch: NativeBatch, items: Items<T>, map: ItemToConfig<T>, wishes: Wishes) {
    this.#batch = batch;
    this.#items = each(items);
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
    this.#awaited = true;
  }

  /** Stops watching; nothing starts any more, and the user's iterator is closed. */
  close(): void {
    this.#state = 'over';
    this.#batch.stop();
    this.#items.return().catch(ignore);
    this.#wake?.();
  }

  #begin(): void {
    this.#state = 'working';
    this.#batch.begin(() => this.#describe(), this.#awaited, this.#wishes.timeoutMs);
    this.#take().then(
      () => this.close(),
      (error: unknown) => this.#fail(error),
    );
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.close();
  }

  /** What the next item's session is to do; null when there are no more. */
  async #describe(): Promise<NativeRunConfig | null> {
    const next = await this.#items.next().catch((error: unknown) => this.#fail(error));
    if (!next || next.done) return null;
    const index = this.#count++;
    this.#underWay.set(index, next.value);
    try {
      return sessionConfig('all', await this.#map(next.value));
    } catch (error) {
      this.#thrown.set(index, error);
      throw error;
    }
  }

  async #take(): Promise<void> {
    for (let text = await this.#batch.next(); typeof text === 'string'; text = await this.#batch.next()) {
      const news = JSON.parse(text) as News;
      if (news.done) this.#results.push(this.#result(news.done));
      else this.#wishes.onProgress?.(news.step);
      if (news.done) this.#wake?.();
    }
  }

  #result(done: Done): AnyResult<T> {
    const { index } = done;
    const item = this.#underWay.get(index) as T;
    this.#underWay.delete(index);
    if (done.outcome !== undefined) return { index, item, outcome: reviveOutcome(done.outcome) };
    if (done.session !== undefined) return { index, item, session: this.#wishes.session(done.session) };
    return { index, item, error: this.#error(index, item, done.error) };
  }

  /** What the user's own code threw stands in for core's word for it. */
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

async function* each<T>(items: Items<T>): AsyncGenerator<T, void> {
  yield* items;
}

function ignore(): void {}

/** What core tells of its items, as values; what the user's own code threw stands in its place. */
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
