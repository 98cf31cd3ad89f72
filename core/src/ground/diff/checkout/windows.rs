//! An open directory: as long as it is held, Windows lets nobody rename or remove it or those that it is in, so its path
//! leads where it led when it was looked at. No call here follows a symbolic link or a junction.
//!
//! Weaker than on Unix in one point: whoever may write into an empty directory can make it a junction while it is held.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::windows::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Found, Kind};

const FILE_SHARE_READ: u32 = 1;
const FILE_SHARE_WRITE: u32 = 2;
const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;

#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    /// This one and those on the way to it.
    open: Vec<Arc<File>>,
}

impl Held {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let open = vec![Arc::new(hold(path, FILE_FLAG_BACKUP_SEMANTICS)?)];
        Ok(Self { path: path.to_path_buf(), open })
    }

    pub(super) fn directory(&self, name: &OsStr) -> io::Result<Self> {
        let path = self.path.join(name);
        let directory = hold(&path, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT)?;
        let mut open = self.open.clone();
        open.push(Arc::new(directory));
        Ok(Self { path, open })
    }

    pub(super) fn kind(&self, name: &OsStr) -> io::Result<Kind> {
        let found = self.path.join(name).symlink_metadata()?.file_type();
        Ok(if found.is_symlink() {
            Kind::Link
        } else if found.is_dir() {
            Kind::Directory
        } else if found.is_file() {
            Kind::File { permissions: 0 }
        } else {
            Kind::Other
        })
    }

    pub(super) fn read(&self, name: &OsStr) -> io::Result<Found> {
        let path = self.path.join(name);
        match self.kind(name)? {
            Kind::Link => return Ok(Found::Link(fs::read_link(path)?.into_os_string().into_encoded_bytes())),
            Kind::File { .. } => {}
            Kind::Directory | Kind::Other => return Err(no_file()),
        }
        let file = OpenOptions::new().read(true).custom_flags(FILE_FLAG_OPEN_REPARSE_POINT).open(path)?;
        let found = file.metadata()?;
        if found.is_file() { Ok(Found::File { file, size: found.len(), permissions: 0 }) } else { Err(no_file()) }
    }

    pub(super) fn make_directory(&self, name: &OsStr) -> io::Result<()> {
        fs::create_dir(self.path.join(name))
    }

    /// As private as the directory that it is in.
    pub(super) fn make_private_directory(&self, name: &OsStr) -> io::Result<()> {
        self.make_directory(name)
    }

    pub(super) fn remove_directory(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_dir(self.path.join(name))
    }

    pub(super) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    pub(super) fn rename(&self, name: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        fs::rename(self.path.join(name), to.path.join(new))
    }

    /// A second name for a file, or for a link itself.
    pub(super) fn name_too(&self, name: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        fs::hard_link(self.path.join(name), to.path.join(new))
    }

    pub(super) fn write(&self, name: &OsStr, content: &[u8], _: impl FnOnce(u32) -> u32) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).open(self.path.join(name))?;
        file.write_all(content)
    }

    /// As git with `core.symlinks=false`: a file that holds where the link points.
    pub(super) fn link(&self, name: &OsStr, target: &[u8]) -> io::Result<()> {
        self.write(name, target, |permissions| permissions)
    }
}

fn hold(path: &Path, flags: u32) -> io::Result<File> {
    let share = FILE_SHARE_READ | FILE_SHARE_WRITE;
    let directory = OpenOptions::new().read(true).share_mode(share).custom_flags(flags).open(path)?;
    let found = directory.metadata()?.file_type();
    if found.is_dir() && !found.is_symlink() { Ok(directory) } else { Err(io::ErrorKind::NotADirectory.into()) }
}

fn no_file() -> io::Error {
    io::Error::other("not a regular file")
}
