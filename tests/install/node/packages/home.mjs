// Where these tests are at home: a folder that `.dev/run node packages` has made, with all tools and our packages installed from
// their tarballs. A project is a folder in it, as in a workspace of npm's.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { platformName } from '../../../../bindings-node/scripts/platform.mjs';
import { copyProgram, folder, recipe, run } from '../place.mjs';

/** What the command has passed on. */
function passed(name) {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run this by \`.dev/run node packages\``);
  return value;
}

export const home = passed('JULES_TEST_PACKAGES');
/** The tarballs of `jules-sdk` and `jules-emulator`, each behind its native part. */
export const tarballs = passed('JULES_TEST_TARBALLS').split('\n');
/** Commands by the names of their packages, such as `node@22.23.3`; or why there is none. */
export const runtimes = JSON.parse(passed('JULES_TEST_RUNTIMES'));
/** What is asked for of a package, of those that are installed here. */
export const versionOf = (name) =>
  JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).devDependencies[name];

/** Runs a command line in a project. */
export function shell(line, place, more = {}) {
  return run('sh', ['-c', line], place, { PATH: `${home}/node_modules/.bin:${process.env.PATH}`, ...more });
}

/** A project with one of our programs and these files. */
export function project(name, program, files = {}) {
  const place = join(home, 'projects', name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  if (program !== undefined) copyProgram(program, place);
  const about = { name, private: true };
  for (const [path, text] of Object.entries({ 'package.json': JSON.stringify(about), ...files })) {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    writeFileSync(join(place, path), text);
  }
  return place;
}

/** A project made after the guide's recipe of this heading, with its commands done. */
export function cooked(heading, program) {
  const { files, commands } = recipe(heading);
  const place = project(heading.toLowerCase().replace(/\W+/g, '-'), program, files);
  // Nobody shall get used to warnings.
  for (const command of commands) assert.doesNotMatch(shell(`${command} 2>&1`, place), /warning/i);
  return place;
}

/** What a bundler has written, elsewhere: with our packages beside it, or with nothing. */
export function deployed(place, kind) {
  const elsewhere = join(folder, `deployed-${place.split('/').at(-1)}`);
  cpSync(join(place, 'out'), join(elsewhere, 'out'), { recursive: true });
  if (kind === 'alone') return elsewhere;
  mkdirSync(join(elsewhere, 'node_modules'));
  for (const name of ['jules-sdk', `jules-sdk-${platformName()}`])
    symlinkSync(join(home, 'node_modules', name), join(elsewhere, 'node_modules', name));
  return elsewhere;
}
