//! What a leak would show in: how many handles Swift holds, and how many tasks run. Tests look at both.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::failure::Failure;
use crate::runtime::runtime;

static HANDLES: AtomicU64 = AtomicU64::new(0);

/// Every handle holds one of these, so it is counted from when it is made until Swift has let go of it and no call is
/// under way with it.
#[derive(Debug)]
pub(crate) struct Counted(());

impl Counted {
    pub(crate) fn new() -> Self {
        HANDLES.fetch_add(1, Relaxed);
        Self(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        HANDLES.fetch_sub(1, Relaxed);
    }
}

/// How many handles there are.
#[uniffi::export]
fn living_handles() -> u64 {
    HANDLES.load(Relaxed)
}

/// How many tasks the runtime has: calls under way, watchers, connections.
#[uniffi::export]
fn living_tasks() -> Result<u64, Failure> {
    let tasks = runtime()?.metrics().num_alive_tasks();
    Ok(u64::try_from(tasks).unwrap_or(u64::MAX))
}
