// A client for the tests, in memory and quick, and small helpers.
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Jules } from 'jules-sdk';
import { url } from './emulator.mjs';

export const repository = { github: 'octocat/hello-world' };

/** A client on the emulator that looks every 20 ms; it is closed when the tests of the file are done. */
export function client(options = {}) {
  const quick = { cache: false, pollingIntervalMs: 20, activityBudget: false };
  const jules = new Jules({ apiKey: 'test-key', baseUrl: url, ...quick, ...options });
  after(() => jules.close());
  return jules;
}

/**
 * Everything that an iterable gives.
 *
 * @returns {Promise<any[]>}
 */
export async function collect(iterable) {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
}

/** Waits until `check` gives something true; fails with `what` after ten seconds. */
export async function eventually(what, check) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const seen = await check();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await sleep(10);
  }
}

/**
 * What a promise rejects with.
 *
 * @returns {Promise<any>}
 */
export async function rejection(promise) {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it was expected to reject');
}

/**
 * What a function throws at once.
 *
 * @returns {any}
 */
export function thrown(work) {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('it was expected to throw');
}
