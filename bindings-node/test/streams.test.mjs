// Streams as JavaScript knows them: iterators that can be left, overlapped, filtered and handed on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { client, collect, eventually, rejection, repository } from './client.mjs';
import { append, control, requestsOf, seed, wire } from './emulator.mjs';

const texts = (activities) => activities.map((activity) => activity.message ?? activity.title ?? activity.type);

/** A session that has ended, with these messages. */
async function ended(...messages) {
  const id = await seed();
  await append(id, { state: 'COMPLETED', activities: [...messages.map(wire.message), wire.completed()] });
  return client().session(id);
}

test('gives everything once, in order, and ends with the session', async () => {
  const session = await ended('one', 'two');
  assert.deepEqual(texts(await collect(session.stream())), ['one', 'two', 'sessionCompleted']);
});

test('five hundred activities come whole and in order', async () => {
  const messages = Array.from({ length: 500 }, (_, index) => `message ${index}`);
  const session = await ended(...messages);
  assert.deepEqual(texts(await collect(session.stream())), [...messages, 'sessionCompleted']);
});

test('where the user is, is looked up for what is waited for and not for each item', async (t) => {
  const session = await ended(...Array.from({ length: 500 }, (_, index) => `message ${index}`));
  await collect(session.stream());
  const looked = t.mock.method(Error, 'captureStackTrace');
  const kept = await collect(session.history({ offline: true }));
  assert.equal(kept.length, 501);
  assert.ok(looked.mock.callCount() < 20, `${looked.mock.callCount()} times`);
});

test('long activities and any script come whole and in order, however they cross', async () => {
  const messages = Array.from({ length: 12 }, (_, index) => `${index} naïve 🚀 道 ${'x'.repeat(index * 30_000)}`);
  const session = await ended(...messages);
  assert.deepEqual(texts(await collect(session.stream())), [...messages, 'sessionCompleted']);
});

test('texts get back to their places, whichever of them cross beside the JSON', async () => {
  const kinds = (/** @type {string} */ text) => [
    { agentMessaged: { agentMessage: text }, description: text },
    { userMessaged: { userMessage: text } },
    { progressUpdated: { title: text, description: text } },
    { progressUpdated: { title: text }, description: text },
    { planGenerated: { plan: { id: 'p', steps: [{ id: 's', title: text, description: text, index: 0 }] } } },
    { sessionFailed: { reason: text }, description: text },
    { dreamt: { of: text }, description: text },
    {
      progressUpdated: {},
      artifacts: [
        { bashOutput: { command: text, output: text } },
        { media: { mimeType: 'image/png', data: text } },
        { hologram: { of: text } },
        { changeSet: { gitPatch: { unidiffPatch: text, suggestedCommitMessage: text } } },
      ],
    },
  ];
  // Short ones, long ones, and what stands in the JSON for a long one.
  const texts = ['', 'short', '\x7f', '\x7f\x7f', 'long '.repeat(100), 'naïve 🚀 '.repeat(100), '\x7f'.repeat(300)];
  const id = await seed();
  await append(id, {
    state: 'COMPLETED',
    activities: texts.flatMap(kinds).map((event, n) => ({ id: `a${n}`, ...event })),
  });
  const session = client().session(id);
  const listed = await session.activities.list({ pageSize: 100 });
  assert.equal(listed.activities.length, texts.length * 8);
  assert.deepEqual(await collect(session.stream()), listed.activities);
});

test('sessions are fetched page by page, as they are asked for', async () => {
  for (const title of ['page one', 'page two']) await seed({ title });
  const filter = 'create_time>"2001-02-03T04:05:06Z"'; // this test's own, to know its requests by
  const pages = async () => {
    const asked = (await control('GET', 'journal')).map((request) => JSON.stringify(request));
    return asked.filter((request) => request.includes('2001-02-03')).length;
  };
  const sessions = client().sessions({ pageSize: 1, filter })[Symbol.asyncIterator]();
  await sessions.next();
  assert.equal(await pages(), 1);
  await sessions.next();
  assert.equal(await pages(), 2);
});

test('an activity is delivered while the session goes on', async () => {
  const id = await seed();
  const stream = client().session(id).stream();
  const first = stream.next();
  await append(id, { activities: [wire.message('live')] });
  const { value } = await first;
  assert.equal(value?.type === 'agentMessaged' && value.message, 'live');
  await stream.return?.();
});

test('calls of next that overlap are answered in their order', async () => {
  const stream = (await ended('one', 'two')).stream();
  const results = await Promise.all([stream.next(), stream.next(), stream.next(), stream.next(), stream.next()]);
  assert.deepEqual(
    results.map(({ done, value }) => (done ? 'end' : texts([value])[0])),
    ['one', 'two', 'sessionCompleted', 'end', 'end'],
  );
});

test('a next that waits is answered with the end when the iterator is left', async () => {
  const stream = client()
    .session(await seed())
    .stream();
  const waiting = stream.next();
  assert.deepEqual(await stream.return?.(), { done: true, value: undefined });
  assert.deepEqual(await waiting, { done: true, value: undefined });
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test('throw ends it and rejects with the error', async () => {
  const stream = (await ended('one')).stream();
  assert.equal((await rejection(stream.throw?.(new Error('mine')))).message, 'mine');
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test('an error comes once, and then the end', async () => {
  const stream = client().session('404').stream();
  assert.equal((await rejection(stream.next())).name, 'NotFoundError');
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test('types, exclude and after leave out the rest', async () => {
  const id = await seed();
  await append(id, {
    state: 'COMPLETED',
    activities: [
      wire.message('agent'),
      { originator: 'user', userMessaged: { userMessage: 'user' } },
      wire.progress('work'),
      wire.completed(),
    ],
  });
  const session = client().session(id);
  assert.deepEqual(texts(await collect(session.stream({ types: ['progressUpdated'] }))), ['work']);
  const agents = await collect(session.stream({ exclude: { originator: 'user' } }));
  assert.deepEqual(texts(agents), ['agent', 'work', 'sessionCompleted']);
  const nobody = session.stream({ exclude: { originator: ['user', 'agent', 'system'] } });
  assert.deepEqual(await collect(nobody), []);
  assert.deepEqual(texts(await collect(session.history({ after: agents[0]?.id }))), [
    'user',
    'work',
    'sessionCompleted',
  ]);
  const types = /** @type {any[]} */ (['message']);
  assert.match((await rejection(collect(session.stream({ types })))).message, /is not an activity type/);
});

test('history gives what there is and ends; offline it asks nobody', async () => {
  const id = await seed();
  await append(id, { activities: [wire.message('so far')] });
  const session = client().session(id);
  assert.deepEqual(await collect(session.history({ offline: true })), []);
  assert.deepEqual(texts(await collect(session.history())), ['so far']);
  assert.deepEqual(texts(await collect(session.history({ offline: true }))), ['so far']);
});

test('updates gives only what comes after the call', async () => {
  const id = await seed();
  await append(id, { activities: [wire.message('before')] });
  const updates = client().session(id).updates();
  const waiting = updates.next();
  // What the first look finds was there before: the call itself asks nobody what time it is.
  await eventually('it has looked and goes on looking', async () => (await requestsOf(id)).length > 6);
  await append(id, { activities: [wire.message('after')] });
  assert.deepEqual(texts([(await waiting).value]), ['after']);
  await updates.return?.();
});

test('two streams of one session share what is read and each get all of it', async () => {
  const session = await ended('one', 'two');
  const [left, right] = await Promise.all([collect(session.stream()), collect(session.stream())]);
  assert.deepEqual(left, right);
});

test('a stream is good for ReadableStream.from and Symbol.asyncDispose', async () => {
  const session = await ended('one');
  assert.deepEqual(texts(await collect(ReadableStream.from(session.stream()))), ['one', 'sessionCompleted']);
  const stream = session.stream();
  await stream[Symbol.asyncDispose]();
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
});

test('a run is streamed before its session exists', async () => {
  const run = client().run({ prompt: '[scenario:happy] Fix it', source: repository });
  const types = (await collect(run.stream())).map((activity) => activity.type);
  assert.ok(types.includes('planGenerated'));
  assert.equal(types.at(-1), 'sessionCompleted');
  assert.equal((await run).state, 'completed');
});
