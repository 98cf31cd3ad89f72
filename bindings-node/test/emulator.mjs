// The emulator for the tests: the one that run.mjs has started, else an own one, and its control endpoints.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as emulator from '../../tests/emulator/npm/dist/index.js';

const repository = fileURLToPath(new URL('../..', import.meta.url));
process.env.JULES_EMULATOR_BIN ??= join(
  process.env.CARGO_TARGET_DIR ?? join(repository, 'target'),
  'debug',
  'jules-emulator',
);

/** Starts an emulator whose agent is fifty times as quick; it ends with this process. */
export const startEmulator = () => emulator.startEmulator();

/** The base URL of the API. */
export const url = process.env.JULES_TEST_EMULATOR ?? (await startEmulator()).url;

/**
 * Asks the emulator itself: `control('POST', 'append', { … })`.
 *
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {string} [base] another emulator's URL
 */
export function control(method, path, body, base = url) {
  return emulator.emulatorAt(base).control(method, path, body);
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
