// The packages as npm publishes them, installed without a registry into empty projects: ESM, CommonJS and TypeScript, run as
// they are and as bundles.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { platformName, platformOf } from '../../../bindings-node/scripts/platform.mjs';
import { binding, copyProgram, env, expected, folder, install, recipe, run } from './place.mjs';

/** @type {string[]} */
let tarballs;

/** The files of a folder, by their paths in it. */
const filesIn = (home) => readdirSync(home, { recursive: true }).map(String);

const REFUSAL =
  "const { Jules } = require('jules-sdk'); try { new Jules() } catch (error) { console.log(error.message) }";

/** What the loader says of the addon, in a Node with these flags. */
function refusal(home, ...flags) {
  return run(process.execPath, [...flags, '--no-warnings', '--eval', REFUSAL], home);
}

/** A project of its own that has the packages installed and our program in it. */
function project(name, program = name) {
  const home = join(folder, name);
  cpSync(join(folder, 'installed'), home, { recursive: true });
  copyProgram(program, home);
  return home;
}

before(() => {
  tarballs = run(process.execPath, [join(binding, 'scripts', 'pack.mjs'), folder]).split('\n');
  install('installed', ...tarballs);
});

describe('installed from their tarballs, the packages', () => {
  test('work in an ESM project, with the addon in its own package and nothing from this checkout', () => {
    const home = project('esm');
    assert.match(run(process.execPath, ['main.mjs'], home), expected);
    const installed = readdirSync(join(home, 'node_modules')).filter((name) => !name.startsWith('.'));
    assert.equal(installed.length, 2);
    const files = filesIn(join(home, 'node_modules', 'jules-sdk'));
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
    assert.throws(() => execFileSync(process.execPath, pack, { stdio: 'pipe' }), /no native addon for darwin-arm64/);
  });

  test('lack nothing that they point to', () => {
    const home = join(project('whole', 'cjs'), 'node_modules', 'jules-sdk');
    const dead = [];
    for (const file of filesIn(home)) {
      const [links, isThere] = file.endsWith('.md')
        ? [/\]\(([^)\s#]+)/g, (path) => /^https:/.test(path) || existsSync(path)]
        : [/(?:from|import\() ?["'](\.[^"']+)["']/g, (path) => existsSync(path) || existsSync(`${path}.d.ts`)];
      if (!/\.(md|d\.m?ts)$/.test(file)) continue;
      for (const [, path] of readFileSync(join(home, file), 'utf8').matchAll(links)) {
        const place = /^https:/.test(path) ? path : join(home, dirname(file), path);
        if (!isThere(place)) dead.push(`${file}: ${path}`);
      }
    }
    assert.deepEqual(dead, []);
    for (const name of ['jules-sdk', `jules-sdk-${platformName()}`]) {
      const manifest = JSON.parse(readFileSync(join(home, '..', name, 'package.json'), 'utf8'));
      for (const field of ['repository', 'homepage', 'bugs', 'license'])
        assert.ok(manifest[field], `${name}: ${field}`);
    }
  });

  test('say what to do where the platform’s package is missing', () => {
    const [, sdk] = tarballs;
    const home = install('alone', '--omit=optional', sdk);
    const name = `jules-sdk-${platformName()}`;
    assert.match(refusal(home), new RegExp(`package ${name} is not installed.* without --omit=optional`));
  });

  test('say why the addon can’t be loaded where it is there', () => {
    const home = project('refused', 'cjs');
    const [permission] = ['--permission', '--experimental-permission'].filter((flag) =>
      process.allowedNodeEnvironmentFlags.has(flag),
    );
    assert.match(refusal(home, '--no-addons'), /started with --no-addons/);
    assert.match(refusal(home, permission, '--allow-fs-read=*'), /permission model forbids native addons/);
    const addon = `jules-sdk-${platformName()}`;
    const file = join(home, 'node_modules', addon, `jules.${platformName()}.node`);
    truncateSync(file, 20);
    assert.match(refusal(home), new RegExp(`the file of ${addon} is damaged.* install again`));
    chmodSync(file, 0);
    // Root may read everything.
    const user = 'if (process.getuid?.() === 0) process.setuid(65534);';
    const said = run(process.execPath, ['--eval', `${user} ${REFUSAL}`], home);
    assert.match(said, new RegExp(`the file of ${addon} may not be read or loaded .* the user of this process`));
    rmSync(file);
    assert.match(refusal(home), new RegExp(`${addon} is incomplete.* install again`));
  });
});

describe('in a bundle that the guide tells how to make, the packages', () => {
  const recipes = ['esbuild', 'ncc'].flatMap((bundler) => recipe(bundler).commands);

  test('have a recipe for each bundler and module system', () => {
    assert.equal(recipes.length, 3);
  });

  for (const [place, command] of recipes.entries()) {
    const [, bundler, program] = /^(\w+) (?:build )?(\S+)/.exec(command);
    test(`work with nothing but the bundle: ${bundler} ${program}`, () => {
      const home = project(`bundle-${place}`, program === 'main.cjs' ? 'cjs' : 'esm');
      run('sh', ['-c', command], home);
      // Elsewhere, so that no node_modules are found.
      const alone = join(folder, `bundled-${place}`);
      cpSync(join(home, 'out'), alone, { recursive: true });
      const main = ['main.js', 'main.mjs', 'index.mjs'].find((file) => existsSync(join(alone, file)));
      assert.match(run(process.execPath, [main], alone), expected);

      for (const file of filesIn(alone).filter((file) => file.endsWith('.node'))) rmSync(join(alone, file));
      assert.throws(
        () => execFileSync(process.execPath, [main], { cwd: alone, env, stdio: 'pipe' }),
        /the addon of jules-sdk-[\w-]+ is not beside the bundle/,
      );
    });
  }
});
