// The options of all calls, and their defaults. They are checked in `native/arguments.ts`.

import type { ActivityType, Origin } from './values/activity';

/** How failing requests are repeated. */
export interface RetryOptions {
  /** How long one call is tried in all, in milliseconds. Default: 300,000. */
  maxElapsedMs?: number | undefined;
  /** The longest first wait in milliseconds; each next one may be twice as long. Default: 1,000. */
  baseDelayMs?: number | undefined;
  /** No wait is longer, but for one that the server asks for, in milliseconds. Default: 30,000. */
  maxDelayMs?: number | undefined;
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

/** What a client can be told. Whatever is absent comes from the environment, then from the default. */
export interface JulesOptions {
  /** The API key. Default: the environment variable `JULES_API_KEY`. */
  apiKey?: string | undefined;
  /**
   * The service with its version. Default: `JULES_BASE_URL`, else `https://jules.googleapis.com/v1alpha`; `/v1alpha` is
   * added to a URL without a path.
   */
  baseUrl?: string | undefined;
  /** A fixed time between two looks at a session, in milliseconds. Default: adaptive. */
  pollingIntervalMs?: number | undefined;
  /**
   * How long the server may be silent in an HTTP exchange, in milliseconds; the whole of it may take ten times that.
   * Default: 30,000.
   */
  requestTimeoutMs?: number | undefined;
  /** The time limit of connecting, in milliseconds. Default: 10,000. */
  connectTimeoutMs?: number | undefined;
  /** How failing requests are repeated. */
  retry?: RetryOptions | undefined;
  /** How many requests may be under way at once. Default: 16. */
  maxConcurrentRequests?: number | undefined;
  /**
   * Where what was seen is remembered: `true` in the platform's cache directory (or `JULES_CACHE_DIR`), `false` in
   * memory, or in the directory that is named; `postgres://USER:PASSWORD@HOST/DATABASE` is a database that clients on many
   * machines may share. Default: `true`.
   */
  cache?: boolean | string | undefined;
  /** How many bytes may be remembered; beyond that the oldest ended sessions are forgotten. Default: 1 GiB. */
  cacheLimit?: number | undefined;
  /**
   * A name that stands for the key in the local store: several keys of one account, or a key that is replaced, then share
   * what is remembered, and the budgets. Default: the key itself.
   */
  account?: string | undefined;
  /**
   * How many sessions may hold a slot of the plan at a time, where that is known: then no create is sent that must be
   * refused. Default: learned.
   */
  slots?: number | undefined;
  /** How many sessions may be created within 24 hours, where that is known. Default: learned. */
  perDay?: number | undefined;
  /**
   * How many calls of `activities.list` all clients of the store make within a minute, together: the service allows 120,
   * and refuses what is beyond. `true` for 120 (ten at once, then 110 a minute), a number, or `false` for no bound.
   * Default: `true`.
   */
  activityBudget?: boolean | number | undefined;
  /** Whether plain `http` is allowed to other machines than this one. Default: `false`. */
  allowInsecureHttp?: boolean | undefined;
  /** What to add to the `User-Agent` header. */
  userAgent?: string | undefined;
  /**
   * Certificates of authorities that are trusted besides the system's: a PEM file, or the PEM text itself. In place of the
   * system's stand those of `SSL_CERT_FILE` and `SSL_CERT_DIR`; `NODE_EXTRA_CA_CERTS` adds to them as this does. Default:
   * none.
   */
  ca?: string | undefined;
  /**
   * The proxy that the service is asked through, `http://HOST:PORT`, perhaps with `USER:PASSWORD@`; `socks5://` works too.
   * This machine is never asked through one. Default: `HTTPS_PROXY`, else `ALL_PROXY`, but not for hosts in `NO_PROXY`.
   */
  proxy?: string | undefined;
  /** Headers to send with each request. The key's can't be among them. Default: none. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Gets this client's log lines, such as `console`. Default: nobody; `JULES_LOG=debug` writes them to stderr. */
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

/** What a session is told. */
export interface SessionConfig {
  /** What the agent is to do. */
  prompt: string;
  /** What it works on. Default: nothing, the agent begins with an empty directory. */
  source?: SourceInput | undefined;
  /** A title. Default: the server makes one. */
  title?: string | undefined;
  /** Whether plans wait for an approval. Default: `run` no, `session` yes. */
  requireApproval?: boolean | undefined;
  /** Another name of `requireApproval`. */
  requirePlanApproval?: boolean | undefined;
  /** Whether a pull request is made at the end. Default: `run` yes, `session` no. */
  autoPr?: boolean | undefined;
  /**
   * Whether to wait when all session slots of the plan are taken: `true` as long as it takes, or so many milliseconds; then
   * it fails with the error that it would have failed with at once. It is not about the day's limit, which frees nothing
   * for hours. Default: `run` and `session` don't wait, `all` waits as long as it takes.
   */
  waitForSlot?: boolean | number | undefined;
  /**
   * For `run` and `all`: gives up waiting with a {@link TimeoutError} when the session has shown nothing new for so many
   * milliseconds, no activity and no other state. Time in the queue, or waiting for a person, doesn't count. A session that
   * `session` gives is waited for with {@link WaitOptions.stallTimeoutMs}. Default: never.
   */
  stallTimeoutMs?: number | undefined;
  /**
   * For `run` and `all`: how often a session that failed for a reason of the service's own is started again; the outcome
   * then has all `sessionIds`. Default: 0.
   */
  retryFailed?: number | undefined;
  /**
   * Whether the agent gets the environment variables that are set up for the source, which must then be named. Default: as
   * the service has it.
   */
  environmentVariables?: boolean | undefined;
  /**
   * A name of your own for what is asked, 1 to 256 characters: the same key is the same session and gives the same outcome, in
   * every process and on every machine that shares the store ({@link JulesOptions.cache}), also when one of them is killed in
   * the middle of the create. What is asked must be the same then, else it is a {@link ConfigError} with the `field` that
   * differs: prompt, source, branch, title, approval, pull request and environment variables. Default: none; each call is a
   * session.
   */
  key?: string | undefined;
}

/** How {@link Jules.all} goes about it. */
export interface AllOptions<StopOnError extends boolean = boolean, End extends Until = Until> {
  /** How many sessions may run at once, until their outcome. Default: 3. */
  concurrency?: number | undefined;
  /**
   * Whether the first item that can't be run stops new starts. A failed session is an outcome, not an error.
   * Default: `true`.
   */
  stopOnError?: StopOnError | undefined;
  /** The time between two starts, in milliseconds. Default: none. */
  delayMs?: number | undefined;
  /**
   * What an item's result is: `ended`, its outcome; `created`, its {@link Session} as soon as that is created. Either way at
   * most `concurrency` sessions are at work. Default: `ended`.
   */
  until?: End | undefined;
  /** Stops it: it rejects with the signal's reason. Sessions that were started go on at the server. */
  signal?: AbortSignal | undefined;
  /** Is called for each step of an item, a finished one before its result is given. What it throws ends it all. */
  onProgress?: ((step: AllProgress) => void) | undefined;
}

/** What the result of an item of {@link Jules.all} is: its outcome, or its session. */
export type Until = 'ended' | 'created';

/** A step of one item of {@link Jules.all}. */
export interface AllProgress {
  /** The item's place among the items, from 0. */
  readonly index: number;
  /** Has its place; its session is created; waits for one of the server's slots; has its outcome or error. */
  readonly stage: 'queued' | 'started' | 'waiting' | 'finished';
  /** Its session, once there is one. */
  readonly sessionId?: string;
  /** How many items are finished, this one included. */
  readonly finished: number;
}

/** How much of each session a sync fetches: the sessions themselves without their outputs, or those and all activities too. */
export type SyncDepth = 'metadata' | 'activities';

/** How {@link Jules.sync} goes about it. */
export interface SyncOptions extends CallOptions {
  /** Only this session, which is always asked for. Default: all of the account. */
  sessionId?: string | undefined;
  /** Only the newest so many sessions. Default: all. */
  limit?: number | undefined;
  /** How much of each session. Default: `metadata`. */
  depth?: SyncDepth | undefined;
  /**
   * Whether what is fresh is left alone: sessions that ended, for a day; those older than 30 days, for good; unless the
   * listing shows that they have changed. Default: `true`.
   */
  incremental?: boolean | undefined;
  /** How many sessions are brought up to date at once. Default: 3. */
  concurrency?: number | undefined;
  /** Whether a sync that was interrupted less than a day ago is continued. Default: `true`. */
  checkpoint?: boolean | undefined;
  /** Is called for each step. What it throws ends the sync; what was fetched stays. */
  onProgress?: ((step: SyncProgress) => void) | undefined;
}

/** How far a sync has come. */
export interface SyncProgress {
  /**
   * Waits for another sync of the same store; goes on with one that was interrupted; lists the sessions; fetches
   * sessions, or sessions with their activities; asks for those that no listing shows any more.
   */
  readonly phase:
    | 'waiting'
    | 'checkpoint'
    | 'fetchingList'
    | 'hydratingRecords'
    | 'hydratingActivities'
    | 'checkingDeleted';
  /** How many sessions it has done that with. */
  readonly current: number;
  /** Out of how many, where that is known. */
  readonly total?: number;
  /** The session that is done. */
  readonly lastIngestedId?: string;
  /** How many activities of it were new. */
  readonly activityCount?: number;
}

/** What every waiting call can be told. */
export interface CallOptions {
  /** Cancels the call: the work behind it is dropped, and it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Gives up with a {@link TimeoutError} after this time in milliseconds. Default: no limit. */
  timeoutMs?: number | undefined;
}

/** What a wait for a session's news can be told. */
export interface WaitOptions extends CallOptions {
  /**
   * Gives up with a {@link TimeoutError}, with `since` and `lastActivity`, when the session has shown nothing new for so
   * many milliseconds: no activity and no other state. Time in the queue, or waiting for a person, doesn't count.
   * Default: never.
   */
  stallTimeoutMs?: number | undefined;
}

/** What a look at a session can be told. */
export interface LookOptions extends CallOptions {
  /** From the local store, without asking the server. Default: `false`. */
  cached?: boolean | undefined;
}

/** Which activities to give. */
export interface HistoryOptions<Type extends ActivityType = ActivityType> {
  /** Only what comes behind the activity with this id. */
  after?: string | undefined;
  /** Only these types. */
  types?: readonly Type[] | undefined;
  /** Leaves out what one of these originators did. */
  exclude?: { originator?: Origin | readonly Origin[] | undefined } | undefined;
  /** Doesn't ask the server. Default: `false`. */
  offline?: boolean | undefined;
  /** Ends the iteration: it throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Which activities to give, and for how long. */
export interface StreamOptions<Type extends ActivityType = ActivityType> extends Omit<HistoryOptions<Type>, 'offline'> {
  /** Stays open when the session has ended, for a message can wake it. Default: `false`. */
  follow?: boolean | undefined;
  /**
   * Ends with a {@link TimeoutError}, with `since` and `lastActivity`, when the session has shown nothing new for so many
   * milliseconds: no activity and no other state. Time in the queue, after its end, or waiting for a person, doesn't count.
   * Default: never.
   */
  stallTimeoutMs?: number | undefined;
}

/** Which page of activities to give. */
export interface ListActivitiesOptions extends CallOptions {
  /** At most so many, 1 to 100. Default: the server's, 50. */
  pageSize?: number | undefined;
  /** Where to go on: the `nextPageToken` of the page before. */
  pageToken?: string | undefined;
  /** The server's filter, such as `create_time>"2026-01-31T00:00:00Z"`. */
  filter?: string | undefined;
}

/** Which sources to give. */
export interface SourcesOptions {
  /** The server's filter, such as `name=sources/github/octocat/hello-world`. */
  filter?: string | undefined;
  /** How many to fetch at once, 1 to 100. Default: the server's, 30. */
  pageSize?: number | undefined;
  /** At most so many. Default: all. */
  limit?: number | undefined;
  /** Ends the iteration: it throws the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** Which sessions to give. */
export interface SessionsOptions extends SourcesOptions {
  /** Where to begin: the `nextPageToken` of a page. */
  pageToken?: string | undefined;
  /** Awaited for a page, gives up with a {@link TimeoutError} after this time in milliseconds. Default: no limit. */
  timeoutMs?: number | undefined;
}

/** The items of {@link Jules.all}: taken one by one, when there is room for the next. */
export type Items<T> = Iterable<T> | AsyncIterable<T>;

/** What is done for one item: the options that {@link Jules.run} takes. */
export type ItemToConfig<T> = (item: T) => SessionConfig | PromiseLike<SessionConfig>;
