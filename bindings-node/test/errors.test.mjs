// What goes wrong is one clear typed error, at once where the call isn't async.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import * as sdk from 'jules-sdk';
import { client, rejection, repository, thrown } from './client.mjs';
import { append, seed, url, wire } from './emulator.mjs';

const { Jules, JulesError, jules } = sdk;

describe('a missing key', () => {
  delete process.env.JULES_API_KEY;

  test('is told at once by what isn’t async, also by the ready-made client', () => {
    const calls = [
      () => new Jules({ baseUrl: url }),
      () => jules.session('1'),
      () => jules.sessions(),
      () => jules.run({ prompt: 'x' }),
    ];
    for (const call of calls) {
      const error = thrown(call);
      assert.ok(error instanceof sdk.MissingApiKeyError, inspect(error));
      assert.ok(error instanceof sdk.ConfigError);
      assert.match(error.message, /JULES_API_KEY/);
    }
  });

  test('is the rejection of what is awaited', async () => {
    const calls = [() => jules.session({ prompt: 'x' }), () => jules.sources.get(repository)];
    for (const call of calls) {
      assert.ok((await rejection(call())) instanceof sdk.MissingApiKeyError);
    }
  });

  test('doesn’t keep the ready-made client from being changed into one with a key', () => {
    assert.equal(jules.with({ apiKey: 'k', cache: false }).session('1').id, '1');
  });
});

test('a base URL where nobody listens is a NetworkError that says where', async () => {
  const lost = client({ baseUrl: 'http://127.0.0.1:9', retry: { maxElapsedMs: 50, baseDelayMs: 5 } });
  const error = await rejection(lost.session('1').info());
  assert.ok(error instanceof sdk.NetworkError, inspect(error));
  assert.match(error.message, /127\.0\.0\.1:9/);
  assert.equal(error.retryable, false, 'its own retries are spent');
});

test('plain http to another machine is refused before anything is sent', () => {
  const error = thrown(() => new Jules({ apiKey: 'k', baseUrl: 'http://example.com' }));
  assert.ok(error instanceof sdk.ConfigError);
});

test('a wrong key is an AuthenticationError, and the key stands nowhere in it', async () => {
  const stranger = client({ apiKey: 'invalid-secret-of-mine' });
  for (const call of [
    () => stranger.run({ prompt: 'x' }),
    () => stranger.session('1').info(),
    () => stranger.sessions(),
  ]) {
    const error = await rejection(call());
    assert.ok(error instanceof sdk.AuthenticationError, inspect(error));
    assert.ok(error instanceof sdk.ApiError && error instanceof JulesError && error instanceof Error);
    assert.equal(error.status, 400);
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error), /secret-of-mine/);
  }
});

test('a repository that Jules doesn’t know is a SourceNotFoundError that names it', async () => {
  for (const call of [
    () => client().run({ prompt: 'x', source: { github: 'octocat/nowhere' } }),
    () => client().session({ prompt: 'x', source: { github: 'octocat/nowhere' } }),
    () => client().sources.get({ github: 'octocat/nowhere' }),
  ]) {
    const error = await rejection(call());
    assert.ok(error instanceof sdk.SourceNotFoundError, inspect(error));
    assert.match(error.message, /octocat\/nowhere/);
  }
});

test('an id that isn’t one is refused at once', () => {
  for (const id of ['../../etc', '', 'a/b', 'x y']) {
    assert.ok(thrown(() => client().session(id)) instanceof sdk.ConfigError, id);
  }
});

test('a session that ends otherwise is an UnexpectedStateError with what was seen of it', async () => {
  const id = await seed();
  await append(id, { state: 'COMPLETED', activities: [wire.message('Done.'), wire.completed()] });
  const error = await rejection(client().session(id).waitFor('awaitingPlanApproval'));
  assert.ok(error instanceof sdk.UnexpectedStateError, inspect(error));
  assert.equal(error.info?.state, 'completed');
  assert.equal(error.info?.outcome?.changeSet(), undefined);
});

test('a session that ends before it answers is a SessionEndedError with its outcome', async () => {
  const id = await seed();
  const session = client().session(id);
  const asked = rejection(session.ask('Are you there?'));
  await session.waitFor('inProgress');
  await append(id, { state: 'FAILED', activities: [{ originator: 'system', sessionFailed: { reason: 'gone' } }] });
  const error = await asked;
  assert.ok(error instanceof sdk.SessionEndedError, inspect(error));
  assert.equal(error.outcome?.failureReason, 'gone');
  assert.deepEqual(error.outcome?.generatedFiles().all(), []);
});

test('a time limit that runs out is a TimeoutError', async () => {
  const error = await rejection(
    client()
      .session(await seed())
      .waitFor('completed', { timeoutMs: 30 }),
  );
  assert.ok(error instanceof sdk.TimeoutError, inspect(error));
});

describe('every class', () => {
  const names = Object.keys(sdk).filter((name) => name.endsWith('Error'));

  test('is a JulesError and an Error, with a name, a kind and JSON of its own', () => {
    assert.ok(names.length >= 20);
    for (const name of names) {
      const error = new sdk[name]('because', { status: 500, retryable: true, cause: new Error('deep') });
      assert.ok(error instanceof JulesError && error instanceof Error);
      assert.equal(`${error.kind}Error`, error.name);
      assert.match(String(error), new RegExp(`^${error.name}: because$`));
      assert.match(error.stack ?? '', new RegExp(`^${error.name}: because\n`));
      const json = JSON.parse(JSON.stringify(error));
      assert.deepEqual(json, { name: error.name, kind: error.kind, message: 'because', status: 500, retryable: true });
      assert.equal(/** @type {Error} */ (error.cause).message, 'deep');
    }
  });

  test('has the official SDK’s name too, where there is one', () => {
    assert.equal(sdk.JulesApiError, sdk.ApiError);
    assert.equal(sdk.JulesNetworkError, sdk.NetworkError);
    assert.equal(sdk.JulesRateLimitError, sdk.RateLimitError);
    assert.equal(sdk.JulesAuthenticationError, sdk.AuthenticationError);
  });

  test('of a rate limit says how long to wait', () => {
    const error = new sdk.RateLimitError('slower', { retryAfterMs: 1500 });
    assert.equal(error.retryAfter, 1.5);
    assert.equal(error.retryAfterMs, 1500);
  });
});

test('a stack begins where the user’s code does', async () => {
  async function mine() {
    return await client().session('1').approve({ timeoutMs: 5_000 });
  }
  const error = await rejection(mine());
  assert.ok(error instanceof sdk.NotFoundError, inspect(error));
  assert.match(error.stack ?? '', /mine/);
  assert.doesNotMatch(error.stack ?? '', /bindings-node\/dist/);
});
