//! Change sets: read and applied as git reads and applies them, or refused with a reason.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]
#![cfg(unix)]

mod against_git;
mod apply;
mod bounds;
mod generate;
mod links;
mod long;
mod race;
mod read;
mod robust;
mod tree;

use jules::ChangeSet;

fn changes(patch: impl Into<String>) -> ChangeSet {
    let mut changes = ChangeSet::default();
    changes.git_patch.unidiff_patch = patch.into();
    changes
}
