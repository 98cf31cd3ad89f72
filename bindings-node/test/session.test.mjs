// A session from its creation to its end, operation by operation.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotFoundError, PreconditionError } from 'jules-sdk';
import { client, collect, rejection, repository } from './client.mjs';
import { append, requestsOf, seed, wire } from './emulator.mjs';

test('a whole conversation: plan, approval, question, result', async () => {
  const session = await client().session({
    prompt: '[scenario:demo] Greet visitors',
    source: repository,
    autoPr: true,
  });
  const planned = await session.waitFor('awaitingPlanApproval', { timeoutMs: 10_000 });
  assert.equal(planned.state, 'awaitingPlanApproval');
  assert.equal(planned.plan?.steps.length, 3);
  assert.equal(await session.approve(), undefined);
  await session.waitFor(['awaitingUserFeedback', 'completed']);
  const reply = await session.ask('Which file?', { timeoutMs: 10_000 });
  assert.equal(reply.type, 'agentMessaged');
  assert.match(reply.message, /You asked: "Which file\?"/);
  const outcome = await session.result();
  assert.equal(outcome.state, 'completed');
  assert.equal(outcome.sessionId, session.id);
  assert.match(outcome.pullRequest?.url ?? '', /^https:\/\/github\.com\/octocat\/hello-world\/pull\/\d+$/);
  assert.equal(outcome.pullRequest?.number, Number(outcome.pullRequest?.url.split('/').at(-1)));
  const paths = outcome
    .generatedFiles()
    .all()
    .map((file) => file.path);
  assert.deepEqual(paths, ['src/greeting.js', 'test/greeting.test.js']);
});

test('a failed session is an outcome with its reason', async () => {
  const outcome = await client().run({ prompt: '[scenario:failure] Fix it', source: repository });
  assert.equal(outcome.state, 'failed');
  assert.ok(outcome.failureReason);
});

test('a run without a source leaves files', async () => {
  const outcome = await client().run({ prompt: '[scenario:repoless] Write something' });
  const files = outcome.generatedFiles();
  assert.ok(files.all().length > 0);
  for (const file of files.filter('created')) {
    assert.equal(files.get(file.path), file);
    assert.ok(file.content.length > 0);
  }
  assert.equal(files.get('no/such/file'), undefined);
});

test('an id is taken with and without its collection', () => {
  assert.equal(client().session('123').id, '123');
  assert.equal(client().session('sessions/123').id, '123');
});

test('a message is sent once', async () => {
  const id = await seed();
  await client().session(id).send('Hello there');
  const sent = (await requestsOf(id)).filter((request) => request.operation === 'sessions.sendMessage');
  assert.equal(sent.length, 1);
  assert.deepEqual(sent[0].body, { prompt: 'Hello there' });
});

test('an approval when no plan waits is a PreconditionError', async () => {
  const error = await rejection(
    client()
      .session(await seed({ state: 'PLANNING' }))
      .approve({ timeoutMs: 10_000 }),
  );
  assert.ok(error instanceof PreconditionError, String(error));
});

test('info asks the server; cached it asks nobody', async () => {
  const id = await seed({ title: 'Seen' });
  await append(id, { activities: [wire.message('Hi')] });
  const session = client().session(id);
  assert.ok((await rejection(session.info({ cached: true }))) instanceof NotFoundError);
  const info = await session.info();
  assert.equal(info.title, 'Seen');
  assert.equal(info.activities.length, 1);
  const before = (await requestsOf(id)).length;
  assert.equal((await session.info({ cached: true })).title, 'Seen');
  assert.equal((await requestsOf(id)).length, before);
});

test('archive, unarchive and delete', async () => {
  const session = client().session(await seed());
  await session.archive();
  assert.equal((await session.info()).archived, true);
  await session.unarchive();
  assert.equal((await session.info()).archived, false);
  await session.delete();
  assert.ok((await rejection(session.info())) instanceof NotFoundError);
});

test('activities: a page, the next one, one of them, and all into the store', async () => {
  const id = await seed();
  await append(id, { activities: ['one', 'two', 'three'].map(wire.message) });
  const { activities } = client().session(id);
  const first = await activities.list({ pageSize: 2 });
  assert.equal(first.activities.length, 2);
  const second = await activities.list({ pageSize: 2, pageToken: first.nextPageToken });
  assert.equal(second.activities.length, 1);
  assert.equal(Object.hasOwn(second, 'nextPageToken'), false);
  const [one] = first.activities;
  assert.deepEqual(await activities.get(one?.id ?? ''), one);
  assert.ok((await rejection(activities.get('nothing'))) instanceof NotFoundError);
  assert.equal(await activities.hydrate(), 0, 'both pages were kept as they were read');
});

test('sources: iterated, limited, and one by its repository', async () => {
  const jules = client();
  const all = await collect(jules.sources());
  assert.ok(all.length >= 3);
  assert.equal((await collect(jules.sources({ pageSize: 1, limit: 2 }))).length, 2);
  assert.deepEqual(await collect(jules.sources()), all, 'a list can be iterated again');
  const source = await jules.sources.get({ github: 'octocat/spoon-knife' });
  assert.equal(source.type === 'githubRepo' && source.githubRepo.defaultBranch, 'trunk');
});

test('sessions: iterated, or awaited for a page', async () => {
  const ids = [await seed(), await seed()];
  const jules = client();
  const listed = (await collect(jules.sessions())).map((info) => info.id);
  for (const id of ids) assert.ok(listed.includes(id));
  const page = await jules.sessions({ pageSize: 1 });
  assert.equal(page.sessions.length, 1);
  const next = await jules.sessions({ pageSize: 1, pageToken: page.nextPageToken });
  assert.notEqual(next.sessions[0]?.id, page.sessions[0]?.id);
});

test('the store’s size is told', async () => {
  const jules = client();
  await collect(jules.session(await seed()).history());
  const info = await jules.cacheInfo();
  assert.equal(info.location, undefined);
  assert.ok(info.bytes > 0);
});

test('await using closes the client', async () => {
  const jules = client();
  await jules[Symbol.asyncDispose]();
  assert.equal((await rejection(jules.session('1').info())).name, 'ClosedError');
});
