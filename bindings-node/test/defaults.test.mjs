// Documented defaults are the real ones: seen in what is sent where it can be seen, else compared with the core's docs,
// whose own test (`every_documented_default_holds`) asserts them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { client, collect, eventually, rejection, repository } from './client.mjs';
import { requestsOf, requestsWith, seed } from './emulator.mjs';

test('run: a pull request is made, plans don’t wait', async () => {
  await client().run({ prompt: 'defaults of run', source: repository }).session();
  const [{ body }] = await requestsWith('defaults of run');
  assert.equal(body.automationMode, 'AUTO_CREATE_PR');
  assert.notEqual(body.requirePlanApproval, true);
});

test('session: no pull request is made, plans wait', async () => {
  await client().session({ prompt: 'defaults of session', source: repository });
  const [{ body }] = await requestsWith('defaults of session');
  assert.equal(body.automationMode, undefined);
  assert.equal(body.requirePlanApproval, true);
});

test('source: the branch is the repository’s default branch, and none at all is fine', async () => {
  await client().session({ prompt: 'default branch', source: { github: 'octocat/spoon-knife' } });
  const [branch] = await requestsWith('default branch');
  assert.equal(branch.body.sourceContext.githubRepoContext.startingBranch, 'trunk');
  await client().session({ prompt: 'default of source' });
  const [none] = await requestsWith('default of source');
  assert.equal(none.body.sourceContext, undefined);
});

test('all: three at once, and the first error ends it', async () => {
  const waiting = client()
    .all([1, 2, 3, 4, 5], (n) => ({ prompt: `default of all ${n} [scenario:silent]` }))
    [Symbol.asyncIterator]();
  const first = waiting.next();
  await eventually('three are started', async () => (await requestsWith('default of all')).length >= 3);
  await waiting.return?.();
  await first;
  assert.equal((await requestsWith('default of all')).length, 3);
  const refused = (n) => {
    throw new Error(`no ${n}`);
  };
  assert.equal((await rejection(client().all([1, 2], refused))).message, 'no 1');
});

test('history: the server is asked; info: the server is asked', async () => {
  const id = await seed();
  const session = client().session(id);
  await collect(session.history());
  const listed = (await requestsOf(id)).length;
  assert.ok(listed > 0);
  await session.info();
  assert.ok((await requestsOf(id)).length > listed);
});

describe('a client’s options', () => {
  const here = readFileSync(new URL('../ts/options.ts', import.meta.url), 'utf8');
  const core = readFileSync(new URL('../../core/src/surface/config.rs', import.meta.url), 'utf8');

  /** The default that the comment before a field tells. */
  const documented = (text, field) => {
    const comment = new RegExp(`((?:[ \\t]*(?:///|/?\\*\\*?)[^\\n]*\\n)+)[ \\t]*(?:pub )?${field}\\??:`).exec(
      text,
    )?.[1];
    return /Default: ([^.]*(?:\.[^.\s][^.]*)*)\./.exec((comment ?? '').replace(/\s*\n\s*(?:\/\/\/|\*)\s*/g, ' '))?.[1];
  };

  for (const [ours, theirs] of [
    ['requestTimeoutMs', 'request_timeout'],
    ['connectTimeoutMs', 'connect_timeout'],
    ['maxElapsedMs', 'max_elapsed'],
    ['baseDelayMs', 'base_delay'],
    ['maxDelayMs', 'max_delay'],
  ]) {
    test(`${ours} is documented as in the core, in milliseconds`, () => {
      const seconds = /^(\d+) s$/.exec(documented(core, theirs) ?? '')?.[1];
      assert.ok(seconds, `the core documents ${theirs}`);
      assert.equal(Number(documented(here, ours)?.replaceAll(',', '')), Number(seconds) * 1000);
    });
  }

  test('cacheLimit is documented as in the core', () => {
    assert.equal(documented(here, 'cacheLimit'), documented(core, 'cache_limit'));
  });

  test('maxConcurrentRequests and pollingIntervalMs are documented as in the core', () => {
    assert.equal(documented(here, 'maxConcurrentRequests'), documented(core, 'max_concurrent_requests'));
    assert.equal(documented(here, 'pollingIntervalMs'), documented(core, 'polling_interval'));
  });
});
