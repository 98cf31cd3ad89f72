//! Patches as git writes them: taken apart for the reader, and applied to a directory.
//!
//! `read` goes from text to files and hunks, `change` is what users see of that. `place` finds where a hunk belongs,
//! `plan` works out what a directory will hold, `commit` makes it so or leaves all as it was.
//!
//! A patch is a stranger's: `bound` says how much it may take, `safety` and `links` which paths it may name, and `checkout`
//! goes to them without ever going through a symbolic link.

mod apply;
mod binary;
mod bound;
mod change;
mod checkout;
mod commit;
mod fault;
mod hunk;
mod links;
mod names;
mod place;
mod plan;
mod read;
mod safety;

pub use change::{ChangeType, FileChange, ParsedPatch, PatchSummary};

pub(crate) use apply::{apply_to, contents_in};
