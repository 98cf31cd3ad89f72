// The emulator for the tests: the one that run.mjs has started, else an own one, and its control endpoints.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const target = process.env.CARGO_TARGET_DIR ?? join(repository, 'target');
const binary = process.env.JULES_EMULATOR_BIN ?? join(target, 'debug', 'jules-emulator');

/** Starts an emulator whose agent is fifty times as quick; it ends with this process. */
export async function startEmulator() {
  const child = spawn(binary, ['--speed', '50', '--exit-with-stdin'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(child.stdout);
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the emulator ended before it was ready'))),
  ]);
  lines.close();
  // It must not keep a test process alive whose tests are done.
  for (const handle of /** @type {any[]} */ ([child, child.stdin, child.stdout])) handle.unref();
  return { url: JSON.parse(line).url, stop: () => child.stdin.end() };
}

/** The base URL of the API. */
export const url = process.env.JULES_TEST_EMULATOR ?? (await startEmulator()).url;

/**
 * Asks the emulator itself: `control('POST', 'append', { … })`.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {string} [base] another emulator's URL
 * @returns {Promise<any>}
 */
export async function control(method, path, body, base = url) {
  const answer = await fetch(new URL(`/_emulator/${path}`, base), {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

/** A session that nobody works on; it goes on as `append` says. Gives its id. */
export async function seed(session = {}) {
  const { id } = await control('POST', 'sessions', session);
  return id;
}

/** Lets something happen in a session: activities (wire JSON), a state, outputs. */
export function append(session, change) {
  return control('POST', 'append', { session, ...change });
}

/** The requests that were made about a session, oldest first. */
export async function requestsOf(session) {
  const journal = await control('GET', 'journal');
  return journal.filter((request) => request.path.includes(session));
}

/** The requests whose body has this text in it. */
export async function requestsWith(text) {
  const journal = await control('GET', 'journal');
  return journal.filter((request) => JSON.stringify(request.body ?? '').includes(text));
}

/** Wire JSON of an activity. */
export const wire = {
  message: (text) => ({ originator: 'agent', agentMessaged: { agentMessage: text } }),
  progress: (title, artifacts = []) => ({ originator: 'agent', progressUpdated: { title }, artifacts }),
  completed: () => ({ originator: 'system', sessionCompleted: {} }),
};
