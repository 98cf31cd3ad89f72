//! Opening a file: its tables up to date, and what to do when it can't be used as it is.

use std::fs::File;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};

use super::schema::{self, Unusable};
use super::{faults, location};
use crate::ground::error::Result;
use crate::store::StoreFault;

/// How long a process waits for another one that writes.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long it rests between two attempts where SQLite itself doesn't wait.
const BUSY_PAUSE: Duration = Duration::from_millis(10);
/// What a connection that only reads keeps of the file.
const READER_KIB: i64 = 512;

/// A store in memory.
pub(super) fn memory() -> Result<Connection> {
    let open = || {
        let mut connection = Connection::open_in_memory()?;
        schema::migrate(&mut connection)?;
        Ok(connection)
    };
    open().map_err(|unusable| faults::unusable(None, unusable))
}

/// The file, to write. A damaged one that nobody chose is kept aside, and a fresh one begun.
pub(super) fn writer(path: &Path, chosen: bool) -> Result<Connection> {
    location::prepare(path)?;
    match connect(path) {
        Err(Unusable::Broken(cause)) if is_damage(&cause) && !chosen => begin_afresh(path),
        result => result.map_err(|unusable| faults::unusable(Some(path), unusable)),
    }
}

/// Another connection to a file that is open.
fn another(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    configure(&connection)?;
    Ok(connection)
}

/// Several processes may find the damage at once: one of them moves the file away, and the others find a fresh one.
fn begin_afresh(path: &Path) -> Result<Connection> {
    let _alone = alone(path)?;
    match connect(path) {
        Err(Unusable::Broken(cause)) if is_damage(&cause) => {
            let aside = location::put_aside(path)?;
            tracing::warn!(target: "jules::store", %cause, kept = %aside.display(), "the cache file was damaged; starting a fresh one");
            location::prepare(path)?;
            connect(path)
        }
        result => result,
    }
    .map_err(|unusable| faults::unusable(Some(path), unusable))
}

/// A lock on a file of its own.
fn alone(path: &Path) -> Result<File> {
    let fail = |cause| faults::failed_io(path, cause);
    let file = location::private().append(true).create(true).open(location::beside(path, "-repair")).map_err(fail)?;
    file.lock().map_err(fail)?;
    Ok(file)
}

fn is_damage(cause: &rusqlite::Error) -> bool {
    faults::fault_of(cause) == StoreFault::Damaged
}

/// Several processes may make the same file at once: turning it into one with a write-ahead log fails in all but one of
/// them, for SQLite doesn't wait there.
fn connect(path: &Path) -> Result<Connection, Unusable> {
    let began = Instant::now();
    loop {
        match connect_once(path) {
            Err(Unusable::Broken(cause)) if is_busy(&cause) && began.elapsed() < BUSY_TIMEOUT => sleep(BUSY_PAUSE),
            result => return result,
        }
    }
}

fn is_busy(cause: &rusqlite::Error) -> bool {
    cause.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

fn connect_once(path: &Path) -> Result<Connection, Unusable> {
    let mut connection = another(path)?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

/// One that only reads. There are several, which mostly read on: each page once, and the system remembers it too.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let connection = another(path)?;
    connection.pragma_update(None, "cache_size", -READER_KIB)?;
    Ok(connection)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A killed process loses nothing with NORMAL; a power cut may lose the last moments, which are fetched again.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}
