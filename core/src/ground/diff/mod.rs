//! Patches as git writes them: taken apart for the reader, and applied to a directory.
//!
//! `read` goes from text to files and hunks, `change` is what users see of that. `place` finds where a hunk belongs,
//! `plan` works out what a directory will hold, `commit` makes it so or leaves all as it was.

mod apply;
mod binary;
mod change;
mod commit;
mod hunk;
mod names;
mod place;
mod plan;
mod read;
mod safety;

pub use change::{ChangeType, FileChange, ParsedPatch, PatchSummary};

pub(crate) use apply::{apply_to, contents_in};
