// The options of all calls, and their defaults. They are checked in `native/arguments.ts`.

import type { ActivityType, Origin } from './values/activity';

/** How failed requests are retried. */
export interface RetryOptions {
  // surface: fields RetryOptions
  /** The time limit of one call, all attempts together, in milliseconds. Default: 300,000. */
  maxElapsedMs?: number | undefined;
  /** The longest first wait, in milliseconds; each next one may be twice as long. Default: 1,000. */
  baseDelayMs?: number | undefined;
  /** No wait is longer, except one that the server asks for, in milliseconds. Default: 30,000. */
  maxDelayMs?: number | undefined;
  // surface: end
}

/**
 * Takes log lines: `console`, pino, winston. Never a key, a prompt or a message is in them.
 *
 * @example
 * const jules = new Jules({ logger: { ...console, debug() {} } });
 */
export interface Logger {
  /** Each request, and what a watcher does. */
  debug(message: string, fields: LogFields): void;
  /** Waits, and what was started again. */
  info(message: string, fields: LogFields): void;
  /** What went wrong and was got over. */
  warn(message: string, fields: LogFields): void;
  /** What went wrong for good. */
  error(message: string, fields: LogFields): void;
}

/**
 * What belongs to a log line. Each request is a line at `debug`, from `jules::http`, with all of these; what else is told has
 * those that apply, and its own.
 */
export interface LogFields {
  /** Which part of the client says it: `jules::http`, `jules::retry`, `jules::watch`, `jules::store` … */
  readonly target: string;
  /** The API operation, such as `sessions.get`. */
  readonly operation?: string;
  /** The session's id. */
  readonly session?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly milliseconds?: number;
  /** Counted from 1. */
  readonly attempt?: number;
  /** The server's id of the request, for a report to the service; of answers that went well too. */
  readonly requestId?: string;
  readonly [name: string]: string | number | boolean | undefined;
}

/** The options of a client. What is absent is taken from the environment, then from the default. */
export interface JulesOptions {
  // surface: fields ClientOptions
  /** The API key. Default: the environment variable `JULES_API_KEY`. */
  apiKey?: string | undefined;
  /**
   * The service with its version. Default: `JULES_BASE_URL`, else `https://jules.googleapis.com/v1alpha`; `/v1alpha` is
   * added to a URL without a path.
   */
  baseUrl?: string | undefined;
  /** A fixed time between two polls of a session, in milliseconds. Default: adaptive. */
  pollingIntervalMs?: number | undefined;
  /**
   * How long the server may be silent in an HTTP exchange, before its answer and within it, in milliseconds. The whole
   * exchange may take ten times that. Default: 30,000.
   */
  requestTimeoutMs?: number | undefined;
  /** The time limit of connecting, in milliseconds. Default: 10,000. */
  connectTimeoutMs?: number | undefined;
  /** How failed requests are retried. Default: 300 s in all, 1 s at first, 30 s at most. */
  retry?: RetryOptions | undefined;
  /** How many requests may be under way at once. Default: 16. */
  maxConcurrentRequests?: number | undefined;
  /**
   * Where the cache is kept: `true` for the platform's cache directory or `JULES_CACHE_DIR`, `false` for memory only, a
   * directory, or the URL of a PostgreSQL database, `postgres://…`, which clients on several machines may share.
   * Default: `true`.
   */
  cache?: boolean | string | undefined;
  /**
   * The maximum size of the cache in bytes; beyond that the sessions that ended first are removed. A PostgreSQL
   * database has no limit. Default: 1 GiB.
   */
  cacheLimit?: number | undefined;
  /**
   * A name that stands for the key in the cache: several keys of one account, or a key that is replaced, then share the
   * cache and the budgets. Default: the key itself.
   */
  account?: string | undefined;
  /**
   * How many sessions may hold a slot of the plan at a time, if known: then no create is sent that would be refused.
   * Default: learned from refusals.
   */
  slots?: number | undefined;
  /** How many sessions may be created within 24 hours, if known. Default: learned from refusals. */
  perDay?: number | undefined;
  /**
   * How many calls of `activities.list` all clients of this cache make within a minute: the service allows 120 and
   * refuses what is beyond. `true` for 120 (ten at once, then 110 a minute), a number, or `false` for no limit.
   * Default: `true`.
   */
  activityBudget?: boolean | number | undefined;
  /** Whether plain `http` is allowed to other machines than this one. Default: `false`. */
  allowInsecureHttp?: boolean | undefined;
  /** What to add to the `User-Agent` header. Default: nothing. */
  userAgent?: string | undefined;
  /**
   * Certificates of authorities to trust besides the system's: a PEM file, or the PEM text itself. In place of the
   * system's stand those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, and those of `NODE_EXTRA_CA_CERTS` are added; a system
   * that has none gets Mozilla's. Default: none.
   */
  ca?: string | undefined;
  /**
   * The proxy for requests to the service, `http://HOST:PORT`, optionally with `USER:PASSWORD@`; `socks5://` works too.
   * It is never used for this machine itself. Default: `HTTPS_PROXY`, else `ALL_PROXY`, but not for hosts in
   * `NO_PROXY`.
   */
  proxy?: string | undefined;
  /** Headers to send with each request. The key's header can't be among them. Default: none. */
  headers?: Readonly<Record<string, string>> | undefined;
  // surface: end
  /** Gets this client's log lines, such as `console`. Default: none; `JULES_LOG=debug` writes them to stderr. */
  logger?: Logger | undefined;
  /** The older, nested form of the times. What stands outside it wins. */
  config?:
    | {
        /** As {@link JulesOptions.pollingIntervalMs}. */
        pollingIntervalMs?: number | undefined;
        /** As {@link JulesOptions.requestTimeoutMs}. */
        requestTimeoutMs?: number | undefined;
        /** As {@link JulesOptions.retry}. */
        rateLimitRetry?:
          | {
              maxRetryTimeMs?: number | undefined;
              baseDelayMs?: number | undefined;
              maxDelayMs?: number | undefined;
            }
          | undefined;
      }
    | undefined;
}

/** A repository on GitHub and the branch to start from. */
export interface SourceInput {
  /** `owner/repo`. */
  github: string;
  /** The branch. Default: the repository's default branch. */
  branch?: string | undefined;
  /** Another name of `branch`. */
  baseBranch?: string | undefined;
}

/** The options of a session. */
export interface SessionConfig {
  // surface: fields RunConfig
  /** What the agent should do. */
  prompt: string;
  /** The repository it works on. Default: none; the agent begins with an empty directory. */
  source?: SourceInput | undefined;
  /** A title. Default: the server chooses one. */
  title?: string | undefined;
  /** Whether plans wait for approval. Default: `run` no, `session` yes. */
  requireApproval?: boolean | undefined;
  /** Whether a pull request is created at the end. Default: `run` yes, `session` no. */
  autoPr?: boolean | undefined;
  /**
   * Whether to wait when all session slots of the plan are taken: `true` for as long as it takes, or a number of
   * milliseconds; then it fails with the same error as without waiting. It doesn't wait for the limit of 24 hours,
   * which frees nothing for hours. Default: `run` and `session` don't wait, `all` waits as long as it takes.
   */
  waitForSlot?: boolean | number | undefined;
  /**
   * For `run`, `all` and tasks: gives up waiting with {@link TimeoutError} when the session has shown nothing new for
   * this many milliseconds: no activity and no change of state. Time in the queue, or waiting for a person, doesn't
   * count. Default: never.
   */
  stallTimeoutMs?: number | undefined;
  /**
   * For `run` and `all`: how often a session that failed for a reason of the service's own is restarted; the outcome
   * then has all `sessionIds`. Default: 0.
   */
  retryFailed?: number | undefined;
  /** Whether the agent gets the environment variables that are set up for the source. Default: the service decides. */
  environmentVariables?: boolean | undefined;
  /**
   * A key for the request, 1 to 256 characters: the same key means the same session and the same outcome, in every
   * process and on every machine that shares the cache, also when one of them is killed in the middle of the create.
   * The request must be the same then, or it is a {@link ConfigError} error with the `field` that differs. Default:
   * none; each call is a session.
   */
  key?: string | undefined;
  // surface: end
  /** Another name of `requireApproval`. */
  requirePlanApproval?: boolean | undefined;
}

/** How {@link Jules.all} goes about it. */
export interface AllOptions<StopOnError extends boolean = boolean, End extends Until = Until> {
  // surface: fields AllOptions
  /** How many sessions may run at once, until their outcome. Default: 3. */
  concurrency?: number | undefined;
  /**
   * Whether the first item that can't be run stops new starts. A failed session is an outcome, not an error. Default:
   * `true`.
   */
  stopOnError?: StopOnError | undefined;
  /** The time between two starts, in milliseconds. Default: none. */
  delayMs?: number | undefined;
  /**
   * What an item's result is: `ended`, its outcome; `created`, its session as soon as that is created. Either way at
   * most `concurrency` sessions are at work. Default: `ended`.
   */
  until?: End | undefined;
  // surface: end
  /** Stops it: it rejects with the signal's reason. Sessions that were started keep running on the server. */
  signal?: AbortSignal | undefined;
  /**
   * The longest time from its beginning, for all items together, in milliseconds; then it rejects with a {@link TimeoutError},
   * whose `results` tell where the items stood. Default: no limit.
   */
  timeoutMs?: number | undefined;
  /** Is called for each step of an item, a finished one before its result is given. What it throws ends it all. */
  onProgress?: ((step: AllProgress) => void) | undefined;
}

// surface: union Until
/**
 * What the result of an item is.
 *
 * - `ended`: Its outcome: the item is done when its session has ended.
 * - `created`: Its session, as soon as it is created. It keeps its place among those that run until it has ended, so
 *   that no more than `concurrency` are at work. Leaving stops new starts.
 */
export type Until = 'ended' | 'created';
// surface: end

/** A step of one item of {@link Jules.all}. */
export interface AllProgress {
  /** The item's place among the items, from 0. */
  readonly index: number;
  // surface: property Progress stage
  /**
   * Its progress.
   *
   * - `queued`: It has its place in the pool.
   * - `started`: Its session is created.
   * - `waiting`: No session slot is free; it waits for one.
   * - `finished`: It has its outcome or its error.
   */
  readonly stage: 'queued' | 'started' | 'waiting' | 'finished';
  // surface: end
  /** Its session, once there is one. */
  readonly sessionId?: string;
  /** How many items are finished, this one included. */
  readonly finished: number;
}

// surface: union SyncDepth
/**
 * How much of each session is fetched.
 *
 * - `metadata`: The sessions themselves: prompts, titles, states, sources. A hundred of them take one request. Their
 *   outputs don't come along, which are most of the weight; those that are in the cache stay, and a request for a
 *   session or its result gets them from the server.
 * - `activities`: Their outputs and all their activities too. Each session takes separate requests.
 */
export type SyncDepth = 'metadata' | 'activities';
// surface: end

/** How {@link Jules.sync} goes about it. */
export interface SyncOptions extends CallOptions {
  // surface: fields SyncOptions
  /** Only this session, `123` or `sessions/123`; it is always asked for. Default: all of the account. */
  sessionId?: string | undefined;
  /** Only this many sessions, the newest. Default: all. */
  limit?: number | undefined;
  /**
   * How much of each session: `metadata`, the sessions themselves without their outputs; `activities`, their outputs
   * and all their activities too. Default: `metadata`.
   */
  depth?: SyncDepth | undefined;
  /**
   * Whether what is fresh is skipped: sessions that ended, for a day; those older than 30 days, for good; unless the
   * listing shows that they have changed. Else everything is fetched again. Default: `true`.
   */
  incremental?: boolean | undefined;
  /** How many sessions are brought up to date at once. Default: 3. */
  concurrency?: number | undefined;
  /**
   * Whether a sync of the same kind that was interrupted less than a day ago is continued: what it had done isn't done
   * again. Default: `true`.
   */
  checkpoint?: boolean | undefined;
  // surface: end
  /** Is called for each step. What it throws ends the sync; what was fetched stays. */
  onProgress?: ((step: SyncProgress) => void) | undefined;
}

/** The progress of a sync. */
export interface SyncProgress {
  // surface: property SyncProgress phase
  /**
   * What it is doing.
   *
   * - `waiting`: Another sync of the same cache is under way, here or in another process; this one begins when that one
   *   ends.
   * - `checkpoint`: It continues one that was interrupted.
   * - `fetchingList`: The sessions are being listed.
   * - `hydratingRecords`: Sessions are being fetched.
   * - `hydratingActivities`: Sessions are being fetched with their activities.
   * - `checkingDeleted`: Checking sessions that are missing from the listing.
   */
  readonly phase:
    | 'waiting'
    | 'checkpoint'
    | 'fetchingList'
    | 'hydratingRecords'
    | 'hydratingActivities'
    | 'checkingDeleted';
  // surface: end
  /** How many sessions it has done that with. */
  readonly current: number;
  /** Out of how many, where that is known. */
  readonly total?: number;
  /** The session that is done. */
  readonly lastIngestedId?: string;
  /** How many activities of it were new. */
  readonly activityCount?: number;
}

/** The options of every waiting call. */
export interface CallOptions {
  /** Cancels the call: the work behind it is dropped, and it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Gives up with a {@link TimeoutError} after this time in milliseconds. Default: no limit. */
  timeoutMs?: number | undefined;
}

/** The options of a wait for a session's progress. */
export interface WaitOptions extends CallOptions {
  /**
   * Gives up with a {@link TimeoutError}, with `since` and `lastActivity`, when the session has shown nothing new for this
   * many milliseconds: no activity and no change of state. Time in the queue, or waiting for a person, doesn't count.
   * Default: never.
   */
  stallTimeoutMs?: number | undefined;
}

/** How a session is read. */
export interface ReadOptions extends CallOptions {
  /** From the local cache, without asking the server. Default: `false`. */
  cached?: boolean | undefined;
}

/** Which activities to give. */
export interface HistoryOptions<Type extends ActivityType = ActivityType> {
  // surface: fields HistoryOptions -exclude_originator
  /** Only what the cache has; the server is not asked. Default: `false`. */
  offline?: boolean | undefined;
  /** The id of an activity: only what follows it. */
  after?: string | undefined;
  /** Only activities of these types, in camelCase; all when empty. */
  types?: readonly Type[] | undefined;
  // surface: end
  /** Leaves out what one of these originators did. */
  exclude?: { originator?: Origin | readonly Origin[] | undefined } | undefined;
  /** Ends the iteration: it throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Which activities to give, and for how long. */
export interface StreamOptions<Type extends ActivityType = ActivityType> extends Omit<HistoryOptions<Type>, 'offline'> {
  // surface: fields StreamOptions -after -types -exclude_originator
  /** Stay open after the session's end, as a message can resume it. Default: `false`. */
  follow?: boolean | undefined;
  /**
   * Ends with {@link TimeoutError} when the session has shown nothing new for this many milliseconds: no activity and
   * no change of state. Time in the queue, after its end, or waiting for a person, doesn't count. Default: never.
   */
  stallTimeoutMs?: number | undefined;
  // surface: end
}

/** Which page of activities to give. */
export interface ListActivitiesOptions extends CallOptions {
  // surface: fields ActivitiesOptions
  /** How many on a page, 1 to 100. The server's default is 50. */
  pageSize?: number | undefined;
  /** The `nextPageToken` of the page before. */
  pageToken?: string | undefined;
  /** The server's filter, such as `create_time>"2025-10-03T05:43:42Z"`. */
  filter?: string | undefined;
  // surface: end
}

/** Which sources to give. */
export interface SourcesOptions {
  // surface: fields SourcesOptions
  /** The server's filter, such as `name=sources/github/octocat/hello-world`; several with `OR`. */
  filter?: string | undefined;
  /** How many on a page, 1 to 100. The server's default is 30. */
  pageSize?: number | undefined;
  /** The most sources in all. Default: no limit. */
  limit?: number | undefined;
  // surface: end
  /** Ends the iteration: it throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Which sessions to give. */
export interface SessionsOptions extends SourcesOptions {
  // surface: fields SessionsOptions -filter -page_size -limit
  /** Where to begin: the `nextPageToken` of an earlier page. */
  pageToken?: string | undefined;
  // surface: end
  /** Awaited for a page, gives up with a {@link TimeoutError} after this time in milliseconds. Default: no limit. */
  timeoutMs?: number | undefined;
}

/** The items of {@link Jules.all}: taken one by one, when there is room for the next. */
export type Items<T> = Iterable<T> | AsyncIterable<T>;

/** What is done for one item: the options that {@link Jules.run} takes. */
export type ItemToConfig<T> = (item: T) => SessionConfig | PromiseLike<SessionConfig>;
