// Makes one file of the package's JavaScript, `dist/index.js`: Node finds, reads and compiles each file for itself, and with fifty
// of them that was more than half of what a `require` takes. What the compiler wrote beside it stays for the tests, and isn't packed.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const home = join(import.meta.dirname, '..');

/** A file of its own: by where it is found, stack traces know our frames, and the loader whether somebody has bundled us. */
const apart = {
  name: 'apart',
  setup(/** @type {import('esbuild').PluginBuild} */ { onResolve }) {
    onResolve({ filter: /[\\/]stack$/ }, () => ({ path: './errors/stack.js', external: true }));
  },
};

await build({
  entryPoints: [join(home, 'ts/index.ts')],
  outfile: join(home, 'dist/index.js'),
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // The addons' packages stay the literals that other bundlers follow.
  external: ['jules-sdk-*'],
  plugins: [apart],
  // That the package may be dropped where nobody uses it says nothing of its parts.
  ignoreAnnotations: true,
  logLevel: 'warning',
});

// Before ES modules import from one of CommonJS, Node reads all of it in search of its names: of this small one instead, which took
// half as long.
const [all, entry] = [join(home, 'dist/index.js'), join(home, 'dist/index.mjs')];
const names = Object.keys(createRequire(import.meta.url)(all));
const lines = names.map((name) => `exports.${name} = it.${name};\n`);
writeFileSync(join(home, 'dist/names.js'), `'use strict';\nconst it = require('./index.js');\n${lines.join('')}`);
const written = readFileSync(entry, 'utf8').replace("'./index.js';", "'./names.js';");
if (!written.includes("'./names.js';")) {
  throw new Error(`${entry} imports neither './index.js' nor './names.js'`);
}
writeFileSync(entry, written);
