// Whoever comes from the official SDK: its exports are all accounted for, and its README's snippets run here.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as ours from 'jules-sdk';
import { control, startEmulator } from './emulator.mjs';
import { snippets } from './official-readme.mjs';

const home = fileURLToPath(new URL('..', import.meta.url));
const official = join(home, 'node_modules/@google/jules-sdk');

/** The names that a declaration file exports, also those that it passes on from others. */
function exportsOf(file) {
  const text = readFileSync(file, 'utf8').replace(/\/\*.*?\*\//gs, '');
  const passedOn = [...text.matchAll(/export (?:type )?\* from '(.+?)'/g)].map(([, path = '']) =>
    exportsOf(join(dirname(file), `${path.replace(/\.js$/, '')}.d.mts`)),
  );
  const listed = [...text.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names = '']) => names.split(','));
  const declared = [
    ...text.matchAll(/export (?:declare )?(?:abstract )?(?:const|function|class|interface|type|enum) (\w+)/g),
  ].map(([, name = '']) => name);
  const names = listed
    .map((name) =>
      name
        .replace(/^.* as /s, '')
        .replace('type ', '')
        .trim(),
    )
    .filter(Boolean);
  return new Set([...passedOn.flatMap((some) => [...some]), ...names, ...declared]);
}

describe('the table of exports', () => {
  const page = readFileSync(join(home, 'MIGRATION.md'), 'utf8');
  const rows = [...String(page.split('## Export by export').at(-1)).matchAll(/^\| `(\w+)` +\| (?:`(\w+)`|–) +\|/gm)];
  const theirs = exportsOf(join(official, 'dist/index.d.ts'));
  const known = exportsOf(join(home, 'dist/index.d.ts'));

  test('has every export of the official SDK once, and nothing else', () => {
    assert.equal(JSON.parse(readFileSync(join(official, 'package.json'), 'utf8')).version, '0.2.0');
    assert.ok(theirs.size > 80);
    assert.deepEqual(rows.map(([, name]) => name).sort(), [...theirs].sort());
  });

  test('points to nothing that isn’t here', () => {
    for (const [, name, here] of rows) assert.ok(here === undefined || known.has(here), `${name} → ${here}`);
  });

  test('misses none that has the same name here', () => {
    for (const [, name, here] of rows) assert.equal(here === name, known.has(name), String(name));
  });

  test('a value there that has the same name here is a value too, or said to be a type', async () => {
    const values = Object.keys(await import('@google/jules-sdk'));
    assert.ok(values.length > 20);
    for (const name of values.filter((name) => known.has(name) && !Object.hasOwn(ours, name)))
      assert.match(page, new RegExp(`^\\| \`${name}\` .*\\ba type\\b`, 'm'), name);
  });
});

describe('the official README', async () => {
  const place = mkdtempSync(join(tmpdir(), 'jules-migration-'));
  const emulator = await startEmulator();
  after(() => {
    emulator.stop();
    rmSync(place, { recursive: true });
  });
  mkdirSync(join(place, 'screenshots'));
  mkdirSync(join(place, 'node_modules'));
  symlinkSync(home, join(place, 'node_modules/jules-sdk'));
  for (const name of ['davideast/dataprompt', 'your-org/your-repo', 'user/repo', 'my-org/my-project']) {
    const [owner, repo] = name.split('/');
    const branches = ['main', 'develop'];
    await control('POST', 'sources', { owner, repo, isPrivate: false, branches }, emulator.url);
  }

  const blocks = [
    ...readFileSync(join(official, 'README.md'), 'utf8').matchAll(/^```(?:ts|typescript|javascript)\n(.*?)^```/gms),
  ].map(([, code = '']) => code);

  test('has no snippet that isn’t run here', () => assert.equal(blocks.length, snippets.length));

  for (const [index, { about, before = '', edits = [], prints }] of snippets.entries()) {
    test(`${about}, its import line changed`, async () => {
      let code = (blocks[index] ?? '').replaceAll("'@google/jules-sdk'", "'jules-sdk'");
      for (const { from, to } of edits) {
        assert.ok(code.includes(from), `the snippet has no ${from}`);
        code = code.replaceAll(from, to);
      }
      if (!code.includes("from 'jules-sdk'")) code = `import { jules } from 'jules-sdk';\n${before}${code}`;
      else code = code.replace(/(^import .*? from '.*?';\n)(?!import)/ms, `$1${before}`);
      const file = join(place, `snippet-${index}.mjs`);
      writeFileSync(file, code);
      const cache = join(place, `cache-${index}`);
      const env = { ...process.env, JULES_API_KEY: 'any', JULES_BASE_URL: emulator.url, JULES_CACHE_DIR: cache };
      const { stdout } = await promisify(execFile)(process.execPath, [file, 'What now?'], {
        cwd: place,
        env,
        timeout: 60_000,
      });
      assert.match(stdout, prints);
    });
  }
});

/** What programs print, and whether the official SDK's own types accept them too. */
const PROGRAMS = {
  run: { prints: /^completed https:.*\n(.+ (created|modified) true\n)+not there true\n$/, official: false },
  session: { prints: /^true\n\[AGENT\] true\ncompleted true\n$/, official: true },
  plan: { prints: /^awaitingPlanApproval\n(\d true .*\n)+completed .+\n$/, official: false },
  stream: { prints: /plan of true\n[\s\S]*true \S+\n[\s\S]*sessionCompleted\n$/, official: true },
  all: { prints: /^3\n$/, official: true },
  outcomes: { prints: /^(completed true true\n){2}(completed\n){2}$/, official: false },
};

describe('programs of the official SDK, with only the import line changed', async () => {
  const place = mkdtempSync(join(tmpdir(), 'jules-programs-'));
  const emulator = await startEmulator();
  after(() => {
    emulator.stop();
    rmSync(place, { recursive: true });
  });
  await control('POST', 'sources', { owner: 'user', repo: 'repo', isPrivate: false, branches: ['main'] }, emulator.url);
  mkdirSync(join(place, 'node_modules'));
  symlinkSync(home, join(place, 'node_modules/jules-sdk'));
  symlinkSync(join(home, 'node_modules/@types'), join(place, 'node_modules/@types'));

  const names = Object.keys(PROGRAMS);
  for (const name of names) {
    const code = readFileSync(join(home, 'test/programs', `${name}.mts`), 'utf8');
    assert.equal(code.split('@google/jules-sdk').length, 2, name);
    writeFileSync(join(place, `${name}.mts`), code.replace('@google/jules-sdk', 'jules-sdk'));
  }
  const tsc = (/** @type {string[]} */ ...files) =>
    promisify(execFile)(
      process.execPath,
      [
        join(home, 'node_modules/typescript/bin/tsc'),
        ...['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noUnusedLocals'],
        ...['--target', 'es2022', '--module', 'nodenext', '--types', 'node', '--skipLibCheck', 'false', ...files],
      ],
      { cwd: place },
    );

  test('our types accept them strictly', { timeout: 60_000 }, async () => {
    await tsc(...names.map((name) => `${name}.mts`)).catch(({ stdout }) => assert.fail(stdout));
  });

  test('they are programs of the official SDK: its types accept those that only do what it does', async () => {
    const theirs = names
      .filter((name) => PROGRAMS[name].official)
      .map((name) => join(home, `test/programs/${name}.mts`));
    await tsc('--noEmit', ...theirs, '--skipLibCheck', 'true').catch(({ stdout }) => assert.fail(stdout));
  });

  for (const [name, { prints }] of Object.entries(PROGRAMS)) {
    test(`${name} runs`, async () => {
      const env = {
        ...process.env,
        JULES_API_KEY: 'any',
        JULES_BASE_URL: emulator.url,
        JULES_CACHE_DIR: join(place, name),
      };
      const { stdout } = await promisify(execFile)(process.execPath, [`${name}.mjs`], {
        cwd: place,
        env,
        timeout: 60_000,
      });
      assert.match(stdout, prints);
    });
  }
});
