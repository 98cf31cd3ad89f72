// Packs what is built as npm publishes it: `jules-sdk`, and the addon as a package of its own for this platform, which
// the first has as an optional dependency (napi's convention). A release adds the other platforms' packages.
//
//     node pack.mjs DIR [--without-addon]     prints the tarballs' paths, one a line
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { platformName } from './platform.mjs';

const home = join(import.meta.dirname, '..');
const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { 'without-addon': { type: 'boolean', default: false } },
});
const output = resolve(positionals[0] ?? '.');
const platform = platformName();
const addon = `jules.${platform}.node`;

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

/** The addon's package: installed only where its `os`, `cpu` and `libc` fit. */
function addonManifest({ name, version, license, repository, engines }) {
  const [os, cpu, abi] = platform.split('-');
  return {
    name: `${name}-${platform}`,
    version,
    description: `The native addon of ${name} for ${platform}`,
    license,
    repository,
    engines,
    os: [os],
    cpu: [cpu],
    ...(os === 'linux' && { libc: [abi === 'musl' ? 'musl' : 'glibc'] }),
    main: addon,
    files: [addon],
  };
}

const { devDependencies, scripts, napi, ...manifest } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
const optionalDependencies = { [`${manifest.name}-${platform}`]: manifest.version };
const license = [join(home, '..', 'LICENSE'), 'LICENSE'];
const stage = mkdtempSync(join(tmpdir(), 'jules-pack-'));
mkdirSync(output, { recursive: true });
try {
  const files = [[join(home, 'dist'), 'dist'], [join(home, 'README.md'), 'README.md'], license];
  const packed = [
    ...(flags['without-addon'] ? [] : [pack(stage, addonManifest(manifest), [[join(home, addon), addon], license])]),
    pack(stage, { ...manifest, optionalDependencies }, files),
  ];
  process.stdout.write(`${packed.join('\n')}\n`);
} finally {
  rmSync(stage, { recursive: true });
}
