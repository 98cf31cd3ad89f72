//! The store on SQLite: one file an account, write-ahead logging, one connection to write and one to read.

pub(super) mod index;
mod open;
mod read;
mod select;
mod sync;
mod write;

use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use serde_json::Value;
use tokio::sync::{Mutex, OnceCell, watch};

use self::open::Connections;
use super::changes::Changes;
use super::evict::{self, Eviction};
use super::{CacheInfo, Mark, NewActivity, Place, Portion, Position, Room, SessionRecord, Store, stillness};
use crate::ground::error::{Error, Result};
use crate::ground::model::{Activity, SessionId, Timestamp};
use crate::ground::query::Plan;
use crate::ground::runtime;
use crate::ground::surroundings::{Surroundings, Threads};

/// A longer body stands in a table of its own.
const LARGE_BODY: usize = 64 * 1024;

/// Opened at first use, so that making a client costs nothing.
#[derive(Debug)]
pub(crate) struct Sqlite {
    place: Place,
    surroundings: Surroundings,
    connections: OnceCell<Connections>,
    changes: Changes,
    eviction: Arc<Eviction>,
    /// Held by the sync that is under way.
    syncs: Arc<Mutex<()>>,
}

impl Sqlite {
    /// A store of at most about `limit` bytes, as far as ended sessions allow.
    pub(crate) fn new(place: Place, limit: u64, surroundings: Surroundings) -> Self {
        Self {
            place,
            surroundings,
            connections: OnceCell::new(),
            changes: Changes::default(),
            eviction: Arc::new(Eviction::new(limit)),
            syncs: Arc::default(),
        }
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        run(self.surroundings.threads, Arc::clone(&self.connections().await?.writer), work).await
    }

    async fn look_up<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        run(self.surroundings.threads, Arc::clone(&self.connections().await?.reader), work).await
    }

    async fn connections(&self) -> Result<&Connections> {
        let open = || async {
            let place = self.place.clone();
            let work = move || {
                let _inside = stillness::enter();
                open::open(&place)
            };
            runtime::blocking(self.surroundings.threads, work).await.map_err(|cause| stopped(&cause))?
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
    threads: Threads,
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
    runtime::blocking(threads, work).await.map_err(|cause| stopped(&cause))?
}

fn stopped(cause: &tokio::task::JoinError) -> Error {
    if cause.is_cancelled() { Error::closed() } else { Error::store("the store's work was interrupted by a panic") }
}

fn failed(cause: rusqlite::Error) -> Error {
    Error::store(format!("the local store failed: {cause}"))
        .with_hint("Its file may be deleted; what it remembers is fetched again.")
        .with_source(cause)
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

#[async_trait]
impl Store for Sqlite {
    async fn append(&self, session: &SessionId, activities: Vec<NewActivity>, mark: Mark) -> Result<usize> {
        let id = session.clone();
        let eviction = self.eviction.is_due().then(|| Arc::clone(&self.eviction));
        let added = self.write(move |connection| {
            let added = write::append(connection, &id, &activities, &mark)?;
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

    async fn read(&self, session: &SessionId, after: Position) -> Result<Vec<(Position, Activity)>> {
        let id = session.clone();
        self.look_up(move |connection| read::read(connection, &id, after)).await
    }

    async fn read_some(&self, session: &SessionId, after: Position, room: Room) -> Result<Portion> {
        let id = session.clone();
        self.look_up(move |connection| read::read_some(connection, &id, after, room)).await
    }

    async fn find(&self, session: &SessionId, activity: &str) -> Result<Option<Position>> {
        let (id, activity) = (session.clone(), activity.to_owned());
        self.look_up(move |connection| read::find(connection, &id, &activity)).await
    }

    async fn end(&self, session: &SessionId) -> Result<Position> {
        let id = session.clone();
        self.look_up(move |connection| read::end(connection, &id)).await
    }

    async fn count(&self, session: &SessionId) -> Result<u64> {
        let id = session.clone();
        self.look_up(move |connection| read::count(connection, &id)).await
    }

    async fn missing(&self, session: &SessionId, ids: Vec<String>) -> Result<Vec<String>> {
        let id = session.clone();
        self.look_up(move |connection| read::missing(connection, &id, ids)).await
    }

    async fn ending(&self, session: &SessionId) -> Result<Option<Position>> {
        let id = session.clone();
        self.look_up(move |connection| read::ending(connection, &id)).await
    }

    async fn mark(&self, session: &SessionId) -> Result<Mark> {
        let id = session.clone();
        self.look_up(move |connection| read::mark(connection, &id)).await
    }

    async fn put_session(&self, session: &SessionId, record: SessionRecord) -> Result<()> {
        let records = [(session.clone(), record)];
        self.write(move |connection| write::put_sessions(connection, &records)).await
    }

    async fn session(&self, session: &SessionId) -> Result<Option<String>> {
        let id = session.clone();
        self.look_up(move |connection| read::session(connection, &id)).await
    }

    async fn select(&self, plan: Plan) -> Result<Vec<Value>> {
        self.look_up(move |connection| select::select(connection, &plan)).await?
    }

    async fn forget(&self, session: &SessionId) -> Result<()> {
        let id = session.clone();
        self.write(move |connection| evict::forget(connection, id.as_str())).await
    }

    async fn info(&self) -> Result<CacheInfo> {
        let place = self.place.clone();
        self.look_up(move |connection| read::info(connection, &place)).await
    }

    fn subscribe(&self, session: &SessionId) -> watch::Receiver<u64> {
        self.changes.subscribe(session)
    }
}

#[cfg(test)]
mod tests;
