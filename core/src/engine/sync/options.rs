//! The options of a sync, its progress and its report.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ground::error::{Error, Result};

/// How many sessions are brought up to date at once when nobody says.
const CONCURRENCY: usize = 3;

/// How much of each session is fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SyncDepth {
    /// The sessions themselves: prompts, titles, states, sources. A hundred of them take one request. Their outputs don't
    /// come along, which are most of the weight; those that are in the cache stay, and a request for a session or its
    /// result gets them from the server.
    #[default]
    Metadata,
    /// Their outputs and all their activities too. Each session takes separate requests.
    Activities,
}

impl FromStr for SyncDepth {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "metadata" => Ok(Self::Metadata),
            "activities" => Ok(Self::Activities),
            _ => Err(Error::config(format!("depth must be \"metadata\" or \"activities\", got {word:?}"))),
        }
    }
}

/// The options of [`Jules::sync`](crate::Jules::sync).
///
/// ```
/// use jules::{SyncDepth, SyncOptions};
/// let options = SyncOptions::default().depth(SyncDepth::Activities).on_progress(|progress| {
///     println!("{:?} {} of {:?}", progress.phase, progress.current, progress.total);
/// });
/// assert_eq!((options.concurrency, options.incremental, options.checkpoint), (3, true, true));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SyncOptions {
    /// Only this session, `123` or `sessions/123`; it is always asked for. Default: all of the account.
    pub session_id: Option<String>,
    /// Only this many sessions, the newest. Default: all.
    pub limit: Option<usize>,
    // bindings: How much of each session: `metadata`, the sessions themselves without their outputs; `activities`, their
    // outputs and all their activities too. Default: `metadata`.
    /// How much of each session. Default: metadata.
    pub depth: SyncDepth,
    /// Whether what is fresh is skipped: sessions that ended, for a day; those older than 30 days, for good; unless the
    /// listing shows that they have changed. Else everything is fetched again. Default: yes.
    pub incremental: bool,
    /// How many sessions are brought up to date at once. Default: 3.
    pub concurrency: usize,
    /// Whether a sync of the same kind that was interrupted less than a day ago is continued: what it had done isn't done
    /// again. Default: yes.
    pub checkpoint: bool,
    /// Called with its progress.
    pub on_progress: Option<OnSyncProgress>,
}

impl Default for SyncOptions {
    fn default() -> Self {
        Self {
            session_id: None,
            limit: None,
            depth: SyncDepth::default(),
            incremental: true,
            concurrency: CONCURRENCY,
            checkpoint: true,
            on_progress: None,
        }
    }
}

impl SyncOptions {
    /// See [`SyncOptions::session_id`].
    pub fn session_id(mut self, id: impl Into<String>) -> Self {
        self.session_id = Some(id.into());
        self
    }

    /// See [`SyncOptions::limit`].
    pub fn limit(mut self, sessions: usize) -> Self {
        self.limit = Some(sessions);
        self
    }

    /// See [`SyncOptions::depth`].
    pub fn depth(mut self, depth: SyncDepth) -> Self {
        self.depth = depth;
        self
    }

    /// See [`SyncOptions::incremental`].
    pub fn incremental(mut self, incremental: bool) -> Self {
        self.incremental = incremental;
        self
    }

    /// See [`SyncOptions::concurrency`].
    pub fn concurrency(mut self, sessions: usize) -> Self {
        self.concurrency = sessions;
        self
    }

    /// See [`SyncOptions::checkpoint`].
    pub fn checkpoint(mut self, checkpoint: bool) -> Self {
        self.checkpoint = checkpoint;
        self
    }

    /// Calls this for each step, on any thread. It must not take long: the sync waits for it.
    pub fn on_progress(mut self, call: impl Fn(&SyncProgress) + Send + Sync + 'static) -> Self {
        self.on_progress = Some(OnSyncProgress::new(call));
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.concurrency == 0 {
            return Err(Error::config("concurrency must be at least 1, got 0"));
        }
        Ok(())
    }

    /// What makes two syncs the same, so that one can go on where the other stopped.
    pub(super) fn kind(&self) -> String {
        format!("{:?} {:?} {:?}", self.depth, self.incremental, self.limit)
    }

    pub(super) fn tell(&self, progress: &SyncProgress) {
        if let Some(call) = &self.on_progress {
            (call.0)(progress);
        }
    }
}

// only rust: elsewhere a function
/// Called with a sync's progress.
#[derive(Clone)]
pub struct OnSyncProgress(Arc<dyn Fn(&SyncProgress) + Send + Sync>);

impl OnSyncProgress {
    /// Calls this for each step.
    pub fn new(call: impl Fn(&SyncProgress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }
}

impl fmt::Debug for OnSyncProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnSyncProgress(…)")
    }
}

/// What a sync is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SyncPhase {
    /// Another sync of the same cache is under way, here or in another process; this one begins when that one ends.
    Waiting,
    /// It continues one that was interrupted.
    Checkpoint,
    /// The sessions are being listed.
    FetchingList,
    /// Sessions are being fetched.
    HydratingRecords,
    /// Sessions are being fetched with their activities.
    HydratingActivities,
    /// Checking sessions that are missing from the listing.
    CheckingDeleted,
}

/// The progress of a sync.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncProgress {
    /// What it is doing.
    pub phase: SyncPhase,
    /// How many sessions it has done that with.
    pub current: usize,
    /// Out of how many, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<usize>,
    /// The session that is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ingested_id: Option<String>,
    /// How many activities of it were new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity_count: Option<usize>,
}

impl SyncProgress {
    pub(super) fn new(phase: SyncPhase, current: usize, total: Option<usize>) -> Self {
        Self { phase, current, total, last_ingested_id: None, activity_count: None }
    }
}

/// What a sync has done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SyncReport {
    /// Sessions that the cache did not have, to this depth, before.
    pub sessions_ingested: usize,
    /// Sessions that it had, fetched again.
    pub sessions_refreshed: usize,
    /// Sessions that were skipped.
    pub sessions_skipped: usize,
    /// Sessions that no longer exist on the server: hidden, but kept in the cache.
    pub sessions_deleted: usize,
    /// Sessions that could not be fetched, although others could; the next sync tries again.
    pub sessions_failed: usize,
    /// Activities that are new in the cache.
    pub activities_ingested: usize,
    /// Whether everything that was asked for is in the cache now.
    pub is_complete: bool,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
}
