// Loads the addon: the one built here first, else the platform's package, by napi's convention.

import type * as Binding from './binding';

/** For example `linux-x64-gnu`. */
function platformName(): string {
  const { platform, arch } = process;
  if (platform === 'linux') return `linux-${arch}-${isMusl() ? 'musl' : 'gnu'}`;
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`;
}

function isMusl(): boolean {
  const report = process.report as (typeof process.report & { excludeNetwork?: boolean }) | undefined;
  if (report === undefined) return false;
  // Without this, a report looks up names of open connections and can take seconds.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime === undefined;
}

function load(): typeof Binding {
  const platform = platformName();
  const candidates = [`../../jules.${platform}.node`, `jules-sdk-${platform}`];
  const failures: unknown[] = [];
  for (const candidate of candidates) {
    try {
      return require(candidate);
    } catch (error) {
      failures.push(error);
    }
  }
  // A missing local build is the normal case of an installed package; anything else is worth telling.
  const cause = failures.find((error) => (error as { code?: string }).code !== 'MODULE_NOT_FOUND') ?? failures.at(-1);
  throw new Error(
    `jules-sdk has no native addon for ${platform}. Its package jules-sdk-${platform} is an optional dependency: ` +
      'install again without --omit=optional and, with a lockfile from another machine, without node_modules.',
    { cause },
  );
}

/** The addon's exports. */
export const addon: typeof Binding = load();
