//! What the engine above may rely on, whatever stands behind it: the promises of a store, in words. `suite` proves each of
//! them against an engine.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::lease::{Acquired, Grant, LeaseKey};
use super::listen::{Want, Wanted};
use super::revisions::{Revisions, Topic};
use super::tasks::Tasks;
use super::{Batch, Beacon, CacheInfo, Chunk, Commit, Known, Look, Position, ReadLimit, SessionRecord, SyncRun};
use crate::ground::error::{Error, Result};
use crate::ground::model::{Activity, SessionId, Timestamp};
use crate::ground::query::Plan;

/// Remembers what one account has seen. Several clients, processes and machines may share what stands behind it, each with
/// a handle of its own.
///
/// # Promises
/// - **Account.** A handle is opened for one account and never shows or changes another account's rows; only to make room an
///   engine may forget sessions that have ended and that nobody wants or has looked at for long, whosever they are.
/// - **All or nothing.** A commit is there whole or not at all, also when the process is killed in the middle of it. What is there can be read by everybody at once.
/// - **Rising visibility.** A session's activities have positions. Whoever has read to a position never misses an activity
///   that becomes visible later with a lower one.
/// - **Once.** An activity is known by its id. It is never there twice, and keeps its position and its content; only one
///   that was stored empty is replaced, at its position, by one that isn't.
/// - **Waking.** [`watch`](Store::watch) wakes for every commit of every handle, within 100 ms where the engine can.
/// - **Fencing.** A lease has one holder at a time, and a generation that rises whenever it changes hands. A commit under a
///   fence is refused once the lease has another generation. Time is the engine's, never that of two machines compared.
/// - **Presence.** A handle that doesn't [`renew`](Store::renew) loses its leases after [`Terms::lease`] and what it wants
///   after [`Terms::want`].
///
/// - **Outage.** Where what stands behind the store can't be reached any more, work that is
///   [waited out](crate::ground::outage) goes on trying until it is back; any other fails after [`Terms::reach`].
/// - **Pausing.** No thread is inside an engine while a process of ours forks: each enters by [`gate`](super::gate).
///
/// Errors are of the kind [`Store`](crate::ErrorKind::Store) and say what happened (full, busy, read-only, damaged, written
/// by a newer version, unreachable) and, by `retryable`, whether it may pass.
#[async_trait]
pub(crate) trait Store: Tasks + Send + Sync + fmt::Debug {
    // Writing.

    /// Takes activities, a look at the session, the mark and the watcher's status together. Activities get their positions
    /// in the order given; what is known by its id is left as it is.
    async fn commit(&self, session: &SessionId, batch: Batch) -> Result<Commit>;

    /// Remembers looks at many sessions, all or none. A partial record never overwrites what a whole one said.
    async fn put_sessions(&self, records: Vec<(SessionId, SessionRecord)>) -> Result<()>;

    /// Notes whether the server has the session no more: then `select` and the like don't show it, reading it by its id does.
    /// A look at it that is committed takes that back.
    async fn set_deleted(&self, session: &SessionId, deleted: bool) -> Result<()>;

    /// Forgets a session with all that belongs to it. Who watches it loses the lease: what was fetched before, and comes
    /// to be committed only now, is refused.
    async fn forget(&self, session: &SessionId) -> Result<()>;

    /// Claims a session as made for one create, unless it was claimed before; gives back whether it is ours now.
    async fn claim(&self, session: &SessionId) -> Result<bool>;

    /// Counts an act of the user on this session and leaves a note of it to whoever watches; gives back the count.
    async fn act(&self, session: &SessionId, note: Option<String>) -> Result<u64>;

    // Reading.

    /// All activities behind a position, each with its own.
    async fn read(&self, session: &SessionId, after: Position) -> Result<Vec<(Position, Activity)>>;

    /// The next activities behind a position, as many as the limit allows and at least one if there is one.
    async fn read_some(&self, session: &SessionId, after: Position, limit: ReadLimit) -> Result<Chunk>;

    /// Where an activity stands.
    async fn find(&self, session: &SessionId, activity: &str) -> Result<Option<Position>>;

    /// How often what stands behind the store may have been put back to an older copy so far, as a database is that fails over;
    /// none where it can't be.
    fn era(&self) -> Option<u64> {
        None
    }

    /// Why what stands behind the store can't be reached at present; none while it can, as far as is known.
    fn outage(&self) -> Option<Error> {
        None
    }

    /// Whether what was read to a position is still there: an activity at that position, and so many up to it, where they were
    /// counted.
    async fn still_has(
        &self,
        _session: &SessionId,
        _activity: &str,
        _position: Position,
        _count: Option<usize>,
    ) -> Result<bool> {
        Ok(true)
    }

    /// Those of the ids that are not in the store, or only empty, in the order given.
    async fn missing(&self, session: &SessionId, ids: Vec<String>) -> Result<Vec<String>>;

    /// Where the session's end stands among its activities, with nothing behind it that says that it went on: late
    /// progress doesn't, a message or a plan does unless it is older than the end and only arrived behind it.
    async fn ending(&self, session: &SessionId) -> Result<Option<Position>>;

    /// Where a session stands: its end, its count, its mark, what its watcher says, what its users did. Cheap.
    async fn beacon(&self, session: &SessionId) -> Result<Beacon>;

    /// The server's JSON of the latest look at a session.
    async fn session(&self, session: &SessionId) -> Result<Option<String>>;

    /// The rows that a query asks for, shaped as it says.
    async fn select(&self, plan: Plan) -> Result<Vec<Value>>;

    /// What is in the store, told without counting.
    async fn info(&self) -> Result<CacheInfo>;

    // Listening.

    /// Wakes for whatever is committed about the topic from now on.
    fn watch(&self, topic: &Topic) -> Revisions;

    /// What this handle wants of a session from now on; nothing takes it back. Bumps the session and
    /// [`Topic::Listeners`].
    async fn listen(&self, session: &SessionId, want: Option<Want>) -> Result<()>;

    /// Every session that a living handle wants something of: the strongest interest, and the smallest interval if all have
    /// one.
    async fn all_wanted(&self) -> Result<Vec<Wanted>>;

    // Leases.

    /// Takes a lease unless another handle has it. What this handle holds already is given again, as it is.
    async fn acquire(&self, key: &LeaseKey) -> Result<Acquired>;

    /// Keeps alive what this handle holds and wants, and notes again what of its wants was cleared away or not heard; gives back
    /// the leases of it that are lost.
    async fn renew(&self) -> Result<Vec<Grant>>;

    /// Gives a lease back, so that another one may have it at once. Wakes those who watch what it is about.
    async fn release(&self, grant: &Grant) -> Result<()>;

    // Budgets.

    /// Takes one turn from a named budget that all handles share: `burst` turns at once, then one each `interval`. Gives
    /// back how long to wait before using it; when that is longer than `patience`, no turn is taken.
    async fn take_turn(&self, budget: &str, pace: Pace, patience: Duration) -> Result<Duration>;

    // Notes.

    /// The note of this name: text of the engine's that all handles share, such as what it learned of the account.
    async fn note(&self, name: &str) -> Result<Option<String>>;

    /// Replaces the note of this name, if it is what was expected; gives back whether it was. Nothing is expected where there
    /// is none yet.
    async fn set_note(&self, name: &str, expected: Option<String>, value: String) -> Result<bool>;

    // Syncing.

    /// Those of the sessions that are known, and how fresh they are.
    async fn known(&self, sessions: Vec<SessionId>) -> Result<std::collections::HashMap<SessionId, Known>>;

    /// All sessions that are known and not deleted.
    async fn session_ids(&self) -> Result<Vec<SessionId>>;

    /// Notes that a sync begins to fetch this session.
    async fn note_tried(&self, session: &SessionId) -> Result<()>;

    /// Notes that all activities were fetched, behind a look at the session.
    async fn note_hydrated(&self, session: &SessionId, look: Look, settled: bool) -> Result<()>;

    /// Begins a sync, or goes on with an interrupted one that was asked for the same and began after that time.
    async fn begin_sync(&self, options: String, not_before: Option<Timestamp>) -> Result<SyncRun>;

    /// Notes that the sync is complete.
    async fn finish_sync(&self) -> Result<()>;

    /// How long a silent handle keeps what it has here.
    fn terms(&self) -> Terms;
}

/// How a shared budget refills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    pub(crate) burst: u32,
    pub(crate) interval: Duration,
}

/// How long a silent handle keeps what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Its leases.
    pub(crate) lease: Duration,
    /// How often it renews, itself.
    pub(crate) renew: Duration,
    /// What it wants of sessions.
    pub(crate) want: Duration,
    /// How long it tries to reach what stands behind the store, where nobody waits it out.
    pub(crate) reach: Duration,
}

impl Terms {
    /// For a store that its client doesn't outlive.
    pub(crate) fn endless() -> Self {
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        Self { lease: hours(240), renew: hours(24), want: hours(240), reach: Self::default().reach }
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(5),
            renew: Duration::from_millis(1_500),
            want: Duration::from_secs(15),
            reach: Duration::from_secs(30),
        }
    }
}
