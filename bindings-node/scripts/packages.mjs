// Packs npm packages with a native part: the package itself, and that part as a package of its own for each platform, which the
// first has as an optional dependency (napi's convention). npm installs the one that fits.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { platformOf } from './platform.mjs';

const binding = join(import.meta.dirname, '..');
const license = [join(binding, '..', 'LICENSE'), 'LICENSE'];

/** Where there are native parts: the platforms of a release. */
export const PLATFORMS = manifestOf(binding).napi.targets.map(platformOf);

export function manifestOf(home) {
  return JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
}

/**
 * Packs a package and the native parts of these platforms (`alone`: without those); gives the tarballs' paths in the order in
 * which they are to be published: nobody shall find a package whose native part isn't there yet.
 *
 * @param {object} what
 * @param {string} what.home the package's folder
 * @param {string[]} what.contents what of it goes in, beside package.json
 * @param {{ about: string, fileOf: (platform: string) => string, folder: string }} what.native what a native part is, its file's
 *   name, and the folder with these files
 * @param {string[]} what.platforms
 * @param {string} what.output
 * @param {boolean} [what.alone]
 */
export function packAll({ home, contents, native, platforms, output, alone = false }) {
  const { devDependencies, scripts, napi, ...manifest } = manifestOf(home);
  const missing = platforms.filter((platform) => !existsSync(join(native.folder, native.fileOf(platform))));
  if (missing.length > 0) throw new Error(`${native.folder} has no ${native.about} for ${missing.join(', ')}`);
  const stage = mkdtempSync(join(tmpdir(), 'jules-pack-'));
  mkdirSync(output, { recursive: true });
  try {
    const packages = platforms.map((platform) => nativeManifest(manifest, native, platform));
    const optionalDependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]));
    const files = contents.map((name) => [join(home, name), name]);
    const natives = packages.map((about) => [about, [[join(native.folder, about.main), about.main]]]);
    return [...(alone ? [] : natives), [{ ...manifest, optionalDependencies }, files]].map(([about, files]) =>
      pack(stage, output, about, [...files, license]),
    );
  } finally {
    rmSync(stage, { recursive: true });
  }
}

/** Installed only where its `os`, `cpu` and `libc` fit. */
function nativeManifest(manifest, { about, fileOf }, platform) {
  const { name, version, license, repository, homepage, bugs, engines } = manifest;
  const [os, cpu, abi] = platform.split('-');
  const file = fileOf(platform);
  return {
    name: `${name}-${platform}`,
    version,
    description: `The ${about} of ${name} for ${platform}`,
    license,
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
}

/** Lays out one package and packs it. */
function pack(stage, output, manifest, files) {
  const folder = join(stage, manifest.name);
  mkdirSync(folder, { recursive: true });
  for (const [from, to] of files) cpSync(from, join(folder, to), { recursive: true });
  // What went through an archive of a CI run has lost it.
  if (manifest.os) chmodSync(join(folder, manifest.main), 0o755);
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  const arguments_ = ['pack', '--silent', '--pack-destination', resolve(output)];
  const name = execFileSync('npm', arguments_, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  return join(resolve(output), name.trim());
}
