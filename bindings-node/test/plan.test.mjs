// The plan's limits, and what ends a wait: a full plan, the quota, stopped and silent sessions, failed ones again.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { inspect } from 'node:util';
import * as sdk from 'jules-sdk';
import { client, collect, eventually, rejection, repository } from './client.mjs';
import { append, control, requestsOf, requestsWith, seed, startEmulator, wire } from './emulator.mjs';

const SILENT = '[scenario:silent]';
const QUICK = '[scenario:quick]';
const BROKEN = 'Jules encountered an error when working on the task.';

function directory() {
  const path = mkdtempSync(join(tmpdir(), 'jules-plan-'));
  after(() => rmSync(path, { recursive: true }));
  return path;
}

describe('a full plan', async () => {
  const own = await startEmulator();
  after(() => own.stop());
  const slots = async (count, limitAnswer = 'bare') => {
    await control('POST', 'reset', undefined, own.url);
    await control('PATCH', 'config', { concurrentSessions: count, limitAnswer }, own.url);
    return client({ baseUrl: own.url });
  };
  const creates = async () => {
    const journal = await control('GET', 'journal', undefined, own.url);
    return journal.filter(({ operation }) => operation === 'sessions.create');
  };

  test('is told at once, with the limit and what is used of it', async () => {
    for (const [answer, Class, limit] of /** @type {const} */ ([
      ['bare', sdk.PreconditionError, 'unknown'],
      ['resourceExhausted', sdk.RateLimitError, 'slots'],
    ])) {
      const jules = await slots(1, answer);
      const held = await jules.session({ prompt: SILENT });
      for (const call of [
        () => jules.run({ prompt: QUICK }),
        () => jules.session({ prompt: QUICK, waitForSlot: false }),
      ]) {
        const error = await rejection(call());
        assert.ok(error instanceof Class, inspect(error));
        assert.deepEqual([error.limit, error.used, error.nextAt, error.retryable], [limit, 1, undefined, true]);
        assert.equal(JSON.parse(JSON.stringify(error)).limit, limit);
      }
      const { slotsUsed, dayUsed, holding } = await jules.quota();
      assert.deepEqual([slotsUsed, dayUsed, holding.map((one) => one.sessionId)], [1, 1, [held.id]]);
    }
  });

  test('is waited out for a time', async () => {
    const jules = await slots(1);
    await jules.session({ prompt: SILENT });
    const error = await rejection(jules.run({ prompt: QUICK, waitForSlot: 200 }));
    assert.ok(error instanceof sdk.PreconditionError, inspect(error));
    assert.equal(error.used, 1);
  });

  test('is waited out until there is a slot', async () => {
    const jules = await slots(1);
    const held = await jules.session({ prompt: SILENT });
    const run = jules.run({ prompt: QUICK, waitForSlot: true });
    await eventually('it is refused', async () => (await creates()).length > 1);
    let [seen, since] = [0, Date.now()];
    await eventually('it has found out why, and waits', async () => {
      const { length } = await control('GET', 'journal', undefined, own.url);
      if (length !== seen) [seen, since] = [length, Date.now()];
      return Date.now() - since > 300;
    });
    await held.delete();
    assert.equal((await run).state, 'completed');
  });

  test('that is known is not asked', async () => {
    const jules = await slots(null);
    const knowing = jules.with({ slots: 1, perDay: 2 });
    after(() => knowing.close());
    const held = await knowing.session({ prompt: SILENT });
    const full = await rejection(knowing.session({ prompt: QUICK }));
    assert.deepEqual([full.limit, full.used, full.allowed], ['slots', 1, 1], inspect(full));
    assert.equal((await creates()).length, 1);
    const quota = await knowing.quota({ timeoutMs: 10_000 });
    const { since, state } = quota.holding[0] ?? {};
    assert.deepEqual(quota, {
      slotsUsed: 1,
      slotsLimit: 1,
      dayUsed: 1,
      dayLimit: 2,
      holding: [{ sessionId: held.id, state, since }],
    });
    assert.ok(!Number.isNaN(Date.parse(since ?? '')), since);
    await held.delete();
    await knowing.run({ prompt: QUICK });
    const day = await rejection(knowing.session({ prompt: QUICK, waitForSlot: true }));
    assert.deepEqual([day.limit, day.used, day.allowed], ['day', 2, 2], inspect(day));
    assert.ok(Date.parse(day.nextAt) > Date.now(), day.nextAt);
  });
});

test('a name stands for all keys of an account', async () => {
  const cache = directory();
  const first = client({ cache, apiKey: 'one', account: 'team' });
  const { id } = await first.session({ prompt: SILENT });
  await first.session(id).info();
  assert.equal((await client({ cache, apiKey: 'two', account: 'team' }).session(id).info({ cached: true })).id, id);
  const stranger = await rejection(client({ cache, apiKey: 'two' }).session(id).info({ cached: true }));
  assert.ok(stranger instanceof sdk.NotFoundError, inspect(stranger));
});

describe('whoever waits for a session', () => {
  for (const [reason, end] of /** @type {const} */ ([
    ['stopped', 'stop'],
    ['deleted', 'delete'],
  ])) {
    test(`that is ${reason} is told`, async () => {
      const session = client().session(await seed());
      const waiting = [session.result({ timeoutMs: 10_000 }), session.waitFor('completed', { timeoutMs: 10_000 })].map(
        rejection,
      );
      await eventually('it waits', async () => (await requestsOf(session.id)).length > 0);
      await session[end]();
      for (const error of await Promise.all(waiting)) {
        assert.ok(error instanceof sdk.SessionEndedError, inspect(error));
        assert.deepEqual([error.reason, error.sessionId, error.outcome], [reason, session.id, undefined]);
      }
    });
  }

  test('that ends before it answers is told how', async () => {
    const session = client().session(await seed());
    const asking = rejection(session.ask('Is anybody still there?', { timeoutMs: 10_000 }));
    await eventually('it is asked', async () => (await requestsWith('Is anybody still there?')).length > 0);
    await append(session.id, { state: 'FAILED', activities: [{ sessionFailed: { reason: 'no' } }] });
    const error = await asking;
    assert.ok(error instanceof sdk.SessionEndedError, inspect(error));
    assert.deepEqual([error.reason, error.info?.state, error.outcome?.state], ['ended', 'failed', 'failed']);
  });

  test('that was stopped has it archived, its streams end, and nothing more is asked', async () => {
    const session = client().session(await seed());
    await session.stop();
    assert.equal((await session.info()).archived, true);
    const ends = setTimeout(() => abort.abort(), 10_000);
    const abort = new AbortController();
    assert.deepEqual(await collect(session.stream({ signal: abort.signal })), []);
    clearTimeout(ends);
    await session.stop();
    const archived = (await requestsOf(session.id)).filter(({ path }) => path.endsWith(':archive'));
    assert.equal(archived.length, 1);
  });
});

test('a session without news is given up, with since when and what came last', async () => {
  const session = client().session(await seed());
  await append(session.id, {
    activities: [wire.progress('Hm.', [{ bashOutput: { command: 'ls', output: 'x', exitCode: 0 } }])],
  });
  const limit = { stallTimeoutMs: 300, timeoutMs: 10_000 };
  for (const call of [
    () => session.result(limit),
    () => session.waitFor('completed', limit),
    () => collect(session.stream({ stallTimeoutMs: 300 })),
  ]) {
    const error = await rejection(call());
    assert.ok(error instanceof sdk.TimeoutError, inspect(error));
    assert.equal(error.sessionId, session.id);
    assert.equal(error.lastActivity?.type, 'progressUpdated');
    assert.match(String(error.lastActivity?.artifacts[0]), /ls/, 'it has its methods');
    assert.ok(Math.abs(Date.parse(error.since ?? '') - Date.now()) < 60_000, error.since);
  }
});

test('a run without news is given up', async () => {
  const run = client().run({ prompt: SILENT, stallTimeoutMs: 300 });
  const error = await rejection(run);
  assert.ok(error instanceof sdk.TimeoutError, inspect(error));
  assert.equal(error.sessionId, (await run.session()).id);
});

test('a session that the service broke is started again, by itself and in all()', async () => {
  await control('POST', 'scenarios', { name: 'broken', steps: [{ failed: BROKEN }] });
  const jules = client();
  const once = await jules.run({ prompt: '[scenario:broken] once' });
  assert.deepEqual([once.state, once.attempts, once.sessionIds], ['failed', 1, [once.sessionId]]);
  const run = jules.run({ prompt: '[scenario:broken] more', retryFailed: 2 });
  const failures = await collect(run.stream({ types: ['sessionFailed'] }));
  const { failureReason, attempts, sessionIds, sessionId } = await run;
  assert.deepEqual([failureReason, attempts, new Set(sessionIds).size, failures.length], [BROKEN, 3, 3, 3]);
  assert.equal(sessionIds.at(-1), sessionId);
  const [one] = await jules.all(['[scenario:broken] all'], (prompt) => ({
    prompt,
    retryFailed: 1,
    waitForSlot: 60_000,
  }));
  assert.equal(one?.attempts, 2);
});

test('the source’s variables are there when they are asked for', async () => {
  const session = await client().session({ prompt: 'with variables', source: repository, environmentVariables: true });
  const [{ body }] = await requestsWith('with variables');
  assert.equal(body.sourceContext.environmentVariablesEnabled, true);
  assert.equal((await session.info()).sourceContext?.environmentVariablesEnabled, true);
});

test('a store that fails says what happened to it', async () => {
  const file = join(directory(), 'file');
  writeFileSync(file, '');
  const error = await rejection(client({ cache: join(file, 'cache') }).cacheInfo());
  assert.ok(error instanceof sdk.StoreError, inspect(error));
  assert.equal(error.fault, 'notADirectory');
});
