import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startEmulator } from 'jules-emulator';
import { run } from './testing.mjs';

const emulator = await startEmulator();
after(() => emulator.stop());

test('batch: each task has its line, and one that fails is told', async () => {
  const tasks = ['[scenario:quick] one', '[scenario:failure] two'];
  const { stdout, code } = await run(emulator.env, 'batch.mjs', 'octocat/hello-world', ...tasks);
  assert.equal(code, 1);
  assert.match(stdout, /▶ \[scenario:quick\] one/);
  assert.match(stdout, /✔ .* · \[scenario:quick\] one/);
  assert.match(stdout, /✘ .* · \[scenario:failure\] two/);
  assert.match(stdout, /1 of 2 done\n$/);
});
