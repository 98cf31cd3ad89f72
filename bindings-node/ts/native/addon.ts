// Loads the addon: the one built here first, else the platform's package, by napi's convention.

import type * as Binding from './binding';

/**
 * The names that this platform's addon may have, such as `linux-x64-gnu`. On Linux both C libraries: npm installs the
 * package that fits, and asking which it is takes longer than all the rest.
 */
function platformNames(): string[] {
  const { platform, arch } = process;
  if (platform === 'linux') return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
  return [platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`];
}

function load(): typeof Binding {
  const platforms = platformNames();
  const candidates = [
    ...platforms.map((name) => `../../jules.${name}.node`),
    ...platforms.map((name) => `jules-sdk-${name}`),
  ];
  const failures: unknown[] = [];
  for (const candidate of candidates) {
    try {
      return require(candidate);
    } catch (error) {
      failures.push(error);
    }
  }
  // A missing package is told by name; anything else, such as one for the other C library, is worth telling as it is.
  const cause = failures.find((error) => (error as { code?: string }).code !== 'MODULE_NOT_FOUND') ?? failures.at(-1);
  const names = platforms.map((name) => `jules-sdk-${name}`).join(' or ');
  throw new Error(
    `jules-sdk has no native addon for ${process.platform}-${process.arch}. Its package ${names} is an optional ` +
      'dependency: install again without --omit=optional and, with a lockfile from another machine, without node_modules.',
    { cause },
  );
}

/** The addon's exports. */
export const addon: typeof Binding = load();
