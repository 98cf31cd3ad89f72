// Ours, in Node. One task, from standard input.

import { Jules } from 'jules-sdk';
import { answer, nanoseconds, peak, read, ready, resident, select } from './common.mjs';

const task = await ready();
const pollingIntervalMs = task.interval && task.interval * 1000;
const jules = new Jules({
  apiKey: 'bench-key',
  baseUrl: task.url,
  cache: task.cache,
  pollingIntervalMs,
  activityBudget: false,
});

/** Reads all that every activity has, and what one of progress has. */
function fields(activity) {
  const { name, type, createTime, originator, artifacts, title, description } = activity;
  return [name, type, createTime, originator, artifacts, title, description].length;
}

const tasks = {
  async stream() {
    const seen = [];
    for await (const activity of jules.session(task.session).stream()) seen.push([activity.id, nanoseconds()]);
    return { seen };
  },

  async watch() {
    const outcomes = await Promise.all(task.sessions.map((id) => jules.session(id).result()));
    return { finished: outcomes.length };
  },

  async all() {
    const began = performance.now();
    const numbers = Array.from({ length: task.count }, (_, number) => number);
    const source = { github: 'octocat/hello-world', branch: 'main' };
    const map = (number) => ({ prompt: `${task.prompt} ${number}`, source });
    const outcomes = await jules.all(numbers, map, { concurrency: task.count });
    return { finished: outcomes.length, seconds: (performance.now() - began) / 1000 };
  },

  async fill() {
    let count = 0;
    for await (const _ of jules.session(task.session).history()) count += 1;
    return { count };
  },

  /** A reader that is there before the activities are. */
  arrive() {
    return read(jules.session(task.session).stream(), task.slow, () => false);
  },

  async replay() {
    const session = jules.session(task.session);
    const before = resident();
    const began = performance.now();
    let count = 0;
    let letters = 0;
    for await (const activity of session.history({ offline: true })) {
      letters += activity.id.length + (task.fields ? fields(activity) : 0);
      count += 1;
    }
    const seconds = (performance.now() - began) / 1000;
    if (letters <= count) throw new Error('activities without ids');
    return { count, seconds, before, peak: peak() };
  },

  select: () => select(jules, task),
};

answer(await tasks[task.task]());
