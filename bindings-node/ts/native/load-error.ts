// Why the addon can't be loaded and what to do about it, told by cause from the errors of the attempts.

import type { Facts } from './platform';

/** One package that was tried, and what came of it. */
export interface Attempt {
  /** Such as `linux-x64-gnu`. */
  readonly platform: string;
  readonly error: unknown;
}

/** What is known of one failure. */
interface Failure {
  /** The package that belongs on this platform. */
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
  readonly facts: Facts;
  /** Packages of the other C library that are here, though they don't fit. */
  readonly others: readonly string[];
}

interface Cause {
  matches(failure: Failure): boolean;
  /** What happened, and what to do. */
  tell(failure: Failure): string;
}

const PLATFORMS = 'linux (x64, arm64; glibc, musl), darwin (x64, arm64) and win32 (x64, arm64)';
const AGAIN = 'Delete node_modules and install again on this machine';
const ISSUES = 'https://github.com/jules-sdk/jules/issues';
const BUNDLE =
  'Keep jules-sdk out of the bundle (external: jules-sdk and jules-sdk-*), or follow "Bundlers" in its GUIDE.md';

/** The first that matches is told; the order is from what is forbidden to what is broken. */
const CAUSES: readonly Cause[] = [
  {
    matches: ({ code, facts }) => code === 'ERR_DLOPEN_DISABLED' && facts.permission && !facts.noAddons,
    tell: () => "Node's permission model forbids native addons. Add --allow-addons.",
  },
  {
    matches: ({ code }) => code === 'ERR_DLOPEN_DISABLED',
    tell: () => 'Node was started with --no-addons. Leave it out, also in NODE_OPTIONS.',
  },
  {
    matches: ({ code }) => code === 'ERR_ACCESS_DENIED',
    tell: ({ name }) =>
      `Node's permission model forbids reading ${name}. Add --allow-addons and --allow-fs-read for node_modules.`,
  },
  {
    matches: ({ message, facts }) => facts.runtime === 'deno' && /--allow-|\b(ffi|read|env|sys) access/.test(message),
    tell: ({ message }) => `Deno refused: ${message}. Run it with --allow-ffi --allow-read --allow-env --allow-net.`,
  },
  {
    matches: ({ message }) => /^Dynamic require of|require is not defined|^Could not dynamically require/.test(message),
    tell: () => `the bundle has no require, which native addons are loaded with. ${BUNDLE}.`,
  },
  {
    matches: (failure) => failure.facts.bundled && (isMissing(failure) || ABSENT.test(failure.message)),
    tell: ({ name, message }) =>
      `jules-sdk was bundled, and the addon of ${name} is not beside the bundle (${message}). ${BUNDLE}.`,
  },
  {
    matches: (failure) => isMissing(failure) && /\.node\b|package\.json/.test(failure.message),
    tell: ({ name, message }) => `the package ${name} is incomplete: ${message}. ${AGAIN}.`,
  },
  {
    matches: isMissing,
    tell: ({ name, others }) =>
      others.length > 0
        ? `the package ${name} is not installed, but ${others.join(', ')} is, which is for another C library. ${AGAIN}.`
        : `the package ${name} is not installed. It is an optional dependency of jules-sdk: install again without ` +
          '--omit=optional and, where node_modules or a lockfile is from another system, without those.',
  },
  {
    matches: ({ message }) => GLIBC.test(message),
    tell: ({ message, facts }) => {
      const needed = GLIBC.exec(message)?.[1];
      const found = facts.glibc === undefined ? 'an older one' : `glibc ${facts.glibc}`;
      return `it needs glibc ${needed} or newer, and this system has ${found}. Use a newer distribution or base image.`;
    },
  },
  {
    matches: ({ message }) => /failed to map segment/.test(message),
    tell: ({ message }) =>
      `the system does not let it be executed (${message}). Install it where the file system is not mounted noexec.`,
  },
  {
    matches: ({ message }) => FORBIDDEN.test(message),
    tell: ({ name, message }) =>
      `the file of ${name} may not be read or loaded (${message}). Allow it to the user of this process, and in the system's policies.`,
  },
  {
    matches: ({ message }) => DAMAGED.test(message),
    tell: ({ name, message }) => `the file of ${name} is damaged or for another platform (${message}). ${AGAIN}.`,
  },
  {
    // It may be the reason of whatever isn't explained yet.
    matches: ({ facts }) => facts.runtime === 'node' && facts.node < OLDEST_NODE,
    tell: ({ facts, message }) => `Node ${facts.node} is too old, ${OLDEST_NODE} or newer is needed (${message}).`,
  },
];

/** The addon's file isn't where its bundle looks for it. */
const ABSENT = /\.node: cannot open shared object file|\.node'?.* \(no such file|module could not be found/;
const GLIBC = /version [`'"]GLIBC_([\d.]+)['"]? not found/;
const OLDEST_NODE = 20;
const FORBIDDEN = new RegExp(
  [
    'Permission denied|Operation not permitted|EACCES|EPERM', // Linux
    'system policy|different Team IDs', // macOS
    'Access is denied|blocked this file|blocked by group policy', // Windows
  ].join('|'),
  'i',
);
const DAMAGED = new RegExp(
  [
    'file too short|cannot read file data|invalid ELF header|wrong ELF class|ELF load command|Exec format error', // glibc
    'Error relocating|Error loading shared library', // musl
    'not a mach-o|incompatible architecture|code signature|slice is not valid|no suitable image', // macOS
    'not a valid Win32 application', // Windows
  ].join('|'),
  'i',
);

const LIBC = { glibc: '-gnu', musl: '-musl' } as const;

/** The message of the error that ends loading, and what stands behind it. */
export function explain(attempts: readonly Attempt[], facts: Facts): { message: string; cause?: unknown } {
  const told = fitting(attempts, facts);
  if (told === undefined) {
    return {
      message: `jules-sdk has no native addon for ${facts.system}-${facts.arch}. There is one for ${PLATFORMS}.`,
    };
  }
  const { code, message } = read(told.error);
  const others = attempts.filter((one) => one !== told && !isMissing(read(one.error)));
  const failure = { name: nameOf(told), code, message, facts, others: others.map(nameOf) };
  const cause = CAUSES.find(({ matches }) => matches(failure));
  const what = cause?.tell(failure) ?? `${message}. ${AGAIN}; if that doesn't help, report it: ${ISSUES}`;
  return { message: `cannot load the native addon of jules-sdk for ${told.platform}: ${what}`, cause: told.error };
}

/** The attempt that should have worked: with the package for this C library, else with one that is there. */
function fitting(attempts: readonly Attempt[], { libc }: Facts): Attempt | undefined {
  const own = attempts.find(({ platform }) => libc !== undefined && platform.endsWith(LIBC[libc]));
  return own ?? attempts.find(({ error }) => !isMissing(read(error))) ?? attempts[0];
}

function nameOf({ platform }: Attempt): string {
  return `jules-sdk-${platform}`;
}

/** The first line, without the stack of requires that Node adds; behind the heading that webpack's loader has for it. */
function read(error: unknown): Pick<Failure, 'code' | 'message'> {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const [line = ''] = String(message ?? error)
    .replace(/^node-loader:\n(Error: )?/, '')
    .split('\n', 1);
  return { code: typeof code === 'string' ? code : undefined, message: line.replace(/\.$/, '') };
}

function isMissing({ code, message }: Pick<Failure, 'code' | 'message'>): boolean {
  return code?.endsWith('MODULE_NOT_FOUND') === true || /^Cannot find (module|package)/.test(message);
}
