// Cancelling stops the work in Rust, not only the wait: the emulator's journal is the witness.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, test } from 'node:test';
import { client, collect, eventually, rejection, repository } from './client.mjs';
import { append, control, requestsOf, requestsWith, seed, wire } from './emulator.mjs';

/** A session with three activities that goes on for ever. */
async function ongoing() {
  const id = await seed();
  await append(id, { activities: ['one', 'two', 'three'].map(wire.message) });
  return { id, session: client().session(id) };
}

/** Waits until nobody has asked about the session for 15 of the client's polling intervals; fails when that never is. */
async function assertQuiet(id) {
  let count = -1;
  let since = Date.now();
  await eventually('the polling stops', async () => {
    const now = (await requestsOf(id)).length;
    if (now !== count) [count, since] = [now, Date.now()];
    return Date.now() - since > 300;
  });
}

describe('a stream', () => {
  test('that is aborted while it waits throws the signal’s reason, and the polling stops', async () => {
    const { id, session } = await ongoing();
    const abort = new AbortController();
    const reason = new Error('enough');
    const seen = [];
    const streaming = rejection(
      (async () => {
        for await (const activity of session.stream({ signal: abort.signal })) seen.push(activity);
      })(),
    );
    await eventually('it waits for more', async () => seen.length === 3 && (await requestsOf(id)).length > 5);
    abort.abort(reason);
    const error = await streaming;
    assert.equal(error, reason);
    assert.equal(seen.length, 3);
    await assertQuiet(id);
  });

  test('that is left stops polling', async () => {
    const { id, session } = await ongoing();
    for await (const _ of session.stream()) break;
    await assertQuiet(id);
  });

  test('that is aborted with items in hand gives none of them any more', async () => {
    const { session } = await ongoing();
    const abort = new AbortController();
    const stream = session.stream({ signal: abort.signal });
    await stream.next();
    abort.abort();
    assert.equal((await rejection(stream.next())).name, 'AbortError');
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });

  test('whose signal has fired before asks for nothing', async () => {
    const { id, session } = await ongoing();
    assert.equal((await rejection(collect(session.stream({ signal: AbortSignal.abort() })))).name, 'AbortError');
    assert.deepEqual(await requestsOf(id), []);
  });

  test('leaves no listener on the signal', async () => {
    const { session } = await ongoing();
    const { signal } = new AbortController();
    for await (const _ of session.stream({ signal })) break;
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
    await collect(session.history({ signal }));
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  test('of a client that is closed throws a ClosedError', async () => {
    const { session } = await ongoing();
    const own = client();
    const stream = own.session(session.id).stream();
    for (let n = 0; n < 3; n++) await stream.next();
    const waiting = rejection(stream.next());
    await own.close();
    await own.close();
    assert.equal((await waiting).name, 'ClosedError');
  });
});

describe('a waiting call', () => {
  test('that is aborted rejects with the reason, and the polling stops', async () => {
    const { id, session } = await ongoing();
    const { signal } = new AbortController();
    for (const wait of [
      (options) => session.waitFor('completed', options),
      (options) => session.result(options),
      (options) => session.ask('Hello?', options),
    ]) {
      const timeout = AbortSignal.timeout(100);
      assert.equal(await rejection(wait({ signal: timeout })), timeout.reason);
      assert.deepEqual(getEventListeners(timeout, 'abort'), []);
    }
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
    await assertQuiet(id);
  });

  test('whose signal has fired before sends nothing', async () => {
    const { id, session } = await ongoing();
    const signal = AbortSignal.abort(new Error('never mind'));
    assert.equal((await rejection(session.send('x', { signal }))).message, 'never mind');
    assert.deepEqual(await requestsOf(id), []);
  });

  const session = client().session('1');
  const config = { prompt: 'x' };
  for (const [name, wait] of Object.entries({
    run: (options) => client().run(config, options),
    'jules.session': (options) => client().session(config, options),
    'jules.sources.get': (options) => client().sources.get(repository, options),
    'jules.sources': (options) => collect(client().sources(options)),
    'jules.sessions': (options) => collect(client().sessions(options)),
    'await jules.sessions': async (options) => client().sessions(options),
    'jules.all': async (options) => client().all([1], () => config, options),
    'jules.select': (options) => client().select({ from: 'sessions' }, options),
    'jules.sync': (options) => client().sync(options),
    stream: (options) => collect(session.stream(options)),
    history: (options) => collect(session.history(options)),
    updates: (options) => collect(session.updates(options)),
    waitFor: (options) => session.waitFor('completed', options),
    // surface: acts Session
    approve: (options) => session.approve(options),
    send: (options) => session.send('x', options),
    archive: (options) => session.archive(options),
    stop: (options) => session.stop(options),
    unarchive: (options) => session.unarchive(options),
    delete: (options) => session.delete(options),
    // surface: end
    ask: (options) => session.ask('x', options),
    info: (options) => session.info(options),
    snapshot: (options) => session.snapshot(options),
    result: (options) => session.result(options),
    cacheInfo: (options) => session.cacheInfo(options),
    'activities.list': (options) => session.activities.list(options),
    'activities.get': (options) => session.activities.get('1', options),
    'activities.select': (options) => session.activities.select({}, options),
    'activities.hydrate': (options) => session.activities.hydrate(options),
  })) {
    test(`takes a signal: ${name}`, async () => {
      const reason = new Error('never mind');
      assert.equal(await rejection(wait({ signal: AbortSignal.abort(reason) })), reason);
    });
  }

  test('keeps the user’s onabort', async () => {
    const { id, session } = await ongoing();
    const abort = new AbortController();
    let told = 0;
    abort.signal.onabort = () => {
      told += 1;
    };
    const result = rejection(session.result({ signal: abort.signal }));
    await eventually('it waits', async () => (await requestsOf(id)).length > 0);
    abort.abort();
    await result;
    assert.equal(told, 1);
  });
});

test('a run that is aborted before its session is created creates none', async () => {
  const source = { github: 'octocat/spoon-knife' };
  const path = `/sources/github/${source.github}`;
  await control('POST', 'faults', { kind: 'delay', ms: 400, path, times: 2 });
  const abort = new AbortController();
  const run = client().run({ prompt: 'never created', source }, { signal: abort.signal });
  await eventually('the source is asked for', async () => (await requestsOf(path)).length > 0);
  abort.abort();
  assert.equal((await rejection(run)).name, 'AbortError');
  assert.equal((await rejection(run.session())).name, 'AbortError');
  // This answer is kept back as long, and begun later.
  await client().sources.get({ github: source.github });
  assert.deepEqual(await requestsWith('never created'), []);
});
