// What can go wrong, as classes: `JulesError` above all, `ApiError` above the answers of the server.

import type { Activity } from '../values/activity';
import type { ItemReport, Outcome } from '../values/outcome';
import type { SessionInfo } from '../values/session-info';

/** What kind of error it is; the same words in every language. A class is named by its kind and `Error`. */
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
  | 'Closed'
  | 'Store'
  | 'Patch'
  | 'Query'
  | (string & {});

/**
 * Which of the plan's limits refused a create: sessions that hold a slot at a time, sessions created within 24 hours, or one
 * of the two where it can't be told.
 */
export type Limit = 'slots' | 'day' | 'unknown' | (string & {});

/** Why a session is over: it completed or failed, was archived while it was at work, or the server has it no more. */
export type EndReason = 'ended' | 'stopped' | 'deleted' | (string & {});

/** What happened to the local store. */
export type StoreFault =
  | 'full'
  | 'busy'
  | 'readOnly'
  | 'damaged'
  | 'newer'
  | 'noPermission'
  | 'notADirectory'
  | 'unsafe'
  | 'unreachable'
  | 'device'
  | 'other'
  | (string & {});

/** What an error knows besides its message. What doesn't apply is absent. */
export interface ErrorFields {
  /** Whether calling again now is worth it: no longer once the client's own retries are spent. */
  retryable?: boolean;
  /** The HTTP status of the server's answer. */
  status?: number;
  /** The gRPC name of the status, such as `RESOURCE_EXHAUSTED`. */
  code?: string;
  /** The server's details, as it sent them. */
  details?: readonly unknown[];
  /** The HTTP method of the request. */
  method?: string;
  /** The URL of the request; it never has the key in it. */
  url?: string;
  /** How often the request was sent. */
  attempts?: number;
  /** How long the server asks to wait, in milliseconds. */
  retryAfterMs?: number;
  /** The id of the request, for a report to the service. */
  requestId?: string;
  /** The session that the call was about, or that it made. */
  sessionId?: string;
  /** Which of the plan's limits refused a create. */
  limit?: Limit;
  /** How much of it was in use: slots that are held, or sessions created within 24 hours. */
  used?: number;
  /** How much it allows, where that was said or learned. */
  allowed?: number;
  /** When the next create is likely to pass, RFC 3339 in UTC, where a time is known. */
  nextAt?: string;
  /** Why there is nothing more to wait for in a session. */
  reason?: EndReason;
  /** Since when a session had shown nothing new, by the local clock, RFC 3339 in UTC. */
  since?: string;
  /** The last activity before that, if there was any. */
  lastActivity?: Activity;
  /** What happened to the local store. */
  fault?: StoreFault;
  /** The session as it was seen, where it ended otherwise than was waited for. */
  info?: SessionInfo;
  /** How the session ended, where it ended before it answered. */
  outcome?: Outcome;
  /** Where the other items of {@link Jules.all} stood, where an error stopped it. */
  results?: readonly ItemReport[];
  /** The place among the items of {@link Jules.all} of the one that it is about, from 0. */
  index?: number;
  /** That item. */
  item?: unknown;
  /** The field or key of a query that is wrong, as it stands there; the option that can't be, or differs from a key's. */
  field?: string;
  /** The operator of a query that is wrong. */
  operator?: string;
  /** What would be valid in its place. */
  valid?: readonly string[];
  /** What was probably meant. */
  suggestion?: string;
  /** The file of a patch that can't be applied. */
  file?: string;
  /** Which of that file's hunks, from 1. */
  hunk?: number;
  /** What stands behind it. */
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
  /** Whether calling again now is worth it: no longer once the client's own retries are spent. */
  readonly retryable: boolean;
  /** The HTTP status of the server's answer. */
  declare readonly status?: number;
  /** The gRPC name of the status, such as `RESOURCE_EXHAUSTED`. */
  declare readonly code?: string;
  /** The server's details, as it sent them. */
  declare readonly details?: readonly unknown[];
  /** The HTTP method of the request. */
  declare readonly method?: string;
  /** The URL of the request; it never has the key in it. */
  declare readonly url?: string;
  /** How often the request was sent. */
  declare readonly attempts?: number;
  /** The id of the request, for a report to the service. */
  declare readonly requestId?: string;
  /** The session that the call was about, or that it made. */
  declare readonly sessionId?: string;
  /** Where the other items of {@link Jules.all} stood, where an error stopped it. */
  declare readonly results?: readonly ItemReport[];
  /** The place among the items of {@link Jules.all} of the one that it is about, from 0. */
  declare readonly index?: number;
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
  /** Since when the session had shown nothing new, by the local clock, RFC 3339 in UTC; of a `stallTimeoutMs`. */
  declare readonly since?: string;
  /** The last activity before that, if there was any. */
  declare readonly lastActivity?: Activity;
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
  /** How long the server asks to wait, in milliseconds. */
  declare readonly retryAfterMs?: number;
  /** Which of the plan's limits refused a create. */
  declare readonly limit?: Limit;
  /** How much of it was in use: slots that are held, or sessions created within 24 hours. */
  declare readonly used?: number;
  /** How much it allows, where that was said or learned. */
  declare readonly allowed?: number;
  /** When the next create is likely to pass, RFC 3339 in UTC, where a time is known. */
  declare readonly nextAt?: string;

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
  /** Which of the plan's limits refused a create. */
  declare readonly limit?: Limit;
  /** How much of it was in use: slots that are held, or sessions created within 24 hours. */
  declare readonly used?: number;
  /** How much it allows, where that was said or learned. */
  declare readonly allowed?: number;
  /** When the next create is likely to pass, RFC 3339 in UTC, where a time is known. */
  declare readonly nextAt?: string;
}

/** The server failed, or sent somewhere else (5xx, 3xx). */
export class ServerError extends ApiError {}

/** There is no such repository, or Jules isn't installed on it. */
export class SourceNotFoundError extends JulesError {}

/** The session ended in another state than the one waited for. */
export class UnexpectedStateError extends JulesError {
  /** The session as it was seen. */
  declare readonly info?: SessionInfo;
}

/** There is nothing more to wait for: the session ended before it answered, was stopped or deleted. */
export class SessionEndedError extends JulesError {
  /** Which of these. */
  declare readonly reason?: EndReason;
  /** The session as it was seen. */
  declare readonly info?: SessionInfo;
  /** How it ended, where it did. */
  declare readonly outcome?: Outcome;
}

/** The client was closed, before the call or while it waited. */
export class ClosedError extends JulesError {}

/** The local store can't be used. */
export class StoreError extends JulesError {
  /** What happened to it. */
  declare readonly fault?: StoreFault;
}

/** A patch can't be read or applied. */
export class PatchError extends JulesError {
  /** The file that it is about, by its path in the patch. */
  declare readonly file?: string;
  /** Which of that file's hunks can't be applied, from 1. */
  declare readonly hunk?: number;
}

/** A query is wrong. */
export class QueryError extends JulesError {
  /** The field or key that is wrong, as it stands in the query. */
  declare readonly field?: string;
  /** The operator that is wrong. */
  declare readonly operator?: string;
  /** What would be valid in its place. */
  declare readonly valid?: readonly string[];
  /** What was probably meant. */
  declare readonly suggestion?: string;
}

/** The class of each kind. */
export const CLASSES: Readonly<Record<string, typeof JulesError>> = {
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
  Closed: ClosedError,
  Store: StoreError,
  Patch: PatchError,
  Query: QueryError,
};

// Names stand on the prototypes and not in the classes' own names, which a bundler may shorten.
for (const [kind, { prototype }] of Object.entries({ ...CLASSES, Api: ApiError, Jules: JulesError })) {
  Object.defineProperties(prototype, { name: { value: `${kind}Error` }, kind: { value: kind } });
}
