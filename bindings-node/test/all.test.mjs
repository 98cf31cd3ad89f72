// Many items, one session each: awaited, iterated, stopped, and slowed down by the server's limits.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { ConfigError, SourceNotFoundError } from 'jules-sdk';
import { client, collect, eventually, rejection, thrown } from './client.mjs';
import { control, requestsWith, startEmulator } from './emulator.mjs';

const quick = (title) => ({ prompt: `${title} [scenario:quick]`, title: String(title) });
const silent = (title) => ({ prompt: `${title} [scenario:silent]`, title: String(title) });
const happy = (title) => ({ prompt: `${title} [scenario:happy]`, title: String(title) });
const nowhere = { github: 'octocat/no-such-repo', branch: 'main' };
const range = (length) => Array.from({ length }, (_, index) => index);

/** Counts from 0 for ever, and notes whether it was closed. */
function counter() {
  const seen = { taken: 0, closed: false };
  async function* numbers() {
    try {
      for (;;) yield seen.taken++;
    } finally {
      seen.closed = true;
    }
  }
  return { seen, numbers: numbers() };
}

test('awaited: the outcomes in the order of the items', async () => {
  const outcomes = await client().all(range(7), async (n) => quick(n));
  assert.deepEqual(
    outcomes.map(({ title, state }) => [title, state]),
    range(7).map((n) => [String(n), 'completed']),
  );
  assert.deepEqual(outcomes[0]?.generatedFiles().all(), []);
});

test('nothing to do is done at once', async () => {
  assert.deepEqual(await client().all([], quick), []);
  assert.deepEqual(await collect(client().all(new Set(), quick)), []);
});

test('iterated: each as it finishes, with its item', async () => {
  const items = [{ name: 'slow' }, { name: 'a' }, { name: 'b' }];
  const map = ({ name }) => (name === 'slow' ? { prompt: '[scenario:silent]' } : quick(name));
  const seen = [];
  for await (const one of client().all(items, map)) {
    seen.push(one);
    if (seen.length === 2) break; // the first one never ends
  }
  assert.deepEqual(seen.map(({ index }) => index).sort(), [1, 2]);
  for (const { index, item, outcome } of seen) {
    assert.equal(item, items[index]);
    assert.equal(outcome?.state, 'completed');
  }
});

test('stopOnError false: an array like that of Promise.allSettled', async () => {
  const mine = new Error('no such item');
  const map = (n) => {
    if (n === 1) throw mine;
    return n === 2 ? { ...quick(n), source: nowhere } : quick(n);
  };
  const [first, second, third, fourth] = await client().all(range(4), map, { stopOnError: false });
  assert.equal(first?.status === 'fulfilled' && first.value.title, '0');
  assert.equal(second?.status === 'rejected' && second.reason, mine);
  assert.ok(third?.status === 'rejected' && third.reason instanceof SourceNotFoundError);
  assert.equal(fourth?.status === 'fulfilled' && fourth.value.title, '3');
});

test('the first item that can’t be run stops new starts and tells of the others', async () => {
  const { seen, numbers } = counter();
  const map = (n) => (n === 0 ? silent(n) : n === 1 ? quick(n) : { ...quick(n), source: nowhere });
  const error = await rejection(client().all(numbers, map, { concurrency: 2 }));
  assert.ok(error instanceof SourceNotFoundError, String(error));
  const [running, finished] = /** @type {any[]} */ (error.results);
  assert.equal(running.status, 'running');
  assert.match(running.sessionId, /^\d+$/);
  assert.equal(finished.status, 'finished');
  assert.deepEqual(finished.outcome.generatedFiles().all(), []);
  assert.deepEqual(JSON.parse(JSON.stringify(error)).results[0], running);
  await eventually('the items are closed', () => seen.closed);
  assert.ok(seen.taken <= 4, `${seen.taken} were taken`);
});

test('iterated: the error is the last that comes', async () => {
  const map = (n) => (n === 0 ? silent(n) : { ...quick(n), source: nowhere });
  const seen = await collect(client().all(range(50), map));
  assert.equal(seen.length, 1);
  assert.ok(seen[0].error instanceof SourceNotFoundError);
});

test('what map throws is what the user gets', async () => {
  const mine = new TypeError('mine');
  const refuse = () => Promise.reject(mine);
  assert.equal(await rejection(client().all(range(3), refuse)), mine);
  const [only] = await collect(client().all(['x'], refuse));
  assert.deepEqual(only, { index: 0, item: 'x', error: mine });
});

test('what map gives is checked as by run', async () => {
  const error = await rejection(client().all(['x'], (promt) => /** @type {any} */ ({ promt })));
  assert.ok(error instanceof ConfigError);
  assert.match(error.message, /all: unknown option promt\. Did you mean prompt\?/);
});

test('what the items throw ends it', async () => {
  const mine = new Error('{"message":"the file ends here"}');
  async function* items() {
    yield 'one';
    throw mine;
  }
  for (const stopOnError of [true, false]) {
    assert.equal(await rejection(client().all(items(), silent, { stopOnError })), mine);
  }
});

test('what onProgress throws ends it', async () => {
  const mine = new Error('mine');
  const onProgress = () => {
    throw mine;
  };
  assert.equal(await rejection(client().all(range(3), silent, { onProgress })), mine);
});

test('progress tells each step, the last one before its result', async () => {
  const steps = [];
  const all = client().all(range(5), quick, { onProgress: (step) => steps.push(step) });
  for await (const { index } of all) {
    const own = steps.filter((step) => step.index === index);
    assert.deepEqual(
      own.map(({ stage }) => stage),
      ['queued', 'started', 'finished'],
    );
    assert.match(own[1].sessionId, /^\d+$/);
    assert.ok(own[2].finished >= 1 && own[2].finished <= 5);
  }
  assert.equal(steps.length, 15);
});

test('a signal ends it with its reason, and nothing more is started', async () => {
  const abort = new AbortController();
  const { seen, numbers } = counter();
  const all = client().all(numbers, (n) => silent(`aborted ${n}`), { concurrency: 2, signal: abort.signal });
  const ended = rejection(all);
  await eventually('two are started', async () => (await requestsWith('aborted ')).length === 2);
  abort.abort('enough');
  assert.equal(await ended, 'enough');
  assert.equal(seen.taken, 2);
  assert.equal((await requestsWith('aborted ')).length, 2);
  assert.equal(await rejection(client().all(numbers, silent, { signal: AbortSignal.abort('early') })), 'early');
});

test('leaving the loop stops it and closes the items', async () => {
  const { seen, numbers } = counter();
  const map = (n) => (n === 0 ? quick('left 0') : silent(`left ${n}`));
  for await (const { index } of client().all(numbers, map, { concurrency: 2 })) {
    assert.equal(index, 0);
    break;
  }
  await eventually('the items are closed', () => seen.closed);
  assert.ok(seen.taken <= 3, `${seen.taken} were taken`);
});

test('a next that waits is answered with the end when it is left', async () => {
  const results = client().all(range(2), silent)[Symbol.asyncIterator]();
  const waiting = results.next();
  await results.return?.();
  assert.deepEqual(await waiting, { done: true, value: undefined });
});

test('nothing starts before it is asked for, and it can be had once', async () => {
  const { seen, numbers } = counter();
  const all = client().all(numbers, silent);
  const results = all[Symbol.asyncIterator]();
  assert.equal(seen.taken, 0);
  assert.ok(thrown(() => all[Symbol.asyncIterator]()) instanceof ConfigError);
  assert.ok((await rejection(all)) instanceof ConfigError);
  await results.return?.();
  const awaited = client().all(['x'], quick);
  assert.equal(await awaited, await awaited);
});

test('closing the client ends it', async () => {
  const jules = client();
  const ended = rejection(jules.all(range(2), (n) => silent(`closed ${n}`)));
  await eventually('they are started', async () => (await requestsWith('closed ')).length === 2);
  await jules.close();
  assert.equal((await ended).name, 'ClosedError');
});

test('fifty items through five slots: all finish, and what fails is in its place', async () => {
  const emulator = await startEmulator();
  try {
    await control('PATCH', 'config', { concurrentSessions: 5 }, emulator.url);
    const waited = new Set();
    const results = await client({ baseUrl: emulator.url }).all(
      range(50),
      (n) => ([3, 20, 49].includes(n) ? { ...happy(n), source: nowhere } : happy(n)),
      {
        concurrency: 20,
        stopOnError: false,
        onProgress: ({ index, stage }) => stage === 'waiting' && waited.add(index),
      },
    );
    for (const [n, result] of results.entries()) {
      if (result.status === 'fulfilled') assert.equal(result.value.title, String(n));
      else assert.ok([3, 20, 49].includes(n) && result.reason instanceof SourceNotFoundError, String(result.reason));
    }
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 47);
    assert.ok(waited.size > 0);
  } finally {
    emulator.stop();
  }
});

test('metrics count what the client does', async () => {
  const jules = client();
  const zero = { requests: 0, bytes: 0, retries: 0, throttles: 0, activities: 0, waits: {} };
  assert.deepEqual(jules.metrics(), zero);
  await jules.all(range(2), quick);
  const { requests, bytes, activities } = jules.metrics();
  assert.ok(requests >= 4 && bytes > 100 && activities >= 2, JSON.stringify(jules.metrics()));
});

test('until created: sessions in the order of the items, and never more at work than asked for', async () => {
  const emulator = await startEmulator();
  try {
    await control('PATCH', 'config', { concurrentSessions: 2 }, emulator.url);
    const own = client({ baseUrl: emulator.url });
    const prompts = range(5).map((n) => `[scenario:quick] created ${n}`);
    const sessions = await own.all(prompts, (prompt) => ({ prompt }), { until: 'created', concurrency: 2 });
    const infos = await Promise.all(sessions.map((session) => session.info()));
    assert.deepEqual(
      infos.map(({ prompt }) => prompt),
      prompts,
    );
    for await (const { item, session } of own.all(['[scenario:quick] one'], (prompt) => ({ prompt }), {
      until: 'created',
    }))
      assert.equal((await session?.result())?.state, 'completed', item);
  } finally {
    await emulator.stop();
  }
});

test('until created: who would wait for approvals that nobody can give is told', async () => {
  const map = (n) => ({ prompt: `[scenario:approval] stuck ${n}`, requireApproval: true });
  const error = await rejection(client().all(range(3), map, { until: 'created', concurrency: 2 }));
  assert.match(error.message, /more sessions than the concurrency allows .*item 2/);
  assert.deepEqual([error.index, error.item, error.results.length], [2, 2, 2]);
});

test('what was created is told also when the signal or the user’s own code ends it', async () => {
  const abort = new AbortController();
  const started = client().all(range(2), (n) => silent(`reported ${n}`), { signal: abort.signal });
  const ended = rejection(started);
  await eventually('they are started', async () => started.report().filter(({ sessionId }) => sessionId).length === 2);
  abort.abort();
  assert.equal((await ended).name, 'AbortError');
  assert.deepEqual(
    started.report().map(({ index, status }) => [index, status]),
    [
      [0, 'running'],
      [1, 'running'],
    ],
  );
  const thrown = client().all(['ok', 'bad'], (item) => {
    if (item === 'bad') throw new RangeError('mine');
    return silent('reported too');
  });
  assert.ok((await rejection(thrown)) instanceof RangeError);
  assert.equal(thrown.report()[1]?.status, 'failed');
});

test('an outcome is taken for no session, and who looks for one is told', async () => {
  const [outcome] = await client().all(['[scenario:quick] used'], (prompt) => ({ prompt }));
  const warned = once(process, 'warning');
  const any = /** @type {any} */ (outcome);
  assert.deepEqual(
    [typeof any.stream, 'stream' in any, typeof any.result, any.then],
    ['undefined', false, 'undefined', undefined],
  );
  const [warning] = await warned;
  assert.equal(warning.code, 'JULES_OUTCOME_AS_SESSION');
  assert.match(warning.message, /outcome.stream: this is an outcome, not a session.*until: 'created'/);
  assert.throws(() => any.stream(), TypeError);
  assert.deepEqual(Object.keys(any).includes('stream'), false);
});
