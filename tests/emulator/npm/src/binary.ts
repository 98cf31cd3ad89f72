// Where the emulator's program is: in the package of its platform, an optional dependency of this one.

import { dirname, join } from 'node:path';

/** What a platform's package says of itself. */
interface Manifest {
  readonly main: string;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  /** On Linux. */
  readonly libc?: readonly string[];
}

/** The program's path: what `JULES_EMULATOR_BIN` says, else that of the package that fits this machine. */
export function binary(): string {
  const own = given();
  if (own) return own;
  const { optionalDependencies = {} } = require('../package.json') as { optionalDependencies?: Record<string, string> };
  const packages = Object.keys(optionalDependencies);
  const installed = packages.flatMap(manifestOf).filter(({ about }) => fits(about));
  // Some package managers can be told to install those of several C libraries.
  const [found] = installed.length > 1 ? installed.filter(({ about }) => about.libc?.includes(libc())) : installed;
  if (found !== undefined) return join(found.folder, found.about.main);
  throw new Error(
    `cannot find the program of jules-emulator: no package for ${process.platform}-${process.arch} is installed. ` +
      (packages.length > 0
        ? `It is an optional dependency, one of ${packages.join(', ')}: install again without --omit=optional and, where ` +
          'node_modules or a lockfile is from another system, without those.'
        : 'Build it with `cargo build -p jules-emulator`, and set JULES_EMULATOR_BIN to its path.'),
  );
}

function given(): string | undefined {
  const { JULES_EMULATOR_BIN: program } = process.env;
  return program;
}

function manifestOf(name: string): { folder: string; about: Manifest }[] {
  try {
    const path = require.resolve(`${name}/package.json`);
    return [{ folder: dirname(path), about: require(path) as Manifest }];
  } catch {
    // That of another platform: npm leaves it out.
    return [];
  }
}

function fits({ os, cpu }: Manifest): boolean {
  return os.includes(process.platform) && cpu.includes(process.arch);
}

function libc(): 'glibc' | 'musl' {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/** What to do about a program that the system does not start. */
export function refused(program: string, { code, message }: NodeJS.ErrnoException): Error {
  const own = program === given();
  const again = own ? 'JULES_EMULATOR_BIN says so.' : 'Delete node_modules and install again on this machine.';
  const advice = {
    EACCES: 'Make it executable, and keep it where the file system is not mounted noexec.',
    ENOENT: `It is missing, or for another C library. ${again}`,
  };
  return new Error(`cannot start ${program}: ${message}. ${advice[code as keyof typeof advice] ?? again}`);
}
