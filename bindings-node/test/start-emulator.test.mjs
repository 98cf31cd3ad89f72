// The npm package that starts an emulator for tests, here with this checkout's program.
import './emulator.mjs';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Jules } from 'jules-sdk';
import { emulatorAt, startEmulator } from '../../tests/emulator/npm/dist/index.js';
import { eventually } from './client.mjs';

const place = mkdtempSync(join(tmpdir(), 'jules-start-'));
after(() => rmSync(place, { recursive: true }));
const source = { github: 'octocat/hello-world' };

/** Whether an emulator is there. A process that has ended may still be listed. */
const answers = ({ JULES_BASE_URL: url }) =>
  emulatorAt(url)
    .control('GET', 'traffic')
    .then(
      () => true,
      () => false,
    );

/** A program that starts an emulator and says where, then does this. */
function program(rest = '') {
  const code = `
    const { startEmulator } = require(${JSON.stringify(createRequire(import.meta.url).resolve('../../tests/emulator/npm/dist/index.js'))});
    startEmulator().then(({ env }) => { console.log(JSON.stringify(env)); ${rest} });
  `;
  return spawn(process.execPath, ['--eval', code], { stdio: ['ignore', 'pipe', 'inherit'] });
}

describe('startEmulator', () => {
  test('gives what a client needs, and ends it with its directory', async () => {
    const emulator = await startEmulator({ scenario: 'quick', seed: 1, flags: ['--concurrent', '1'] });
    const jules = new Jules(emulator.options);
    assert.equal((await jules.run({ prompt: 'Fix it', source })).state, 'completed');
    await jules.close();
    const journal = await emulator.control('GET', 'journal');
    assert.equal(journal.filter(({ operation }) => operation === 'sessions.create').length, 1);
    const { JULES_CACHE_DIR: directory = '', ...env } = emulator.env;
    assert.deepEqual(env, { JULES_API_KEY: 'any', JULES_BASE_URL: emulator.url });
    assert.ok(existsSync(directory));
    await Promise.all([emulator.stop(), emulator.stop()]);
    assert.deepEqual([await answers(emulator.env), existsSync(directory)], [false, false]);
    await emulator.stop();
  });

  test('takes scenarios from files, and the first is the default', async () => {
    const file = join(place, 'mine.yaml');
    writeFileSync(file, 'name: mine\ntitle: Mine\nsteps:\n  - failed: no luck\n');
    const emulator = await startEmulator({ scenario: [file, 'quick'] });
    const jules = new Jules(emulator.options);
    const { state, failureReason } = await jules.run({ prompt: 'Fix it', source });
    assert.deepEqual([state, failureReason], ['failed', 'no luck']);
    assert.equal((await jules.run({ prompt: '[scenario:quick] Fix it', source })).state, 'completed');
    await jules.close();
    await emulator.stop();
  });

  test('is found by its URL from elsewhere, and refuses what it does not know', async () => {
    const emulator = await startEmulator();
    const same = emulatorAt(emulator.url);
    assert.deepEqual(same.options, emulator.options);
    await assert.rejects(same.control('GET', 'nothing'), /^Error: GET nothing: 404/);
    await emulator.stop();
  });

  test('keeps no process alive, and leaves nothing behind', async () => {
    const child = program();
    const env = JSON.parse(String((await once(child.stdout, 'data'))[0]));
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
    await eventually('the emulator ends', async () => !(await answers(env)));
    assert.ok(!existsSync(env.JULES_CACHE_DIR));
  });

  test('ends with the process that started it, however that ends', async () => {
    const child = program('setInterval(() => {}, 1000);');
    const env = JSON.parse(String((await once(child.stdout, 'data'))[0]));
    child.kill('SIGKILL');
    await eventually('the emulator ends', async () => !(await answers(env)));
    rmSync(env.JULES_CACHE_DIR, { recursive: true });
  });
});

describe('an emulator that can’t be started says why', () => {
  const refusal = (options = {}) =>
    startEmulator(options).then(
      () => assert.fail('it was started'),
      (error) => error.message,
    );
  /** With JULES_EMULATOR_BIN as this. */
  const refused = async (binary) => {
    const before = process.env.JULES_EMULATOR_BIN;
    process.env.JULES_EMULATOR_BIN = binary;
    try {
      return await refusal();
    } finally {
      process.env.JULES_EMULATOR_BIN = before;
    }
  };

  test('a bad scenario, a bad flag: what the program says', async () => {
    assert.match(await refusal({ scenario: 'nope' }), /ended with code 2 before it was ready\. .*no scenario 'nope'/);
    assert.match(await refusal({ flags: ['--bad'] }), /invalid option '--bad'/);
  });

  test('a program that is missing, or may not be executed', async () => {
    assert.match(
      await refused(join(place, 'none')),
      /cannot start .*none: .*ENOENT\. It is missing.* JULES_EMULATOR_BIN says so/,
    );
    const file = join(place, 'plain');
    writeFileSync(file, 'no program', { mode: 0o644 });
    assert.match(await refused(file), /cannot start .*plain: .*EACCES\. Make it executable, .*noexec/);
  });

  test('no package of this platform', async () => {
    assert.match(
      await refused(''),
      /no package for \w+-\w+ is installed\. Build it with `cargo build -p jules-emulator`/,
    );
  });
});
