//! Noticing the commits of other processes: one thread a file, with a connection of its own, which asks SQLite for a number
//! that moves with every commit. It runs only while somebody listens.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::database::Database;
use super::open;
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::store::{Topic, gate};

/// Nineteen of twenty are woken within 50 ms.
const EVERY: Duration = Duration::from_millis(40);
/// The rest after a failure.
const LATER: Duration = Duration::from_secs(1);

/// Sees to it that a thread polls while somebody listens.
pub(super) fn ensure(database: &Arc<Database>) {
    if database.path().is_none() || !database.topics.needs_poll() {
        return;
    }
    let weak = Arc::downgrade(database);
    let poll = thread::Builder::new().name("jules-store".to_owned()).spawn(move || poll(&weak));
    if let Err(cause) = poll {
        database.topics.poll_failed();
        tracing::warn!(target: "jules::store", %cause, "commits of other processes are noticed with a delay");
    }
}

fn poll(database: &Weak<Database>) {
    let mut eye = None;
    let mut rest = EVERY;
    loop {
        thread::sleep(rest);
        let _inside = gate::enter();
        let Some(database) = database.upgrade() else { break };
        if database.topics.ends_poll() {
            break;
        }
        rest = EVERY;
        if let Err(error) = look(&database, &mut eye) {
            tracing::debug!(target: "jules::store", %error, "cannot poll the cache");
            (eye, rest) = (None, LATER);
        }
    }
    let _inside = gate::enter();
    drop(eye);
}

/// A connection that is never inside a transaction, for the number stands still there.
struct Eye {
    connection: Connection,
    version: i64,
}

impl Eye {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        Ok(Self { connection: open::reader(path)?, version: -1 })
    }

    /// Whether anybody has committed since it was asked last.
    fn moved(&mut self) -> rusqlite::Result<bool> {
        let version = self.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        Ok(std::mem::replace(&mut self.version, version) != version)
    }
}

fn look(database: &Database, eye: &mut Option<Eye>) -> Result<()> {
    let Some(path) = database.path() else { return Ok(()) };
    database.open(true)?;
    let mut look = || {
        let eye = match eye {
            Some(eye) => eye,
            None => eye.insert(Eye::open(path)?),
        };
        if eye.moved()? { wake(database, &eye.connection) } else { Ok(()) }
    };
    look().map_err(|cause| database.failed(cause))
}

/// Wakes those who listen to what was changed since they were woken last.
fn wake(database: &Database, connection: &Connection) -> rusqlite::Result<()> {
    let before = database.noticed().load(Ordering::Relaxed);
    // First the number, then the rows: what comes in between is seen twice, not never.
    let now: i64 = connection.prepare_cached("SELECT change FROM store")?.query_row([], |row| row.get(0))?;
    let mut sessions = connection.prepare_cached(
        "SELECT accounts.id, sessions.id, change FROM sessions JOIN accounts USING (account) WHERE change > ?1",
    )?;
    let mut rows = sessions.query([before])?;
    while let Some(row) = rows.next()? {
        if let Ok(session) = SessionId::parse(row.get_ref(1)?.as_str()?) {
            database.topics.noticed(&row.get::<_, String>(0)?.into(), Topic::Session(session), row.get(2)?);
        }
    }
    let mut accounts = connection.prepare_cached(
        "SELECT id, listeners, purged, tasks FROM accounts WHERE listeners > ?1 OR purged > ?1 OR tasks > ?1",
    )?;
    let mut rows = accounts.query([before])?;
    while let Some(row) = rows.next()? {
        let account: String = row.get(0)?;
        let (listeners, purged, tasks): (i64, i64, i64) = (row.get(1)?, row.get(2)?, row.get(3)?);
        if listeners > before {
            database.topics.noticed(&account.as_str().into(), Topic::Listeners, listeners);
        }
        if tasks > before {
            database.topics.noticed(&account.as_str().into(), Topic::Tasks, tasks);
        }
        if purged > before {
            database.topics.wake_all(Some(&account), purged);
        }
    }
    database.noticed().store(now, Ordering::Relaxed);
    Ok(())
}
