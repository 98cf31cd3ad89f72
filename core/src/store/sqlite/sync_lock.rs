//! One sync at a time per store: in a process by a mutex, between processes by a lock on a file beside the store's, which
//! the system takes back when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::Arc;

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::Lease;

/// What a holder holds.
struct Held {
    file: Option<File>,
    _turn: OwnedMutexGuard<()>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(file) = &self.file {
            // Closing isn't enough: a forked child may have the file open too.
            let _ = file.unlock();
        }
    }
}

/// Takes the lease unless somebody else has it. `path` is the store's file.
pub(super) fn try_lease(turn: &Arc<Mutex<()>>, path: Option<&Path>) -> Option<Lease> {
    let turn = Arc::clone(turn).try_lock_owned().ok()?;
    let file = match path.map(lock).transpose() {
        Ok(file) => file,
        Err(TryLockError::WouldBlock) => return None,
        Err(TryLockError::Error(cause)) => {
            tracing::warn!(target: "jules::store", %cause, "other processes can't be kept from syncing at the same time");
            None
        }
    };
    Some(Lease::new(Held { file, _turn: turn }))
}

fn lock(store: &Path) -> Result<File, TryLockError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(store.with_added_extension("sync")).map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_it_until_it_lets_go() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.sqlite3");
        let (one, other) = (Arc::default(), Arc::default());
        for path in [Some(path.as_path()), None] {
            let held = try_lease(&one, path);
            assert!(held.is_some());
            assert!(try_lease(&one, path).is_none());
            // Another client in the same process, or another process.
            assert_eq!(try_lease(&other, path).is_none(), path.is_some());
            drop(held);
            assert!(try_lease(&other, path).is_some());
        }
    }
}
