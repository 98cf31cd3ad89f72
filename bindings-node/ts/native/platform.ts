// Where this runs: which packages may hold the addon, and what is worth knowing when none of them can be loaded.

import { OWN_FOLDER } from '../errors/stack';

/** What decides why an addon can't be loaded. */
export interface Facts {
  /** Such as `linux`. */
  readonly system: string;
  /** Such as `x64`. */
  readonly arch: string;
  readonly runtime: 'node' | 'bun' | 'deno';
  /** The major version of Node, or of the one that the runtime stands for. */
  readonly node: number;
  /** On Linux, where the runtime tells. */
  readonly libc?: 'glibc' | 'musl' | undefined;
  /** Such as `2.31`. */
  readonly glibc?: string | undefined;
  /** Whether this module was moved into another file than its own. */
  readonly bundled: boolean;
  /** Whether Node was started with `--no-addons`. */
  readonly noAddons: boolean;
  /** Whether Node was started with its permission model. */
  readonly permission: boolean;
}

/**
 * What this platform's addon may be called, by napi's convention, such as `linux-x64-gnu`. On Linux both C libraries: npm
 * installs the package that fits, and asking which it is takes longer than all the rest.
 */
export function platformsOf({ platform, arch }: Pick<NodeJS.Process, 'platform' | 'arch'>): string[] {
  if (platform === 'linux') return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
  return [platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`];
}

/** What is known of this process. It takes a while: only for an error. */
export function factsOf(process: NodeJS.Process): Facts {
  const { platform: system, arch, versions, execArgv = [], env } = process;
  const { NODE_OPTIONS = '' } = env;
  const flags = [...execArgv, ...NODE_OPTIONS.split(/\s+/)];
  return {
    system,
    arch,
    runtime: 'bun' in versions ? 'bun' : 'deno' in versions ? 'deno' : 'node',
    node: Number.parseInt(versions.node, 10),
    ...(system === 'linux' && libcOf(process)),
    bundled: OWN_FOLDER === undefined,
    noAddons: flags.includes('--no-addons'),
    permission: 'permission' in process && process.permission !== undefined,
  };
}

function libcOf(process: NodeJS.Process): Pick<Facts, 'libc' | 'glibc'> {
  try {
    const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
    if (header === undefined) return {};
    const glibc = header.glibcVersionRuntime;
    return glibc === undefined ? { libc: 'musl' } : { libc: 'glibc', glibc };
  } catch {
    // Not every runtime has reports, and a permission may forbid them.
    return {};
  }
}
