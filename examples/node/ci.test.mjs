import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startEmulator } from 'jules-emulator';
import { run } from './testing.mjs';

const emulator = await startEmulator();
const place = mkdtempSync(join(tmpdir(), 'jules-ci-'));
const [log, summary] = [join(place, 'test.log'), join(place, 'summary.md')];
after(async () => {
  await emulator.stop();
  rmSync(place, { recursive: true });
});

/** Runs it on a log of tests that failed. */
function ci(failed, env = {}) {
  writeFileSync(log, `${failed}\n`);
  return run({ ...emulator.env, ...env }, 'ci.mjs', 'octocat/hello-world', 'main', log);
}

test('ci: a failed check becomes a pull request and a summary', async () => {
  const { stdout, stderr, code } = await ci('not ok 1 - adds [scenario:happy]', { GITHUB_STEP_SUMMARY: summary });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Session \d+\n[\s\S]*completed https:\/\/github\.com\/octocat\/hello-world\/pull\/\d+\n$/);
  assert.match(readFileSync(summary, 'utf8'), /^# /);
});

test('ci: a session that fails, or takes too long, fails the step', async () => {
  assert.equal((await ci('[scenario:failure]')).code, 1);
  const late = await ci('[scenario:silent]', { JULES_MINUTES: '0.01' });
  assert.deepEqual([late.code, late.stderr], [1, 'Not done after 0.01 minutes.\n']);
});
