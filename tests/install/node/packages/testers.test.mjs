// Test runners, after TESTING.md; first of all from an empty folder, in its three commands.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { folder, recipe, run } from '../place.mjs';
import { project, shell, tarballs, versionOf } from './home.mjs';

const { files, commands } = recipe('The emulator', 'TESTING.md');
const vitest = { 'fix.ts': String(files['fix.ts']), 'fix.test.ts': String(files['fix.test.ts']) };

test('a TypeScript project without Rust tests itself, from an empty folder, in three commands', () => {
  const place = join(folder, 'from-nothing');
  mkdirSync(place);
  for (const [path, text] of Object.entries(vitest)) writeFileSync(join(place, path), text);
  const three = String(commands[0]).split('\n');
  assert.deepEqual(three, ['npm init --yes', 'npm install jules-sdk jules-emulator vitest', 'npx vitest run']);
  // Not published yet: what the registry would give.
  const packages = [...tarballs, `vitest@${versionOf('vitest')}`].join(' ');
  const said = three.map((line) =>
    run(
      'sh',
      ['-c', line.replace('jules-sdk jules-emulator vitest', `--prefer-offline --no-audit --no-fund ${packages}`)],
      place,
      {
        CI: '1',
        NO_COLOR: '1',
      },
    ),
  );
  assert.match(String(said[2]), /Tests +2 passed/);
});

describe('the package and the emulator work', () => {
  for (const pool of ['forks', 'threads', 'vmThreads']) {
    test(`in Vitest's ${pool}`, () => {
      const place = project(`vitest-${pool}`, undefined, vitest);
      assert.match(shell(`vitest run --root . --pool ${pool}`, place, { NO_COLOR: '1' }), /Tests +2 passed/);
    });
  }

  test('in Vitest, with one emulator for all workers', () => {
    const place = project('vitest-setup', undefined, {
      'emulator.setup.ts': String(files['emulator.setup.ts']),
      'vitest.config.ts': "export default { test: { globalSetup: './emulator.setup.ts' } };\n",
      'environment.test.ts': `
        import { emulatorAt } from 'jules-emulator';
        import { jules } from 'jules-sdk';
        import { expect, test } from 'vitest';

        test('the client finds it', async () => {
          const outcome = await jules.run({ prompt: 'Fix it', source: { github: 'octocat/hello-world' } });
          expect(outcome.state).toBe('completed');
          const journal = await emulatorAt(String(process.env.JULES_BASE_URL)).control('GET', 'journal');
          expect(journal.filter(({ operation }) => operation === 'sessions.create').length).toBe(1);
        });
      `,
    });
    assert.match(shell('vitest run --root .', place, { NO_COLOR: '1' }), /Tests +1 passed/);
  });

  test('in Jest', () => {
    const place = project('jest', undefined, { 'fix.test.js': String(files['fix.test.js']) });
    assert.match(shell('jest --rootDir . --detectOpenHandles 2>&1', place), /Tests: +1 passed/);
  });
});
