// What an agent writes is shown as text: the examples give the terminal none of it as a command.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { startEmulator } from 'jules-emulator';
import { run } from './testing.mjs';

const emulator = await startEmulator();
const place = mkdtempSync(join(tmpdir(), 'jules-terminal-'));
after(async () => {
  await emulator.stop();
  rmSync(place, { recursive: true });
});

const evil = '\u001b]0;mine\u0007\u009b2J';
// JSON is YAML, too. The demo's prompt names its own scenario, which this one takes the place of.
for (const name of ['demo', 'evil']) {
  const artifacts = [{ bash: { command: evil, output: evil, exitCode: 1 } }, { media: { mimeType: evil, data: '' } }];
  const steps = [
    { message: evil },
    { plan: { steps: [{ title: evil }] } },
    { progress: { title: evil, description: evil }, artifacts },
    { failed: evil },
  ];
  const yaml = JSON.stringify({ name, steps }).replaceAll('\u009b', '\\u009b');
  await emulator.control('POST', 'scenarios', yaml);
}

/** @param {{ stdout: string, stderr: string }} ran */
function shown({ stdout, stderr }) {
  assert.match(stdout, /\]0;mine/);
  assert.doesNotMatch(stdout + stderr, /(?!\n)\p{Cc}/u);
}

test('terminal: demo', async () => shown(await run(emulator.env, 'demo.mjs')));

test('terminal: ci', async () => {
  const log = join(place, 'test.log');
  writeFileSync(log, '[scenario:evil]\n');
  shown(await run(emulator.env, 'ci.mjs', 'octocat/hello-world', 'main', log));
});

test('terminal: batch', async () => {
  shown(await run(emulator.env, 'batch.mjs', 'octocat/hello-world', '[scenario:evil] one'));
});

test('terminal: a worker of the fleet', async () => {
  shown(await run(emulator.env, 'fleet/fleet.mjs', 'octocat/hello-world', '[scenario:evil] one'));
});
