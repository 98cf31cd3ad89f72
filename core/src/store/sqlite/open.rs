//! Opening the file: two connections to it, its tables up to date, and what to do when it can't be used as it is.

use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::Mutex;

use super::failed;
use crate::ground::error::{Error, Result};
use crate::store::schema::{self, Unusable};
use crate::store::{Place, place};

/// How long a process waits for another one that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// How long it rests between two attempts where SQLite itself doesn't wait.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// One connection to write and one to read.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    pub(super) writer: Arc<Mutex<Connection>>,
    pub(super) reader: Arc<Mutex<Connection>>,
}

pub(super) fn open(place: &Place) -> Result<Connections> {
    let Place::File { path, chosen } = place else { return open_memory() };
    match open_file(path) {
        Err(error) if !chosen => {
            tracing::warn!(target: "jules::store", %error, "the cache can't be used; what is seen is remembered in memory only");
            open_memory()
        }
        result => result,
    }
}

fn open_memory() -> Result<Connections> {
    let mut connection = Connection::open_in_memory().map_err(failed)?;
    match schema::migrate(&mut connection) {
        Ok(()) => {}
        Err(Unusable::Broken(cause)) => return Err(failed(cause)),
        Err(Unusable::Newer(_)) => return Err(Error::store("a new store claims to be from a newer version")),
    }
    let only = Arc::new(Mutex::new(connection));
    Ok(Connections { writer: Arc::clone(&only), reader: only })
}

fn open_file(path: &Path) -> Result<Connections> {
    place::prepare(path)?;
    match connect(path) {
        Ok(connections) => Ok(connections),
        Err(Unusable::Newer(version)) => Err(Error::store(format!(
            "the cache file {} was written by a newer version of this library (format {version})",
            path.display()
        ))
        .with_hint("Update this library, or choose another cache directory.")),
        Err(Unusable::Broken(cause)) if is_damage(&cause) => {
            let aside = place::put_aside(path)?;
            tracing::warn!(target: "jules::store", %cause, kept = %aside.display(), "the cache file was damaged; starting a fresh one");
            place::prepare(path)?;
            connect(path).map_err(|unusable| match unusable {
                Unusable::Broken(cause) => failed(cause),
                Unusable::Newer(_) => Error::store("a fresh store claims to be from a newer version"),
            })
        }
        Err(Unusable::Broken(cause)) => Err(failed(cause)),
    }
}

fn is_damage(cause: &rusqlite::Error) -> bool {
    matches!(cause.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Several processes may make the same file at once: turning it into one with a write-ahead log fails in all but one of
/// them, for SQLite doesn't wait there.
fn connect(path: &Path) -> Result<Connections, Unusable> {
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

fn connect_once(path: &Path) -> Result<Connections, Unusable> {
    let mut writer = Connection::open(path)?;
    configure(&writer)?;
    schema::migrate(&mut writer)?;
    let reader = Connection::open(path)?;
    configure(&reader)?;
    Ok(Connections { writer: Arc::new(Mutex::new(writer)), reader: Arc::new(Mutex::new(reader)) })
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A killed process loses nothing with NORMAL; a power cut may lose the last moments, which are fetched again.
    connection.pragma_update(None, "synchronous", "NORMAL")
}
