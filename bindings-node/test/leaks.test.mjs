// Sessions are created, streamed and dropped: the process is as large as it was, with as many files and threads. 400 of them;
// 2,000 where JULES_LONG is set.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { url } from './emulator.mjs';

const cache = mkdtempSync(join(tmpdir(), 'jules-leaks-'));
after(() => rmSync(cache, { recursive: true }));

const [cycles, timeout] = process.env.JULES_LONG ? [2000, 1_800_000] : [400, 110_000];

const program = `
  import { readdirSync, readFileSync } from 'node:fs';
  import { setImmediate } from 'node:timers/promises';
  import { Jules } from 'jules-sdk';

  async function held() {
    for (let turn = 0; turn < 3; turn++) {
      gc();
      await setImmediate();
    }
    const status = readFileSync('/proc/self/status', 'utf8');
    const number = (name) => Number(status.match(new RegExp(name + ':\\\\s+(\\\\d+)'))[1]);
    return [number('VmRSS'), readdirSync('/proc/self/fd').length, number('Threads')];
  }

  async function lane(cycles) {
    const options = { cache: ${JSON.stringify(cache)}, pollingIntervalMs: 20, activityBudget: false };
    const jules = new Jules({ apiKey: 'test-key', baseUrl: ${JSON.stringify(url)}, ...options });
    for (let cycle = 0; cycle < cycles; cycle++) {
      const session = await jules.session({ prompt: '[scenario:quick] once more' });
      for await (const _ of session.stream()) break;
    }
    await jules.close();
  }

  // The first round is for what comes once: threads, their stacks, V8's own, and what is kept of the last ten minutes.
  for (const _ of ['first', 'second']) {
    await Promise.all(Array.from({ length: 8 }, () => lane(${cycles / 8})));
    console.log(JSON.stringify(await held()));
  }`;

const skip = process.platform !== 'linux' && 'what a process holds is read from /proc';

test('sessions that were streamed leave nothing behind', { skip }, async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--input-type=module', '--eval', program],
    { cwd: import.meta.dirname, timeout },
  );
  const [before, behind] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const told = `before ${before}, after ${cycles} more ${behind}`;
  console.log(told);
  // Twenty kilobytes that each of the few leaves would be eight megabytes; V8 keeps a few for itself.
  assert.ok(behind[0] - before[0] < 8_192, told);
  // Connections and idle threads come and go by a few.
  assert.ok(behind[1] < before[1] + 24 && behind[2] < before[2] + 24, told);
});
