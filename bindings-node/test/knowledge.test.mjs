// The local store asked: select and snapshots. What queries mean is tested in conformance; here what is TypeScript's own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { QueryError } from 'jules-sdk';
import { client, rejection, repository } from './client.mjs';
import { append, requestsOf, seed, wire } from './emulator.mjs';

/** A session that has ended, in the store. */
async function ended(jules = client()) {
  const id = await seed({ title: 'Mend the flaky test' });
  const activities = [
    { ...wire.message('hello'), createTime: '2024-01-01T00:00:00Z' },
    { ...wire.message('it is mended'), createTime: '2025-01-02T03:04:05Z' },
    wire.progress('ran', [{ bashOutput: { command: 'make test', output: 'no', exitCode: 2 } }]),
    wire.completed(),
  ];
  await append(id, { state: 'COMPLETED', activities });
  const session = jules.session(id);
  await session.info();
  return session;
}

test('select gives rows as plain data, without a request', async () => {
  const jules = client();
  const session = await ended(jules);
  const asked = (await requestsOf(session.id)).length;
  const rows = await jules.select({
    from: 'sessions',
    where: { id: session.id, state: { in: ['completed', 'failed'] }, search: 'FLAKY' },
    select: ['id', 'title'],
    include: { activities: { where: { 'artifacts.exitCode': { gt: 0 } }, select: ['artifacts.command'] } },
  });
  const activities = [{ artifacts: [{ command: 'make test' }] }];
  assert.deepEqual(rows, [{ id: session.id, title: 'Mend the flaky test', activities }]);
  assert.equal((await requestsOf(session.id)).length, asked);
});

test('select of a session asks for its activities alone; times may be dates', async () => {
  const jules = client();
  await ended(jules);
  const session = await ended(jules);
  assert.equal((await session.activities.select()).length, 4);
  const moment = new Date('2025-01-02T03:04:05Z');
  const query = { where: { createTime: { eq: moment } }, select: /** @type {const} */ (['message']) };
  assert.deepEqual(await session.activities.select(query), [{ message: 'it is mended' }]);
});

test('a bad query is a QueryError that names the field and what was meant', async () => {
  const jules = client();
  for (const [query, field, suggestion] of /** @type {any[][]} */ ([
    [{ from: 'sessions', where: { titel: 'x' } }, 'titel', 'title'],
    [{ from: 'activities', select: ['artifacts.comand'] }, 'artifacts.comand', 'artifacts.command'],
    [{ from: 'session' }, 'from', 'sessions'],
    [{ from: 'sessions', limits: 1 }, 'limits', 'limit'],
  ])) {
    const error = await rejection(jules.select(query));
    assert.ok(error instanceof QueryError, String(error));
    assert.deepEqual([error.field, error.suggestion], [field, suggestion]);
    assert.ok(error.valid?.includes(suggestion.split('.').at(-1)), String(error.valid));
  }
  const operator = await rejection(jules.select(/** @type {any} */ ({ from: 'sessions', where: { id: { is: 1 } } })));
  assert.equal(operator.operator, 'is');
  for (const nothing of /** @type {any[]} */ ([undefined, null, 'sessions', []]))
    assert.equal((await rejection(jules.select(nothing))).name, 'QueryError');
});

test('a snapshot is data, JSON by fields, and a page', async () => {
  const session = await ended();
  const snapshot = await session.snapshot();
  assert.deepEqual(snapshot.activityCounts, { agentMessaged: 2, progressUpdated: 1, sessionCompleted: 1 });
  assert.deepEqual(
    snapshot.insights.failedCommands.map(({ command, exitCode }) => [command, exitCode]),
    [['make test', 2]],
  );
  assert.equal(snapshot.timeline.length, 4);
  const artifact = snapshot.activities[2]?.artifacts[0];
  assert.match(String(artifact), /make test/);
  assert.deepEqual(snapshot.generatedFiles.all(), []);
  assert.equal(snapshot.changeSet(), undefined);
  assert.match(snapshot.toMarkdown(), /^# Mend the flaky test/);
  assert.match(inspect(snapshot), /title: 'Mend the flaky test'/);

  const whole = JSON.parse(JSON.stringify({ snapshot })).snapshot;
  assert.deepEqual(whole, snapshot.toJSON());
  assert.deepEqual(whole.generatedFiles, []);
  assert.deepEqual(snapshot.toJSON({ include: ['id', 'title'], exclude: ['title'] }), { id: session.id });
  const wrong = /** @type {any} */ ({ include: ['titel'] });
  await assert.rejects(async () => snapshot.toJSON(wrong), QueryError);
});

test('a cached snapshot asks nobody', async () => {
  const session = await ended();
  const asked = (await requestsOf(session.id)).length;
  assert.equal((await session.snapshot({ cached: true })).state, 'completed');
  assert.equal((await requestsOf(session.id)).length, asked);
});

test('a snapshot has the changes of its session', async () => {
  const run = client().run({ prompt: '[scenario:happy] Fix it', source: repository });
  await run;
  const snapshot = await (await run.session()).snapshot();
  assert.equal(snapshot.pr?.url, (await run).pullRequest?.url);
  const files = snapshot
    .changeSet()
    ?.parsed()
    .files.map(({ path }) => path);
  assert.deepEqual(
    snapshot.generatedFiles.all().map(({ path }) => path),
    files,
  );
  assert.ok(files?.length);
});
