// A session: what it is told, what is heard of it.

import { INSPECT, type Inspect } from './inspect';
import { callOptions, listOptions, readOptions, streamOptions, waitOptions } from './native/arguments';
import type { CancelToken, NativeSession } from './native/binding';
import { call, callNow } from './native/call';
import { check, defined, required } from './native/check';
import type {
  CallOptions,
  HistoryOptions,
  ListActivitiesOptions,
  ReadOptions,
  StreamOptions,
  WaitOptions,
} from './options';
import { type Include, type SessionActivitiesQuery, toQuery } from './query';
import { type ActivityStream, Stream } from './stream';
import type { ActivitiesPage, Activity, ActivityAgentMessaged, ActivityOf, ActivityType } from './values/activity';
import { readActivities } from './values/long';
import type { Outcome } from './values/outcome';
import { reviveActivity, toActivity, toInfo, toOutcome } from './values/revive';
import type { Row, Selection } from './values/rows';
import type { SessionInfo, SessionState } from './values/session-info';
import { type Snapshot, toSnapshot } from './values/snapshot';
import type { SessionCacheInfo } from './values/source';

/** A session of the agent. Holding one costs nothing: work is done only while something waits or iterates. */
export class Session {
  /** The activities, one by one or page by page. */
  readonly activities: Activities;
  readonly #native: NativeSession;

  /** @internal */
  constructor(native: NativeSession) {
    this.#native = native;
    this.activities = new Activities(native);
  }

  /** The session's id. */
  get id(): string {
    return this.#native.id;
  }

  /**
   * Everything so far, then live: each activity exactly once, in order, also over a bad network (`activities.list`).
   * Ends when the session has ended and everything is delivered; with `follow` it stays open. An open stream keeps the
   * process alive; leaving the loop stops it.
   *
   * @param options - Default: all activities, until the session's end.
   * @throws {@link ConfigError} at once, for an unknown option. The iterator throws what goes wrong later.
   * @example
   * for await (const activity of session.stream({ exclude: { originator: 'user' } })) {
   *   if (activity.type === 'progressUpdated') console.log(activity.title);
   * }
   */
  stream<const Type extends ActivityType = ActivityType>(
    options: StreamOptions<Type> = {},
  ): ActivityStream<ActivityOf<Type>> {
    const { options: native, signal } = streamOptions('stream', options);
    return new Stream<ActivityOf<Type>>(
      callNow(() => this.#native.stream(native)),
      readActivities,
      signal,
    );
  }

  /**
   * What there is, then the end: what the local cache has, then what is new at the server (`activities.list`). When the
   * server can't be reached it gives what the cache has and then throws.
   *
   * @param options - Default: all activities. With `offline` the server is not asked.
   * @example
   * for await (const activity of session.history({ types: ['agentMessaged'] })) console.log(activity.createTime);
   */
  history<const Type extends ActivityType = ActivityType>(
    options: HistoryOptions<Type> = {},
  ): ActivityStream<ActivityOf<Type>> {
    const { options: native, signal } = streamOptions('history', options);
    return new Stream<ActivityOf<Type>>(
      callNow(() => this.#native.history(native)),
      readActivities,
      signal,
    );
  }

  /**
   * Only what comes after this call; otherwise as {@link Session.stream}.
   *
   * @param options - Default: all activities, until the session's end.
   * @example
   * for await (const activity of session.updates()) console.log(activity.type);
   */
  updates<const Type extends ActivityType = ActivityType>(
    options: StreamOptions<Type> = {},
  ): ActivityStream<ActivityOf<Type>> {
    const { options: native, signal } = streamOptions('updates', options);
    return new Stream<ActivityOf<Type>>(
      callNow(() => this.#native.updates(native)),
      readActivities,
      signal,
    );
  }

  /**
   * Waits until the session is seen in a state, or in one of several (`sessions.get`).
   *
   * @param state - The state or states.
   * @param options - Default: waits as long as it takes.
   * @returns The session as it was seen.
   * @throws {@link UnexpectedStateError}, with `info`, when it ends in another state, {@link SessionEndedError}, with
   * `reason`, when it is stopped or deleted.
   * @example
   * await session.waitFor('awaitingPlanApproval', { timeoutMs: 600_000 });
   */
  async waitFor(state: SessionState | readonly SessionState[], options?: WaitOptions): Promise<SessionInfo> {
    check('waitFor', { state }, { state: 'string or strings' });
    const states = ([] as string[]).concat(state);
    const { signal, timeoutMs, stallTimeoutMs } = waitOptions('waitFor', options);
    return toInfo(await call(signal, (cancel) => this.#native.waitFor(states, stallTimeoutMs, timeoutMs, cancel)));
  }

  /**
   * Approves the pending plan (`sessions.approvePlan`), at most once however often the request is sent.
   *
   * @throws {@link PreconditionError} when no plan waits.
   * @example
   * await session.waitFor('awaitingPlanApproval');
   * await session.approve();
   */
  async approve(options?: CallOptions): Promise<void> {
    await this.#call('approve', options, (ms, cancel) => this.#native.approve(ms, cancel));
  }

  /**
   * Sends a message (`sessions.sendMessage`); it is there once, also when the connection dies after the server took it.
   *
   * @example
   * await session.send('Use the existing helper instead.');
   */
  async send(text: string, options?: CallOptions): Promise<void> {
    required('send', 'text', text);
    await this.#call('send', options, (ms, cancel) => this.#native.send(text, ms, cancel));
  }

  /**
   * Sends a message and waits for the agent's first message that follows it. Asks on one session wait their turn.
   *
   * @param text - The message.
   * @param options - Default: waits as long as it takes.
   * @throws {@link SessionEndedError}, with `reason` and `outcome`, when the session ends first.
   * @example
   * const reply = await session.ask('Which tests did you add?', { timeoutMs: 300_000 });
   * console.log(reply.message);
   */
  async ask(text: string, options?: CallOptions): Promise<ActivityAgentMessaged> {
    required('ask', 'text', text);
    const reply = await this.#call('ask', options, (ms, cancel) => this.#native.ask(text, ms, cancel));
    return toActivity(reply) as ActivityAgentMessaged;
  }

  /**
   * Reads from the server: the session, its pull request, its latest plan and its activities (`sessions.get`,
   * `activities.list`).
   *
   * @param options - `cached` gives what the local cache has, without asking. Default: asks.
   * @throws {@link NotFoundError} when there is no such session.
   * @example
   * const { state, pullRequest } = await session.info();
   */
  async info(options: ReadOptions = {}): Promise<SessionInfo> {
    const { cached, ...rest } = readOptions('info', options);
    return toInfo(await this.#call('info', rest, (ms, cancel) => this.#native.info(cached, ms, cancel)));
  }

  /**
   * The session with its activities at this moment, and what can be derived from both: counts, a timeline, insights; as
   * data, as JSON, as a Markdown page (`sessions.get`, `activities.list`).
   *
   * @param options - `cached` gives what the local cache has, without asking. Default: asks.
   * @throws {@link NotFoundError} when there is no such session.
   * @example
   * const snapshot = await session.snapshot();
   * console.log(snapshot.insights.failedCommands.length, snapshot.toMarkdown());
   */
  async snapshot(options: ReadOptions = {}): Promise<Snapshot> {
    const { cached, ...rest } = readOptions('snapshot', options);
    return toSnapshot(await this.#call('snapshot', rest, (ms, cancel) => this.#native.snapshot(cached, ms, cancel)));
  }

  /**
   * Waits for the session's end. A failed session is an outcome too: see `state` and `failureReason`.
   *
   * @param options - Default: waits as long as it takes.
   * @throws {@link SessionEndedError}, with `reason`, when it is stopped or deleted.
   * @example
   * const outcome = await session.result({ stallTimeoutMs: 3_600_000 });
   * console.log(outcome.state, outcome.pullRequest?.url);
   */
  async result(options?: WaitOptions): Promise<Outcome> {
    const { signal, timeoutMs, stallTimeoutMs } = waitOptions('result', options);
    return toOutcome(await call(signal, (cancel) => this.#native.result(stallTimeoutMs, timeoutMs, cancel)));
  }

  /**
   * What the local cache has of this session, and whether the server may have more. The server is not asked.
   *
   * @example
   * const { activities, mayBeStale, reason } = await session.cacheInfo();
   */
  async cacheInfo(options?: CallOptions): Promise<SessionCacheInfo> {
    return JSON.parse(await this.#call('cacheInfo', options, (ms, cancel) => this.#native.cacheInfo(ms, cancel)));
  }

  /**
   * Ends the work the only way the service has: archives the session while it is at work (`sessions.archive`), which pauses
   * it for good. Waits for it, here or elsewhere, get a {@link SessionEndedError} with the reason `stopped`;
   * streams give what is there and end. Of a session that has ended, or was stopped before, nothing is asked.
   *
   * @example
   * await session.stop();
   */
  async stop(options?: CallOptions): Promise<void> {
    await this.#call('stop', options, (ms, cancel) => this.#native.stop(ms, cancel));
  }

  // surface: acts Session -approve -send -stop
  /** Archives the session (`sessions.archive`); one that is at work is paused for good. */
  async archive(options?: CallOptions): Promise<void> {
    await this.#call('archive', options, (ms, cancel) => this.#native.archive(ms, cancel));
  }

  /** Unarchives the session (`sessions.unarchive`). */
  async unarchive(options?: CallOptions): Promise<void> {
    await this.#call('unarchive', options, (ms, cancel) => this.#native.unarchive(ms, cancel));
  }

  /** Deletes the session (`sessions.delete`), at the server and in the cache. */
  async delete(options?: CallOptions): Promise<void> {
    await this.#call('delete', options, (ms, cancel) => this.#native.delete(ms, cancel));
  }
  // surface: end

  /**
   * What it is, when it is printed.
   *
   * @internal
   */
  [INSPECT](_depth: number, _options: unknown, inspect: Inspect): string {
    return `Session ${inspect({ id: this.id })}`;
  }

  #call<T>(operation: string, given: CallOptions | undefined, start: Start<T>): Promise<T> {
    const { signal, timeoutMs } = callOptions(operation, given);
    return call(signal, (cancel) => start(timeoutMs, cancel));
  }
}

type Start<T> = (timeoutMs: number | undefined, cancel: CancelToken | undefined) => Promise<T>;

/** The activities of a session, one by one or page by page. */
export class Activities {
  readonly #native: NativeSession;

  /** @internal */
  constructor(native: NativeSession) {
    this.#native = native;
  }

  /**
   * One page, oldest first (`activities.list`). What it shows of what came before the local cache's newest is kept there
   * too, and so is the first page.
   *
   * @example
   * const { activities, nextPageToken } = await session.activities.list({ pageSize: 20 });
   */
  async list(given: ListActivitiesOptions = {}): Promise<ActivitiesPage> {
    const { options, signal, timeoutMs } = listOptions('activities.list', given, 'pageToken, timeoutMs');
    const text = await call(signal, (cancel) => this.#native.listActivities(options, timeoutMs, cancel));
    const { items, nextPageToken } = JSON.parse(text) as { items: Activity[]; nextPageToken?: string };
    return { activities: items.map(reviveActivity), ...defined({ nextPageToken }) };
  }

  /**
   * One activity (`activities.get`). One that came before the local cache's newest is kept there too.
   *
   * @throws {@link NotFoundError} when there is no such activity.
   */
  async get(id: string, options?: CallOptions): Promise<Activity> {
    required('activities.get', 'id', id);
    const { signal, timeoutMs } = callOptions('activities.get', options);
    return toActivity(await call(signal, (cancel) => this.#native.getActivity(id, timeoutMs, cancel)));
  }

  /**
   * This session's activities in the local cache that match a query; otherwise as {@link Jules.select}.
   *
   * @param query - Default: all activities.
   * @throws (as a rejection) {@link QueryError}, naming the field or operator and what would be valid.
   * @example
   * const failed = await session.activities.select({ where: { 'artifacts.exitCode': { gt: 0 } }, select: ['summary'] });
   */
  async select<
    const Select extends readonly Selection<'activities'>[] | undefined = undefined,
    const With extends Include<'activities'> | undefined = undefined,
  >(
    query: SessionActivitiesQuery<Select, With> = {},
    options?: CallOptions,
  ): Promise<Row<'activities', Select, With>[]> {
    const { signal, timeoutMs } = callOptions('activities.select', options);
    const text = toQuery(query);
    return JSON.parse(await call(signal, (cancel) => this.#native.selectActivities(text, timeoutMs, cancel)));
  }

  /** Brings the local cache up to date; gives how many activities were new (`activities.list`). */
  async hydrate(options?: CallOptions): Promise<number> {
    const { signal, timeoutMs } = callOptions('activities.hydrate', options);
    return call(signal, (cancel) => this.#native.hydrateActivities(timeoutMs, cancel));
  }
}
