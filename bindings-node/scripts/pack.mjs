// Packs what is built as npm publishes it: `jules-sdk`, and each addon as a package of its own for its platform.
//
//     node pack.mjs DIR                    for this platform, with the addon that is built here
//     node pack.mjs DIR --addons FOLDER    for all platforms, with the addons that a release has built on each of them
//     node pack.mjs DIR --without-addon    `jules-sdk` alone, to look at
//
// It prints the tarballs' paths, one a line, in the order in which they are to be published.
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PLATFORMS, packAll } from './packages.mjs';
import { platformName } from './platform.mjs';

const home = join(import.meta.dirname, '..');
const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { addons: { type: 'string' }, 'without-addon': { type: 'boolean', default: false } },
});
// Of the JavaScript, what the bundle isn't made of: the entries, and what it leaves apart.
const modules = ['index.js', 'index.mjs', 'names.js', 'types.js', 'types.mjs', join('errors', 'stack.js')];
const built = readdirSync(join(home, 'dist'), { recursive: true, encoding: 'utf8' })
  .filter((name) => modules.includes(name) || /\.d\.m?ts$/.test(name))
  .map((name) => join('dist', name));
const packed = packAll({
  home,
  contents: [...built, 'README.md', 'GUIDE.md', 'MIGRATION.md', 'TESTING.md'],
  native: {
    about: 'native addon',
    fileOf: (platform) => `jules.${platform}.node`,
    folder: resolve(flags.addons ?? home),
  },
  platforms: flags.addons === undefined ? [platformName()] : PLATFORMS,
  output: positionals[0] ?? '.',
  alone: flags['without-addon'],
});
process.stdout.write(`${packed.join('\n')}\n`);
