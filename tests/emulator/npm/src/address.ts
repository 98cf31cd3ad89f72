// An emulator by its URL: how a client gets there, and how tests look at it and change it.

/** An emulator, wherever it was started. */
export interface Emulator {
  /** The base URL of its API. */
  readonly url: string;
  /** The options of a client: `new Jules(emulator.options)`. It keeps its cache in memory, and asks as often as it likes. */
  readonly options: {
    readonly apiKey: string;
    readonly baseUrl: string;
    readonly cache: false;
    readonly activityBudget: false;
    readonly pollingIntervalMs: number;
  };
  /**
   * Asks one of its control endpoints, such as `control('POST', 'faults', { kind: 'status', status: 503, times: 1 })`,
   * `control('GET', 'journal')` or `control('POST', 'scenarios', yaml)`; gives its answer.
   */
  // biome-ignore lint/suspicious/noExplicitAny: each endpoint has an answer of its own
  control(method: string, path: string, body?: unknown): Promise<any>;
}

/**
 * The emulator at this URL, which another process has started: one for all workers of a test run, say, that its set-up
 * passes on as `JULES_BASE_URL`.
 */
export function emulatorAt(url: string): Emulator {
  const options = { apiKey: 'any', baseUrl: url, cache: false, activityBudget: false, pollingIntervalMs: 20 } as const;
  return { url, options, control: (method, path, body) => control(url, method, path, body) };
}

async function control(url: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(new URL(`/_emulator/${path}`, url), {
    method,
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
