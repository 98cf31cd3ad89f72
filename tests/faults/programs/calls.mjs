// What the crash tests kill, in Node: the same calls as the programs in ../src, which say what each is, and the same lines.
//
//     node calls.mjs reader URL SESSION DIRECTORY
//     node calls.mjs syncer URL DIRECTORY
//     node calls.mjs batch URL DIRECTORY ITEMS
//     node calls.mjs worker URL CACHE SLOTS TASKS MILLISECONDS MOST
//     node calls.mjs keyed URL DIRECTORY KEY
//     node calls.mjs deleter URL DIRECTORY SESSION…
//     node calls.mjs history URL DIRECTORY SESSION…
import { writeSync } from 'node:fs';
import { Jules, NotFoundError } from '../../../bindings-node/dist/index.mjs';

/** A line, written at once. */
const say = (...words) => writeSync(1, `${words.join(' ')}\n`);

const client = (baseUrl, cache, more = {}) =>
  new Jules({ apiKey: 'test-key', baseUrl, cache, pollingIntervalMs: 10, activityBudget: false, ...more });

const calls = {
  async reader(url, session, directory) {
    for await (const { id } of client(url, directory).session(session).stream()) say(id);
  },

  async syncer(url, directory) {
    const tell = ({ lastIngestedId }) => lastIngestedId !== undefined && say(lastIngestedId);
    const report = await client(url, directory).sync({ depth: 'activities', onProgress: tell });
    if (!report.isComplete) throw new Error(JSON.stringify(report));
  },

  async batch(url, directory, items) {
    const describe = (item) => ({ prompt: `Do ${item} [scenario:work]`, key: `item-${item}` });
    const numbers = [...Array(Number(items)).keys()];
    for await (const { index, outcome, error } of client(url, directory).all(numbers, describe)) {
      if (outcome === undefined) throw error;
      say(`item-${index}`, outcome.sessionId, outcome.state);
    }
  },

  async worker(url, cache, slots, tasks, milliseconds, most) {
    const jules = client(url, cache, { slots: Number(slots), pollingIntervalMs: Number(milliseconds) });
    const queue = jules.queue('fleet');
    const keys = [...Array(Number(tasks)).keys()].map((number) => `task-${String(number).padStart(5, '0')}`);
    await queue.addAll(keys, (key) => ({ prompt: `Do ${key} [scenario:work]`, title: key, key }));
    if (keys.length > 0) return;
    const options = Number(most) > 0 ? { concurrency: Number(most) } : {};
    for await (const { key, task } of queue.work(options)) say(key, task.state);
    await jules.close();
  },

  async keyed(url, directory, key) {
    const run = client(url, directory).run({ prompt: `Do ${key} [scenario:quick]`, key });
    say((await run.session()).id);
    say((await run).state);
  },

  async deleter(url, directory, ...sessions) {
    const jules = client(url, directory);
    for (const session of sessions) {
      await jules
        .session(session)
        .delete()
        .catch((error) => {
          if (!(error instanceof NotFoundError)) throw error;
        });
      say(session);
    }
  },

  async history(url, directory, ...sessions) {
    const jules = client(url, directory);
    for (const session of sessions) {
      for await (const { id } of jules.session(session).history({ offline: true })) say(id);
    }
  },
};

const [name, ...given] = process.argv.slice(2);
await calls[name](...given);
