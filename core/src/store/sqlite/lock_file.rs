//! A lock that a client holds as long as it lives: the system takes it back when its process ends, however it ends. When it
//! is free its holder is gone; when it is held that proves nothing, for a forked child holds it too.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::location;

/// The lock on a file of this client's own, beside the store's.
#[derive(Debug)]
pub(super) struct LockFile {
    file: File,
    process: u32,
}

/// The file of a client; `store` is the store's.
fn path_of(store: &Path, handle: &str) -> PathBuf {
    location::beside(store, "-clients").join(format!("{handle}.lock"))
}

impl LockFile {
    pub(super) fn take(store: &Path, handle: &str) -> io::Result<Self> {
        let path = path_of(store, handle);
        if let Some(directory) = path.parent() {
            location::make_directory(directory)?;
            location::check_directory(directory).map_err(io::Error::other)?;
        }
        let file = location::private().write(true).create_new(true).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, process: std::process::id() }),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(cause)) => Err(cause),
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // The parent's lock is the child's too, and isn't the child's to give up.
        if self.process == std::process::id() {
            // Closing isn't enough: a forked child may have the file open too. The file stays, for others to find it free.
            let _ = self.file.unlock();
        }
    }
}

/// Whether the lock of a client is free: then it is gone for good.
pub(super) fn is_free(store: &Path, handle: &str) -> bool {
    let Ok(file) = location::private().write(true).open(path_of(store, handle)) else { return false };
    file.try_lock().is_ok()
}

/// Removes what a client left that is gone.
pub(super) fn remove(store: &Path, handle: &str) {
    let _ = fs::remove_file(path_of(store, handle));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_free_when_its_holder_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("store.sqlite3");
        let held = LockFile::take(&store, "a").unwrap();
        assert!(!is_free(&store, "a"));
        // A file that somebody removed proves nothing.
        assert!(!is_free(&store, "b"));
        drop(held);
        assert!(is_free(&store, "a"));
        remove(&store, "a");
        assert!(!path_of(&store, "a").exists());
    }
}
