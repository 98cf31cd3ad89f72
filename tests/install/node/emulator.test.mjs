// The emulator's npm packages, installed without a registry into empty projects.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { platformName, platformOf } from '../../../bindings-node/scripts/platform.mjs';
import { binding, emulator, emulatorProgram, env, folder, install, run } from './place.mjs';

describe('installed from its tarballs, the emulator', () => {
  /** A program that is quick to pack: it becomes this checkout's. */
  const script = () => {
    const file = join(folder, 'emulator');
    writeFileSync(file, `#!/bin/sh\nexec '${emulatorProgram}' "$@"\n`, { mode: 0o755 });
    return file;
  };
  const pack = (...words) => run(process.execPath, [join(emulator, 'pack.mjs'), ...words]).split('\n');

  test('is a command, and a helper for tests, in ESM, CommonJS and TypeScript', () => {
    const home = install('emulator-installed', ...pack(folder, script()));
    const { version } = JSON.parse(readFileSync(join(binding, 'package.json'), 'utf8'));
    const command = join(home, 'node_modules', '.bin', 'jules-emulator');
    assert.equal(run(command, ['--version'], home), `jules-emulator ${version}`);
    const bad = spawnSync(command, ['--bad'], { cwd: home, env, encoding: 'utf8' });
    assert.deepEqual([bad.status, bad.stderr], [2, "jules-emulator: invalid option '--bad'\nTry --help.\n"]);
    const steps = 'startEmulator().then(async ({ url, stop }) => { console.log(url); await stop(); })';
    for (const [kind, entry] of Object.entries({
      module: "import { startEmulator } from 'jules-emulator';",
      commonjs: "const { startEmulator } = require('jules-emulator');",
    }))
      assert.match(run(process.execPath, [`--input-type=${kind}`, '--eval', `${entry} ${steps}`], home), /^http:\/\//);
    const typed = "import { startEmulator, type StartedEmulator } from 'jules-emulator';\n";
    writeFileSync(
      join(home, 'main.mts'),
      `${typed}const started: StartedEmulator = await startEmulator({ speed: 1 });\nvoid started;\n`,
    );
    const types = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck', 'false'];
    const roots = ['--typeRoots', join(binding, 'node_modules', '@types'), '--types', 'node'];
    run(process.execPath, [join(binding, 'node_modules/typescript/bin/tsc'), ...types, ...roots, 'main.mts'], home);
  });

  test('ends with the signal that ends its command', async () => {
    const home = install('emulator-signals', ...pack(folder, script()));
    const child = spawn(join(home, 'node_modules', '.bin', 'jules-emulator'), {
      cwd: home,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  test('says what to do where the platform’s package is missing', () => {
    const home = install('emulator-alone', '--omit=optional', String(pack(folder, script()).at(-1)));
    const { status, stderr } = spawnSync(join(home, 'node_modules', '.bin', 'jules-emulator'), {
      cwd: home,
      env,
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`one of jules-emulator-${platformName()}: install again without --omit=optional`));
  });

  test('is one package for each platform in a release, all of them optional dependencies', () => {
    const programs = join(folder, 'programs');
    mkdirSync(programs);
    const platforms = JSON.parse(readFileSync(join(binding, 'package.json'), 'utf8')).napi.targets.map(platformOf);
    const fileOf = (platform) => `jules-emulator-${platform}${platform.startsWith('win32') ? '.exe' : ''}`;
    for (const platform of platforms) writeFileSync(join(programs, fileOf(platform)), 'a program');
    const packed = pack(join(folder, 'emulator-release'), '--programs', programs);
    assert.equal(packed.length, platforms.length + 1);
    const { optionalDependencies } = JSON.parse(run('tar', ['-xOf', packed.at(-1), 'package/package.json']));
    assert.deepEqual(
      Object.keys(optionalDependencies),
      platforms.map((platform) => `jules-emulator-${platform}`),
    );
    rmSync(join(programs, fileOf('win32-x64-msvc')));
    assert.throws(
      () => pack(join(folder, 'emulator-release'), '--programs', programs),
      /no program for win32-x64-msvc/,
    );
  });
});
