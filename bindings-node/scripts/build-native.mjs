// Builds the addon with plain cargo, so that it shares the workspace's compiled dependencies (`napi build` always names
// a target, which has a folder of its own), puts it beside package.json and into the package of this platform, and writes
// the types of its exports.
//
//     node build-native.mjs [COMMAND] [--release] [--target TARGET]
//
// COMMAND is cargo's: `build`, unless it is `zigbuild`, which links for older systems.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { generateTypeDef } from '@napi-rs/cli';
import { platformName } from './platform.mjs';

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { release: { type: 'boolean', default: false }, target: { type: 'string' } },
});
const home = join(import.meta.dirname, '..');
const target = process.env.CARGO_TARGET_DIR ?? join(home, '..', 'target');

/** The sources as one word: what the generated types depend on. */
function fingerprint() {
  const hash = createHash('sha256').update(readFileSync(join(home, 'Cargo.toml')));
  for (const file of readdirSync(join(home, 'src')).sort())
    hash.update(file).update(readFileSync(join(home, 'src', file)));
  return hash.digest('hex').slice(0, 16);
}

/** Where napi-derive leaves the types while it compiles; one folder per state of the sources. */
function compile() {
  const sources = fingerprint();
  const types = join(target, 'napi-types', sources);
  mkdirSync(types, { recursive: true });
  const { status } = spawnSync(
    'cargo',
    [
      ...[positionals[0] ?? 'build', '--package', 'jules-node', '--quiet'],
      ...(flags.release ? ['--release'] : []),
      ...(flags.target ? ['--target', flags.target] : []),
    ],
    {
      cwd: join(home, '..'),
      stdio: 'inherit',
      env: {
        ...process.env,
        CARGO_TARGET_DIR: target,
        NAPI_TYPE_DEF_TMP_FOLDER: types,
        // Without it cargo would not compile again a crate that was compiled without types (by clippy, say).
        NAPI_FORCE_BUILD_JULES_NODE: existsSync(join(types, 'jules-node')) ? sources : `${sources}-anew`,
      },
    },
  );
  if (status !== 0) process.exit(status ?? 1);
  return types;
}

function writeIfChanged(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}

/** Replaces the addon in one step: a process that has the old one loaded keeps it. */
function install() {
  const library = { darwin: 'libjules_node.dylib', win32: 'jules_node.dll' }[process.platform] ?? 'libjules_node.so';
  const addon = join(home, `jules.${platformName()}.node`);
  // A target of its own has a folder of its own, without the version of glibc that zig is told.
  const folder = join(target, flags.target?.replace(/\.\d.*$/, '') ?? '', flags.release ? 'release' : 'debug');
  copyFileSync(join(folder, library), `${addon}.new`);
  renameSync(`${addon}.new`, addon);
  linkPackage(addon);
}

/** The addon as its platform's package, which is the only place where the loader looks. */
function linkPackage(addon) {
  const name = `jules-sdk-${platformName()}`;
  const folder = join(home, 'node_modules', name);
  writeIfChanged(join(folder, 'package.json'), `${JSON.stringify({ name, main: basename(addon) })}\n`);
  const file = join(folder, basename(addon));
  rmSync(`${file}.new`, { force: true });
  linkSync(addon, `${file}.new`);
  renameSync(`${file}.new`, file);
}

const types = compile();
const { dts } = await generateTypeDef({
  typeDefDir: types,
  cwd: home,
  dtsHeader: '// Generated from ../../src by `.dev/run node build`: the exports of the addon.\n',
});
// For the compiler, and for those who compile against the package: it writes no .d.ts that it only reads.
for (const folder of ['ts', 'dist']) writeIfChanged(join(home, folder, 'native', 'binding.d.ts'), dts);
install();
