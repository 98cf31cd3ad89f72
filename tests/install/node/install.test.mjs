// The packages as npm publishes them, installed without a registry into empty projects: ESM, CommonJS and TypeScript.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { platformOf } from '../../../bindings-node/scripts/platform.mjs';
import { url } from '../../../bindings-node/test/emulator.mjs';

const binding = fileURLToPath(new URL('../../../bindings-node', import.meta.url));
const projects = fileURLToPath(new URL('projects', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'jules-install-'));
const env = { ...process.env, JULES_API_KEY: 'any', JULES_BASE_URL: url, JULES_CACHE_DIR: join(folder, 'cache') };
/** @type {string[]} */
let tarballs;

const run = (command, arguments_, cwd) => execFileSync(command, arguments_, { cwd, env, encoding: 'utf8' }).trim();

/** An empty project that has the packages installed and our program in it. */
function project(name) {
  const home = join(folder, name);
  mkdirSync(home);
  run('npm', ['init', '--yes', '--silent'], home);
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', ...tarballs], home);
  cpSync(join(projects, name), home, { recursive: true });
  return home;
}

before(() => {
  tarballs = run(process.execPath, [join(binding, 'scripts', 'pack.mjs'), folder]).split('\n');
});
after(() => rmSync(folder, { recursive: true }));

describe('installed from their tarballs, the packages', () => {
  const expected = /^completed https:\/\/github\.com\/octocat\/hello-world\/pull\/\d+ true$/;

  test('work in an ESM project, with the addon in its own package and nothing from this checkout', () => {
    const home = project('esm');
    assert.match(run(process.execPath, ['main.mjs'], home), expected);
    const installed = readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'));
    assert.equal(installed.length, 2);
    const files = readdirSync(join(home, 'node_modules', 'jules-sdk'), { recursive: true }).map(String);
    assert.deepEqual(
      files.filter((file) => /\.(node|rs)$|^(src|ts|test|node_modules)\b/.test(file)),
      [],
    );
    for (const file of ['README.md', 'LICENSE', 'dist/index.mjs', 'dist/index.d.mts'])
      assert.ok(files.includes(file), file);
  });

  test('work in a CommonJS project', () => {
    assert.match(run(process.execPath, ['main.cjs'], project('cjs')), expected);
  });

  test('have types for the strictest TypeScript project, and work in it', () => {
    const home = project('ts');
    const compiler = join(binding, 'node_modules', 'typescript', 'bin', 'tsc');
    try {
      run(process.execPath, [compiler, '--project', home], home);
    } catch (error) {
      assert.fail(/** @type {{ stdout: string }} */ (error).stdout);
    }
    assert.match(run(process.execPath, ['out/main.mjs'], home), expected);
    assert.equal(run(process.execPath, ['out/main.cjs'], home), '1 ConfigError');
  });

  test('are one for each platform in a release, all of them optional dependencies', () => {
    const addons = join(folder, 'addons');
    mkdirSync(addons);
    const { napi, version } = JSON.parse(readFileSync(join(binding, 'package.json'), 'utf8'));
    const platforms = napi.targets.map(platformOf);
    for (const platform of platforms) writeFileSync(join(addons, `jules.${platform}.node`), 'an addon');
    const pack = [join(binding, 'scripts', 'pack.mjs'), join(folder, 'release'), '--addons', addons];
    const packed = run(process.execPath, pack).split('\n');
    const manifestIn = (tarball) => JSON.parse(run('tar', ['-xOf', tarball, 'package/package.json']));
    const { optionalDependencies } = manifestIn(packed.at(-1));
    const names = platforms.map((platform) => `jules-sdk-${platform}`);
    assert.deepEqual(optionalDependencies, Object.fromEntries(names.map((name) => [name, version])));
    const musl = manifestIn(packed.find((tarball) => tarball.includes('linux-arm64-musl')));
    assert.deepEqual([musl.os, musl.cpu, musl.libc], [['linux'], ['arm64'], ['musl']]);
    rmSync(join(addons, 'jules.darwin-arm64.node'));
    assert.throws(() => execFileSync(process.execPath, pack, { stdio: 'pipe' }), /no addon for darwin-arm64/);
  });

  test('say what to do where the platform’s package is missing', () => {
    const home = join(folder, 'alone');
    mkdirSync(home);
    run('npm', ['init', '--yes', '--silent'], home);
    const [, sdk] = tarballs;
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', '--omit=optional', sdk], home);
    const program = "try { require('jules-sdk') } catch (error) { console.log(error.message) }";
    assert.match(run(process.execPath, ['--eval', program], home), /no native addon for .* without --omit=optional/);
  });
});
