//! The directory that a patch is applied to, held open. Every path is walked from there, a directory at a time, and a walk
//! ends at a symbolic link: nothing beyond one is read or written, whoever puts it there, and whenever.
//!
//! `unix` and `windows` hold one open directory each, and do things in it by name.

use std::ffi::OsStr;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Component, Path, PathBuf};

#[cfg_attr(not(windows), path = "checkout/unix.rs")]
#[cfg_attr(windows, path = "checkout/windows.rs")]
mod held;

use held::Held;

/// A directory with what is in it.
#[derive(Debug)]
pub(super) struct Checkout {
    root: Held,
    path: PathBuf,
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file, and its permissions where there are such.
    File {
        permissions: u32,
    },
    Link,
    Directory,
    /// A device, a socket, a pipe.
    Other,
}

/// What can be read at a path.
#[derive(Debug)]
pub(super) enum Found {
    File {
        file: File,
        size: u64,
        permissions: u32,
    },
    /// A symbolic link, and where it points.
    Link(Vec<u8>),
}

/// A path leads beyond this symbolic link.
#[derive(Debug)]
pub(super) struct BeyondLink(PathBuf);

impl fmt::Display for BeyondLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "its path goes through the link {}", self.0.display())
    }
}

impl std::error::Error for BeyondLink {}

impl BeyondLink {
    /// The link, when that is what an error is about.
    pub(super) fn of(error: &io::Error) -> Option<&Path> {
        error.get_ref()?.downcast_ref().map(|Self(link)| link.as_path())
    }
}

impl Checkout {
    /// Opens the directory itself; its own path may have links, for it is the user's.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        Ok(Self { root: Held::open(&path)?, path })
    }

    /// What is at a path: nothing where a directory on the way is missing.
    pub(super) fn kind(&self, path: &Path) -> io::Result<Option<Kind>> {
        if_there(self.at(path, Held::kind))
    }

    /// Opens what is at a path; neither waits for it nor changes it.
    pub(super) fn read(&self, path: &Path) -> io::Result<Option<Found>> {
        if_there(self.at(path, Held::read))
    }

    /// The first directory on the way that is a symbolic link.
    pub(super) fn link_on_the_way(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        match if_there(self.at(path, |_, _| Ok(()))) {
            Err(error) => BeyondLink::of(&error).map(|link| Some(link.to_path_buf())).ok_or(error),
            Ok(_) => Ok(None),
        }
    }

    /// Makes the directories that a path needs and tells of each.
    pub(super) fn make_parents(&self, path: &Path, mut made: impl FnMut(PathBuf)) -> io::Result<()> {
        let step = |here: &Held, name: &OsStr, so_far: &Path| match here.directory(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                here.make_directory(name)?;
                made(so_far.to_path_buf());
                here.directory(name)
            }
            there => there,
        };
        self.walk(path, step).map(drop)
    }

    pub(super) fn make_directory(&self, path: &Path) -> io::Result<()> {
        self.at(path, Held::make_directory)
    }

    /// Removes a directory that is empty.
    pub(super) fn remove_directory(&self, path: &Path) -> io::Result<()> {
        self.at(path, Held::remove_directory)
    }

    pub(super) fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.at(path, Held::remove_file)
    }

    /// Makes a new directory in this one, that nobody else may look into.
    pub(super) fn stage(&self) -> io::Result<Staging<'_>> {
        let name = format!(".jules-apply-{:016x}", rand::random::<u64>());
        self.root.make_private_directory(name.as_ref())?;
        let held = self.root.directory(name.as_ref())?;
        Ok(Staging { checkout: self, name, held: Some(held), files: Vec::new() })
    }

    fn at<T>(&self, path: &Path, act: impl FnOnce(&Held, &OsStr) -> io::Result<T>) -> io::Result<T> {
        let held = self.walk(path, |here, name, _| here.directory(name))?;
        let name = path.file_name().ok_or_else(not_plain)?;
        act(held.as_ref().unwrap_or(&self.root), name)
    }

    /// Goes to the directory that a path is in; nothing is this one.
    fn walk(
        &self,
        path: &Path,
        mut step: impl FnMut(&Held, &OsStr, &Path) -> io::Result<Held>,
    ) -> io::Result<Option<Held>> {
        let (mut at, mut so_far) = (None::<Held>, PathBuf::new());
        for component in path.parent().into_iter().flat_map(Path::components) {
            let Component::Normal(name) = component else { return Err(not_plain()) };
            so_far.push(name);
            let here = at.as_ref().unwrap_or(&self.root);
            let next = step(here, name, &so_far).map_err(|error| match here.kind(name) {
                Ok(Kind::Link) => io::Error::other(BeyondLink(so_far.clone())),
                _ => error,
            })?;
            at = Some(next);
        }
        Ok(at)
    }
}

/// A directory inside of the checkout for files that come or go. It goes with them when it is dropped.
#[derive(Debug)]
pub(super) struct Staging<'c> {
    checkout: &'c Checkout,
    name: String,
    held: Option<Held>,
    files: Vec<String>,
}

impl Staging<'_> {
    /// Where the files are kept from now on.
    pub(super) fn keep(mut self) -> PathBuf {
        self.held = None;
        self.checkout.path.join(&self.name)
    }

    /// Writes a new file. Its permissions are what `permit` makes of those that new files get here.
    pub(super) fn write(&mut self, name: &str, content: &[u8], permit: impl FnOnce(u32) -> u32) -> io::Result<()> {
        self.files.push(name.to_owned());
        self.held()?.write(name.as_ref(), content, permit)
    }

    pub(super) fn link(&mut self, name: &str, target: &[u8]) -> io::Result<()> {
        self.files.push(name.to_owned());
        self.held()?.link(name.as_ref(), target)
    }

    /// Moves what is at a path here.
    pub(super) fn take(&mut self, path: &Path, name: &str) -> io::Result<()> {
        let here = self.held()?;
        self.checkout.at(path, |there, old| there.rename(old, here, name.as_ref()))?;
        self.files.push(name.to_owned());
        Ok(())
    }

    /// Gives the file at a path a second name here.
    pub(super) fn take_too(&mut self, path: &Path, name: &str) -> io::Result<()> {
        let here = self.held()?;
        self.checkout.at(path, |there, old| there.name_too(old, here, name.as_ref()))?;
        self.files.push(name.to_owned());
        Ok(())
    }

    /// Moves a file from here to a path, over what is there.
    pub(super) fn put(&self, name: &str, path: &Path) -> io::Result<()> {
        let here = self.held()?;
        self.checkout.at(path, |there, new| here.rename(name.as_ref(), there, new))
    }

    pub(super) fn kind(&self, name: &str) -> io::Result<Kind> {
        self.held()?.kind(name.as_ref())
    }

    fn held(&self) -> io::Result<&Held> {
        self.held.as_ref().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        // Held no more when its files are kept.
        let Some(held) = self.held.take() else { return };
        for name in &self.files {
            // Most have been put to their places.
            drop(held.remove_file(name.as_ref()));
        }
        drop(held);
        if let Err(error) = self.checkout.root.remove_directory(self.name.as_ref()) {
            tracing::warn!(%error, directory = %self.checkout.path.join(&self.name).display(), "cannot remove a temporary directory");
        }
    }
}

/// Nothing, where it isn't there.
fn if_there<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(there) => Ok(Some(there)),
        Err(error) if is_missing(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn not_plain() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "its path is not normalized")
}
