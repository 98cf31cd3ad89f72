//! Where a store's file is, and that nobody else can read it.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::ground::error::{Error, Result};

/// Where a store is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nowhere but in memory.
    Memory,
    /// In this file.
    File {
        /// The file.
        path: PathBuf,
        /// Whether the user named the directory; else memory will do where it can't be written.
        chosen: bool,
    },
}

/// Makes the directory (0700 where it wasn't there) and the file (0600).
pub(super) fn prepare(path: &Path) -> Result<()> {
    let fail = |cause: io::Error| {
        Error::store(format!("the cache file {} can't be made: {cause}", path.display()))
            .with_hint("Choose another directory with the cache option or JULES_CACHE_DIR, or turn the cache off.")
            .with_source(cause)
    };
    if let Some(directory) = path.parent() {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(directory).map_err(fail)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(fail)?;
    Ok(())
}

/// Puts a file that can't be read aside, with what belongs to it, and says where.
pub(super) fn put_aside(path: &Path) -> Result<PathBuf> {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let aside = |path: &Path| path.with_added_extension(format!("damaged-{seconds}"));
    let fail =
        |cause: io::Error| Error::store(format!("the damaged cache file {} can't be moved: {cause}", path.display()));
    fs::rename(path, aside(path)).map_err(fail)?;
    for suffix in ["-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        let companion = PathBuf::from(name);
        if companion.exists() {
            fs::rename(&companion, aside(&companion)).map_err(fail)?;
        }
    }
    Ok(aside(path))
}
