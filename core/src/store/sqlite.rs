//! The store on SQLite: one file an account, write-ahead logging, one connection to write and one to read.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, ErrorCode, OptionalExtension, TransactionBehavior, params};
use tokio::sync::{Mutex, OnceCell, watch};

use super::changes::Changes;
use super::evict::{self, Eviction};
use super::schema::{self, Unusable};
use super::{CacheInfo, Mark, NewActivity, Place, Position, SessionRecord, Store, place, stillness};
use crate::error::{Error, Result};
use crate::model::{Activity, SessionId, Timestamp};
use crate::runtime;

/// A longer body stands in a table of its own.
const LARGE_BODY: usize = 64 * 1024;
/// How long a process waits for another one that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Opened at first use, so that making a client costs nothing.
#[derive(Debug)]
pub(crate) struct Sqlite {
    place: Place,
    connections: OnceCell<Connections>,
    changes: Changes,
    eviction: Arc<Eviction>,
}

#[derive(Clone, Debug)]
struct Connections {
    writer: Arc<Mutex<Connection>>,
    reader: Arc<Mutex<Connection>>,
}

impl Sqlite {
    /// A store of at most about `limit` bytes, as far as ended sessions allow.
    pub(crate) fn new(place: Place, limit: u64) -> Self {
        Self {
            place,
            connections: OnceCell::new(),
            changes: Changes::default(),
            eviction: Arc::new(Eviction::new(limit)),
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        run(Arc::clone(&self.connections().await?.writer), work).await
    }

    async fn look_up<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        run(Arc::clone(&self.connections().await?.reader), work).await
    }

    async fn connections(&self) -> Result<&Connections> {
        let open = || async {
            let place = self.place.clone();
            let work = move || {
                let _inside = stillness::enter();
                open(&place)
            };
            runtime::blocking(work).await.map_err(|cause| stopped(&cause))?
        };
        self.connections.get_or_try_init(open).await
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        let _inside = stillness::enter();
        self.connections.take();
    }
}

async fn run<T: Send + 'static>(
    connection: Arc<Mutex<Connection>>,
    work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T> {
    // The queue for a connection is made of waiting tasks, not of blocked threads.
    let mut connection = connection.lock_owned().await;
    let work = move || {
        let _inside = stillness::enter();
        let result = work(&mut connection).map_err(failed);
        // It may be the last that holds the connection, and then closes it.
        drop(connection);
        result
    };
    runtime::blocking(work).await.map_err(|cause| stopped(&cause))?
}

fn stopped(cause: &tokio::task::JoinError) -> Error {
    if cause.is_cancelled() { Error::closed() } else { Error::store("the store's work was interrupted by a panic") }
}

fn failed(cause: rusqlite::Error) -> Error {
    Error::store(format!("the local store failed: {cause}"))
        .with_hint("Its file may be deleted; what it remembers is fetched again.")
        .with_source(cause)
}

fn open(place: &Place) -> Result<Connections> {
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

fn connect(path: &Path) -> Result<Connections, Unusable> {
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

/// Nanoseconds fit until the year 2262.
fn nanoseconds(time: Option<Timestamp>) -> Option<i64> {
    time.and_then(|time| i64::try_from(time.as_nanosecond()).ok())
}

fn now() -> i64 {
    nanoseconds(Timestamp::from_system(std::time::SystemTime::now())).unwrap_or_default()
}

fn timestamp(nanoseconds: Option<i64>) -> Option<Timestamp> {
    nanoseconds.and_then(|nanoseconds| Timestamp::from_nanosecond(nanoseconds.into()))
}

const INSERT: &str = "
    INSERT INTO activities (session, id, type, originator, create_time, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (session, id) DO NOTHING";
const PUT_MARK: &str = "
    INSERT INTO marks (session, newest, page_token, reconciled) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (session) DO UPDATE SET
        newest = max(ifnull(newest, excluded.newest), ifnull(excluded.newest, newest)),
        page_token = excluded.page_token, reconciled = excluded.reconciled";
const READ: &str = "
    SELECT activities.position, ifnull(activities.body, large_bodies.body)
    FROM activities LEFT JOIN large_bodies USING (position)
    WHERE session = ?1 AND activities.position > ?2 ORDER BY activities.position LIMIT ?3";

fn append(
    connection: &mut Connection,
    session: &SessionId,
    activities: &[NewActivity],
    mark: &Mark,
) -> rusqlite::Result<usize> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut added = 0;
    {
        let mut insert = transaction.prepare_cached(INSERT)?;
        let mut insert_large =
            transaction.prepare_cached("INSERT INTO large_bodies (position, body) VALUES (?1, ?2)")?;
        for activity in activities {
            let small = (activity.body.len() <= LARGE_BODY).then_some(&*activity.body);
            let time = nanoseconds(activity.create_time);
            let row = params![session.as_str(), activity.id, activity.kind, activity.originator, time, small];
            if insert.execute(row)? == 1 {
                added += 1;
                if small.is_none() {
                    insert_large.execute(params![transaction.last_insert_rowid(), &*activity.body])?;
                }
            }
        }
        let reconciled = mark.reconciled.and_then(|count| i64::try_from(count).ok());
        transaction.prepare_cached(PUT_MARK)?.execute(params![
            session.as_str(),
            nanoseconds(mark.newest),
            mark.page_token,
            reconciled
        ])?;
    }
    transaction.commit()?;
    Ok(added)
}

fn read(
    connection: &Connection,
    session: &SessionId,
    after: Position,
    limit: usize,
) -> rusqlite::Result<Vec<(Position, Activity)>> {
    let mut statement = connection.prepare_cached(READ)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut rows = statement.query(params![session.as_str(), after.0, limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let position = Position(row.get(0)?);
        match Activity::from_wire(row.get_ref(1)?.as_str()?) {
            Ok(activity) => found.push((position, activity)),
            Err(error) => tracing::warn!(target: "jules::store", %error, "an activity in the store can't be read"),
        }
    }
    Ok(found)
}

#[async_trait]
impl Store for Sqlite {
    async fn append(&self, session: &SessionId, activities: Vec<NewActivity>, mark: Mark) -> Result<usize> {
        let id = session.clone();
        let eviction = self.eviction.is_due().then(|| Arc::clone(&self.eviction));
        let added = self.write(move |connection| {
            let added = append(connection, &id, &activities, &mark)?;
            if let Some(eviction) = eviction {
                let evicted = eviction.evict(connection, now())?;
                tracing::debug!(target: "jules::store", evicted, "looked at the size");
            }
            Ok(added)
        });
        let added = added.await?;
        if added > 0 {
            self.changes.announce(session);
        }
        Ok(added)
    }

    async fn read(&self, session: &SessionId, after: Position, limit: usize) -> Result<Vec<(Position, Activity)>> {
        let id = session.clone();
        self.look_up(move |connection| read(connection, &id, after, limit)).await
    }

    async fn find(&self, session: &SessionId, activity: &str) -> Result<Option<Position>> {
        let key = (session.clone(), activity.to_owned());
        self.look_up(move |connection| {
            connection
                .prepare_cached("SELECT position FROM activities WHERE session = ?1 AND id = ?2")?
                .query_row(params![key.0.as_str(), key.1], |row| row.get(0).map(Position))
                .optional()
        })
        .await
    }

    async fn end(&self, session: &SessionId) -> Result<Position> {
        let id = session.clone();
        self.look_up(move |connection| {
            connection
                .prepare_cached("SELECT ifnull(max(position), 0) FROM activities WHERE session = ?1")?
                .query_row([id.as_str()], |row| row.get(0).map(Position))
        })
        .await
    }

    async fn count(&self, session: &SessionId) -> Result<u64> {
        let id = session.clone();
        self.look_up(move |connection| {
            connection
                .prepare_cached("SELECT count(*) FROM activities WHERE session = ?1")?
                .query_row([id.as_str()], |row| row.get(0))
        })
        .await
    }

    async fn missing(&self, session: &SessionId, ids: Vec<String>) -> Result<Vec<String>> {
        let id = session.clone();
        self.look_up(move |connection| {
            let mut known = connection.prepare_cached("SELECT 1 FROM activities WHERE session = ?1 AND id = ?2")?;
            let mut missing = Vec::new();
            for activity in ids {
                if !known.exists(params![id.as_str(), activity])? {
                    missing.push(activity);
                }
            }
            Ok(missing)
        })
        .await
    }

    async fn ends_with_its_end(&self, session: &SessionId) -> Result<bool> {
        let id = session.clone();
        self.look_up(move |connection| {
            connection
                .prepare_cached(
                    "SELECT type IN ('sessionCompleted', 'sessionFailed') FROM activities
                     WHERE session = ?1 AND type NOT IN ('progressUpdated', 'unknown')
                     ORDER BY position DESC LIMIT 1",
                )?
                .query_row([id.as_str()], |row| row.get(0))
                .optional()
        })
        .await
        .map(Option::unwrap_or_default)
    }

    async fn mark(&self, session: &SessionId) -> Result<Mark> {
        let id = session.clone();
        let mark = self.look_up(move |connection| {
            connection
                .prepare_cached("SELECT newest, page_token, reconciled FROM marks WHERE session = ?1")?
                .query_row([id.as_str()], |row| {
                    Ok(Mark { newest: timestamp(row.get(0)?), page_token: row.get(1)?, reconciled: row.get(2)? })
                })
                .optional()
        });
        Ok(mark.await?.unwrap_or_default())
    }

    async fn put_session(&self, session: &SessionId, record: SessionRecord) -> Result<()> {
        let id = session.clone();
        self.write(move |connection| {
            let times = (nanoseconds(record.create_time), nanoseconds(record.update_time));
            connection
                .prepare_cached("REPLACE INTO sessions (id, state, create_time, update_time, seen_time, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
                .execute(params![id.as_str(), record.state, times.0, times.1, now(), &*record.body])
                .map(drop)
        })
        .await
    }

    async fn session(&self, session: &SessionId) -> Result<Option<String>> {
        let id = session.clone();
        self.look_up(move |connection| {
            connection
                .prepare_cached("SELECT body FROM sessions WHERE id = ?1")?
                .query_row([id.as_str()], |row| row.get(0))
                .optional()
        })
        .await
    }

    async fn forget(&self, session: &SessionId) -> Result<()> {
        let id = session.clone();
        self.write(move |connection| evict::forget(connection, id.as_str())).await
    }

    async fn info(&self) -> Result<CacheInfo> {
        let location = match &self.place {
            Place::File { path, .. } => Some(path.clone()),
            Place::Memory => None,
        };
        self.look_up(move |connection| {
            connection.query_row(
                "SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM activities), page_count * page_size
                 FROM pragma_page_count, pragma_page_size",
                [],
                |row| Ok(CacheInfo { location, sessions: row.get(0)?, activities: row.get(1)?, bytes: row.get(2)? }),
            )
        })
        .await
    }

    fn subscribe(&self, session: &SessionId) -> watch::Receiver<u64> {
        self.changes.subscribe(session)
    }
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
