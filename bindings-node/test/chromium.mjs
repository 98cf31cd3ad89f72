// A page in headless Chromium, over the browser's own pipe: no driver in between.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const names = [process.env.JULES_CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome'];

/** The program, where there is one. */
export const chromium = names.find((name) => name && spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);

/**
 * Opens a page and gives what an expression is there; a promise is waited for.
 *
 * @param {string} url
 * @param {string} expression
 * @returns {Promise<any>}
 */
export const evaluateIn = (url, expression) =>
  inPage(async (ask) => {
    await ask('Page.navigate', { url }); // answered when the page has begun
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await ask('Runtime.evaluate', options);
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return result.value;
  });

/**
 * Starts a browser with an empty page, which is asked by the words of the DevTools protocol.
 *
 * @param {(ask: (method: string, params?: object) => Promise<any>) => Promise<any>} use
 * @param {(method: string, params: any) => void} [heard] gets what the page tells by itself
 */
export async function inPage(use, heard) {
  const profile = mkdtempSync(join(tmpdir(), 'jules-chromium-'));
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'];
  const more = ['--disable-background-networking', '--remote-debugging-pipe', `--user-data-dir=${profile}`];
  // A group of its own: its helpers live on for a while after it, and write into the profile.
  const browser = spawn(String(chromium), [...flags, ...more, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  browser.stderr?.setEncoding('utf8').on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  const gone = new Promise((resolve) => browser.on('exit', resolve));
  try {
    const ask = conversation(browser, gone, heard, () => said);
    const targetId = await newPage(ask);
    const { sessionId } = await ask('Target.attachToTarget', { targetId, flatten: true });
    return await use((method, params = {}) => ask(method, params, sessionId));
  } finally {
    kill(browser);
    await gone;
    remove(profile);
  }
}

/** A browser that has just begun may have no window yet to open a page in, and says so. */
async function newPage(ask) {
  for (let tries = 1; ; tries += 1) {
    try {
      return (await ask('Target.createTarget', { url: 'about:blank' })).targetId;
    } catch (error) {
      if (tries === 50) throw error;
      await sleep(200);
    }
  }
}

function kill(browser) {
  try {
    process.kill(-browser.pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** What can't be removed is the system's to remove: no test fails for it. */
function remove(profile) {
  try {
    rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
  } catch (error) {
    console.error(`chromium: ${profile} stays: ${error}`);
  }
}

/** Messages are JSON, each closed by a zero byte. */
function conversation(browser, gone, heard, said) {
  const [, , , output, input] = browser.stdio;
  const waiting = new Map();
  let last = 0;
  let rest = '';
  let ended = false;
  input.setEncoding('utf8').on('data', (chunk) => {
    const messages = `${rest}${chunk}`.split('\0');
    rest = messages.pop() ?? '';
    for (const { id, result, error, method, params } of messages.map((message) => JSON.parse(message))) {
      if (method) heard?.(method, params);
      else if (error) waiting.get(id)?.reject(new Error(error.message));
      else waiting.get(id)?.resolve(result);
      waiting.delete(id);
    }
  });
  const isGone = () => new Error(`the browser is gone; it had said:\n${said()}`);
  const end = () => {
    ended = true;
    for (const { reject } of waiting.values()) reject(isGone());
    waiting.clear();
  };
  gone.then(end);
  output.on('error', end); // nobody reads it any more
  return (method, params, sessionId) =>
    /** @type {Promise<any>} */ (
      new Promise((resolve, reject) => {
        if (ended) return reject(isGone());
        const id = ++last;
        waiting.set(id, { resolve, reject });
        output.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`);
      })
    );
}
