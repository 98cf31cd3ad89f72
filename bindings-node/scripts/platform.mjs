// The platform's name by napi's convention, as the loader computes it.
/** For example `linux-x64-gnu`. */
export function platformName() {
  const { platform, arch } = process;
  if (platform === 'linux') {
    const report = /** @type {any} */ (process.report.getReport());
    const glibc = report.header.glibcVersionRuntime !== undefined;
    return `linux-${arch}-${glibc ? 'gnu' : 'musl'}`;
  }
  return platform === 'win32' ? `win32-${arch}-msvc` : `${platform}-${arch}`;
}

/** What the platform of a Rust target is called: `linux-x64-gnu` for `x86_64-unknown-linux-gnu`. */
export function platformOf(target) {
  const [cpu, , system, abi] = target.split('-');
  const os = { darwin: 'darwin', windows: 'win32' }[system] ?? system;
  return [os, { x86_64: 'x64', aarch64: 'arm64' }[cpu], ...(abi ? [abi] : [])].join('-');
}
