// What the contestants in JavaScript have in common: how they talk with the runner, and what they hold in memory.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** Says that everything is loaded; gives the task. */
export async function ready() {
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
  for await (const line of createInterface(process.stdin)) return JSON.parse(line);
  throw new Error('no task');
}

/** Prints what came of the task and ends, as a rule whatever is still under way. */
export function answer(result, atOnce = true) {
  process.stdout.write(`${JSON.stringify(result)}\n`, () => atOnce && process.exit());
}

/** The time of day, in nanoseconds as JSON can carry them. */
export const nanoseconds = () => Math.round((performance.timeOrigin + performance.now()) * 1e6);

/** What this process holds in memory now, in bytes. */
export const resident = () => field('VmRSS');

/** What this process held at most so far. */
export const peak = () => field('VmHWM');

function field(name) {
  const status = readFileSync('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) * 1024;
}
