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
    exportsOf(join(dirname(file), `${path.replace(/\.js$/, '')}.d.ts`)),
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
