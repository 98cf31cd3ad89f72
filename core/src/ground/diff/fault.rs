//! What is said when a patch can't be applied: the errors that several files of this module make.

use std::io;

use crate::ground::error::{Error, ErrorKind};

pub(super) fn patch_error(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Patch, message)
}

pub(super) fn malformed(what: &str) -> Error {
    patch_error(format!("the patch can't be understood: {what}"))
        .with_hint("It may have been cut off on the way; get the session's outputs again.")
}

/// An operation on files that failed.
pub(super) fn failed(what: &str, cause: io::Error) -> Error {
    patch_error(format!("{what} failed: {cause}")).with_source(cause)
}

pub(super) fn beyond_link(link: &str) -> Error {
    patch_error(format!("the patch may not touch it: its path goes through the link {link}"))
}

/// A line in quotes, so that blanks, CR and a missing line break can be seen; cut when it is long.
pub(super) fn excerpt(line: &str) -> String {
    let short: String = line.chars().take(80).collect();
    let more = if short.len() < line.len() { "…" } else { "" };
    format!("{short:?}{more}")
}
