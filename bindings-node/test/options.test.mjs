// @ts-nocheck What is given here is wrong on purpose, and the types say so.
// Options: what is unknown is told with a hint, older names are understood, absent is absent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, Jules } from 'jules-sdk';
import { client, rejection, repository, thrown } from './client.mjs';
import { control, requestsWith } from './emulator.mjs';

const session = () => client().session('1');
const known = { apiKey: 'k', cache: false };
const quick = (/** @type {string} */ prompt) => ({ prompt });
const task = { key: 'a', prompt: 'x' };

for (const [what, call, message] of [
  ['a misspelt name', () => new Jules({ apikey: 'x' }), 'Jules: unknown option apikey. Did you mean apiKey?'],
  [
    'a nested name',
    () => new Jules({ retry: { maxElapsed: 1 } }),
    /unknown option retry\.maxElapsed\. Did you mean maxElapsedMs\?/,
  ],
  [
    'an alien name',
    () => new Jules({ storageFactory: {} }),
    /unknown option storageFactory\. Known are apiKey, baseUrl/,
  ],
  ['a wrong kind', () => new Jules({ pollingIntervalMs: '5' }), /pollingIntervalMs must be a number of milliseconds/],
  ['a negative time', () => new Jules({ requestTimeoutMs: -1 }), /requestTimeoutMs must be/],
  ['an infinite time', () => new Jules({ connectTimeoutMs: Infinity }), /connectTimeoutMs must be/],
  ['slots', () => new Jules({ apiKey: 'k', slots: 1.5 }), /slots must be a whole number/],
  ['no slots', () => new Jules({ apiKey: 'k', slots: 0 }), /slots must be at least 1/],
  ['a day', () => new Jules({ apiKey: 'k', perDay: 0 }), /perDay must be at least 1, got 0/],
  ['a budget', () => new Jules({ apiKey: 'k', activityBudget: '60' }), /activityBudget must be true, false or a whole/],
  ['plain http', () => new Jules({ apiKey: 'k', baseUrl: 'http://example.com' }), /set allowInsecureHttp: true\./],
  [
    'no budget',
    () => new Jules({ apiKey: 'k', activityBudget: 0 }),
    /activityBudget must be at least 1, got 0.*activityBudget: false/,
  ],
  ['an account', () => new Jules({ apiKey: 'k', account: ' ' }), /account is empty/],
  ['a history that stalls', () => session().history({ stallTimeoutMs: 1 }), /history: unknown option stallTimeoutMs/],
  ['no object', () => new Jules('key'), /the options must be an object/],
  ['with', () => client().with({ timeout: 1 }), /unknown option timeout/],
  ['stream', () => session().stream({ folow: true }), /stream: unknown option folow\. Did you mean follow\?/],
  ['stream’s signal', () => session().stream({ signal: {} }), /signal must be an AbortSignal/],
  ['history', () => session().history({ follow: true }), /history: unknown option follow/],
  ['updates', () => session().updates({ exclude: { type: 'x' } }), /unknown option exclude\.type/],
  ['all', () => client().all([], String, { limit: 1 }), /all: unknown option limit/],
  ['no concurrency', () => client().all([], String, { concurrency: 0 }), /concurrency must be at least 1, got 0/],
  ['half a session', () => client().all([], String, { concurrency: 1.5 }), /concurrency must be a whole number/],
  ['a listener', () => client().all([], String, { onProgress: 1 }), /onProgress must be a function/],
  ['items', () => client().all({}, String), /all: items must be iterable/],
  ['no items', () => client().all(undefined, String), /all: items must be iterable/],
  ['map', () => client().all([]), /all: map must be a function/],
  ['cacheLimit', () => new Jules({ apiKey: 'k', cacheLimit: -1 }), /cacheLimit must be a whole number of bytes/],
  ['sources', () => client().sources({ page: 1 }), /sources: unknown option page/],
  ['sessions', () => client().sessions({ pageSize: 1.5 }), /sessions: pageSize must be a whole number/],
  ['run', () => client().run({ promt: 'x' }), /run: unknown option promt\. Did you mean prompt\?/],
  ['run’s options', () => client().run({ prompt: 'x' }, { timeout: 1 }), /run: unknown option timeout/],
  ['run’s source', () => client().run({ prompt: 'x', source: { repo: 'a/b' } }), /unknown option source\.repo/],
  ['a source as text', () => client().run({ prompt: 'x', source: 'a/b' }), /source must be an object/],
  ['waitForSlot', () => client().run({ prompt: 'x', waitForSlot: '1' }), /waitForSlot must be true, false or a number/],
  ['retryFailed', () => client().run({ prompt: 'x', retryFailed: -1 }), /retryFailed must be a whole number/],
  ['run with a text', () => client().run('x'), /run: the options must be an object/],
  ['a logger that is none', () => new Jules({ ...known, logger: {} }), /logger must be an object with the functions/],
  [
    'a header that is the key’s',
    () => new Jules({ ...known, headers: { 'X-Goog-Api-Key': 'x' } }),
    /is set by the client/,
  ],
  ['a proxy that is none', () => new Jules({ ...known, proxy: 'ftp://x' }), /scheme that is not one of/],
  [
    'certificates that aren’t there',
    () => new Jules({ ...known, ca: '/not/there.pem' }),
    /certificates of the ca option/,
  ],
  ['until', () => client().all([], quick, { until: 'soon' }), /until must be 'ended' or 'created'/],
  ['a key', () => client().run({ prompt: 'x', key: 7 }), /run: key must be a string/],
  ['a bad key', () => client().queue(''), /not a valid queue name/],
  ['no queue', () => client().queue(), /queue: name is missing or not a string/],
  ['a queue’s bound', () => client().queue('q', { slot: 1 }), /queue: unknown option slot\. Did you mean slots\?/],
  ['no slots of a queue', () => client().queue('q', { slots: 0 }), /slots must be at least 1/],
  ['no hands', () => client().queue('q').work({ concurrency: 0 }), /concurrency must be at least 1/],
  [
    'a worker',
    () => client().queue('q').work({ folow: true }),
    /queue\.work: unknown option folow\. Did you mean follow\?/,
  ],
  ['no rule', () => client().queue('q').work({ approve: 1 }), /approve must be a string or a function/],
  ['a rule', () => client().queue('q').work({ approve: 'al' }), /"al"/],
  ['a state', () => client().queue('q').tasks({ state: 'finished' }), /"finished" is not a state of a task/],
  [
    'tasks',
    () => client().queue('q').tasks({ states: [] }),
    /queue\.tasks: unknown option states\. Did you mean state\?/,
  ],
  ['results', () => client().queue('q').results({ limit: 1 }), /queue\.results: unknown option limit/],
]) {
  test(`${what}: a ConfigError at once`, () => {
    const error = thrown(call);
    assert.ok(error instanceof ConfigError, String(error));
    if (typeof message === 'string') assert.equal(error.message, message);
    else assert.match(error.message, message);
  });
}

for (const [what, call, message] of [
  ['no prompt', () => client().session({ title: 'x' }), /session: prompt is missing/],
  ['an empty prompt', () => client().session({ prompt: ' ' }), /prompt is empty/],
  ['no repository', () => client().session({ prompt: 'x', source: { branch: 'main' } }), /source\.github is missing/],
  [
    'waitFor',
    () => session().waitFor('completed', { timeout: 5 }),
    /waitFor: unknown option timeout\. Did you mean timeoutMs or stallTimeoutMs\?/,
  ],
  ['no stall', () => session().result({ stallTimeoutMs: 0 }), /stallTimeoutMs must be longer than zero/],
  [
    'variables of nothing',
    () => client().session({ prompt: 'x', environmentVariables: true }),
    /environmentVariables needs a source/,
  ],
  ['stop', () => session().stop({ timeout: 1 }), /stop: unknown option timeout/],
  ['quota', () => client().quota({ timeout: 1 }), /quota: unknown option timeout/],
  ['a state that isn’t one', () => session().waitFor('finished'), /"finished" is not a session state/],
  [
    'a task',
    () => client().queue('q').add({ key: 'a', promt: 'x' }),
    /queue\.add: unknown option promt\. Did you mean prompt\?/,
  ],
  [
    'a task’s place',
    () =>
      client()
        .queue('q')
        .add({ ...task, priority: 1.5 }),
    /queue\.add: priority must be a whole number/,
  ],
  [
    'a time',
    () =>
      client()
        .queue('q')
        .add({ ...task, notBefore: new Date('soon') }),
    /notBefore must be a valid Date or an RFC/,
  ],
  [
    'a time’s text',
    () =>
      client()
        .queue('q')
        .add({ ...task, notBefore: 'soon' }),
    /"soon" is not an RFC 3339 time/,
  ],
  [
    'failures',
    () =>
      client()
        .queue('q')
        .add({ ...task, retryOn: 'never' }),
    /"never"/,
  ],
  ['a task without a key', () => client().queue('q').add({ prompt: 'x' }), /a task needs a key/],
  ['tasks of nothing', () => client().queue('q').addAll({}, Object), /queue\.addAll: items must be iterable/],
  [
    'a mapped task',
    () =>
      client()
        .queue('q')
        .addAll([1], () => 'x'),
    /queue\.addAll: the options must be an object/,
  ],
  ['a task’s key', () => client().queue('q').task(7), /queue\.task: key is missing or not a string/],
  ['a status', () => client().queue('q').status({ timeout: 1 }), /queue\.status: unknown option timeout/],
  ['no text', () => session().ask(undefined), /ask: text is missing/],
  ['an activity id', () => session().activities.get('../x'), /is not an activity id/],
]) {
  test(`${what}: a rejection with a ConfigError`, async () => {
    const error = await rejection(call());
    assert.ok(error instanceof ConfigError, String(error));
    assert.match(error.message, message);
  });
}

test('the official SDK’s names are understood', async () => {
  await client().session({
    prompt: 'older names',
    source: { ...repository, baseBranch: 'main' },
    requirePlanApproval: false,
  });
  const [request] = await requestsWith('older names');
  assert.equal(request.body.sourceContext.githubRepoContext.startingBranch, 'main');
  assert.notEqual(request.body.requirePlanApproval, true);
});

test('the nested form of the times is understood, and the plain one wins', async () => {
  const nested = { pollingIntervalMs: 20, requestTimeoutMs: 1, rateLimitRetry: { maxRetryTimeMs: 10, baseDelayMs: 1 } };
  const error = await rejection(client({ baseUrl: 'http://127.0.0.1:9', config: nested }).session('1').info());
  assert.match(error.name, /^(Network|Timeout)Error$/);
  const jules = client().with({ config: nested, requestTimeoutMs: 5_000 });
  assert.ok((await jules.sources.get(repository)).name);
  await jules.close();
});

test('with() changes what it is told and keeps the rest', async () => {
  const jules = client({ apiKey: 'invalid-key' }).with({ apiKey: 'good-key', userAgent: undefined });
  assert.ok((await jules.sources.get(repository)).name);
  await jules.close();
});

test('a number of milliseconds reaches the core as it is', async () => {
  await control('POST', 'faults', { kind: 'hang', path: '/sessions/hangs' });
  const hurried = client({ requestTimeoutMs: 80, retry: { maxElapsedMs: 0 } });
  const begin = performance.now();
  const error = await rejection(hurried.session('hangs').info());
  const took = performance.now() - begin;
  assert.equal(error.name, 'TimeoutError', String(error));
  assert.ok(took >= 75 && took < 5_000, `${took} ms`);
});
