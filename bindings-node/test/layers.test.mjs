// The TypeScript has floors: a module imports, be it only types, from its own floor or from below, and no two modules import
// each other, not even in a ring. `tests/conformance/tests/layers.rs` says the same of the Rust halves.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../ts', import.meta.url));

/** From the ground up; a folder stands for all modules in it that aren't named themselves. */
const FLOORS = [
  ['values/prototype', 'values/no-session', 'errors/stack', 'native/binding', 'native/signals', 'inspect'],
  // Types alone, and what makes errors of plain data.
  ['values', 'options', 'queue-options', 'errors'],
  ['native'],
  // Values with their methods, which call the addon.
  ['values/revive', 'values/long', 'values/pieces', 'errors/thrown'],
  ['native/call', 'values/snapshot', 'values/from-json'],
  [
    'stream',
    'query',
    'lists',
    'work',
    'all',
    'all-result',
    'sync',
    'session',
    'run',
    'task',
    'queue-work',
    'queue',
    'client',
    'official',
  ],
  ['index'],
  ['types'],
];

/** What each module imports: `{ 'native/call': ['errors/thrown', …], … }`. */
function importsOf(/** @type {Record<string, string>} */ sources) {
  const imports = /** @type {Record<string, string[]>} */ ({});
  for (const [module, text] of Object.entries(sources)) {
    const found = text.matchAll(/(?:\bfrom|\bimport|\brequire\()\s*\(?'(\.[^']*)'/g);
    const paths = [...found].map(([, path = '']) => posix.join(posix.dirname(module), path.replace(/\.js$/, '')));
    imports[module] = [...new Set(paths)].sort();
  }
  return imports;
}

/** A ring of imports, as its modules in order. */
function ring(/** @type {Record<string, string[]>} */ imports) {
  const done = new Set();
  const walk = (/** @type {string} */ module, /** @type {string[]} */ way) => {
    if (way.includes(module)) return [...way.slice(way.indexOf(module)), module].join(' → ');
    if (done.has(module)) return undefined;
    done.add(module);
    for (const other of imports[module] ?? []) {
      const found = walk(other, [...way, module]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  for (const module of Object.keys(imports)) {
    const found = walk(module, []);
    if (found !== undefined) return found;
  }
  return undefined;
}

const files = readdirSync(source, { recursive: true }).map(String);
// `index.mts` is the other face of `index.ts`.
const modules = files.filter((file) => /\.ts$/.test(file)).map((file) => file.replace(/(\.d)?\.ts$/, ''));
const text = (module) =>
  readFileSync(join(source, `${module}${files.includes(`${module}.ts`) ? '' : '.d'}.ts`), 'utf8');
const imports = importsOf(Object.fromEntries(modules.map((module) => [module.replaceAll('\\', '/'), text(module)])));

test('modules import from their floor or below', () => {
  assert.ok(modules.length > 30, `only ${modules.length} modules were read`);
  const floorOf = (module) => {
    const exact = FLOORS.findIndex((rooms) => rooms.includes(module));
    return exact >= 0 ? exact : FLOORS.findIndex((rooms) => rooms.includes(posix.dirname(module)));
  };
  const wrong = [];
  for (const [module, imported] of Object.entries(imports)) {
    if (floorOf(module) < 0) wrong.push(`${module} has no floor`);
    for (const other of imported) {
      if (!(other in imports)) wrong.push(`${module} imports ${other}, which is not there`);
      if (floorOf(other) > floorOf(module)) wrong.push(`${module} imports ${other}, which is above it`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('no modules import each other', () => {
  assert.equal(ring(imports), undefined);
});

test('a ring is found, through types too', () => {
  const sources = {
    'errors/made': "import type { Outcome } from '../values/revive';\nimport { join } from 'node:path';",
    'native/call': "import {\n  made,\n  type Made,\n} from '../errors/made';",
    'values/revive': "export * from '../native/call';",
  };
  assert.equal(ring(importsOf(sources)), 'errors/made → values/revive → native/call → errors/made');
});
