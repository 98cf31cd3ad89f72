// What people read is true: every snippet of the README and the guides runs, as it stands.
// Only which scenario the emulator's agent plays is put in where it is asked something: it must not have ended before.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Jules } from 'jules-sdk';
import { control, startEmulator, wire } from './emulator.mjs';

const home = fileURLToPath(new URL('..', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'jules-pages-'));
const emulator = await startEmulator();
after(() => {
  emulator.stop();
  rmSync(place, { recursive: true });
});
mkdirSync(join(place, 'node_modules'));
symlinkSync(home, join(place, 'node_modules/jules-sdk'));
symlinkSync(join(home, '../tests/emulator/npm'), join(place, 'node_modules/jules-emulator'));

// The session that the pages speak of.
await control('POST', 'sessions', { id: '123', title: 'Fix it', state: 'IN_PROGRESS' }, emulator.url);
const plan = { originator: 'agent', planGenerated: { plan: { id: 'p', steps: [{ id: 's', title: 'Look around' }] } } };
const activities = [plan, wire.message('Done.'), wire.completed()];
await control('POST', 'append', { session: '123', state: 'COMPLETED', activities }, emulator.url);

/** What is told to be an error there. */
const expected = { 'octocat/nowhere': /Is the Jules app installed/ };

// The guide for many machines has programs of its own, which the examples' tests run.
const read = (page) => readFileSync(join(home, page), 'utf8');
const guides = readdirSync(join(home, '../docs'))
  .filter((name) => name.endsWith('.md') && name !== 'many-machines.md')
  .map((name) => `../docs/${name}`)
  .filter((page) => read(page).includes('```js'));
const emulators = ['../tests/emulator/README.md', '../tests/emulator/npm/README.md'];
const pages = ['README.md', 'GUIDE.md', 'TESTING.md', ...guides, ...emulators];
for (const [number, page] of pages.entries()) {
  const text = read(page);
  // What is the file of a project is run as one: tests/install/node/packages.
  const blocks = [...text.matchAll(/^```js\n(?!\/\/ \S+\.\w+\n)(.*?)^```/gms)].map(([, code = '']) => code);
  describe(page, { concurrency: true }, () => {
    assert.ok(blocks.length > (page.startsWith('..') ? 0 : 2));
    for (const [index, code] of blocks.entries()) {
      const [line = ''] = code.split('\n').filter((one) => one && !one.startsWith('import'));
      test(`snippet ${index + 1}: ${line}`, async () => {
        const file = join(place, `${number}-${index}.mjs`);
        writeFileSync(file, code.includes('.ask(') ? code.replace("prompt: '", "prompt: '[scenario:demo] ") : code);
        // A page's own tests say by themselves how they went.
        const { NODE_TEST_CONTEXT: _, ...around } = process.env;
        const env = {
          ...around,
          JULES_API_KEY: 'any',
          JULES_BASE_URL: emulator.url,
          JULES_CACHE_DIR: join(place, `cache-${number}-${index}`),
        };
        const ran = promisify(execFile)(process.execPath, [file], { cwd: place, env, timeout: 60_000 });
        const { stderr } = await ran;
        const known = Object.entries(expected).find(([mark]) => code.includes(mark));
        assert.match(stderr, known?.[1] ?? /^$/);
      });
    }
  });
}

test('the query that QUERY.md shows finds what it says', async () => {
  const [, json = ''] = /^```json\n(.*?)^```/ms.exec(read('../core/QUERY.md')) ?? [];
  const query = JSON.parse(json);
  // Of its own: there is nothing else to sync.
  const own = await startEmulator();
  const jules = new Jules({ ...own.options, cache: false });
  try {
    const bash = (output) => ({ bashOutput: { command: 'cargo test "unit   test"', output, exitCode: 1 } });
    const run = (output) => wire.progress('Running', [bash(output)]);
    await own.control('POST', 'sessions', { id: '321', title: 'Test it', state: 'COMPLETED' });
    await own.control('POST', 'append', {
      session: '321',
      activities: [run('one'), wire.message('Well.'), run('two')],
    });
    await jules.sync({ depth: 'activities' });
    const rows = await jules.select({ ...query, startAfter: null });
    assert.deepEqual(
      rows.map(({ id, ...row }) => [typeof id, row]),
      Array(2).fill([
        'string',
        { sessionId: '321', artifacts: [{ command: 'cargo test "unit   test"' }], session: { title: 'Test it' } },
      ]),
    );
    assert.deepEqual(await jules.select({ ...query, startAfter: rows[0]?.id }), [rows[1]]);
  } finally {
    await jules.close();
    own.stop();
  }
});
