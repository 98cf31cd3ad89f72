//! Where a hunk belongs in a file: where its header says, else the nearest place with exactly its lines, as `git apply`
//! looks for it.

use super::hunk::Hunk;

/// A file's lines while hunks are applied to it. Replacing lines is quick near the last replacement: the lines behind that
/// are kept in reverse.
#[derive(Debug)]
pub(super) struct Image<'a> {
    before: Vec<ImageLine<'a>>,
    behind: Vec<ImageLine<'a>>,
}

#[derive(Clone, Copy, Debug)]
struct ImageLine<'a> {
    bytes: &'a [u8],
    /// It comes from a hunk, and no other hunk may claim it.
    patched: bool,
}

/// A hunk's lines are not in the file.
#[derive(Debug)]
pub(super) struct Mismatch {
    /// The line of the file, from 1.
    pub(super) line: usize,
    /// What the hunk has there; nothing for the end of the file.
    pub(super) expected: Option<String>,
    /// What the file has there.
    pub(super) found: Option<String>,
}

/// At which ends of the file a hunk must lie.
#[derive(Clone, Copy, Debug)]
struct Anchors {
    start: bool,
    end: bool,
}

impl<'a> Image<'a> {
    pub(super) fn new(content: &'a [u8]) -> Self {
        let lines = content.split_inclusive(|byte| *byte == b'\n');
        Self { before: Vec::new(), behind: lines.rev().map(|bytes| ImageLine { bytes, patched: false }).collect() }
    }

    fn len(&self) -> usize {
        self.before.len() + self.behind.len()
    }

    fn get(&self, at: usize) -> Option<&ImageLine<'a>> {
        match at.checked_sub(self.before.len()) {
            None => self.before.get(at),
            Some(behind) => self.behind.get(self.behind.len().checked_sub(behind + 1)?),
        }
    }

    /// Applies a hunk. `without_context`: the patch was made so, and the place in its header is all there is.
    pub(super) fn apply(&mut self, hunk: &Hunk<'a>, without_context: bool) -> Result<(), Mismatch> {
        // A hunk that begins at the first line, or ends without context, says that the file begins or ends there.
        let anchors = Anchors {
            start: hunk.old_start == 0 || (hunk.old_start == 1 && !without_context),
            end: !without_context && !hunk.ends_in_context(),
        };
        let old: Vec<&[u8]> = hunk.old_lines().collect();
        let wanted = usize::try_from(hunk.new_start.saturating_sub(1)).unwrap_or(usize::MAX);
        let at =
            self.find(&old, wanted, anchors).ok_or_else(|| self.mismatch(&old, wanted.min(self.len()), anchors))?;
        self.replace(at, old.len(), hunk);
        Ok(())
    }

    fn find(&self, old: &[&[u8]], wanted: usize, anchors: Anchors) -> Option<usize> {
        let last = self.len().checked_sub(old.len())?;
        let fits = |at: usize| self.fits(old, at, anchors).then_some(at);
        if anchors.start {
            return fits(0);
        }
        if anchors.end {
            return fits(last);
        }
        let wanted = wanted.min(self.len());
        let farthest = wanted.max(self.len() - wanted);
        fits(wanted).or_else(|| {
            (1..=farthest).find_map(|distance| {
                let forwards = || wanted.checked_add(distance).and_then(fits);
                forwards().or_else(|| wanted.checked_sub(distance).and_then(fits))
            })
        })
    }

    fn fits(&self, old: &[&[u8]], at: usize, anchors: Anchors) -> bool {
        if (anchors.start && at != 0) || (anchors.end && at + old.len() != self.len()) || at + old.len() > self.len() {
            return false;
        }
        let same = |(offset, bytes): (usize, &&[u8])| {
            self.get(at + offset).is_some_and(|line| !line.patched && line.bytes == *bytes)
        };
        old.iter().enumerate().all(same)
    }

    fn replace(&mut self, at: usize, removed: usize, hunk: &Hunk<'a>) {
        while self.before.len() > at {
            self.behind.extend(self.before.pop());
        }
        while self.before.len() < at {
            self.before.extend(self.behind.pop());
        }
        self.behind.truncate(self.behind.len().saturating_sub(removed));
        self.before.extend(hunk.new_lines().map(|bytes| ImageLine { bytes, patched: true }));
    }

    /// The first line that differs where the hunk should be.
    fn mismatch(&self, old: &[&[u8]], wanted: usize, anchors: Anchors) -> Mismatch {
        let start = if anchors.start { 0 } else { wanted };
        let found = |at: usize| self.get(at).map(|line| line.bytes);
        let differs = |offset: &usize| found(start + offset) != old.get(*offset).copied();
        // Where all its lines are, the file goes on behind them and shouldn't.
        let offset = (0..old.len()).find(differs).unwrap_or(old.len());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Mismatch {
            line: start + offset + 1,
            expected: old.get(offset).map(|bytes| text(bytes)),
            found: found(start + offset).map(text),
        }
    }

    pub(super) fn into_content(self) -> Vec<u8> {
        let lines = self.before.iter().chain(self.behind.iter().rev());
        lines.flat_map(|line| line.bytes).copied().collect()
    }
}
