// The client: where sessions, runs and lists come from.

import { All } from './all';
import { INSPECT, type Inspect } from './inspect';
import { SessionList, type Sources, sourcesOf } from './lists';
import { addon } from './native/addon';
import { type ClientSettings, callOptions, clientOptions, sessionConfig } from './native/arguments';
import type { NativeClient } from './native/binding';
import { call, callNow } from './native/call';
import { environment } from './native/environment';
import type {
  AllOptions,
  CallOptions,
  Items,
  ItemToConfig,
  JulesOptions,
  SessionConfig,
  SessionsOptions,
  SyncOptions,
  Until,
} from './options';
import { type ActivitiesQuery, type Include, type Query, type SessionsQuery, toQuery } from './query';
import { Queue } from './queue';
import type { QueueOptions } from './queue-options';
import { Run } from './run';
import { Session } from './session';
import { sync } from './sync';
import type { Quota } from './values/quota';
import type { Domain, Row, Selection } from './values/rows';
import type { CacheInfo, Metrics, RequestInfo, SyncReport } from './values/source';

/**
 * A client of the Jules API. Its sessions and streams share connections, pollers and the local cache. Without work in
 * hand it doesn't keep the process alive.
 *
 * @example
 * import { Jules } from 'jules-sdk';
 *
 * const jules = new Jules({ apiKey: 'my-key' });
 * const outcome = await jules.run({ prompt: 'Add a test', source: { github: 'octocat/hello-world' } });
 * console.log(outcome.pullRequest?.url);
 */
export class Jules {
  /** The account's sources: `jules.sources()` iterates over them, `jules.sources.get({ github })` gives one. */
  readonly sources: Sources = sourcesOf(() => this.#native());
  #client: NativeClient | undefined;

  /**
   * A client with these options; what is absent comes from the environment, then from the default. Nothing is sent yet.
   *
   * @throws {@link ConfigError} for a bad or unknown option, {@link MissingApiKeyError} when there is no key.
   */
  constructor(options?: JulesOptions) {
    if (options === FROM_ENVIRONMENT) return;
    this.#client = callNow(() => nativeClient(clientOptions(options)));
  }

  /**
   * Another client, with these options changed.
   *
   * @throws {@link ConfigError} for a bad or unknown option.
   * @example
   * const patient = jules.with({ requestTimeoutMs: 120_000 });
   */
  with(options: JulesOptions): Jules {
    const changes = clientOptions(options);
    const copy = new Jules(FROM_ENVIRONMENT);
    // One that nobody has used yet is the environment's: it may lack a key that the changes have.
    copy.#client = callNow(() => this.#client?.with(changes.options, changes.logger) ?? nativeClient(changes));
    return copy;
  }

  /**
   * Starts a session at once (`sessions.create`), exactly one. Awaited, it gives the outcome when the session has ended,
   * `completed` or `failed`.
   *
   * @param config - Defaults: `autoPr` true, `requireApproval` false.
   * @param options - Default: waits as long as it takes.
   * @throws {@link ConfigError} at once, for a bad or unknown option, {@link MissingApiKeyError} when there is no key. As a
   * rejection {@link SourceNotFoundError} when Jules has no access to the repository, {@link PreconditionError} or {@link RateLimitError}, with `limit`,
   * when the plan is full, {@link SessionEndedError}, with `reason`, when the session is stopped or deleted.
   * @example
   * const outcome = await jules.run({ prompt: 'Fix the flaky test', source: { github: 'octocat/hello-world' } });
   */
  run(config: SessionConfig, options?: CallOptions): Run {
    const [native, begun] = [sessionConfig('run', config), callOptions('run', options)];
    const client = this.#native();
    return new Run(
      callNow(() => client.run(native)),
      begun,
    );
  }

  /**
   * The session with this id, at once: no request is made.
   *
   * @param id - `123`, `sessions/123`, or the URL of its page.
   * @throws {@link ConfigError} when it isn't an id.
   * @example
   * const session = jules.session('31415926535897932384');
   */
  session(id: string): Session;
  /**
   * Creates a session (`sessions.create`), exactly one.
   *
   * @param config - Defaults: `autoPr` false, `requireApproval` true.
   * @throws (as a rejection) {@link SourceNotFoundError} when Jules has no access to the repository,
   * {@link ConfigError} for a bad or unknown option.
   * @example
   * const session = await jules.session({ prompt: 'Add a test', source: { github: 'octocat/hello-world' } });
   */
  session(config: SessionConfig, options?: CallOptions): Promise<Session>;
  session(given: SessionConfig | string, options?: CallOptions): Session | Promise<Session> {
    if (typeof given === 'string') return new Session(callNow(() => this.#native().session(given)));
    return this.#create(given, options);
  }

  /**
   * The account's sessions, newest first (`sessions.list`): iterate over all of them, or await a page.
   *
   * @throws {@link ConfigError} at once, for an unknown option.
   * @example
   * for await (const session of jules.sessions({ limit: 10 })) console.log(session.title, session.state);
   */
  sessions(options?: SessionsOptions): SessionList {
    return new SessionList(this.#native(), options);
  }

  /**
   * Runs many items, one session each (`sessions.create`), a few at a time; where the server has no free slot, an item
   * waits for one. Awaited, it gives all outcomes in the order of the items; iterated, `{ index, item, outcome }` or
   * `{ index, item, error }` as they finish. Nothing starts until then.
   *
   * @param items - Taken one by one, when there is room for the next.
   * @param map - What to do for an item, as {@link Jules.run} takes it, with its defaults. May be async.
   * @param options - Default: three at once; the first item that can't be run stops new starts.
   * @throws (as a rejection) the error of the first item that can't be run: a {@link JulesError} whose `results` tell
   * what became of the others, or what `map` threw. With `stopOnError: false` none: the array is like that of
   * `Promise.allSettled`. {@link ConfigError} at once, for a bad or unknown option.
   * @example
   * const outcomes = await jules.all(
   *   ['Fix the flaky test', 'Update the docs'],
   *   (prompt) => ({ prompt, source: { github: 'octocat/hello-world' } }),
   *   { concurrency: 5 },
   * );
   */
  all<T, StopOnError extends boolean = true, End extends Until = 'ended'>(
    items: Items<T>,
    map: ItemToConfig<T>,
    options?: AllOptions<StopOnError, End>,
  ): All<T, StopOnError, End> {
    return new All(this.#native(), items, map, options);
  }

  /**
   * A queue of tasks in the cache, at once: no request is made. What is added to it is started once each and brought to its
   * outcome, by whatever workers share the cache, within the plan's limits.
   *
   * @param name - 1 to 128 characters.
   * @param options - Default: no bounds besides the account's.
   * @throws {@link ConfigError} for a bad name, or a bad or unknown option.
   * @example
   * const queue = jules.queue('updates');
   * await queue.addAll(['left-pad', 'chalk'], (name) => ({ key: name, prompt: `Update ${name}` }));
   * for await (const { key, outcome, error } of queue.work()) console.log(key, outcome?.state ?? error);
   */
  queue(name: string, options?: QueueOptions): Queue {
    return new Queue(this.#native(), name, options);
  }

  /**
   * The rows of the local cache that match a query, in milliseconds and without a request. What the cache knows is
   * what this account has read, and what came with {@link Jules.sync}.
   *
   * @param query - Which rows, and what of them; the type of the rows follows it.
   * @throws (as a rejection) {@link QueryError}, naming the field or operator and what would be valid.
   * @example
   * const failed = await jules.select({ from: 'sessions', where: { state: 'failed' }, select: ['id', 'title'], limit: 10 });
   * for (const { id, title } of failed) console.log(id, title);
   */
  select<
    const Select extends readonly Selection<'sessions'>[] | undefined = undefined,
    const With extends Include<'sessions'> | undefined = undefined,
  >(query: SessionsQuery<Select, With>, options?: CallOptions): Promise<Row<'sessions', Select, With>[]>;
  select<
    const Select extends readonly Selection<'activities'>[] | undefined = undefined,
    const With extends Include<'activities'> | undefined = undefined,
  >(query: ActivitiesQuery<Select, With>, options?: CallOptions): Promise<Row<'activities', Select, With>[]>;
  select(query: Query, options?: CallOptions): Promise<Row<Domain, readonly string[]>[]>;
  async select(query: Query, options?: CallOptions): Promise<unknown[]> {
    const { signal, timeoutMs } = callOptions('select', options);
    const native = this.#native();
    return JSON.parse(await call(signal, (cancel) => native.select(toQuery(query), timeoutMs, cancel)));
  }

  /**
   * Brings the local cache up to date (`sessions.list`, `sessions.get`, `activities.list`), so that all of it can be read
   * and queried offline. Most of what is fresh is skipped; what no longer exists on the server is hidden, unless there is a
   * limit. One sync at a time uses a cache, in whichever process: a second one waits. However it ends, what it fetched
   * stays, and the next one continues from there.
   *
   * @param options - Default: the metadata of all sessions, incrementally, three sessions at once.
   * @throws (as a rejection) {@link NotFoundError} for a `sessionId` that doesn't exist, {@link ConfigError} for a bad or
   * unknown option, the signal's reason when it is aborted.
   * @example
   * const report = await jules.sync({ depth: 'activities', onProgress: ({ current, total }) => console.log(current, total) });
   */
  async sync(options?: SyncOptions): Promise<SyncReport> {
    return sync(this.#native(), options);
  }

  /**
   * What the account uses of its plan: the sessions that hold a slot, how many were created within 24 hours, and the limits
   * as far as they are known: given as options, or learned when creates were refused. A session holds its slot until it has
   * ended, also while it waits for a person or is paused.
   *
   * The service has no such call: it is told from light pages of `sessions.list`, back to a day ago, and from the local
   * cache, whose open sessions are read (`sessions.get`, at most 20).
   *
   * @param options - Default: waits as long as it takes.
   * @example
   * const { slotsUsed, slotsLimit, holding } = await jules.quota();
   * console.log(slotsUsed, slotsLimit, holding.map(({ sessionId }) => sessionId));
   */
  async quota(options?: CallOptions): Promise<Quota> {
    const { signal, timeoutMs } = callOptions('quota', options);
    const native = this.#native();
    return JSON.parse(await call(signal, (cancel) => native.quota(timeoutMs, cancel)));
  }

  /** What this client has done so far, in numbers. */
  metrics(): Metrics {
    const native = this.#native();
    return JSON.parse(callNow(() => native.metrics()));
  }

  /**
   * The latest requests that this client has made, at most 100, the oldest first. Each has the server's id, `requestId`, to
   * quote in a report, also where it went well. No request is made.
   *
   * @example
   * const session = await jules.session({ prompt: 'Add a test' });
   * const created = jules.recentRequests().findLast(({ operation }) => operation === 'sessions.create');
   * console.log(session.id, created?.requestId);
   */
  recentRequests(): RequestInfo[] {
    const native = this.#native();
    return JSON.parse(callNow(() => native.recentRequests()));
  }

  /**
   * What is in the local cache.
   *
   * @throws (as a rejection) {@link StoreError} when it can't be read.
   */
  async cacheInfo(options?: CallOptions): Promise<CacheInfo> {
    const { signal, timeoutMs } = callOptions('cacheInfo', options);
    const native = this.#native();
    return JSON.parse(await call(signal, (cancel) => native.cacheInfo(timeoutMs, cancel)));
  }

  /** Stops everything that is under way: what waits, and later calls, reject with a {@link ClosedError}. May be called twice. */
  async close(): Promise<void> {
    const native = this.#client;
    if (native !== undefined) await call(undefined, () => native.close());
  }

  /** As {@link Jules.close}; for `await using`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * What it is, when it is printed; never the key.
   *
   * @internal
   */
  [INSPECT](_depth: number, _options: unknown, inspect: Inspect): string {
    const { JULES_BASE_URL } = environment();
    return `Jules ${inspect({ baseUrl: this.#client?.baseUrl ?? JULES_BASE_URL })}`;
  }

  async #create(config: SessionConfig, options?: CallOptions): Promise<Session> {
    const native = sessionConfig('session', config);
    const { signal, timeoutMs } = callOptions('session', options);
    const client = this.#native();
    return new Session(await call(signal, (cancel) => client.createSession(native, timeoutMs, cancel)));
  }

  #native(): NativeClient {
    this.#client ??= callNow(() => nativeClient());
    return this.#client;
  }

  /** @internal */
  static replaceDefault(options: JulesOptions | undefined): void {
    const changed = clientOptions(options);
    const before = jules.#client;
    jules.#client = options && callNow(() => nativeClient(changed));
    before?.close().catch(() => {});
  }
}

/** A client with these options, and the environment's where there are none. */
function nativeClient(given?: ClientSettings): NativeClient {
  return new (addon().NativeClient)({ ...given?.options, environment: environment() }, given?.logger);
}

/** Stands for options that are read from the environment, when a client is first used. */
const FROM_ENVIRONMENT: JulesOptions = Object.freeze({});

/**
 * The ready-made client, from the environment: `JULES_API_KEY`, `JULES_BASE_URL`, `JULES_CACHE_DIR`. They are read when
 * it is first used; {@link configureDefault} gives it options, or lets it read the environment again.
 *
 * @example
 * import { jules } from 'jules-sdk';
 *
 * const outcome = await jules.run({ prompt: 'Fix the flaky test', source: { github: 'octocat/hello-world' } });
 */
export const jules: Jules = new Jules(FROM_ENVIRONMENT);

/**
 * Gives the ready-made client other options, or without any reads the environment again when it is next used: in
 * a test that has changed that, or where the key comes from somewhere else. What it had under way is closed.
 *
 * @throws {@link ConfigError} for a bad or unknown option.
 * @example
 * configureDefault({ apiKey: await readSecret('jules') });
 * afterEach(() => configureDefault());
 */
export function configureDefault(options?: JulesOptions): void {
  Jules.replaceDefault(options);
}
