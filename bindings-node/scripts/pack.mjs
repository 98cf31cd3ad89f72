// Packs what is built as npm publishes it: `jules-sdk`, and each addon as a package of its own for its platform, which the
// first has as an optional dependency (napi's convention).
//
//     node pack.mjs DIR                    for this platform, with the addon that is built here
//     node pack.mjs DIR --addons FOLDER    for all platforms, with the addons that a release has built on each of them
//     node pack.mjs DIR --without-addon    `jules-sdk` alone, to look at
//
// It prints the tarballs' paths, one a line, in the order in which they are to be published.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { platformName, platformOf } from './platform.mjs';

const home = join(import.meta.dirname, '..');
const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { addons: { type: 'string' }, 'without-addon': { type: 'boolean', default: false } },
});
const output = resolve(positionals[0] ?? '.');
const { devDependencies, scripts, napi, ...manifest } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
const license = [join(home, '..', 'LICENSE'), 'LICENSE'];

/** Lays out one package and packs it. */
function pack(stage, manifest, files) {
  const folder = join(stage, manifest.name);
  mkdirSync(folder, { recursive: true });
  for (const [from, to] of files) cpSync(from, join(folder, to), { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const arguments_ = ['pack', '--silent', '--pack-destination', output];
  const name = execFileSync('npm', arguments_, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return join(output, name.trim());
}

const fileOf = (platform) => `jules.${platform}.node`;
const packageOf = (platform) => `${manifest.name}-${platform}`;

/** The addon's package: installed only where its `os`, `cpu` and `libc` fit. */
function packAddon(stage, platform, folder) {
  const { name, version, license: licensed, repository, homepage, bugs, engines } = manifest;
  const [os, cpu, abi] = platform.split('-');
  const file = fileOf(platform);
  const about = {
    name: packageOf(platform),
    version,
    description: `The native addon of ${name} for ${platform}`,
    license: licensed,
    repository,
    homepage,
    bugs,
    engines,
    os: [os],
    cpu: [cpu],
    ...(os === 'linux' && { libc: [abi === 'musl' ? 'musl' : 'glibc'] }),
    main: file,
    files: [file],
  };
  return pack(stage, about, [[join(folder, file), file], license]);
}

const platforms = flags.addons === undefined ? [platformName()] : napi.targets.map(platformOf);
const folder = resolve(flags.addons ?? home);
const missing = platforms.filter((platform) => !existsSync(join(folder, fileOf(platform))));
if (missing.length > 0) throw new Error(`${folder} has no addon for ${missing.join(', ')}`);

const stage = mkdtempSync(join(tmpdir(), 'jules-pack-'));
mkdirSync(output, { recursive: true });
try {
  const optionalDependencies = Object.fromEntries(platforms.map((one) => [packageOf(one), manifest.version]));
  const pages = ['README.md', 'GUIDE.md', 'MIGRATION.md', 'TESTING.md'].map((name) => [join(home, name), name]);
  const files = [[join(home, 'dist'), 'dist'], ...pages, license];
  const packed = [
    ...(flags['without-addon'] ? [] : platforms.map((platform) => packAddon(stage, platform, folder))),
    pack(stage, { ...manifest, optionalDependencies }, files),
  ];
  process.stdout.write(`${packed.join('\n')}\n`);
} finally {
  rmSync(stage, { recursive: true });
}
