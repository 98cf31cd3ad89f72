//! What a sync needs of the store: which sessions are known and how fresh they are, where an interrupted sync stands, and
//! that there is one sync at a time.

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;

use super::SessionRecord;
use crate::ground::error::Result;
use crate::ground::model::{SessionId, Timestamp};

/// A session as it was when it was fetched. Times of ours are of the local clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// When it was fetched.
    pub(crate) at: Timestamp,
    /// Its state then, by its public name.
    pub(crate) state: String,
    /// Its `updateTime` then.
    pub(crate) update_time: Option<Timestamp>,
}

/// What the store knows of how fresh a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) create_time: Option<Timestamp>,
    /// The latest look at the session itself.
    pub(crate) seen: Look,
    /// The look behind which all its activities were fetched last.
    pub(crate) hydrated: Option<Look>,
    /// Whether it had ended then, and nothing more was to come.
    pub(crate) settled: bool,
    /// When a sync last began with it.
    pub(crate) tried: Option<Timestamp>,
}

/// The sync that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyncRun {
    /// When it began; one that goes on after an interruption began before that.
    pub(crate) started: Timestamp,
    pub(crate) goes_on: bool,
}

/// The right to sync. It ends with this, or with the process.
pub(crate) struct Lease(#[expect(dead_code, reason = "held, not read")] Box<dyn Send + Sync>);

impl Lease {
    pub(super) fn new(held: impl Send + Sync + 'static) -> Self {
        Self(Box::new(held))
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease").finish_non_exhaustive()
    }
}

/// The part of a store that syncs use.
#[async_trait]
pub(crate) trait SyncStore {
    /// Remembers the latest look at many sessions, all or none.
    async fn put_sessions(&self, records: Vec<(SessionId, SessionRecord)>) -> Result<()>;

    /// Those of the sessions that are known.
    async fn known(&self, sessions: Vec<SessionId>) -> Result<HashMap<SessionId, Known>>;

    /// All sessions that are known.
    async fn session_ids(&self) -> Result<Vec<SessionId>>;

    /// Notes that a sync begins to fetch this session.
    async fn note_tried(&self, session: &SessionId) -> Result<()>;

    /// Notes that all activities were fetched, behind a look at the session.
    async fn note_hydrated(&self, session: &SessionId, look: Look, settled: bool) -> Result<()>;

    /// Begins a sync, or goes on with an interrupted one that was asked for the same and began after that time.
    async fn begin_sync(&self, options: String, not_before: Option<Timestamp>) -> Result<SyncRun>;

    /// Notes that the sync is complete.
    async fn finish_sync(&self) -> Result<()>;

    /// The right to sync, unless somebody else has it.
    async fn lease(&self) -> Result<Option<Lease>>;
}
