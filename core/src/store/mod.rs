//! What is remembered: activities in the order in which they were first seen, sessions, and how far the watcher has come.
//!
//! The trait knows nothing of SQLite, so that a shared engine can stand behind it.

mod body;
mod changes;
mod evict;
mod lease;
mod place;
mod schema;
mod sqlite;
mod stillness;
mod sync;

use std::fmt;
use std::path::PathBuf;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::ground::error::Result;
use crate::ground::model::{Activity, SessionId, Timestamp};
use crate::ground::query::{self, Plan};

pub(crate) use body::Body;
pub(crate) use place::Place;
pub(crate) use sqlite::Sqlite;
pub use stillness::{StoresHeld, hold_stores};
pub(crate) use sync::{Known, Lease, Look, SyncRun, SyncStore};

/// A place in the order in which a store saw activities first. It grows within a session, with gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(crate) i64);

/// How much may be read at once: nothing more is begun when either is used up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) activities: usize,
    /// Of the server's JSON.
    pub(crate) bytes: usize,
}

/// Activities that were read at once.
#[derive(Debug)]
pub(crate) struct Portion {
    pub(crate) bodies: Vec<Body>,
    /// Where the last of them stands; where it began when there are none.
    pub(crate) end: Position,
    /// Whether the store has more behind them.
    pub(crate) more: bool,
}

/// An activity on its way into the store: the server's JSON, and what the store needs to know of it.
#[derive(Clone, Debug)]
pub(crate) struct NewActivity {
    pub(crate) id: String,
    pub(crate) create_time: Option<Timestamp>,
    pub(crate) kind: &'static str,
    pub(crate) originator: String,
    /// What a search looks through, folded, one text a line.
    pub(crate) texts: String,
    pub(crate) body: Box<str>,
}

impl NewActivity {
    /// An activity with its JSON.
    pub(crate) fn of(activity: &Activity, body: impl Into<Box<str>>) -> Self {
        Self {
            id: activity.id.clone(),
            create_time: activity.create_time,
            kind: activity.kind(),
            originator: activity.originator.clone(),
            texts: query::activity_texts(activity).join("\n"),
            body: body.into(),
        }
    }
}

/// How far the watcher has come with a session. Everything that the server showed up to here is in the store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The newest creation time that was seen.
    pub(crate) newest: Option<Timestamp>,
    /// The token of the last page that was read, for servers without filters; absent for the first page.
    pub(crate) page_token: Option<String>,
    /// How many activities there were when the session was last compared with the server id by id, after its end.
    pub(crate) reconciled: Option<u64>,
}

/// A session on its way into the store or out of it.
#[derive(Clone, Debug)]
pub(crate) struct SessionRecord {
    /// The server's JSON.
    pub(crate) body: Box<str>,
    pub(crate) state: String,
    pub(crate) create_time: Option<Timestamp>,
    pub(crate) update_time: Option<Timestamp>,
}

/// What is in the local store.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CacheInfo {
    /// The file; absent when the store is in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<PathBuf>,
    /// Its size in bytes.
    pub bytes: u64,
    /// How many sessions are in it.
    pub sessions: u64,
    /// How many activities are in it.
    pub activities: u64,
    /// When a [`sync`](crate::Jules::sync) was last complete, by the local clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_synced: Option<Timestamp>,
}

/// Remembers what one account has seen. Several processes may share what stands behind it.
#[async_trait]
pub(crate) trait Store: SyncStore + Send + Sync + fmt::Debug {
    /// Adds activities in the order given, all or none, together with the new mark. What is known by its id is left as it
    /// is. Gives back the number of new ones.
    async fn append(&self, session: &SessionId, activities: Vec<NewActivity>, mark: Mark) -> Result<usize>;

    /// All activities behind a position, each with its own.
    async fn read(&self, session: &SessionId, after: Position) -> Result<Vec<(Position, Activity)>>;

    /// The next activities behind a position, as many as there is room for and at least one if there is one.
    async fn read_some(&self, session: &SessionId, after: Position, room: Room) -> Result<Portion>;

    /// Where an activity stands.
    async fn find(&self, session: &SessionId, activity: &str) -> Result<Option<Position>>;

    /// Where the last activity stands.
    async fn end(&self, session: &SessionId) -> Result<Position>;

    /// How many activities of the session are there.
    async fn count(&self, session: &SessionId) -> Result<u64>;

    /// Those of the ids that are not in the store, in the order given.
    async fn missing(&self, session: &SessionId, ids: Vec<String>) -> Result<Vec<String>>;

    /// Where the session's end stands among its activities, with nothing behind it that says that it went on: late
    /// progress doesn't, a message or a plan does.
    async fn ending(&self, session: &SessionId) -> Result<Option<Position>>;

    /// How far the watcher has come.
    async fn mark(&self, session: &SessionId) -> Result<Mark>;

    /// Remembers the latest look at a session.
    async fn put_session(&self, session: &SessionId, record: SessionRecord) -> Result<()>;

    /// The server's JSON of the latest look at a session.
    async fn session(&self, session: &SessionId) -> Result<Option<String>>;

    /// The rows that a query asks for, shaped as it says.
    async fn select(&self, plan: Plan) -> Result<Vec<serde_json::Value>>;

    /// Forgets a session with its activities.
    async fn forget(&self, session: &SessionId) -> Result<()>;

    /// What is in the store, told without counting.
    async fn info(&self) -> Result<CacheInfo>;

    /// Changes whenever activities of this session were added.
    fn subscribe(&self, session: &SessionId) -> watch::Receiver<u64>;
}
