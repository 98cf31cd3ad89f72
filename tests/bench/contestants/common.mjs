// What the contestants in JavaScript have in common: how they talk with the runner, and what they hold in memory.

import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
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

/** How often the event loop is looked at, in milliseconds. */
const RESOLUTION = 1;

/** Watches how long the event loop is held up, until `held` is asked: milliseconds beyond the time between two looks. */
export function watchEventLoop() {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  const beyond = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - RESOLUTION);
  return {
    held() {
      delays.disable();
      return { stallP99: beyond(delays.percentile(99)), stallMost: beyond(delays.max) };
    },
  };
}

/** Reads activities as they come until `over` says so; a slow reader rests for a millisecond at each tenth. */
export async function read(activities, slow, over) {
  const before = resident();
  const loop = watchEventLoop();
  const cpu = process.cpuUsage();
  let count = 0;
  for await (const activity of activities) {
    count += 1;
    if (slow && count % 10 === 0) await new Promise((rested) => setTimeout(rested, 1));
    if (over(activity)) break;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { count, ...loop.held(), microseconds: (user + system) / count, before, peak: peak() };
}

/** Asks the cache the same several times. */
export async function select(jules, task) {
  if (!jules.select) return { unsupported: 'not bound yet' };
  const seconds = [];
  let count = 0;
  for (let round = 0; round < task.count; round += 1) {
    const began = performance.now();
    count = (await jules.select(task.query)).length;
    seconds.push((performance.now() - began) / 1000);
  }
  return { count, seconds };
}
