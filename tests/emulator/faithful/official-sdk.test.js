// The official SDK, written against the real service, runs its whole surface against the emulator.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test as nodeTest } from 'node:test';

import { startEmulator } from './emulator.js';

// The SDK keeps a cache below JULES_HOME, found when it is loaded.
const home = mkdtempSync(join(tmpdir(), 'jules-faithful-'));
process.env.JULES_HOME = home;
const { connect, AutomatedSessionFailedError, JulesApiError, SourceNotFoundError } = await import('@google/jules-sdk');

const source = { github: 'octocat/hello-world', baseBranch: 'main' };
let emulator;
let jules;

// Its streams never end on their own: a test that waits for more than there is fails instead.
const test = (name, body) => nodeTest(name, { timeout: 10_000 }, body);

before(async () => {
  emulator = await startEmulator('--speed', '20');
  // Its run().stream() compares times as texts, so "…42.1Z" hides "…42.15Z": always six decimals for it.
  await emulator.control('config', { method: 'PATCH', body: JSON.stringify({ decimals: 6 }) });
  jules = client('a-key');
});

after(async () => {
  await emulator.stop();
  rmSync(home, { recursive: true, force: true });
});

function client(apiKey) {
  const config = { pollingIntervalMs: 40, requestTimeoutMs: 5000, rateLimitRetry: { maxRetryTimeMs: 1 } };
  return connect({ apiKey, baseUrl: emulator.url, config });
}

async function untilTheEnd(stream, seen = () => {}) {
  const activities = [];
  for await (const activity of stream) {
    activities.push(activity);
    await seen(activity);
    if (['sessionCompleted', 'sessionFailed'].includes(activity.type)) break;
  }
  return activities;
}

test('a session is created, planned, approved, watched, asked and brought to its pull request', async () => {
  const session = await jules.session({ prompt: 'Greet visitors [scenario:demo]', source });
  await session.waitFor('awaitingPlanApproval', { timeoutMs: 5000 });
  await session.approve();
  await session.waitFor('awaitingUserFeedback', { timeoutMs: 5000 });
  const reply = await session.ask('Where is the greeting?');
  assert.match(reply.message, /You asked: "Where is the greeting\?"/);
  const outcome = await session.result({ timeoutMs: 5000 });
  assert.equal(outcome.state, 'completed');
  assert.match(outcome.pullRequest.url, /^https:\/\/github\.com\/octocat\/hello-world\/pull\/\d+$/);

  const activities = await untilTheEnd(session.history());
  const types = activities.map((activity) => activity.type);
  for (const type of ['agentMessaged', 'planGenerated', 'planApproved', 'progressUpdated', 'userMessaged', 'sessionCompleted']) {
    assert.ok(types.includes(type), `${type} among ${types}`);
  }
  const artifacts = activities.flatMap((activity) => activity.artifacts).map((artifact) => artifact.type);
  assert.deepEqual([...new Set(artifacts)].sort(), ['bashOutput', 'changeSet', 'media']);
  const info = await session.info();
  assert.equal(info.state, 'completed');
  assert.equal(info.title, 'Greet visitors');
});

test('a stream delivers the plan, the approval made from within it, and the end', async () => {
  const session = await jules.session({ prompt: 'Greet visitors [scenario:approval]', source });
  const activities = await untilTheEnd(session.stream(), async (activity) => {
    if (activity.type !== 'planGenerated') return;
    assert.equal(activity.plan.steps.length, 3);
    await session.waitFor('awaitingPlanApproval', { timeoutMs: 5000 });
    await session.approve();
  });
  const types = activities.map((activity) => activity.type);
  assert.equal(types[0], 'planGenerated');
  assert.ok(types.includes('planApproved') && types.includes('progressUpdated'));
  assert.equal(types.at(-1), 'sessionCompleted');
});

test('an approval when no plan waits is refused', async () => {
  const session = await jules.session({ prompt: 'Quick [scenario:quick]', source });
  await assert.rejects(session.approve(), (error) => error instanceof JulesApiError && error.status === 400);
});

test('run needs nobody, streams, and ends with a pull request', async () => {
  const run = await jules.run({ prompt: 'Greet visitors', source });
  const streamed = await untilTheEnd(run.stream());
  const outcome = await run.result();
  assert.ok(streamed.some((activity) => activity.type === 'planApproved'));
  assert.equal(outcome.state, 'completed');
  assert.equal(outcome.pullRequest.title, 'Greet visitors');
  const [created] = (await emulator.control('journal')).filter((entry) => entry.body?.prompt === 'Greet visitors');
  assert.equal(created.body.automationMode, 'AUTO_CREATE_PR');
});

test('a repoless session brings its files', async () => {
  const run = await jules.run({ prompt: 'Write a greeter' });
  const outcome = await run.result();
  const files = outcome.generatedFiles();
  assert.deepEqual(files.all().map((file) => file.path), ['greet.py', 'README.md']);
  assert.match(files.get('greet.py').content, /def greet/);
});

test('a failed session says why', async () => {
  const session = await jules.session({ prompt: 'Fail [scenario:failure]', source, requireApproval: false });
  await assert.rejects(session.result({ timeoutMs: 5000 }), AutomatedSessionFailedError);
  await assert.rejects(session.info(), AutomatedSessionFailedError);
  const last = (await untilTheEnd(session.stream())).at(-1);
  assert.match(last.reason, /disk space/);
});

test('the agent asks, an answer lets it finish', async () => {
  const session = await jules.session({ prompt: 'Which? [scenario:question]', source, requireApproval: false });
  await session.waitFor('awaitingUserFeedback', { timeoutMs: 5000 });
  await session.send('The start page.');
  assert.equal((await session.result({ timeoutMs: 5000 })).state, 'completed');
  const snapshot = await session.snapshot();
  assert.match(snapshot.toMarkdown(), /The start page\./);
});

test('sources are listed, got, filtered, and missed', async () => {
  const all = [];
  for await (const one of jules.sources({ pageSize: 2 })) all.push(one);
  assert.deepEqual(all.map((one) => one.id), ['github/octocat/hello-world', 'github/octocat/secret-garden', 'github/octocat/spoon-knife']);
  assert.equal(all[1].githubRepo.isPrivate, true);
  assert.equal(all[2].githubRepo.defaultBranch, 'trunk');
  const filtered = [];
  for await (const one of jules.sources({ filter: 'name=sources/github/octocat/spoon-knife' })) filtered.push(one);
  assert.equal(filtered.length, 1);
  assert.equal((await jules.sources.get({ github: 'octocat/hello-world' })).type, 'githubRepo');
  assert.equal(await jules.sources.get({ github: 'octocat/nothing' }), undefined);
  await assert.rejects(jules.run({ prompt: 'x', source: { github: 'octocat/nothing', baseBranch: 'main' } }), SourceNotFoundError);
});

test('sessions are listed page by page, newest first', async () => {
  const marks = ['one', 'two', 'three'];
  for (const mark of marks) await jules.session({ prompt: `${mark} [scenario:quick]`, source });
  const first = await jules.sessions({ pageSize: 2 });
  assert.equal(first.sessions.length, 2);
  assert.ok(first.nextPageToken);
  const listed = [];
  for await (const session of jules.sessions({ pageSize: 2, limit: 3 })) listed.push(session.title);
  assert.deepEqual(listed, ['three', 'two', 'one']);
});

test('an archived session leaves the list and is found by its filter', async () => {
  const session = await jules.session({ prompt: 'Put away [scenario:quick]', source });
  await session.archive();
  const ids = async (options) => (await jules.sessions(options)).sessions.map((one) => one.id);
  assert.ok(!(await ids({})).includes(session.id.replace('sessions/', '')));
  assert.ok((await ids({ filter: 'archived = true' })).includes(session.id.replace('sessions/', '')));
  await session.unarchive();
  assert.ok((await ids({})).includes(session.id.replace('sessions/', '')));
});

test('sync brings the cache up to date, and select reads it', async () => {
  const stats = await jules.sync({ depth: 'activities', limit: 50, incremental: false });
  assert.ok(stats.sessionsIngested >= 3, JSON.stringify(stats));
  const failed = await jules.select({ from: 'sessions', where: { state: 'failed' } });
  assert.ok(failed.length >= 1);
  const commands = await jules.select({ from: 'activities', where: { type: 'progressUpdated' }, limit: 100 });
  assert.ok(commands.length >= 5);
});

test('a key that is refused is refused', async () => {
  const listing = async () => await client('wrong-key').sessions();
  await assert.rejects(listing, (error) => error instanceof JulesApiError && error.status === 400);
});

test('a server error that passes is survived', async () => {
  await emulator.control('faults', { method: 'POST', body: JSON.stringify({ kind: 'status', status: 503, on: 'sessions.list', times: 1 }) });
  const config = { rateLimitRetry: { baseDelayMs: 10 } };
  const page = await connect({ apiKey: 'a-key', baseUrl: emulator.url, config }).sessions({ pageSize: 1 });
  assert.equal(page.sessions.length, 1);
});
