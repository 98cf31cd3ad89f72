//! The hot paths of core, a test for each, which does some of the work and sees that it was done. `.dev/run bench check` runs
//! them under callgrind, which counts the instructions and allocations in [`guarded`], and compares with
//! `tests/bench/guards.json`.

mod client;
mod paths;
mod server;

use std::hint::black_box;

/// How much each guard does. The figures in the file are of one activity, row or round.
pub(crate) const COUNT: usize = 400;

/// What is counted: all that is done in here, on this thread.
#[inline(never)]
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
