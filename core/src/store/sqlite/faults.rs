//! What went wrong with a file, said by its cause and with the right advice.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use super::schema::Unusable;
use crate::ground::error::Error;
use crate::store::StoreFault;

const ELSEWHERE: &str = "choose another directory with the cache option or JULES_CACHE_DIR, or turn the cache off";

/// An error about this file, or about a store in memory.
fn error(path: Option<&Path>, fault: StoreFault, what: &str, cause: Option<&str>) -> Error {
    let name =
        path.map_or_else(|| "the cache in memory".to_owned(), |path| format!("the cache file {}", path.display()));
    let cause = cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
    Error::store(format!("{name} {what}{cause}")).with_hint(advice(fault)).with_retryable(fault.may_pass()).with(fault)
}

fn advice(fault: StoreFault) -> String {
    match fault {
        StoreFault::Full => format!("Free some space and try again, or {ELSEWHERE}."),
        StoreFault::Busy => "Try again when the other process is done.".to_owned(),
        StoreFault::ReadOnly | StoreFault::NoPermission => format!("Allow writing to it, or {ELSEWHERE}."),
        StoreFault::Damaged => {
            "Move it away or delete it, together with the files of the same name that end in -wal and -shm: what it \
             remembers of sessions is fetched again."
                .to_owned()
        }
        StoreFault::Newer => format!("Update this library, or {ELSEWHERE}."),
        StoreFault::NotADirectory => format!("Make it a directory, or {ELSEWHERE}."),
        StoreFault::Unsafe => format!("Remove it if you didn't put it there, or {ELSEWHERE}."),
        StoreFault::Device => format!("Check the disk, or {ELSEWHERE}."),
        StoreFault::Unreachable | StoreFault::Other => format!("Try again, or {ELSEWHERE}."),
    }
}

/// What is to be on disk can't be, and a memory was taken in its place.
pub(super) fn not_on_disk(reason: &str) -> Error {
    Error::store(format!("keys and queues must be kept on disk, and the cache is in memory: {reason}"))
        .with_hint("Name a directory with the cache option or JULES_CACHE_DIR. Nothing was sent.")
        .with(StoreFault::Other)
}

/// What SQLite's error means.
pub(super) fn fault_of(cause: &rusqlite::Error) -> StoreFault {
    match cause.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreFault::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreFault::Busy,
        Some(ErrorCode::ReadOnly) => StoreFault::ReadOnly,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreFault::Damaged,
        // No statement here asks for what isn't there, or puts in what doesn't fit.
        Some(ErrorCode::Unknown | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) => StoreFault::Damaged,
        Some(ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied | ErrorCode::CannotOpen) => {
            StoreFault::NoPermission
        }
        Some(ErrorCode::SystemIoFailure) => StoreFault::Device,
        None if is_unreadable(cause) => StoreFault::Damaged,
        _ => StoreFault::Other,
    }
}

/// Whether a value exists that no version of this library writes, or one is missing that always exists.
fn is_unreadable(cause: &rusqlite::Error) -> bool {
    use rusqlite::Error;
    matches!(
        cause,
        Error::FromSqlConversionFailure(..)
            | Error::IntegralValueOutOfRange(..)
            | Error::InvalidColumnType(..)
            | Error::QueryReturnedNoRows
            | Error::SqlInputError { .. }
            | Error::Utf8Error(..)
    )
}

/// A failure of SQLite.
pub(super) fn failed(path: Option<&Path>, cause: rusqlite::Error) -> Error {
    let fault = match (fault_of(&cause), path) {
        // Of files beside its own SQLite says no more than that they can't be made or written.
        (StoreFault::Device | StoreFault::NoPermission, Some(path)) if has_no_room(path) => StoreFault::Full,
        (fault, _) => fault,
    };
    let what = match fault {
        StoreFault::Full => "can't be written: there is no space left",
        StoreFault::Busy => "has been locked by another process for too long",
        StoreFault::ReadOnly => "can only be read",
        StoreFault::Damaged => "is damaged",
        StoreFault::NoPermission => "can't be opened",
        StoreFault::Device => "can't be read or written",
        _ => "can't be used",
    };
    error(path, fault, what, Some(&cause.to_string())).with_source(cause)
}

/// Whether the disk has no room for what SQLite makes beside a file, or for another file at all.
#[cfg(unix)]
fn has_no_room(path: &Path) -> bool {
    const LEAST: u64 = 64 * 1024;
    let Some(disk) = path.parent().and_then(|directory| rustix::fs::statvfs(directory).ok()) else { return false };
    disk.f_bavail.saturating_mul(disk.f_frsize) < LEAST || disk.f_files > 0 && disk.f_favail == 0
}

#[cfg(not(unix))]
fn has_no_room(_path: &Path) -> bool {
    false
}

/// A file that another process keeps locked; these use it.
pub(super) fn busy(path: Option<&Path>, cause: rusqlite::Error, others: &[u32]) -> Error {
    if others.is_empty() {
        return failed(path, cause);
    }
    let others: Vec<_> = others.iter().map(u32::to_string).collect();
    let what = format!("has been locked by another process for too long; it is used by process {}", others.join(", "));
    error(path, StoreFault::Busy, &what, Some(&cause.to_string())).with_source(cause)
}

/// A file that can't be used as it is.
pub(super) fn unusable(path: Option<&Path>, unusable: Unusable) -> Error {
    match unusable {
        Unusable::Broken(cause) => failed(path, cause),
        Unusable::Newer(version) => {
            let what = format!("was written by a newer version of this library (format {version})");
            error(path, StoreFault::Newer, &what, None)
        }
    }
}

/// A failure of the file system.
pub(super) fn failed_io(path: &Path, cause: io::Error) -> Error {
    let fault = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreFault::Full,
        io::ErrorKind::ReadOnlyFilesystem => StoreFault::ReadOnly,
        io::ErrorKind::PermissionDenied => StoreFault::NoPermission,
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => StoreFault::NotADirectory,
        _ => StoreFault::Other,
    };
    let what = match fault {
        StoreFault::Full => "can't be created: there is no space left",
        StoreFault::ReadOnly => "can't be created: its file system can only be read",
        StoreFault::NoPermission => "can't be created: the system doesn't allow it",
        StoreFault::NotADirectory => "can't be created: something on its path is not a directory",
        _ => "can't be created",
    };
    error(Some(path), fault, what, Some(&cause.to_string())).with_source(cause)
}

/// A file that somebody else may have put there or may change.
pub(super) fn unsafe_file(path: &Path, what: &str) -> Error {
    error(Some(path), StoreFault::Unsafe, what, None)
}
