//! Makes a directory what a plan says, or leaves it as it was.
//!
//! New files are written beside the old ones first, in a directory of their own. Then files only change places, each
//! step is noted, and when one fails the steps are taken back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::plan::{Entry, Plan};
use crate::ground::error::{Error, ErrorKind, Result};

/// Carries out a plan in the directory.
pub(super) fn carry_out(plan: &Plan, directory: &Path) -> Result<()> {
    let failed = |cause: io::Error| broken("preparing the files failed", cause);
    if plan.removed.is_empty() && plan.written.is_empty() {
        return Ok(());
    }
    let staging = tempfile::Builder::new().prefix(".jules-apply-").tempdir_in(directory).map_err(failed)?;
    for (number, (path, entry)) in plan.written.iter().enumerate() {
        let staged = staging.path().join(format!("new-{number}"));
        write(&staged, entry, &directory.join(path)).map_err(failed)?;
    }
    let mut moves = Moves { directory, staging, done: Vec::new() };
    let Err((path, cause)) = moves.all(plan) else { return Ok(()) };
    let lost = moves.take_back();
    let error = broken("moving the files to their places failed", cause).in_file(path.to_string_lossy().into_owned());
    Err(match lost {
        None => error.with_hint("Nothing was changed."),
        Some(kept) => error.with_hint(format!("Not all could be put back; the old files are in {}.", kept.display())),
    })
}

/// A step that can be taken back.
enum Step {
    /// A file was moved away, to there.
    Displaced {
        from: PathBuf,
        to: PathBuf,
    },
    /// A file was put where there was none.
    Placed(PathBuf),
    MadeDirectory(PathBuf),
    RemovedDirectory(PathBuf),
}

struct Moves<'d> {
    directory: &'d Path,
    staging: TempDir,
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
        let from = self.directory.join(path);
        let to = self.staging.path().join(format!("old-{}", self.done.len()));
        match fs::rename(&from, &to) {
            Ok(()) => self.done.push(Step::Displaced { from, to }),
            Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
            Err(cause) => return Err(cause),
        }
        Ok(())
    }

    /// As git does: a directory goes with its last file.
    fn remove_empty_parents(&mut self, path: &Path) {
        for parent in path.ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()) {
            let parent = self.directory.join(parent);
            if fs::remove_dir(&parent).is_err() {
                return;
            }
            self.done.push(Step::RemovedDirectory(parent));
        }
    }

    fn place(&mut self, number: usize, path: &Path) -> io::Result<()> {
        let target = self.directory.join(path);
        self.make_parents(path)?;
        if target.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            fs::remove_dir(&target)?;
            self.done.push(Step::RemovedDirectory(target.clone()));
        }
        let staged = self.staging.path().join(format!("new-{number}"));
        let kept = self.staging.path().join(format!("old-{}", self.done.len()));
        // With a second name for the old file, there is no moment without either.
        let linked = fs::hard_link(&target, &kept).is_ok();
        if !linked {
            self.displace(path)?;
        }
        fs::rename(staged, &target)?;
        self.done.push(if linked { Step::Displaced { from: target, to: kept } } else { Step::Placed(target) });
        Ok(())
    }

    fn make_parents(&mut self, path: &Path) -> io::Result<()> {
        let mut parents: Vec<_> = path.ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()).collect();
        parents.reverse();
        for parent in parents {
            let parent = self.directory.join(parent);
            if !parent.is_dir() {
                fs::create_dir(&parent)?;
                self.done.push(Step::MadeDirectory(parent));
            }
        }
        Ok(())
    }

    /// Takes the steps back, the last first. When that fails too, says where the old files are kept.
    fn take_back(mut self) -> Option<PathBuf> {
        let mut failed = false;
        while let Some(step) = self.done.pop() {
            let undone = match step {
                Step::Displaced { from, to } => fs::rename(to, from),
                Step::Placed(path) => fs::remove_file(path),
                Step::MadeDirectory(path) => fs::remove_dir(path),
                Step::RemovedDirectory(path) => fs::create_dir(path),
            };
            failed |= undone.is_err();
        }
        failed.then(|| self.staging.keep())
    }
}

/// Writes a new file; `replaced` is the one whose permissions it takes over.
fn write(path: &Path, entry: &Entry, replaced: &Path) -> io::Result<()> {
    if entry.mode.is_link() {
        return link(&entry.content, path);
    }
    fs::write(path, &entry.content)?;
    permit(path, entry, replaced)
}

#[cfg(unix)]
fn link(target: &[u8], path: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(super::safety::to_path(target), path)
}

/// As git with `core.symlinks=false`: a file that holds where the link points.
#[cfg(not(unix))]
fn link(target: &[u8], path: &Path) -> io::Result<()> {
    fs::write(path, target)
}

#[cfg(unix)]
fn permit(path: &Path, entry: &Entry, replaced: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let old = replaced.symlink_metadata().ok().filter(fs::Metadata::is_file);
    let mut mode = old.map_or(fs::metadata(path)?.permissions().mode(), |old| old.permissions().mode()) & 0o777;
    // Whoever may read a program may run it.
    mode = if entry.mode.is_program() { mode | (mode & 0o444) >> 2 } else { mode & !0o111 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn permit(_: &Path, _: &Entry, _: &Path) -> io::Result<()> {
    Ok(())
}

fn broken(what: &str, cause: io::Error) -> Error {
    Error::new(ErrorKind::Patch, format!("{what}: {cause}")).with_source(cause)
}
