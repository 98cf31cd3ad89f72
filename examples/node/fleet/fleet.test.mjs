import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startEmulator } from 'jules-emulator';
import { run } from '../testing.mjs';

const place = mkdtempSync(join(tmpdir(), 'jules-fleet-'));
after(() => rmSync(place, { recursive: true }));

/** One for each test: what others leave at work would hold slots. */
async function start(t) {
  const emulator = await startEmulator();
  t.after(() => emulator.stop());
  return emulator;
}

test('fleet: three workers bring all tasks to their end, also when one is killed', async (t) => {
  const emulator = await start(t);
  const tasks = [1, 2, 3, 4, 5, 6].map((n) => `[scenario:happy] fleet ${n}`);
  const program = fileURLToPath(new URL('fleet.mjs', import.meta.url));
  const fleet = spawn(process.execPath, [program, 'octocat/hello-world', ...tasks], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...emulator.env },
  });
  t.after(() => fleet.kill());
  let seen = '';
  let killed = false;
  for await (const text of fleet.stdout) {
    seen += text;
    if (killed || !/[1-9] at work/.test(seen)) continue;
    killed = true;
    process.kill(Number(/worker 2 is process (\d+)/.exec(seen)?.[1]), 'SIGKILL');
  }
  assert.match(seen, /^6 added, 0 known\n/);
  assert.match(seen, /worker 2 is gone \(SIGKILL\)\nworker 2 is process \d+\n/);
  assert.match(seen, /█{20} 6 of 6 ended · 0 at work/);
  const ends = [...seen.matchAll(/^✔ octocat\/hello-world: \[scenario:happy\] (fleet \d): (\S+)$/gm)];
  for (const [, , end] of ends) assert.match(String(end), /^https:\/\/github\.com\/octocat\/hello-world\/pull\/\d+$/);
  const journal = await emulator.control('GET', 'journal');
  const creates = journal.filter(({ operation }) => operation === 'sessions.create');
  assert.deepEqual(creates.map(({ body }) => body.prompt).sort(), tasks);
});

for (const machines of [1, 2]) {
  test(`fleet: the guide's ten lines are one, on ${machines} machine${machines > 1 ? 's' : ''}`, async (t) => {
    const { env } = await start(t);
    const page = readFileSync(new URL('../../../docs/many-machines.md', import.meta.url), 'utf8');
    const code = String(page.split('```js\n')[1]).split('```')[0];
    const all = Array.from({ length: machines }, () =>
      run({ ...env, FLEET: join(place, `guide-${machines}`) }, '--input-type=module', '--eval', code),
    );
    const ran = await Promise.all(all);
    for (const { code: status, stderr } of ran) assert.equal(status, 0, stderr);
    const lines = ran.flatMap(({ stdout }) => stdout.trim().split('\n').filter(Boolean));
    assert.deepEqual(lines.sort(), ['a.py completed', 'b.py completed']);
  });
}
