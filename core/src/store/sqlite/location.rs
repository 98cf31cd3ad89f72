//! Where a store is kept, and that nobody else can read or change its files.

use std::fs::{self, DirBuilder, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::faults;
use crate::ground::error::Result;

/// Where a store is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere but in memory.
    Memory,
    /// In memory, although it was to be on disk.
    Nowhere {
        /// Why.
        reason: String,
    },
    /// In this file.
    File {
        /// The file.
        path: PathBuf,
        /// Whether the user named the directory; else memory will do where it can't be used.
        chosen: bool,
    },
}

/// The same name for the same file, however it is written: links on the way to its directory are followed, as far as that
/// exists.
pub(super) fn canonical(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut behind = Vec::new();
    let mut directory = path.as_path();
    while let (Some(parent), Some(name)) = (directory.parent(), directory.file_name()) {
        behind.push(name);
        if let Ok(found) = parent.canonicalize() {
            return behind.iter().rev().fold(found, |path, name| path.join(name));
        }
        directory = parent;
    }
    path
}

/// A file of the same name with something behind it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// What SQLite looks for beside a file: a log, its index, and a journal of a change that was not finished, which it plays back
/// into the file when it opens it, whatever kind of journal the file itself asks for.
const COMPANIONS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Makes the directory (0700 where it wasn't there) and the file (0600), or makes sure that what is there is ours alone.
///
/// A file that is there is never opened: closing it again would take away the locks that SQLite has on it in this process.
pub(super) fn prepare(path: &Path) -> Result<()> {
    let fail = |cause: io::Error| faults::failed_io(path, cause);
    if let Some(directory) = path.parent() {
        make_directory(directory).map_err(fail)?;
        check_directory(directory)?;
    }
    match private().write(true).create_new(true).open(path) {
        Ok(_) => {}
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {
            check(path, &fs::symlink_metadata(path).map_err(fail)?)?;
        }
        Err(cause) => return Err(fail(cause)),
    }
    for suffix in COMPANIONS {
        let companion = beside(path, suffix);
        if let Ok(found) = fs::symlink_metadata(&companion) {
            check(&companion, &found)?;
        }
    }
    Ok(())
}

pub(super) fn make_directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// How files are opened that nobody else may read. No link is followed, and no pipe is waited for.
pub(super) fn private() -> OpenOptions {
    #[allow(unused_mut, reason = "there are no modes on other systems")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        use std::os::unix::fs::OpenOptionsExt;
        let flags = i32::try_from((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits()).unwrap_or_default();
        options.mode(0o600).custom_flags(flags);
    }
    options
}

/// Refuses a directory in which somebody else can replace what we put there: one of another user, or not a directory at
/// all but a link to one.
pub(super) fn check_directory(directory: &Path) -> Result<()> {
    let fail = |cause: io::Error| faults::failed_io(directory, cause);
    let found = fs::symlink_metadata(directory).map_err(fail)?;
    if !found.is_dir() {
        return Err(faults::unsafe_file(directory, "is not a directory"));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        // The system's directories are the administrator's.
        if found.uid() != 0 && own_user(directory).map_err(fail)? != found.uid() {
            return Err(faults::unsafe_file(directory, "belongs to another user, who can change what is in it"));
        }
    }
    Ok(())
}

/// Whoever we are, a file that we make shows it.
#[cfg(unix)]
fn own_user(directory: &Path) -> io::Result<u32> {
    use std::os::unix::fs::MetadataExt;
    Ok(tempfile::tempfile_in(directory)?.metadata()?.uid())
}

/// Refuses what isn't a plain file of our own; takes from others what they may read.
fn check(path: &Path, found: &Metadata) -> Result<()> {
    if found.is_symlink() {
        return Err(faults::unsafe_file(path, "is a symbolic link, which may point anywhere"));
    }
    if !found.is_file() {
        return Err(faults::unsafe_file(path, "is not a file"));
    }
    #[cfg(unix)]
    check_owner(path, found)?;
    Ok(())
}

#[cfg(unix)]
fn check_owner(path: &Path, found: &Metadata) -> Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let fail = |cause: io::Error| faults::failed_io(path, cause);
    let own = path.parent().map(own_user).transpose().map_err(fail)?;
    if own.is_some_and(|own| own != found.uid()) {
        return Err(faults::unsafe_file(path, "belongs to another user"));
    }
    let mode = found.permissions().mode();
    if mode & 0o022 != 0 {
        return Err(faults::unsafe_file(path, "can be written by other users"));
    }
    if mode & 0o055 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).map_err(fail)?;
    }
    Ok(())
}

/// Puts a file that can't be read aside, with what belongs to it, and says where.
pub(super) fn put_aside(path: &Path) -> Result<PathBuf> {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let aside = |path: &Path| path.with_added_extension(format!("damaged-{seconds}"));
    let fail = |cause: io::Error| faults::failed_io(path, cause);
    fs::rename(path, aside(path)).map_err(fail)?;
    for suffix in COMPANIONS {
        let companion = beside(path, suffix);
        if companion.exists() {
            fs::rename(&companion, aside(&companion)).map_err(fail)?;
        }
    }
    Ok(aside(path))
}

/// Which file a name stands for: its device and number there.
pub(super) type FileId = (u64, u64);

/// Nothing where there is none, or the system doesn't tell.
#[cfg(unix)]
pub(super) fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    let file = std::fs::metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

#[cfg(not(unix))]
pub(super) fn file_id(_path: &Path) -> Option<FileId> {
    None
}
