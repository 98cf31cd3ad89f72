//! Makes a directory what a plan says, or leaves it as it was.
//!
//! New files are written beside the old ones first, in a directory of their own. Then files only change places, each
//! step is noted, and when one fails the steps are taken back.

use std::io;
use std::path::{Path, PathBuf};

use super::checkout::{Checkout, Kind, Staging, is_missing};
use super::fault::failed;
use super::plan::{Entry, Plan};
use crate::ground::error::Result;

/// Carries out a plan in the directory.
pub(super) fn carry_out(plan: &Plan, checkout: &Checkout) -> Result<()> {
    let unprepared = |cause: io::Error| failed("preparing the files", cause);
    if plan.removed.is_empty() && plan.written.is_empty() {
        return Ok(());
    }
    let mut staging = checkout.stage().map_err(unprepared)?;
    for (number, (path, entry)) in plan.written.iter().enumerate() {
        write(&mut staging, &new_name(number), entry, || checkout.kind(path)).map_err(unprepared)?;
    }
    let mut moves = Moves { checkout, staging, kept: 0, done: Vec::new() };
    let Err((path, cause)) = moves.all(plan) else { return Ok(()) };
    let lost = moves.take_back();
    let error = failed("moving the files to their places", cause).in_file(path.to_string_lossy());
    Err(match lost {
        None => error.with_hint("Nothing was changed."),
        Some(kept) => {
            error.with_hint(format!("Not all files could be restored; the old files are in {}.", kept.display()))
        }
    })
}

/// A step that can be taken back.
enum Step {
    /// A file was moved away, to this name.
    Displaced {
        from: PathBuf,
        to: String,
    },
    /// A file was put where there was none.
    Placed(PathBuf),
    MadeDirectory(PathBuf),
    RemovedDirectory(PathBuf),
}

struct Moves<'c> {
    checkout: &'c Checkout,
    staging: Staging<'c>,
    /// How many names old files have been given.
    kept: usize,
    done: Vec<Step>,
}

impl Moves<'_> {
    fn all(&mut self, plan: &Plan) -> Result<(), (PathBuf, io::Error)> {
        for path in &plan.removed {
            self.displace(path).map_err(|cause| (path.clone(), cause))?;
        }
        for path in &plan.removed {
            self.remove_empty_parents(path);
        }
        for (number, path) in plan.written.keys().enumerate() {
            self.place(number, path).map_err(|cause| (path.clone(), cause))?;
        }
        Ok(())
    }

    /// Moves what is there out of the way.
    fn displace(&mut self, path: &Path) -> io::Result<()> {
        let to = self.old_name();
        match self.staging.take(path, &to) {
            Ok(()) => self.done.push(Step::Displaced { from: path.to_path_buf(), to: to.clone() }),
            Err(cause) if is_missing(&cause) => return Ok(()),
            Err(cause) => return Err(cause),
        }
        // The plan was for a file; what has taken its place meanwhile goes back.
        match self.staging.kind(&to)? {
            Kind::Directory => Err(io::ErrorKind::IsADirectory.into()),
            _ => Ok(()),
        }
    }

    /// As git does: a directory goes with its last file.
    fn remove_empty_parents(&mut self, path: &Path) {
        for parent in path.ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()) {
            if self.checkout.remove_directory(parent).is_err() {
                return;
            }
            self.done.push(Step::RemovedDirectory(parent.to_path_buf()));
        }
    }

    fn place(&mut self, number: usize, path: &Path) -> io::Result<()> {
        let (checkout, done) = (self.checkout, &mut self.done);
        checkout.make_parents(path, |made| done.push(Step::MadeDirectory(made)))?;
        if checkout.kind(path)? == Some(Kind::Directory) {
            checkout.remove_directory(path)?;
            self.done.push(Step::RemovedDirectory(path.to_path_buf()));
        }
        let kept = self.old_name();
        // With a second name for the old file, there is no moment without either.
        let linked = self.staging.take_too(path, &kept).is_ok();
        if !linked {
            self.displace(path)?;
        }
        self.staging.put(&new_name(number), path)?;
        let from = path.to_path_buf();
        self.done.push(if linked { Step::Displaced { from, to: kept } } else { Step::Placed(from) });
        Ok(())
    }

    fn old_name(&mut self) -> String {
        self.kept += 1;
        format!("old-{}", self.kept)
    }

    /// Takes the steps back, the last first. When that fails too, says where the old files are kept.
    fn take_back(mut self) -> Option<PathBuf> {
        let mut lost = false;
        while let Some(step) = self.done.pop() {
            let undone = match step {
                Step::Displaced { from, to } => self.staging.put(&to, &from),
                Step::Placed(path) => self.checkout.remove_file(&path),
                Step::MadeDirectory(path) => self.checkout.remove_directory(&path),
                Step::RemovedDirectory(path) => self.checkout.make_directory(&path),
            };
            lost |= undone.is_err();
        }
        lost.then(|| self.staging.keep())
    }
}

fn new_name(number: usize) -> String {
    format!("new-{number}")
}

/// Writes a new file; `replaced` is the one whose permissions it takes over.
fn write(
    staging: &mut Staging<'_>,
    name: &str,
    entry: &Entry,
    replaced: impl FnOnce() -> io::Result<Option<Kind>>,
) -> io::Result<()> {
    if entry.mode.is_link() {
        return staging.link(name, &entry.content);
    }
    let permit = |usual: u32| {
        let mode = match replaced() {
            Ok(Some(Kind::File { permissions })) => permissions,
            _ => usual,
        } & 0o777;
        // Whoever may read a program may run it.
        if entry.mode.is_program() { mode | (mode & 0o444) >> 2 } else { mode & !0o111 }
    };
    staging.write(name, &entry.content, permit)
}
