// Bringing the store up to date, seen from JavaScript: progress, cancelling, what is told of freshness.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { client, collect, rejection } from './client.mjs';
import { control, startEmulator, wire } from './emulator.mjs';

// One of its own: what others create at the same time must not be counted.
const emulator = await startEmulator();
after(() => emulator.stop());

const ids = [];
for (const title of ['one', 'two', 'three']) {
  const { id } = await control('POST', 'sessions', { title }, emulator.url);
  const activities = [wire.message(title), wire.completed()];
  await control('POST', 'append', { session: id, state: 'COMPLETED', activities }, emulator.url);
  ids.push(id);
}
const own = () => client({ baseUrl: emulator.url });

test('a sync fills the store and says how far it is', async () => {
  const jules = own();
  const steps = [];
  const report = await jules.sync({ depth: 'activities', onProgress: (step) => steps.push(step) });
  assert.equal(report.isComplete, true);
  assert.deepEqual([report.sessionsIngested, report.activitiesIngested, report.sessionsFailed], [3, 6, 0]);
  assert.deepEqual(new Set(steps.map(({ lastIngestedId }) => lastIngestedId).filter(Boolean)), new Set(ids));
  assert.ok(steps.some(({ phase, total }) => phase === 'hydratingActivities' && total === 3));
  const rows = await jules.select({ from: 'activities', where: { search: 'two' }, select: ['message'] });
  assert.deepEqual(rows, [{ message: 'two' }]);
  assert.equal((await jules.sync({ depth: 'activities' })).sessionsSkipped, 3);
});

test('limit, depth and sessionId say how much', async () => {
  const jules = own();
  assert.equal((await jules.sync({ limit: 2 })).sessionsIngested, 2);
  const [id] = ids;
  const session = jules.session(id);
  assert.deepEqual(await collect(session.history({ offline: true })), []);
  assert.equal((await session.cacheInfo()).mayBeStale, true);
  assert.equal((await jules.sync({ sessionId: id, depth: 'activities', incremental: false })).activitiesIngested, 2);
  const { sessionId, activities, mayBeStale, lastSynced } = await session.cacheInfo();
  assert.deepEqual([sessionId, activities, mayBeStale], [id, 2, false]);
  assert.ok(Date.parse(String(lastSynced)) > 0);
});

test('a sync that is aborted rejects with the signal’s reason, and what it fetched stays', async () => {
  const jules = own();
  const abort = new AbortController();
  const reason = new Error('enough');
  const onProgress = (/** @type {import('jules-sdk').SyncProgress} */ step) => {
    if (step.lastIngestedId) abort.abort(reason);
  };
  const options = /** @type {const} */ ({ depth: 'activities', concurrency: 1, onProgress, signal: abort.signal });
  assert.equal(await rejection(jules.sync(options)), reason);
  assert.ok((await jules.cacheInfo()).activities >= 2);
  assert.equal((await jules.sync({ depth: 'activities' })).isComplete, true);
  assert.equal((await jules.cacheInfo()).activities, 6);
});

test('what the listener throws ends the sync', async () => {
  const mine = new Error('mine');
  const onProgress = () => {
    throw mine;
  };
  assert.equal(await rejection(own().sync({ onProgress })), mine);
});

test('a session that nobody knows is a NotFoundError, a bad option a ConfigError', async () => {
  assert.equal((await rejection(own().sync({ sessionId: '404' }))).name, 'NotFoundError');
  for (const options of /** @type {any[]} */ ([{ depth: 'all' }, { dept: 'metadata' }, { concurrency: 0 }]))
    assert.equal((await rejection(own().sync(options))).name, 'ConfigError');
});
