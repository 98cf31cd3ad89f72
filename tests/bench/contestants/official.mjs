// The official TypeScript SDK, `@google/jules-sdk`, used as its documentation shows. One task, from standard input.

import { answer, nanoseconds, peak, read, ready, resident, select } from './common.mjs';

// Its cache is below JULES_HOME, found when it is loaded; the runner sets it.
const { connect } = await import('@google/jules-sdk');
const task = await ready();
const config = { pollingIntervalMs: (task.interval ?? 1) * 1000 };
const jules = connect({ apiKey: 'bench-key', baseUrl: task.url, config });

const tasks = {
  /** Its streams never end on their own: the reader leaves at the session's last activity, or when time is up. */
  async stream() {
    const seen = [];
    const stream = jules.session(task.session).stream()[Symbol.asyncIterator]();
    const timeIsUp = new Promise((resolve) => setTimeout(resolve, task.limit * 1000, { done: true }));
    for (;;) {
      const { done, value } = await Promise.race([stream.next(), timeIsUp]);
      if (done) return { seen };
      seen.push([value.id, nanoseconds()]);
      if (value.type === 'sessionCompleted') return { seen };
    }
  },

  async watch() {
    const outcomes = await Promise.all(task.sessions.map((id) => jules.session(id).result()));
    return { finished: outcomes.length };
  },

  /** Its `all` gives the sessions once they are created; an outcome is what was asked for. */
  async all() {
    const began = performance.now();
    const numbers = Array.from({ length: task.count }, (_, number) => number);
    const source = { github: 'octocat/hello-world', baseBranch: 'main' };
    const map = (number) => ({ prompt: `${task.prompt} ${number}`, source });
    const sessions = await jules.all(numbers, map, { concurrency: task.count });
    const outcomes = await Promise.all(sessions.map((session) => session.result()));
    return { finished: outcomes.length, seconds: (performance.now() - began) / 1000 };
  },

  async fill() {
    let count = 0;
    for await (const _ of jules.session(task.session).history()) count += 1;
    return { count };
  },

  /** A reader that is there before the activities are. */
  arrive() {
    const activities = jules.session(task.session).stream();
    return read(activities, task.slow, (activity) => activity.type === 'sessionCompleted');
  },

  /** The activities are older than 30 days: for those its `history()` doesn't ask the server. */
  async replay() {
    const before = resident();
    const began = performance.now();
    let count = 0;
    let letters = 0;
    for await (const activity of jules.session(task.session).history()) {
      letters += activity.id.length;
      count += 1;
    }
    const seconds = (performance.now() - began) / 1000;
    if (letters <= count) throw new Error('activities without ids');
    return { count, seconds, before, peak: peak() };
  },

  /** Its `sync` counts what it has taken in. */
  async fillAll() {
    const { activitiesIngested } = await jules.sync({ depth: 'activities', limit: 1_000_000, concurrency: 8 });
    return { count: activitiesIngested };
  },

  select: () => select(jules, task),
};

// A cache that is being filled is written when the process ends on its own.
answer(await tasks[task.task](), !task.task.startsWith('fill'));
