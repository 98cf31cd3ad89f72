//! Where a hunk belongs in a file: where its header says, else the nearest place with exactly its lines, as `git apply`
//! looks for it. A search takes as many steps as the place is away, however much the lines resemble each other.

use std::ops::Range;

use super::bound::{Bound, make_room};
use super::hunk::Hunk;
use crate::ground::error::{Error, Result};

/// What is listed when an error says what there was no room for.
const WHAT: &str = "the list of its lines";
/// How far a first search goes to either side.
const NEAR: usize = 64;

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

/// Why a hunk can't be applied.
#[derive(Debug)]
pub(super) enum Misfit {
    Mismatch(Mismatch),
    /// It asks for more than a patch may take.
    Bound(Error),
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

impl From<Error> for Misfit {
    fn from(error: Error) -> Self {
        Self::Bound(error)
    }
}

/// At which ends of the file a hunk must lie.
#[derive(Clone, Copy, Debug)]
struct Anchors {
    start: bool,
    end: bool,
}

impl<'a> Image<'a> {
    pub(super) fn new(content: &'a [u8], bound: &mut Bound) -> Result<Self> {
        let lines = content.split_inclusive(|byte| *byte == b'\n');
        let count = lines.clone().count();
        // Lines move from one list to the other, which makes room for them then.
        let mut behind = bound.room(count, WHAT)?;
        bound.take((count as u64).saturating_mul(size_of::<ImageLine<'a>>() as u64), WHAT)?;
        behind.extend(lines.rev().map(|bytes| ImageLine { bytes, patched: false }));
        Ok(Self { before: Vec::new(), behind })
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
    pub(super) fn apply(&mut self, hunk: &Hunk<'a>, without_context: bool, bound: &mut Bound) -> Result<(), Misfit> {
        // A hunk that begins at the first line, or ends without context, says that the file begins or ends there.
        let anchors = Anchors {
            start: hunk.old_start == 0 || (hunk.old_start == 1 && !without_context),
            end: !without_context && !hunk.ends_in_context(),
        };
        let mut old: Vec<&[u8]> = bound.room(hunk.old_lines().count(), WHAT)?;
        old.extend(hunk.old_lines());
        let wanted = usize::try_from(hunk.new_start.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(at) = self.find(&old, wanted, anchors, bound)? else {
            return Err(Misfit::Mismatch(self.mismatch(&old, wanted.min(self.len()), anchors)));
        };
        Ok(self.replace(at, old.len(), hunk, bound)?)
    }

    fn find(&self, old: &[&[u8]], wanted: usize, anchors: Anchors, bound: &mut Bound) -> Result<Option<usize>> {
        let Some(last) = self.len().checked_sub(old.len()) else { return Ok(None) };
        bound.work(old.len())?;
        let fits = |at: usize| self.fits(old, at, anchors).then_some(at);
        if anchors.start {
            return Ok(fits(0));
        }
        if anchors.end {
            return Ok(fits(last));
        }
        let wanted = wanted.min(self.len());
        match fits(wanted) {
            None => self.nearest(old, wanted, bound),
            at => Ok(at),
        }
    }

    fn fits(&self, old: &[&[u8]], at: usize, anchors: Anchors) -> bool {
        if (anchors.start && at != 0) || (anchors.end && at + old.len() != self.len()) || at + old.len() > self.len() {
            return false;
        }
        old.iter().enumerate().all(|(offset, bytes)| self.is(at + offset, bytes))
    }

    /// Whether the line is there and no other hunk has claimed it.
    fn is(&self, at: usize, bytes: &[u8]) -> bool {
        self.get(at).is_some_and(|line| !line.patched && line.bytes == bytes)
    }

    /// The place nearest to the wanted one, the one behind it when there are two: looked for in ever wider surroundings.
    fn nearest(&self, old: &[&[u8]], wanted: usize, bound: &mut Bound) -> Result<Option<usize>> {
        let borders = borders(old, bound)?;
        let mut reach = NEAR;
        loop {
            let start = wanted.saturating_sub(reach);
            let end = wanted.saturating_add(reach).saturating_add(old.len()).min(self.len());
            let nearest = self.nearest_in(start..end, old, &borders, wanted, bound)?;
            if nearest.is_some() || (start == 0 && end == self.len()) {
                return Ok(nearest);
            }
            reach = reach.saturating_mul(4);
        }
    }

    /// The nearest place in some lines, in one pass over them (Knuth, Morris and Pratt): each is compared with two others at
    /// most, on average.
    fn nearest_in(
        &self,
        lines: Range<usize>,
        old: &[&[u8]],
        borders: &[usize],
        wanted: usize,
        bound: &mut Bound,
    ) -> Result<Option<usize>> {
        bound.work(lines.len().saturating_mul(2))?;
        let (mut nearest, mut same): (Option<usize>, usize) = (None, 0);
        let farness = |at: usize| (at.abs_diff(wanted), at < wanted);
        for at in lines {
            while same > 0 && !self.is(at, old[same]) {
                same = borders[same - 1];
            }
            same += usize::from(self.is(at, old[same]));
            if same == old.len() {
                let place = at + 1 - old.len();
                if nearest.is_some_and(|other| farness(other) < farness(place)) {
                    break;
                }
                nearest = Some(place);
                same = borders[same - 1];
            }
        }
        Ok(nearest)
    }

    fn replace(&mut self, at: usize, removed: usize, hunk: &Hunk<'a>, bound: &mut Bound) -> Result<()> {
        let added = hunk.new_lines().count();
        bound.work(self.before.len().abs_diff(at).saturating_add(removed).saturating_add(added))?;
        make_room(&mut self.behind, self.before.len().saturating_sub(at), WHAT)?;
        let more = at.saturating_sub(self.before.len()).saturating_add(added);
        make_room(&mut self.before, more, WHAT)?;
        while self.before.len() > at {
            self.behind.extend(self.before.pop());
        }
        while self.before.len() < at {
            self.before.extend(self.behind.pop());
        }
        self.behind.truncate(self.behind.len().saturating_sub(removed));
        self.before.extend(hunk.new_lines().map(|bytes| ImageLine { bytes, patched: true }));
        Ok(())
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

    pub(super) fn into_content(self, bound: &mut Bound) -> Result<Vec<u8>> {
        let lines = || self.before.iter().chain(self.behind.iter().rev()).map(|line| line.bytes);
        let mut content = bound.room(lines().map(<[u8]>::len).sum(), "its new content")?;
        lines().for_each(|bytes| content.extend_from_slice(bytes));
        Ok(content)
    }
}

/// For every beginning of the lines: how long its longest beginning is that it also ends with.
fn borders(lines: &[&[u8]], bound: &mut Bound) -> Result<Vec<usize>> {
    bound.work(lines.len().saturating_mul(2))?;
    let mut borders = bound.room(lines.len(), WHAT)?;
    let mut same = 0;
    for (at, line) in lines.iter().enumerate() {
        while same > 0 && lines[same] != *line {
            same = borders[same - 1];
        }
        same += usize::from(at > 0 && lines[same] == *line);
        borders.push(same);
    }
    Ok(borders)
}

#[cfg(test)]
mod tests {
    use super::super::read::Patch;
    use super::*;

    /// Where the lines are found, the plain way: from the wanted place outwards.
    fn outwards(image: &Image<'_>, old: &[&[u8]], wanted: usize) -> Option<usize> {
        let anchors = Anchors { start: false, end: false };
        let wanted = wanted.min(image.len());
        (0..=image.len()).find_map(|distance| {
            let backwards = wanted.checked_sub(distance);
            [Some(wanted + distance), backwards].into_iter().flatten().find(|at| image.fits(old, *at, anchors))
        })
    }

    #[test]
    fn the_nearest_place_is_the_one_that_a_plain_search_finds() {
        let mut found = 0;
        for seed in 0..600_usize {
            // Few different lines, so that they resemble each other; every eleventh is claimed by another hunk.
            let mixed = |at: usize| (at * 2_654_435_761 + seed * 40_503) >> 7;
            let content: Vec<u8> =
                (0..300 + seed).flat_map(|at| [b'a' + u8::from(mixed(at) % 7 == 0), b'\n']).collect();
            let mut bound = Bound::of("");
            let mut image = Image::new(&content, &mut bound).unwrap();
            for (at, line) in image.behind.iter_mut().enumerate() {
                line.patched = mixed(at + 77) % 91 == 0;
            }
            let length = 1 + seed % 9;
            let from = mixed(5) % (image.len() - length);
            let old: Vec<&[u8]> = (from..from + length).map(|at| image.get(at).unwrap().bytes).collect();
            let wanted = mixed(9) % (image.len() + 20);
            let at = image.find(&old, wanted, Anchors { start: false, end: false }, &mut bound).unwrap();
            assert_eq!(at, outwards(&image, &old, wanted), "seed {seed}");
            found += usize::from(at.is_some());
        }
        assert!(found > 300, "{found}");
    }

    /// How many steps it takes to find that `lines` equal lines, and another, are not among twice as many.
    fn steps(lines: usize) -> u64 {
        let content = "a\n".repeat(2 * lines);
        let patch =
            format!("--- f\n+++ f\n@@ -9,{} +9,{} @@\n{} b\n-a\n a\n", lines + 3, lines + 2, " a\n".repeat(lines));
        let patch = Patch::read(&patch);
        let mut bound = Bound::of("");
        let mut image = Image::new(content.as_bytes(), &mut bound).unwrap();
        let misfit = image.apply(&patch.files[0].hunks()[0], false, &mut bound).unwrap_err();
        assert!(matches!(misfit, Misfit::Mismatch(_)), "{misfit:?}");
        bound.lines()
    }

    #[test]
    fn equal_lines_are_searched_in_one_pass() {
        for lines in [10_000, 40_000, 160_000] {
            let steps = steps(lines);
            assert!(steps < 24 * lines as u64, "{steps} steps for {lines} lines");
        }
    }

    #[test]
    fn hunks_that_lie_everywhere_but_where_they_should_come_to_an_end() {
        let content: String = (0..200_000).map(|line| format!("{line}\n")).collect();
        let hunk = |line: usize| format!("@@ -9,3 +9,3 @@\n {line}\n-{}\n+x\n {}\n", line + 1, line + 2);
        let hunks: String = (0..2000).map(|at| hunk(if at % 2 == 0 { 4 * at } else { 199_900 - 4 * at })).collect();
        let text = format!("--- f\n+++ f\n{hunks}");
        let patch = Patch::read(&text);
        let mut bound = Bound::of(&text);
        let mut image = Image::new(content.as_bytes(), &mut bound).unwrap();
        let misfit = patch.files[0].hunks().iter().find_map(|hunk| image.apply(hunk, false, &mut bound).err()).unwrap();
        let Misfit::Bound(error) = misfit else { panic!("{misfit:?}") };
        assert!(error.message().contains("takes too long"), "{error}");
    }
}
