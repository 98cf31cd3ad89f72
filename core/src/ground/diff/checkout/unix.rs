//! An open directory: what is done in it by name is done there, wherever its path leads by now (`openat` and its like).
//! No call here follows a symbolic link.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use super::{Found, Kind};

/// To walk on from a directory, no permission to list it is needed.
#[cfg(any(target_os = "linux", target_os = "android"))]
const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

const NEW_FILE: OFlags = OFlags::WRONLY.union(OFlags::CREATE).union(OFlags::EXCL).union(OFlags::CLOEXEC);

#[derive(Debug)]
pub(super) struct Held(OwnedFd);

impl Held {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, DIRECTORY, Mode::empty())?))
    }

    pub(super) fn directory(&self, name: &OsStr) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(&self.0, name, DIRECTORY | OFlags::NOFOLLOW, Mode::empty())?))
    }

    pub(super) fn kind(&self, name: &OsStr) -> io::Result<Kind> {
        let found = rustix::fs::statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(match FileType::from_raw_mode(found.st_mode) {
            FileType::RegularFile => Kind::File { permissions: permissions(&found) },
            FileType::Symlink => Kind::Link,
            FileType::Directory => Kind::Directory,
            _ => Kind::Other,
        })
    }

    pub(super) fn read(&self, name: &OsStr) -> io::Result<Found> {
        match self.kind(name)? {
            Kind::Link => {
                let target = rustix::fs::readlinkat(&self.0, name, Vec::new())?;
                return Ok(Found::Link(target.into_bytes()));
            }
            Kind::File { .. } => {}
            Kind::Directory | Kind::Other => return Err(no_file()),
        }
        // What has taken its place since may be a pipe, which would wait for a writer, or a link.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.0, name, flags, Mode::empty())?;
        let found = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
            return Err(no_file());
        }
        let size = u64::try_from(found.st_size).unwrap_or_default();
        Ok(Found::File { file: file.into(), size, permissions: permissions(&found) })
    }

    pub(super) fn make_directory(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::RWXU | Mode::RWXG | Mode::RWXO)?)
    }

    pub(super) fn make_private_directory(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::RWXU)?)
    }

    pub(super) fn remove_directory(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    pub(super) fn remove_file(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    pub(super) fn rename(&self, name: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, name, &to.0, new)?)
    }

    /// A second name for a file, or for a link itself.
    pub(super) fn name_too(&self, name: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::linkat(&self.0, name, &to.0, new, AtFlags::empty())?)
    }

    pub(super) fn write(&self, name: &OsStr, content: &[u8], permit: impl FnOnce(u32) -> u32) -> io::Result<()> {
        let usual = Mode::from_raw_mode(0o666);
        let mut file = File::from(rustix::fs::openat(&self.0, name, NEW_FILE, usual)?);
        file.write_all(content)?;
        let given = permissions(&rustix::fs::fstat(&file)?);
        #[allow(clippy::useless_conversion, reason = "a mode has 16 bits on macOS")]
        let wanted = Mode::from_bits_truncate(permit(given).try_into().unwrap_or_default());
        Ok(rustix::fs::fchmod(&file, wanted)?)
    }

    pub(super) fn link(&self, name: &OsStr, target: &[u8]) -> io::Result<()> {
        Ok(rustix::fs::symlinkat(target, &self.0, name)?)
    }
}

#[allow(clippy::unnecessary_cast, clippy::useless_conversion, reason = "a mode has 16 bits on macOS")]
fn permissions(found: &rustix::fs::Stat) -> u32 {
    u32::from(found.st_mode) & 0o7777
}

fn no_file() -> io::Error {
    io::Error::other("not a regular file")
}
