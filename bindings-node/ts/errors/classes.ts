// What can go wrong, as classes: `JulesError` above all, `ApiError` above the answers of the server.

import type { Activity } from '../values/activity';
import type { ItemReport, Outcome } from '../values/outcome';
import type { SessionInfo } from '../values/session-info';

// surface: union ErrorKind open
/**
 * The kinds of failure, the same in every language.
 *
 * - `Config`: A bad option, a bad id, or plain `http` to a remote host. Nothing was sent.
 * - `MissingApiKey`: No API key was given and `JULES_API_KEY` is not set. A special case of {@link ConfigError}.
 * - `Network`: The server could not be reached, or the connection broke.
 * - `Timeout`: A time limit ran out.
 * - `Authentication`: The server refused the API key (401, 403, or 400 with `API_KEY_INVALID`).
 * - `NotFound`: What was asked for does not exist (404).
 * - `RateLimit`: Too many requests or sessions (429).
 * - `InvalidRequest`: The server refused the request as invalid (400 and other 4xx).
 * - `Precondition`: The server refused because of the current state (`FAILED_PRECONDITION`, `ABORTED`).
 * - `Server`: The server failed (5xx), redirected (3xx), or a proxy gave up (425, 499).
 * - `Decode`: The response could not be understood.
 * - `SourceNotFound`: Jules has no access to the repository that was named.
 * - `UnexpectedState`: The session ended in another state than the one waited for; `info` has it.
 * - `SessionEnded`: The session ended before what was awaited came; `reason` has why, and `outcome` how.
 * - `Store`: The cache could not be read or written.
 * - `Patch`: A patch could not be parsed or applied.
 * - `Query`: A query is not valid.
 * - `Closed`: The client was closed, before the call or while it waited.
 */
export type ErrorKind =
  | 'Config'
  | 'MissingApiKey'
  | 'Network'
  | 'Timeout'
  | 'Authentication'
  | 'NotFound'
  | 'RateLimit'
  | 'InvalidRequest'
  | 'Precondition'
  | 'Server'
  | 'Decode'
  | 'SourceNotFound'
  | 'UnexpectedState'
  | 'SessionEnded'
  | 'Store'
  | 'Patch'
  | 'Query'
  | 'Closed'
  | (string & {});
// surface: end

// surface: union Limit open
/**
 * Which of the plan's limits refused a create.
 *
 * - `slots`: As many sessions hold a slot as may.
 * - `day`: As many sessions were created within 24 hours as may be.
 * - `unknown`: One of the two, but the service doesn't say which, and the account's usage doesn't show it.
 */
export type Limit = 'slots' | 'day' | 'unknown' | (string & {});
// surface: end

// surface: union EndReason open
/**
 * Why a session is over, with {@link SessionEndedError}.
 *
 * - `ended`: It completed or failed; `outcome` has how.
 * - `stopped`: It was archived while it was at work, which pauses it for good.
 * - `deleted`: It no longer exists on the server.
 */
export type EndReason = 'ended' | 'stopped' | 'deleted' | (string & {});
// surface: end

// surface: union StoreFault open
/**
 * What happened to a store.
 *
 * - `full`: No space is left for it.
 * - `busy`: Another process keeps it locked.
 * - `readOnly`: It is read-only.
 * - `damaged`: Its content is not what was written.
 * - `newer`: A newer version of this library wrote it.
 * - `noPermission`: The system doesn't allow it.
 * - `notADirectory`: A directory is needed where there is something else.
 * - `unsafe`: It is a link, a pipe, or others may write to it.
 * - `device`: The device failed.
 * - `unreachable`: The server can't be reached, or the connection to it is lost.
 * - `other`: Anything else.
 */
export type StoreFault =
  | 'full'
  | 'busy'
  | 'readOnly'
  | 'damaged'
  | 'newer'
  | 'noPermission'
  | 'notADirectory'
  | 'unsafe'
  | 'device'
  | 'unreachable'
  | 'other'
  | (string & {});
// surface: end

/** What an error knows besides its message. What doesn't apply is absent. */
export interface ErrorFields {
  // surface: errors
  /** Which of the plan's limits refused a create. */
  limit?: Limit;
  /**
   * How much of the plan's `limit` was in use: slots that are held, or sessions created within 24 hours. Slots where
   * the limit isn't known.
   */
  used?: number;
  /** How much the plan's `limit` allows, where that was said or learned. */
  allowed?: number;
  /**
   * When the next create is likely to pass, where a time is known, RFC 3339 in UTC. A slot is free when a session ends:
   * that has none.
   */
  nextAt?: string;
  /**
   * Whether calling again now is worthwhile. False once the client's own retries are spent, and for errors that
   * repeating doesn't change; true for the caller's time limits, for {@link RateLimitError} with `retryAfterMs`, and
   * for a create that was refused because of one of the plan's limits.
   */
  retryable?: boolean;
  /** The HTTP status, when the server answered. */
  status?: number;
  /** The server's gRPC code name, such as `"RESOURCE_EXHAUSTED"`. */
  code?: string;
  /** The server's `error.details`, as it sent them. */
  details?: readonly unknown[];
  /** The HTTP method of the request. */
  method?: string;
  /** The URL of the request. It never contains the key. */
  url?: string;
  /** How many times the request was sent. */
  attempts?: number;
  /** How long the server asked to wait, in milliseconds. */
  retryAfterMs?: number;
  /** The server's id of the request, to quote in a report: that of the last attempt that was answered. */
  requestId?: string;
  /** The session that the call was about, or that it created. */
  sessionId?: string;
  /**
   * The field or key of the query that is wrong, as it was written, with {@link QueryError}; the option that is not
   * valid, or that differs from what its key was used for, with {@link ConfigError}.
   */
  field?: string;
  /** The operator of the query that is wrong or is used wrongly, with {@link QueryError}. */
  operator?: string;
  /** What would be valid there, with {@link QueryError}; empty where that can't be listed. */
  valid?: readonly string[];
  /** What was probably meant, with {@link QueryError}. */
  suggestion?: string;
  /** The file of a patch that cannot be applied, with {@link PatchError}: its path in the patch. */
  file?: string;
  /** The hunk of that file that can't be applied, counted from 1. */
  hunk?: number;
  /** Why the session is over, with {@link SessionEndedError}. */
  reason?: EndReason;
  /**
   * Since when nothing new had come, by the local clock, RFC 3339 in UTC: with a {@link TimeoutError} of a
   * `stallTimeoutMs`.
   */
  since?: string;
  /** The last activity before that, if there was any: with a {@link TimeoutError} of a `stallTimeoutMs`. */
  lastActivity?: Activity;
  /** The session, with {@link UnexpectedStateError} and {@link SessionEndedError}. */
  info?: SessionInfo;
  /** How the session ended, with {@link SessionEndedError} for the reason `'ended'`. */
  outcome?: Outcome;
  /**
   * What happened to the cache, with {@link StoreError}: `"full"`, `"busy"`, `"readOnly"`, `"damaged"`, `"newer"`,
   * `"noPermission"`, `"notADirectory"`, `"unsafe"`, `"device"`, `"unreachable"` or `"other"`.
   */
  fault?: StoreFault;
  /** The index of the item of `all` that the error is about, from 0. */
  index?: number;
  /** The status of the other items when `all` stopped: what finished and what still runs. */
  results?: readonly ItemReport[];
  // surface: end
  /** That item. */
  item?: unknown;
  /** The cause. */
  cause?: unknown;
}

/**
 * Anything that the client reports. Aborts are not among it: they reject with the signal's own reason.
 *
 * @example
 * try {
 *   await session.approve();
 * } catch (error) {
 *   if (error instanceof JulesError && error.retryable) await session.approve();
 *   else throw error;
 * }
 */
export class JulesError extends Error {
  /** What kind of error it is. */
  declare readonly kind: ErrorKind;
  /** Whether calling again now is worthwhile: no longer once the client's own retries are spent. */
  readonly retryable: boolean;
  // surface: errors Jules
  /** The HTTP status, when the server answered. */
  declare readonly status?: number;
  /** The server's gRPC code name, such as `"RESOURCE_EXHAUSTED"`. */
  declare readonly code?: string;
  /** The server's `error.details`, as it sent them. */
  declare readonly details?: readonly unknown[];
  /** The HTTP method of the request. */
  declare readonly method?: string;
  /** The URL of the request. It never contains the key. */
  declare readonly url?: string;
  /** How many times the request was sent. */
  declare readonly attempts?: number;
  /** The server's id of the request, to quote in a report: that of the last attempt that was answered. */
  declare readonly requestId?: string;
  /** The session that the call was about, or that it created. */
  declare readonly sessionId?: string;
  /** The index of the item of `all` that the error is about, from 0. */
  declare readonly index?: number;
  /** The status of the other items when `all` stopped: what finished and what still runs. */
  declare readonly results?: readonly ItemReport[];
  // surface: end
  /** That item. */
  declare readonly item?: unknown;

  /**
   * An error to throw where the client's own would be: in tests, or from a wrapper.
   *
   * @param message - What was tried, what happened and what can be done.
   * @param fields - What else is known.
   */
  constructor(message: string, fields: ErrorFields = {}) {
    const { cause, retryable = false, ...rest } = fields;
    super(message, cause === undefined ? undefined : { cause });
    this.retryable = retryable;
    Object.assign(this, rest);
  }

  /** The fields as plain data, for logs: `JSON.stringify(error)` has them too. */
  toJSON(): { name: string; message: string; kind: ErrorKind; retryable: boolean } & Omit<ErrorFields, 'retryable'> {
    return Object.assign({ name: this.name, message: this.message, kind: this.kind }, this);
  }
}

/** A bad option, id or state; nothing was sent. */
export class ConfigError extends JulesError {
  /** The option that can't be, or in which what is asked differs from what its key is known for. */
  declare readonly field?: string;
}

/** There is no API key, neither as an option nor in `JULES_API_KEY`. */
export class MissingApiKeyError extends ConfigError {}

/** The server couldn't be reached, or the connection broke, and trying again didn't help. */
export class NetworkError extends JulesError {}

/** A time limit ran out: of one request, or one given to the call. */
export class TimeoutError extends JulesError {
  // surface: errors Timeout
  /**
   * Since when nothing new had come, by the local clock, RFC 3339 in UTC: with a {@link TimeoutError} of a
   * `stallTimeoutMs`.
   */
  declare readonly since?: string;
  /** The last activity before that, if there was any: with a {@link TimeoutError} of a `stallTimeoutMs`. */
  declare readonly lastActivity?: Activity;
  // surface: end
}

/** The server's answer couldn't be understood. */
export class DecodeError extends JulesError {}

/** The server refused; the classes below it say why. */
export class ApiError extends JulesError {}

/** The key is wrong or may not do this (401, 403). */
export class AuthenticationError extends ApiError {}

/** There is no such thing (404). */
export class NotFoundError extends ApiError {}

/** Too many requests, or too many sessions at once or a day (429). */
export class RateLimitError extends ApiError {
  // surface: errors RateLimit
  /** Which of the plan's limits refused a create. */
  declare readonly limit?: Limit;
  /**
   * How much of the plan's `limit` was in use: slots that are held, or sessions created within 24 hours. Slots where
   * the limit isn't known.
   */
  declare readonly used?: number;
  /** How much the plan's `limit` allows, where that was said or learned. */
  declare readonly allowed?: number;
  /**
   * When the next create is likely to pass, where a time is known, RFC 3339 in UTC. A slot is free when a session ends:
   * that has none.
   */
  declare readonly nextAt?: string;
  /** How long the server asked to wait, in milliseconds. */
  declare readonly retryAfterMs?: number;
  // surface: end

  /** How long the server asks to wait, in seconds, as the header has it. */
  get retryAfter(): number | undefined {
    return this.retryAfterMs === undefined ? undefined : this.retryAfterMs / 1000;
  }
}

/** The request itself is wrong (400). */
export class InvalidRequestError extends ApiError {}

/**
 * The session isn't in a state in which this can be done (409, 412, or 400 with FAILED_PRECONDITION). Of a create it means
 * that the plan is full.
 */
export class PreconditionError extends ApiError {
  // surface: errors Precondition
  /** Which of the plan's limits refused a create. */
  declare readonly limit?: Limit;
  /**
   * How much of the plan's `limit` was in use: slots that are held, or sessions created within 24 hours. Slots where
   * the limit isn't known.
   */
  declare readonly used?: number;
  /** How much the plan's `limit` allows, where that was said or learned. */
  declare readonly allowed?: number;
  /**
   * When the next create is likely to pass, where a time is known, RFC 3339 in UTC. A slot is free when a session ends:
   * that has none.
   */
  declare readonly nextAt?: string;
  // surface: end
}

/** The server failed, or sent somewhere else (5xx, 3xx). */
export class ServerError extends ApiError {}

/** There is no such repository, or Jules isn't installed on it. */
export class SourceNotFoundError extends JulesError {}

/** The session ended in another state than the one waited for. */
export class UnexpectedStateError extends JulesError {
  // surface: errors UnexpectedState
  /** The session, with {@link UnexpectedStateError} and {@link SessionEndedError}. */
  declare readonly info?: SessionInfo;
  // surface: end
}

/** There is nothing more to wait for: the session ended before it answered, was stopped or deleted. */
export class SessionEndedError extends JulesError {
  // surface: errors SessionEnded
  /** Why the session is over, with {@link SessionEndedError}. */
  declare readonly reason?: EndReason;
  /** The session, with {@link UnexpectedStateError} and {@link SessionEndedError}. */
  declare readonly info?: SessionInfo;
  /** How the session ended, with {@link SessionEndedError} for the reason `'ended'`. */
  declare readonly outcome?: Outcome;
  // surface: end
}

/** The client was closed, before the call or while it waited. */
export class ClosedError extends JulesError {}

/** The local cache can't be used. */
export class StoreError extends JulesError {
  // surface: errors Store
  /**
   * What happened to the cache, with {@link StoreError}: `"full"`, `"busy"`, `"readOnly"`, `"damaged"`, `"newer"`,
   * `"noPermission"`, `"notADirectory"`, `"unsafe"`, `"device"`, `"unreachable"` or `"other"`.
   */
  declare readonly fault?: StoreFault;
  // surface: end
}

/** A patch can't be read or applied. */
export class PatchError extends JulesError {
  // surface: errors Patch
  /** The file of a patch that cannot be applied, with {@link PatchError}: its path in the patch. */
  declare readonly file?: string;
  /** The hunk of that file that can't be applied, counted from 1. */
  declare readonly hunk?: number;
  // surface: end
}

/** A query is wrong. */
export class QueryError extends JulesError {
  // surface: errors Query
  /**
   * The field or key of the query that is wrong, as it was written, with {@link QueryError}; the option that is not
   * valid, or that differs from what its key was used for, with {@link ConfigError}.
   */
  declare readonly field?: string;
  /** The operator of the query that is wrong or is used wrongly, with {@link QueryError}. */
  declare readonly operator?: string;
  /** What would be valid there, with {@link QueryError}; empty where that can't be listed. */
  declare readonly valid?: readonly string[];
  /** What was probably meant, with {@link QueryError}. */
  declare readonly suggestion?: string;
  // surface: end
}

/** The class of each kind. */
export const CLASSES: Readonly<Record<string, typeof JulesError>> = {
  // surface: classes
  Config: ConfigError,
  MissingApiKey: MissingApiKeyError,
  Network: NetworkError,
  Timeout: TimeoutError,
  Authentication: AuthenticationError,
  NotFound: NotFoundError,
  RateLimit: RateLimitError,
  InvalidRequest: InvalidRequestError,
  Precondition: PreconditionError,
  Server: ServerError,
  Decode: DecodeError,
  SourceNotFound: SourceNotFoundError,
  UnexpectedState: UnexpectedStateError,
  SessionEnded: SessionEndedError,
  Store: StoreError,
  Patch: PatchError,
  Query: QueryError,
  Closed: ClosedError,
  // surface: end
};

// Names stand on the prototypes and not in the classes' own names, which a bundler may shorten.
for (const [kind, { prototype }] of Object.entries({ ...CLASSES, Api: ApiError, Jules: JulesError })) {
  Object.defineProperties(prototype, { name: { value: `${kind}Error` }, kind: { value: kind } });
}
