//! What a directory will hold when a patch is applied: worked out in memory, in the order in which git goes about it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bound::Bound;
use super::checkout::{BeyondLink, Checkout, Found, Kind};
use super::fault::{beyond_link, excerpt, failed, malformed, patch_error};
use super::hunk::Hunk;
use super::links::Links;
use super::place::{Image, Misfit, Mismatch};
use super::read::{Content, FilePatch, Mode, Patch, Sort};
use super::safety;
use crate::ground::error::{Error, Result};

/// What is to be done in a directory: first the removals, then the rest.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) removed: BTreeSet<PathBuf>,
    pub(super) written: BTreeMap<PathBuf, Entry>,
}

/// A file with its mode, or a symbolic link and where it points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) content: Arc<Vec<u8>>,
    pub(super) mode: Mode,
}

/// What earlier files of the patch did to a path.
enum Earlier {
    Wrote(Entry),
    Removed,
}

struct Planner<'d> {
    checkout: &'d Checkout,
    bound: &'d mut Bound,
    plan: Plan,
    earlier: BTreeMap<Vec<u8>, Earlier>,
    /// Paths that some file of the patch takes away.
    leaving: BTreeSet<&'d [u8]>,
    links: Links<'d>,
    /// Files that have been read, and counted.
    found: BTreeSet<Vec<u8>>,
    without_context: bool,
}

impl Plan {
    /// Works out what the patch does in the directory, where nothing is changed yet.
    pub(super) fn of<'d>(patch: &'d Patch<'_>, checkout: &'d Checkout, bound: &'d mut Bound) -> Result<Self> {
        let leaves = |file: &&FilePatch<'_>| matches!(file.sort, Sort::Delete | Sort::Rename);
        let mut planner = Planner {
            checkout,
            bound,
            plan: Self::default(),
            earlier: BTreeMap::new(),
            leaving: patch.files.iter().filter(leaves).map(|file| file.old.as_slice()).collect(),
            links: Links::of(patch),
            found: BTreeSet::new(),
            without_context: patch.is_without_context(),
        };
        for file in &patch.files {
            planner.file(file).map_err(|error| error.in_file(safety::shown(&file.new)))?;
        }
        planner.plan.refuse_beyond_its_links()?;
        Ok(planner.plan)
    }

    /// A last look at what was planned: nothing is put beyond a link that the patch makes, in whatever way it makes it.
    fn refuse_beyond_its_links(&self) -> Result<()> {
        let link = |path: &&Path| self.written.get(*path).is_some_and(|entry| entry.mode.is_link());
        if !self.written.values().any(|entry| entry.mode.is_link()) {
            return Ok(());
        }
        for path in self.written.keys() {
            if let Some(link) = path.ancestors().skip(1).find(link) {
                return Err(beyond_link(&link.to_string_lossy()).in_file(path.to_string_lossy()));
            }
        }
        Ok(())
    }
}

impl Planner<'_> {
    fn file(&mut self, file: &FilePatch<'_>) -> Result<()> {
        refuse_what_makes_no_sense(file)?;
        for path in [&file.old, &file.new] {
            if let Some(why) = safety::objection(path) {
                return Err(patch_error(format!("the patch may not touch it: {why}")));
            }
        }
        // What a submodule holds is none of this repository's files.
        if file.is_submodule() {
            return Ok(());
        }
        if file.sort != Sort::Delete {
            self.links.refuse_beyond(&file.new, self.checkout)?;
        }
        let old = if file.sort == Sort::Create { None } else { Some(self.old_entry(file)?) };
        if matches!(file.sort, Sort::Create | Sort::Rename | Sort::Copy) {
            self.refuse_existing(file)?;
        }
        let content = self.new_content(file, old.as_ref().map(|entry| &entry.content))?;
        if matches!(file.sort, Sort::Delete | Sort::Rename) {
            self.plan.removed.insert(safety::to_path(&file.old));
            self.earlier.insert(file.old.clone(), Earlier::Removed);
        }
        if file.sort == Sort::Delete {
            return refuse_left_over(&content);
        }
        let mode = file.new_mode.or(old.map(|entry| entry.mode)).unwrap_or(Mode::FILE);
        let entry = Entry { content, mode };
        self.earlier.insert(file.new.clone(), Earlier::Wrote(entry.clone()));
        self.plan.written.insert(safety::to_path(&file.new), entry);
        Ok(())
    }

    /// The file that the patch starts from.
    fn old_entry(&mut self, file: &FilePatch<'_>) -> Result<Entry> {
        let entry = self.entry_before(file)?;
        let expected = file.old_mode.unwrap_or(entry.mode);
        if expected.kind() != entry.mode.kind() {
            return Err(patch_error(format!("it is {}, but the patch is for {}", kind(entry.mode), kind(expected))));
        }
        // Git writes this as a deletion and a creation, and takes nothing else.
        let new = file.new_mode.unwrap_or(entry.mode);
        if file.sort != Sort::Delete && new.kind() != entry.mode.kind() {
            return Err(patch_error(format!("it is {}, but the patch makes it {}", kind(entry.mode), kind(new))));
        }
        Ok(entry)
    }

    /// Renames and copies mean the file as it was before the whole patch.
    fn entry_before(&mut self, file: &FilePatch<'_>) -> Result<Entry> {
        if matches!(file.sort, Sort::Modify | Sort::Delete) {
            match self.earlier.get(&file.old) {
                Some(Earlier::Wrote(entry)) if !self.leaving.contains(file.old.as_slice()) => return Ok(entry.clone()),
                Some(Earlier::Removed) => return Err(patch_error("an earlier part of the patch has removed it")),
                _ => {}
            }
        }
        let first = self.found.insert(file.old.clone());
        let found = read_entry(self.checkout, &safety::to_path(&file.old), first, self.bound)?;
        found.ok_or_else(|| patch_error(format!("{}: no such file", String::from_utf8_lossy(&file.old))))
    }

    /// A new file must not replace one that is there, unless the patch takes that away.
    fn refuse_existing(&self, file: &FilePatch<'_>) -> Result<()> {
        let leaves = self.leaving.contains(file.new.as_slice());
        if leaves || matches!(self.earlier.get(&file.new), Some(Earlier::Removed)) {
            return Ok(());
        }
        let there = match self.checkout.kind(&safety::to_path(&file.new)) {
            Ok(there) => there.is_some_and(|kind| kind != Kind::Directory),
            // A link that goes away, or that `links` has refused.
            Err(cause) if BeyondLink::of(&cause).is_some() => false,
            Err(cause) => return Err(failed("finding it", cause)),
        };
        if there || self.earlier.contains_key(&file.new) {
            return Err(patch_error("it already exists, but the patch creates it"));
        }
        Ok(())
    }

    fn new_content(&mut self, file: &FilePatch<'_>, old: Option<&Arc<Vec<u8>>>) -> Result<Arc<Vec<u8>>> {
        let content = match &file.content {
            Content::Text(hunks) if hunks.is_empty() => {
                let content = old.cloned().unwrap_or_default();
                self.bound.take(content.len() as u64, "its new content")?;
                return Ok(content);
            }
            Content::Text(hunks) => self.patched(hunks, old.map_or(&[], |content| content))?,
            Content::Binary(binary) => binary
                .apply(old.map_or(&[], |content| content), self.bound)?
                .ok_or_else(|| patch_error("its content is not what the binary patch was made for"))?,
            Content::BinaryWithoutData => {
                return Err(patch_error("it is binary, but the patch has no data for it")
                    .with_hint("Take the file from the session's pull request or branch."));
            }
        };
        Ok(content.into())
    }

    fn patched(&mut self, hunks: &[Hunk<'_>], old: &[u8]) -> Result<Vec<u8>> {
        let mut image = Image::new(old, self.bound)?;
        for (number, hunk) in (1..).zip(hunks) {
            let fits = image.apply(hunk, self.without_context, self.bound);
            fits.map_err(|why| misfit(why).in_hunk(number))?;
        }
        image.into_content(self.bound)
    }
}

/// Reads a file, or where a symbolic link points; nothing when there is neither. `first`: it has not been read before.
pub(super) fn read_entry(checkout: &Checkout, path: &Path, first: bool, bound: &mut Bound) -> Result<Option<Entry>> {
    let unreadable = |cause: io::Error| match BeyondLink::of(&cause) {
        Some(link) => beyond_link(&link.to_string_lossy()),
        None => failed("reading it", cause),
    };
    let entry = match checkout.read(path).map_err(unreadable)? {
        None => return Ok(None),
        Some(Found::Link(target)) => Entry { content: target.into(), mode: Mode::LINK },
        Some(Found::File { file, size, permissions }) => {
            if first {
                bound.found(size);
            }
            let content = bound.read(file, size, "its content")?.map_err(unreadable)?;
            if content.len() as u64 != size {
                return Err(patch_error("it changed while it was being read"));
            }
            let mode = if permissions & 0o100 == 0 { Mode::FILE } else { Mode::PROGRAM };
            Entry { content: content.into(), mode }
        }
    };
    Ok(Some(entry))
}

fn refuse_what_makes_no_sense(file: &FilePatch<'_>) -> Result<()> {
    let Some(problem) = &file.problem else { return Ok(()) };
    let error = malformed(&format!("{} (line {} of the patch)", problem.what, problem.line));
    Err(match problem.hunk {
        Some(hunk) => error.in_hunk(hunk),
        None => error,
    })
}

/// A deletion whose file has more than the patch knows of.
fn refuse_left_over(content: &[u8]) -> Result<()> {
    if content.is_empty() {
        return Ok(());
    }
    Err(patch_error("the patch deletes it, but it has more lines than the patch contains"))
}

fn kind(mode: Mode) -> &'static str {
    if mode.is_link() { "a symbolic link" } else { "a file" }
}

fn misfit(why: Misfit) -> Error {
    match why {
        Misfit::Mismatch(why) => mismatch(&why),
        Misfit::Bound(error) => error,
    }
}

fn mismatch(why: &Mismatch) -> Error {
    let line = |line: &Option<String>| line.as_ref().map_or("the end of the file".to_owned(), |line| excerpt(line));
    let (expected, found) = (line(&why.expected), line(&why.found));
    patch_error(format!("line {}: expected {expected}, found {found}", why.line))
}
