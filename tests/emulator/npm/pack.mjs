// Packs the emulator as npm publishes it: `jules-emulator`, and each program as a package of its own for its platform.
//
//     node pack.mjs DIR PROGRAM              for this platform, with a program that is built here
//     node pack.mjs DIR --programs FOLDER    for all platforms, with what a release has built: `jules-emulator-PLATFORM[.exe]`
//
// It prints the tarballs' paths, one a line, in the order in which they are to be published.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { PLATFORMS, packAll } from '../../../bindings-node/scripts/packages.mjs';
import { platformName } from '../../../bindings-node/scripts/platform.mjs';

const {
  positionals: [output = '.', program],
  values: { programs },
} = parseArgs({ allowPositionals: true, options: { programs: { type: 'string' } } });
const fileOf = (platform) => `jules-emulator-${platform}${platform.startsWith('win32') ? '.exe' : ''}`;
const own = mkdtempSync(join(tmpdir(), 'jules-emulator-pack-'));
try {
  if (program !== undefined) cpSync(program, join(own, fileOf(platformName())));
  const packed = packAll({
    home: import.meta.dirname,
    contents: ['dist', 'README.md'],
    native: { about: 'program', fileOf, folder: programs === undefined ? own : resolve(programs) },
    platforms: programs === undefined ? [platformName()] : PLATFORMS,
    output,
  });
  process.stdout.write(`${packed.join('\n')}\n`);
} finally {
  rmSync(own, { recursive: true });
}
