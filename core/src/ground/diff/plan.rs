//! What a directory will hold when a patch is applied: worked out in memory, in the order in which git goes about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::place::{Image, Mismatch};
use super::read::{Content, FilePatch, Mode, Patch, Sort};
use super::safety;
use crate::ground::error::{Error, ErrorKind, Result};

/// What is to be done in a directory: first the removals, then the rest.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) removed: BTreeSet<PathBuf>,
    pub(super) written: BTreeMap<PathBuf, Entry>,
}

/// A file with its mode, or a symbolic link and where it points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) content: Vec<u8>,
    pub(super) mode: Mode,
}

/// What earlier files of the patch did to a path.
enum Earlier {
    Wrote(Entry),
    Removed,
}

struct Planner<'d> {
    directory: &'d Path,
    plan: Plan,
    earlier: BTreeMap<Vec<u8>, Earlier>,
    /// Paths that some file of the patch takes away.
    leaving: BTreeSet<&'d [u8]>,
    without_context: bool,
}

impl Plan {
    /// Works out what the patch does in the directory, where nothing is changed yet.
    pub(super) fn of(patch: &Patch<'_>, directory: &Path) -> Result<Self> {
        let leaves = |file: &&FilePatch<'_>| matches!(file.sort, Sort::Delete | Sort::Rename);
        let mut planner = Planner {
            directory,
            plan: Self::default(),
            earlier: BTreeMap::new(),
            leaving: patch.files.iter().filter(leaves).map(|file| file.old.as_slice()).collect(),
            without_context: patch.is_without_context(),
        };
        for file in &patch.files {
            planner.file(file).map_err(|error| error.in_file(file.path()))?;
        }
        Ok(planner.plan)
    }
}

impl Planner<'_> {
    fn file(&mut self, file: &FilePatch<'_>) -> Result<()> {
        refuse_what_makes_no_sense(file)?;
        for path in [&file.old, &file.new] {
            self.refuse_unsafe(path)?;
        }
        // What a submodule holds is none of this repository's files.
        if file.is_submodule() {
            return Ok(());
        }
        let old = if file.sort == Sort::Create { None } else { Some(self.old_entry(file)?) };
        if matches!(file.sort, Sort::Create | Sort::Rename | Sort::Copy) {
            self.refuse_existing(file)?;
        }
        let content = self.new_content(file, old.as_ref().map_or(&[], |entry| &entry.content))?;
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

    /// The file that the patch starts from. Renames and copies mean the file as it was before the whole patch.
    fn old_entry(&self, file: &FilePatch<'_>) -> Result<Entry> {
        if matches!(file.sort, Sort::Modify | Sort::Delete) {
            match self.earlier.get(&file.old) {
                Some(Earlier::Wrote(entry)) if !self.leaving.contains(file.old.as_slice()) => return Ok(entry.clone()),
                Some(Earlier::Removed) => return Err(patch_error("an earlier part of the patch has removed it")),
                _ => {}
            }
        }
        let found = read_entry(&self.directory.join(safety::to_path(&file.old)))?;
        let Some(entry) = found else {
            return Err(patch_error(format!("{} is not there", String::from_utf8_lossy(&file.old))));
        };
        let expected = file.old_mode.unwrap_or(entry.mode);
        if expected.kind() != entry.mode.kind() {
            return Err(patch_error(format!("it is {}, and the patch is for {}", kind(entry.mode), kind(expected))));
        }
        Ok(entry)
    }

    /// A new file must not replace one that is there, unless the patch takes that away.
    fn refuse_existing(&self, file: &FilePatch<'_>) -> Result<()> {
        let leaves = self.leaving.contains(file.new.as_slice());
        if leaves || matches!(self.earlier.get(&file.new), Some(Earlier::Removed)) {
            return Ok(());
        }
        let path = self.directory.join(safety::to_path(&file.new));
        let there = path.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir());
        if there || self.earlier.contains_key(&file.new) {
            return Err(patch_error("it is already there, and the patch creates it"));
        }
        Ok(())
    }

    fn new_content(&self, file: &FilePatch<'_>, old: &[u8]) -> Result<Vec<u8>> {
        match &file.content {
            Content::Text(hunks) => {
                let mut image = Image::new(old);
                for (number, hunk) in (1..).zip(hunks) {
                    image.apply(hunk, self.without_context).map_err(|why| mismatch(&why).in_hunk(number))?;
                }
                Ok(image.into_content())
            }
            Content::Binary(binary) => match binary.apply(old) {
                Ok(Some(content)) => Ok(content),
                Ok(None) => Err(patch_error("its content is not the one that the binary patch was made for")),
                Err(what) => Err(malformed(&what)),
            },
            Content::BinaryWithoutData => Err(patch_error("it is binary, and the patch has no data for it")
                .with_hint("Take the file from the session's pull request or branch.")),
        }
    }

    /// Refuses paths that lead out of the directory, by their words or through a symbolic link.
    fn refuse_unsafe(&self, path: &[u8]) -> Result<()> {
        if let Some(why) = safety::objection(path) {
            return Err(patch_error(format!("the patch may not touch it: {why}")));
        }
        let slashes = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
        for (slash, _) in slashes {
            let parent = &path[..slash];
            let planned = self.plan.written.get(&safety::to_path(parent));
            let link = match planned {
                Some(entry) => entry.mode.is_link(),
                None if self.plan.removed.contains(&safety::to_path(parent)) => false,
                None => self.directory.join(safety::to_path(parent)).is_symlink(),
            };
            if link {
                let link = String::from_utf8_lossy(parent);
                return Err(patch_error(format!("the patch may not touch it: its path goes through the link {link}")));
            }
        }
        Ok(())
    }
}

/// Reads a file, or where a symbolic link points; nothing when there is neither.
pub(super) fn read_entry(path: &Path) -> Result<Option<Entry>> {
    let failed = |cause: io::Error| patch_error(format!("reading it failed: {cause}")).with_source(cause);
    let metadata = match path.symlink_metadata() {
        Ok(metadata) => metadata,
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(cause) => return Err(failed(cause)),
    };
    if metadata.is_symlink() {
        let target = fs::read_link(path).map_err(failed)?;
        return Ok(Some(Entry { content: target.into_os_string().into_encoded_bytes(), mode: Mode::LINK }));
    }
    if !metadata.is_file() {
        return Err(patch_error("it is no file there"));
    }
    let mode = if is_program(&metadata) { Mode::PROGRAM } else { Mode::FILE };
    Ok(Some(Entry { content: fs::read(path).map_err(failed)?, mode }))
}

#[cfg(unix)]
fn is_program(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn is_program(_: &fs::Metadata) -> bool {
    false
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
    Err(patch_error("the patch deletes it, and it has more lines than the patch knows of"))
}

fn kind(mode: Mode) -> &'static str {
    if mode.is_link() { "a symbolic link" } else { "a file" }
}

fn patch_error(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Patch, message)
}

fn malformed(what: &str) -> Error {
    patch_error(format!("the patch can't be understood: {what}"))
        .with_hint("It may have been cut off on the way; get the session's outputs again.")
}

fn mismatch(why: &Mismatch) -> Error {
    let line = |line: &Option<String>| line.as_ref().map_or("the end of the file".to_owned(), |line| excerpt(line));
    let (expected, found) = (line(&why.expected), line(&why.found));
    patch_error(format!("its line {} should be {expected} and is {found}", why.line))
}

/// A line in quotes, so that blanks, CR and a missing line break can be seen; cut when it is long.
fn excerpt(line: &str) -> String {
    let short: String = line.chars().take(80).collect();
    let more = if short.len() < line.len() { "…" } else { "" };
    format!("{short:?}{more}")
}
