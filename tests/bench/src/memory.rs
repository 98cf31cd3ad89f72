//! What this process holds in memory, in bytes, as Linux counts it.

use anyhow::{Context, Result};

/// Now.
pub(crate) fn resident() -> Result<u64> {
    field("VmRSS:")
}

/// At most, so far.
pub(crate) fn peak() -> Result<u64> {
    field("VmHWM:")
}

fn field(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such field")?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024)
}
