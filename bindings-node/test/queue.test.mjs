// Keys and queues: what was asked once is one session, each task is brought to its outcome by whoever works, and whoever leaves
// is followed.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { ConfigError, NotFoundError, SessionEndedError, SourceNotFoundError } from 'jules-sdk';
import { client as anyClient, collect, eventually, rejection } from './client.mjs';
import { control, startEmulator } from './emulator.mjs';

// An emulator of its own: what other tests leave at work would hold slots.
const emulator = await startEmulator();
after(() => emulator.stop());

/** The creates whose body has this text in it. */
async function createsWith(text) {
  const journal = await control('GET', 'journal', undefined, emulator.url);
  return journal.filter(({ operation, body }) => operation === 'sessions.create' && body.prompt.includes(text));
}

/** A place that several clients share. */
function directory() {
  const path = mkdtempSync(join(tmpdir(), 'jules-queue-'));
  after(() => rmSync(path, { recursive: true }));
  return path;
}

const client = (options = {}) => anyClient({ baseUrl: emulator.url, ...options });

/** A queue on clients that share a store. */
function shared(options = {}) {
  const cache = directory();
  return () => client({ cache, ...options }).queue('q');
}

const queue = () => client().queue('q');
const quick = (key) => ({ key, prompt: `[scenario:quick] ${key}` });
const silent = (key) => ({ key, prompt: `[scenario:silent] ${key}` });
const planned = (key) => ({ key, prompt: `[scenario:approval] ${key}`, requireApproval: true });

describe('a key', () => {
  test('is one session, in every client of the store', async () => {
    const cache = directory();
    const config = { prompt: '[scenario:quick] keyed', key: 'order-1' };
    const [one, other] = [client({ cache }), client({ cache })];
    const outcome = await one.run(config);
    assert.deepEqual(await other.run(config), outcome);
    const session = await one.session({ prompt: '[scenario:silent] keyed session', key: 'order-2' });
    assert.equal((await other.session({ prompt: '[scenario:silent] keyed session', key: 'order-2' })).id, session.id);
    assert.equal((await createsWith('keyed')).length, 2);
    await session.stop();
  });

  test('that is known for something else is a ConfigError with the field', async () => {
    const jules = client();
    await jules.run({ prompt: '[scenario:quick]', key: 'k' });
    const error = await rejection(jules.run({ prompt: '[scenario:quick]', title: 'Another', key: 'k' }));
    assert.ok(error instanceof ConfigError, inspect(error));
    assert.deepEqual([error.field, error.retryable], ['title', false]);
  });
});

describe('tasks', () => {
  test('are added once, worked off and kept', async () => {
    const open = shared();
    const own = open();
    const added = await own.addAll(['a', 'b', 'c'], quick);
    assert.deepEqual(added, { added: 3, known: 0, conflicts: [] });
    const known = await open().add(quick('a'));
    assert.deepEqual([known.key, known.queue, known.state, known.attempts], ['a', own.name, 'waiting', 0]);
    const keys = [];
    for await (const { key, task, outcome, error } of own.work()) {
      assert.equal(error, undefined);
      assert.deepEqual([task.state, outcome?.state, task.outcome?.sessionId], ['done', 'completed', task.sessionId]);
      assert.equal(typeof outcome?.generatedFiles, 'function');
      keys.push(key);
    }
    assert.deepEqual(keys.sort(), ['a', 'b', 'c']);
    assert.deepEqual((await collect(open().results())).map(({ key }) => key).sort(), ['a', 'b', 'c']);
    const { waiting, done, workers, paused } = await open().status();
    assert.deepEqual({ waiting, done, workers, paused }, { waiting: 0, done: 3, workers: 0, paused: false });
  });

  test('can be awaited: all results, once nothing is left', async () => {
    const own = queue();
    await own.add(quick('a'));
    await own.add({ key: 'b', prompt: 'b', source: { github: 'octocat/nowhere' } });
    const work = own.work();
    const results = await work;
    assert.equal(await work, results);
    assert.deepEqual(results.map(({ key }) => key).sort(), ['a', 'b']);
    assert.ok(results.find(({ key }) => key === 'b')?.error instanceof SourceNotFoundError);
    assert.deepEqual(await own.work(), []);
  });

  test('come from anything that can be iterated, and from a map that may be async', async () => {
    const own = queue();
    async function* items() {
      yield* ['a', 'b'];
    }
    const { added } = await own.addAll(items(), async (key) => ({ ...quick(key), priority: key === 'b' ? 1 : 0 }));
    assert.equal(added, 2);
    const conflicting = await own.addAll(['b'], quick);
    assert.deepEqual(conflicting, { added: 0, known: 0, conflicts: [{ key: 'b', field: 'priority' }] });
    assert.equal(/** @type {any} */ (await rejection(own.add(quick('b')))).field, 'priority');
  });

  test('are not added when one can’t be, or when the user’s own code ends it', async () => {
    const own = queue();
    const mine = new RangeError('mine');
    const map = (key) => {
      if (key === 'b') throw mine;
      return quick(key);
    };
    assert.equal(await rejection(own.addAll(['a', 'b'], map)), mine);
    const nameless = (key) => /** @type {any} */ (key === 'b' ? { prompt: key } : quick(key));
    assert.equal((await rejection(own.addAll(['a', 'b'], nameless))).field, 'key');
    const retried = await rejection(own.add(/** @type {any} */ ({ ...quick('a'), retryFailed: 1 })));
    assert.deepEqual([retried instanceof ConfigError, retried.field], [true, 'retryFailed']);
    const abort = new AbortController();
    const aborting = (key) => {
      abort.abort('enough');
      return quick(key);
    };
    assert.equal(await rejection(own.addAll(['a', 'b'], aborting, { signal: abort.signal })), 'enough');
    assert.deepEqual(await collect(own.tasks()), []);
  });

  test('are data with a session', async () => {
    const own = queue();
    const task = await own.add({ ...quick('a'), notBefore: new Date('2099-01-01T00:00:00Z'), maxAttempts: 2 });
    const fields = { key: 'a', queue: own.name, state: 'waiting', attempts: 0, priority: 0 };
    const { createTime } = task;
    assert.deepEqual(JSON.parse(JSON.stringify(task)), { ...fields, notBefore: '2099-01-01T00:00:00Z', createTime });
    assert.match(inspect(task), /^Task \{\s+key: 'a',/);
    assert.equal(inspect(own), `Queue { name: '${own.name}' }`);
    assert.equal(JSON.stringify(own), JSON.stringify({ name: own.name }));
    const none = /** @type {any} */ (
      await rejection(
        (async () => {
          task.session();
        })(),
      )
    );
    assert.ok(none instanceof NotFoundError, inspect(none));
    await own.add(quick('b'));
    for await (const { task } of own.work()) {
      assert.equal((await task.session().info()).state, 'completed');
      break;
    }
    assert.ok((await rejection(own.task('nobody’s'))) instanceof NotFoundError);
  });

  test('that fail tell why, also later', async () => {
    const own = queue();
    await own.add({ key: 'a', prompt: 'a', source: { github: 'octocat/nowhere' } });
    const [result] = await own.work();
    const { state, error, outcome } = await own.task('a');
    assert.deepEqual([state, outcome], ['failed', undefined]);
    assert.ok(error instanceof SourceNotFoundError, inspect(error));
    assert.equal(error.message, result?.error?.message);
    assert.equal(JSON.parse(JSON.stringify(await own.task('a'))).error.kind, 'SourceNotFound');
  });

  test('are cancelled, waiting or at work, and paused and resumed', async () => {
    const open = shared();
    const own = open();
    await own.pause();
    await own.addAll(['a', 'b'], silent);
    const first = own.work({ concurrency: 1 }).next();
    await eventually('a worker is there', async () => (await own.status()).workers === 1);
    assert.deepEqual([(await own.status()).paused, (await own.task('a')).state], [true, 'waiting']);
    await open().resume();
    await eventually('it works', async () => (await own.task('a')).state === 'working');
    assert.equal((await open().cancel('b')).state, 'cancelled');
    await open().cancel('a');
    const { value } = await first;
    assert.deepEqual([value?.key, value?.task.state], ['a', 'cancelled']);
    assert.ok(value?.error instanceof SessionEndedError);
    assert.equal(value.error.reason, 'stopped');
  });
});

describe('a worker', () => {
  /** Waits until no worker is there; a lease that isn't given back would live for five seconds. */
  async function assertGone(own) {
    const since = Date.now();
    await eventually('no worker is left', async () => (await own.status()).workers === 0);
    assert.ok(Date.now() - since < 4_000, 'its leases were given back');
  }

  test('that leaves its loop is followed: nothing is lost and nothing doubled', async () => {
    const open = shared({ slots: 2 });
    const own = open();
    await own.addAll(['handed over 1', 'handed over 2', 'handed over 3', 'handed over 4'], quick);
    const seen = [];
    for await (const { key } of own.work()) {
      seen.push(key);
      break;
    }
    await assertGone(own);
    for await (const { key } of open().work()) seen.push(key);
    assert.equal(new Set(seen).size, seen.length);
    const results = await collect(own.results());
    assert.deepEqual(results.map(({ key, state }) => `${key} ${state}`).sort(), [
      'handed over 1 done',
      'handed over 2 done',
      'handed over 3 done',
      'handed over 4 done',
    ]);
    assert.equal(new Set(results.map(({ sessionId }) => sessionId)).size, 4);
    assert.equal((await createsWith('handed over ')).length, 4);
  });

  test('stops with its signal, also while nobody asks for the next', async () => {
    const own = queue();
    await own.addAll(['given up 1', 'given up 2'], silent);
    const abort = new AbortController();
    const work = own.work({ signal: abort.signal, concurrency: 1 });
    await eventually('it is at work', async () => (await createsWith('given up ')).length === 1);
    abort.abort('enough');
    await assertGone(own);
    assert.equal(await rejection(work.next()), 'enough');
    assert.deepEqual(await work.next(), { done: true, value: undefined });
    assert.equal(await rejection(own.work({ signal: AbortSignal.abort('early') })), 'early');
    const [session] = await collect(own.tasks({ state: 'working' }));
    await session.session().stop();
    assert.equal((await createsWith('given up ')).length, 1);
    assert.equal((await own.status()).workers, 0);
  });

  test('that is left while it waits answers with the end', async () => {
    const own = queue();
    const work = own.work({ follow: true });
    const waiting = work.next();
    await eventually('it stays', async () => (await own.status()).workers === 1);
    await work.return?.();
    assert.deepEqual(await waiting, { done: true, value: undefined });
    await assertGone(own);
  });

  test('that follows takes what is added later, until its block is left', async () => {
    const open = shared();
    const own = open();
    const work = own.work({ follow: true });
    const first = work.next();
    await eventually('it stays', async () => (await own.status()).workers === 1);
    await open().add(quick('later'));
    assert.equal((await first).value?.key, 'later');
    await work[Symbol.asyncDispose]();
    await assertGone(own);
  });

  test('asks about plans, and what isn’t true waits for a person, who may be anywhere', async () => {
    const open = shared();
    const own = open();
    await own.addAll(['sync', 'async', 'undecided'], planned);
    const asked = [];
    const approve = (task, plan) => {
      asked.push([task.key, plan.steps.length > 0, task.state]);
      if (task.key === 'sync') return true;
      return task.key === 'async' ? Promise.resolve(true) : /** @type {any} */ ('yes');
    };
    const done = [];
    for await (const { key, outcome } of own.work({ approve })) {
      done.push(key);
      assert.equal(outcome?.state, 'completed');
      if (done.length !== 2) continue;
      const [task, ...others] = await eventually('one waits', async () => {
        const waiting = await collect(open().waitingForPerson());
        return waiting.length === 1 && waiting;
      });
      assert.deepEqual([task.key, task.state, others.length], ['undecided', 'needsPerson', 0]);
      assert.ok(task.plan.steps.length > 0);
      await task.session().approve();
    }
    assert.deepEqual(done.toSorted(), ['async', 'sync', 'undecided']);
    assert.deepEqual(asked.toSorted(), [
      ['async', true, 'needsPerson'],
      ['sync', true, 'needsPerson'],
      ['undecided', true, 'needsPerson'],
    ]);
  });

  test('ends with what the user’s own code throws', async () => {
    for (const approve of [
      () => {
        throw new RangeError('mine');
      },
      async () => {
        throw new RangeError('mine');
      },
    ]) {
      const own = queue();
      await own.add(planned('a'));
      const error = await rejection(own.work({ approve }));
      assert.ok(error instanceof RangeError, inspect(error));
      await assertGone(own);
      assert.equal((await own.task('a')).state, 'needsPerson');
      assert.equal((await own.work({ approve: 'all' }))[0]?.task.state, 'done');
    }
  });

  test('ends when its client is closed', async () => {
    const jules = client();
    const work = jules.queue('closed').work({ follow: true });
    const ended = rejection(work.next());
    await eventually('it is there', async () => (await jules.queue('closed').status()).workers === 1);
    await jules.close();
    assert.equal((await ended).name, 'ClosedError');
    assert.equal((await rejection(jules.queue('closed').status())).name, 'ClosedError');
  });
});
