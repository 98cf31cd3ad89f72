//! What a leak would show in: how many handles Swift holds. Tests look at it, and at `living_tasks` of the runtime.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

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
