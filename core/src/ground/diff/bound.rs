//! How much a patch may take: memory for what it reads and makes, and work to find its hunks' places. A few hundred
//! bytes can ask for gigabytes (a binary delta, compressed zeros, copies of copies), and are refused with a reason.

use std::io::{self, Read};

use super::fault::{failed, patch_error};
use crate::ground::error::{Error, Result};

/// Bytes that any patch may read and make.
const FOR_ANY_PATCH: u64 = 128 << 20;
/// As many more for each byte of the patch's text,
const FOR_EACH_OF_ITS_BYTES: u64 = 64;
/// and for each byte of the files that it starts from, each counted once: they are read, listed by lines and written.
const FOR_EACH_BYTE_FOUND: u64 = 16;
/// Not more than this in all, whatever it starts from.
const AT_MOST: u64 = 2 << 30;
/// Lines that may be compared and moved to find where hunks belong: a second's work. A hunk costs as many as it has, and
/// as it lies away from where its header says.
const LINES_AT_MOST: u64 = 1 << 26;

/// What is left of what a patch may take, for one pass over it.
#[derive(Debug)]
pub(super) struct Bound {
    allowed: u64,
    used: u64,
    lines: u64,
    met: bool,
}

impl Bound {
    /// The bound of a patch with so many bytes of text.
    pub(super) fn of(text: &str) -> Self {
        let allowed = FOR_ANY_PATCH.saturating_add((text.len() as u64).saturating_mul(FOR_EACH_OF_ITS_BYTES));
        Self { allowed: allowed.min(AT_MOST), used: 0, lines: 0, met: false }
    }

    /// A file that the patch starts from, when it is met for the first time.
    pub(super) fn found(&mut self, size: u64) {
        self.allowed = self.allowed.saturating_add(size.saturating_mul(FOR_EACH_BYTE_FOUND)).min(AT_MOST);
    }

    /// Takes bytes before they are read or made. `what` names them in the error, such as "its binary delta".
    pub(super) fn take(&mut self, bytes: u64, what: &str) -> Result<()> {
        let left = self.allowed - self.used;
        if bytes > left {
            self.met = true;
            return Err(patch_error(format!(
                "{what} has {bytes} bytes, but only {left} are left of the {} that this patch may use",
                self.allowed
            ))
            .with_hint(
                "Check the patch: it is hostile, or far larger than what agents produce. If it is sound, apply it with \
                 `git apply`.",
            ));
        }
        self.used += bytes;
        Ok(())
    }

    /// Takes the room for so many elements of a new list.
    pub(super) fn room<T>(&mut self, elements: usize, what: &str) -> Result<Vec<T>> {
        let bytes = (elements as u64).saturating_mul(size_of::<T>() as u64);
        self.take(bytes, what)?;
        let mut list = Vec::new();
        make_room(&mut list, elements, what)?;
        Ok(list)
    }

    /// Reads a content that is to have so many bytes. When it has more, one more is read, so that it can be seen.
    pub(super) fn read(&mut self, from: impl Read, size: u64, what: &str) -> Result<io::Result<Vec<u8>>> {
        self.take(size, what)?;
        let mut content = Vec::new();
        make_room(&mut content, usize::try_from(size.saturating_add(1)).unwrap_or(usize::MAX), what)?;
        Ok(from.take(size.saturating_add(1)).read_to_end(&mut content).map(|_| content))
    }

    /// Counts lines that are compared or moved.
    pub(super) fn work(&mut self, lines: usize) -> Result<()> {
        self.lines = self.lines.saturating_add(lines as u64);
        if self.lines > LINES_AT_MOST {
            self.met = true;
            return Err(patch_error(
                "its hunks are so many, so far from where their headers say, that looking for them takes too long",
            )
            .with_hint(
                "Nothing was changed. Apply the changes to the commit that they were made for, or with `git apply`.",
            ));
        }
        Ok(())
    }

    /// Whether something was refused.
    pub(super) fn is_met(&self) -> bool {
        self.met
    }

    #[cfg(test)]
    pub(super) fn lines(&self) -> u64 {
        self.lines
    }
}

/// Makes room in a list, or says that the machine has none.
pub(super) fn make_room<T>(list: &mut Vec<T>, more: usize, what: &str) -> Result<()> {
    list.try_reserve(more).map_err(|cause| out_of_memory(what, cause))
}

fn out_of_memory(what: &str, cause: std::collections::TryReserveError) -> Error {
    let cause = io::Error::new(io::ErrorKind::OutOfMemory, cause);
    failed(&format!("allocating memory for {what}"), cause)
        .with_hint("The machine has too little memory for this patch.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_has_room_by_its_length_and_by_what_it_starts_from_up_to_an_end() {
        let mut bound = Bound::of("1234");
        let allowed = FOR_ANY_PATCH + 4 * FOR_EACH_OF_ITS_BYTES;
        bound.take(allowed, "it").unwrap();
        let text = bound.take(1, "its content").unwrap_err().message();
        assert!(text.contains("its content has 1 bytes, and 0 are left") && text.contains("git apply"), "{text}");
        bound.found(10);
        bound.take(10 * FOR_EACH_BYTE_FOUND, "it").unwrap();
        bound.found(u64::MAX);
        assert!(bound.take(AT_MOST - allowed, "it").is_err());
        assert!(bound.take(u64::MAX, "it").is_err());
    }

    #[test]
    fn a_reader_that_gives_more_than_it_said_is_stopped_one_byte_later() {
        let mut bound = Bound::of("");
        assert_eq!(bound.read(io::repeat(7), 3, "it").unwrap().unwrap(), [7; 4]);
        assert_eq!(bound.read(&b"ab"[..], 3, "it").unwrap().unwrap(), b"ab");
        assert!(bound.read(io::repeat(7), u64::MAX, "it").is_err());
    }
}
