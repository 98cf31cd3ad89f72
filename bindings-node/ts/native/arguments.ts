// From the options of a call to what the addon takes: the check that nothing unknown or of the wrong kind gets through,
// and the older names. What a value may be, and what holds where there is none, is decided in Rust.

import type {
  AllOptions,
  CallOptions,
  HistoryOptions,
  JulesOptions,
  ReadOptions,
  SessionConfig,
  SessionsOptions,
  StreamOptions,
  SyncOptions,
  WaitOptions,
} from '../options';
import type {
  NativeBatchOptions,
  NativeClientOptions,
  NativeListOptions,
  NativeRunConfig,
  NativeStreamOptions,
  NativeSyncOptions,
} from './binding';
import { argument, check, defined, required } from './check';
import { linesTo } from './logger';

const TIMES = { pollingIntervalMs: 'milliseconds', requestTimeoutMs: 'milliseconds' } as const;
const DELAYS = { baseDelayMs: 'milliseconds', maxDelayMs: 'milliseconds' } as const;

/** What the addon takes, and who gets the log lines. */
export interface ClientSettings {
  readonly options: NativeClientOptions;
  readonly logger: ((line: string) => void) | undefined;
}

export function clientOptions(given: JulesOptions = {}): ClientSettings {
  check('Jules', given, {
    // surface: checks ClientOptions
    apiKey: 'string',
    baseUrl: 'string',
    pollingIntervalMs: 'milliseconds',
    requestTimeoutMs: 'milliseconds',
    connectTimeoutMs: 'milliseconds',
    retry: { maxElapsedMs: 'milliseconds', baseDelayMs: 'milliseconds', maxDelayMs: 'milliseconds' },
    maxConcurrentRequests: 'count',
    cache: 'boolean or string',
    cacheLimit: 'bytes',
    account: 'string',
    slots: 'count',
    perDay: 'count',
    activityBudget: 'boolean or count',
    allowInsecureHttp: 'boolean',
    userAgent: 'string',
    ca: 'string',
    proxy: 'string',
    headers: 'headers',
    // surface: end
    logger: 'logger',
    config: { ...TIMES, rateLimitRetry: { maxRetryTimeMs: 'milliseconds', ...DELAYS } },
  });
  const { config, logger, ...options } = given;
  const { rateLimitRetry: older, ...times } = config ?? {};
  const retry = { ...defined({ ...older, maxElapsedMs: older?.maxRetryTimeMs }), ...defined(options.retry) };
  return { options: { ...defined(times), ...defined(options), retry }, logger: logger && linesTo(logger) };
}

/** The options of a session. */
export const SESSION = {
  // surface: checks RunConfig
  prompt: 'string',
  source: { github: 'string', branch: 'string', baseBranch: 'string' },
  title: 'string',
  requireApproval: 'boolean',
  autoPr: 'boolean',
  waitForSlot: 'boolean or milliseconds',
  stallTimeoutMs: 'milliseconds',
  retryFailed: 'count',
  environmentVariables: 'boolean',
  key: 'string',
  // surface: end
  requirePlanApproval: 'boolean',
} as const;

export function sessionConfig(operation: string, given: SessionConfig): NativeRunConfig {
  check(operation, given, SESSION);
  return sessionFields(operation, given);
}

/** Of options that are checked. */
export function sessionFields(operation: string, given: SessionConfig): NativeRunConfig {
  const { source, requireApproval, requirePlanApproval, ...rest } = given;
  required(operation, 'prompt', given.prompt);
  if (source) required(operation, 'source.github', source.github);
  return {
    ...(defined(rest) as { prompt: string }),
    ...defined({ requireApproval: requireApproval ?? requirePlanApproval }),
    ...(source && { source: { github: source.github, ...defined({ branch: source.branch ?? source.baseBranch }) } }),
  };
}

export function allOptions(
  items: unknown,
  map: unknown,
  given: AllOptions = {},
): {
  options: NativeBatchOptions;
  signal: AbortSignal | undefined;
  timeoutMs: number | undefined;
  onProgress: AllOptions['onProgress'];
} {
  argument('all', { items }, 'iterable');
  argument('all', { map }, 'function');
  check('all', given, {
    // surface: checks AllOptions
    concurrency: 'count',
    stopOnError: 'boolean',
    delayMs: 'milliseconds',
    until: 'until',
    // surface: end
    signal: 'signal',
    timeoutMs: 'milliseconds',
    onProgress: 'function',
  });
  const { signal, timeoutMs, onProgress, ...options } = given;
  return { signal, timeoutMs, onProgress, options: { ...defined(options), progress: onProgress !== undefined } };
}

export function syncOptions(given: SyncOptions = {}): {
  options: NativeSyncOptions;
  signal: AbortSignal | undefined;
  timeoutMs: number | undefined;
  onProgress: SyncOptions['onProgress'];
} {
  check('sync', given, {
    // surface: checks SyncOptions
    sessionId: 'string',
    limit: 'count',
    depth: 'depth',
    incremental: 'boolean',
    concurrency: 'count',
    checkpoint: 'boolean',
    // surface: end
    onProgress: 'function',
    signal: 'signal',
    timeoutMs: 'milliseconds',
  });
  const { signal, timeoutMs, onProgress, ...options } = given;
  return { signal, timeoutMs, onProgress, options: { ...defined(options), progress: onProgress !== undefined } };
}

export function callOptions(operation: string, given: CallOptions = {}): CallOptions {
  check(operation, given, { signal: 'signal', timeoutMs: 'milliseconds' });
  return given;
}

export function waitOptions(operation: string, given: WaitOptions = {}): WaitOptions {
  check(operation, given, { signal: 'signal', timeoutMs: 'milliseconds', stallTimeoutMs: 'milliseconds' });
  return given;
}

export function readOptions(operation: string, given: ReadOptions): CallOptions & { cached: boolean } {
  check(operation, given, { cached: 'boolean', signal: 'signal', timeoutMs: 'milliseconds' });
  return { ...given, cached: given.cached ?? false };
}

export function streamOptions(
  operation: string,
  given: StreamOptions & HistoryOptions,
): { options: NativeStreamOptions; signal: AbortSignal | undefined } {
  check(operation, given, {
    ...(operation === 'history'
      ? ({ offline: 'boolean' } as const)
      : ({ follow: 'boolean', stallTimeoutMs: 'milliseconds' } as const)),
    after: 'string',
    types: 'strings',
    exclude: { originator: 'string or strings' },
    signal: 'signal',
  });
  const { follow, offline, after, types, exclude, stallTimeoutMs, signal } = given;
  const origins = exclude?.originator;
  return {
    signal,
    options: defined({
      follow,
      offline,
      after,
      stallTimeoutMs,
      types: types && [...types],
      excludeOriginator: origins === undefined ? undefined : ([] as string[]).concat(origins),
    }),
  };
}

export function listOptions(
  operation: string,
  given: SessionsOptions & CallOptions,
  own: 'pageToken, page' | 'pageToken, timeoutMs' | 'page',
): { options: NativeListOptions; signal: AbortSignal | undefined; timeoutMs: number | undefined } {
  check(operation, given, {
    filter: 'string',
    pageSize: 'count',
    signal: 'signal',
    timeoutMs: 'milliseconds',
    ...(own === 'pageToken, timeoutMs' ? {} : { limit: 'count' }),
    ...(own === 'page' ? {} : { pageToken: 'string' }),
  });
  const { signal, timeoutMs, ...options } = given;
  return { signal, timeoutMs, options: defined(options) };
}
