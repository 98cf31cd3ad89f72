// The guide's recipes for bundlers, run where nothing else is than what they have made. esbuild and ncc: install.test.mjs.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { expected } from '../place.mjs';
import { cooked, deployed, project, shell } from './home.mjs';

/** How the bundles of each recipe are run, and whether the package is in them or beside them. */
const BUNDLES = {
  webpack: ['alone', 'node out/main.cjs'],
  Rollup: ['beside', 'node out/main.mjs'],
  Vite: ['beside', 'node out/main.mjs'],
  'Rollup and Vite, all in the bundle': ['alone', 'node out/rollup/main.mjs', 'node out/vite/main.mjs'],
  Bun: ['alone', './out/program'],
};

describe('bundled after the guide’s recipe', () => {
  for (const [heading, [kind, ...commands]] of Object.entries(BUNDLES)) {
    test(`with ${heading}, the package works ${kind === 'alone' ? 'and needs nothing' : 'with itself beside it'}`, () => {
      const place = deployed(cooked(heading, 'esm'), kind);
      for (const command of commands) assert.match(shell(command, place), expected);
    });
  }

  test('for VS Code, an extension works in a host that loads it as CommonJS', () => {
    const place = deployed(cooked('VS Code'), 'alone');
    const host = `
      const { createRequire } = require('node:module');
      const Module = require('node:module');
      const load = Module._load;
      const commands = {};
      const vscode = {
        commands: { registerCommand: (name, run) => ((commands[name] = run), { dispose() {} }) },
        window: { showInformationMessage: (text) => console.log(text) },
      };
      Module._load = (request, ...rest) => (request === 'vscode' ? vscode : load(request, ...rest));
      const extension = createRequire(process.cwd() + '/')('./out/extension.js');
      const context = { subscriptions: [] };
      extension.activate(context);
      commands['jules.fix']().then(() => Promise.all(context.subscriptions.map((one) => one.dispose())));
    `;
    assert.equal(shell(`node --eval "$HOST"`, place, { HOST: host }), 'completed');
  });
});

describe('bundled in a way that loses the addon, the package says so', () => {
  test('with webpack, where the addon was not deployed', () => {
    const place = deployed(cooked('webpack', 'esm'), 'alone');
    for (const file of readdirSync(join(place, 'out')).filter((name) => name.endsWith('.node')))
      rmSync(join(place, 'out', file));
    assert.throws(
      () => shell('node out/main.cjs', place),
      /^Error: cannot load the native addon of jules-sdk .*Bundlers/m,
    );
  });

  test('with esbuild as ES modules, without a require', () => {
    const place = project('esbuild-without', 'esm');
    const flags = '--bundle --platform=node --format=esm --outfile=out/main.mjs --loader:.node=copy';
    shell(`esbuild main.mjs ${flags} --log-level=error`, place);
    assert.throws(() => shell('node out/main.mjs', place), /the bundle has no require.*"Bundlers" in its GUIDE/);
  });
});
