//! What is remembered: activities in the order in which they were first seen, sessions, how far the watcher has come, and
//! who watches. `contract` says what holds; each engine stands in a folder of its own, and nothing above knows which it is.

mod body;
mod contract;
mod fault;
mod gate;
mod holdings;
mod lease;
mod listen;
mod marks;
mod merge;
mod narrow;
#[cfg(feature = "postgres")]
mod postgres;
mod records;
mod revisions;
mod scheme;
mod search;
mod site;
mod sqlite;
#[cfg(test)]
pub(crate) mod suite;
mod tasks;
mod times;
mod turn;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::ground::model::{Activity, Timestamp};
use crate::ground::query;

pub(crate) use body::Body;
pub(crate) use contract::{Pace, Store, Terms};
pub(crate) use fault::StoreFault;
pub use gate::{Paused, pause_for_fork};
pub(crate) use lease::{Acquired, Grant, LeaseKey};
pub(crate) use listen::{Want, Wanted};
pub(crate) use records::{Known, Look, SyncRun};
pub(crate) use revisions::{Revisions, Topic};
pub(crate) use scheme::is_postgres;
pub(crate) use site::Site;
#[cfg(test)]
pub(crate) use sqlite::{Access, Trouble, Troubles};
pub(crate) use sqlite::{Place, Sqlite};
pub(crate) use tasks::{
    Bound, Claim, Claimed, DAY, Full, KEPT, NewTask, PlaceLimits, SeenPlace, Shown, Started, TaskChange, TaskChanged,
    TaskCounts, TaskPage, TaskRecord, TaskRecordPlace, Tasks, Used,
};

/// A place in the order in which a store saw activities first. It grows within a session, with gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position(pub(crate) i64);

/// How much may be read at once: nothing more is begun when either is reached.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadLimit {
    pub(crate) activities: usize,
    /// Of the server's JSON.
    pub(crate) bytes: usize,
}

/// Activities that were read at once.
#[derive(Debug)]
pub(crate) struct Chunk {
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
    /// Whether it came without event, description and artifact: then a whole one may replace it.
    pub(crate) empty: bool,
    pub(crate) body: Box<str>,
}

impl NewActivity {
    /// An activity with its JSON.
    #[cfg(test)]
    pub(crate) fn of(activity: &Activity, body: impl Into<Box<str>>) -> Self {
        Self {
            id: activity.id.clone(),
            create_time: activity.create_time,
            kind: activity.kind(),
            originator: activity.originator.clone(),
            texts: Self::texts_of(activity),
            empty: activity.is_empty(),
            body: body.into(),
        }
    }

    /// What a search looks through in an activity.
    pub(crate) fn texts_of(activity: &Activity) -> String {
        query::activity_texts(activity).join("\n")
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
    /// Whether only some of its fields were asked for: then it never overwrites what a whole one said.
    pub(crate) partial: bool,
}

/// What is committed together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub(crate) activities: Vec<NewActivity>,
    /// The latest look at the session.
    pub(crate) session: Option<SessionRecord>,
    pub(crate) mark: Option<MarkChange>,
    /// What the session's watcher tells everybody who listens: text of the engine's, replacing what it told before.
    pub(crate) status: Option<String>,
    /// Commits only while this lease is held.
    pub(crate) fence: Option<Grant>,
}

/// The mark moves only from where the writer believes it to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MarkChange {
    pub(crate) from: Mark,
    pub(crate) to: Mark,
}

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Commit {
    /// It is there.
    Done(Committed),
    /// Nothing was written: somebody else has moved the mark, to this.
    MarkMoved(Mark),
    /// Nothing was written: the fence's lease has changed hands.
    Fenced,
}

/// What a commit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Committed {
    /// Which of its activities were new, by their place in the batch.
    pub(crate) new: Vec<usize>,
    /// Where the session's last activity stands now.
    pub(crate) end: Position,
    /// How many activities the session has now.
    pub(crate) count: u64,
}

/// Where a session stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beacon {
    /// Where its last activity stands.
    pub(crate) end: Position,
    /// How many activities it has.
    pub(crate) count: u64,
    pub(crate) mark: Mark,
    /// Rises with each look at the session that was committed; zero before the first.
    pub(crate) looks: u64,
    /// How many acts of users were counted.
    pub(crate) acts: u64,
    /// The note of the latest act.
    pub(crate) act: Option<String>,
    /// What its watcher told last.
    pub(crate) status: Option<String>,
    /// What all handles together want of it.
    pub(crate) want: Option<Want>,
    pub(crate) deleted: bool,
}

/// What is in the local cache.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CacheInfo {
    /// Where it is: the file, or the URL without user info; absent when the cache is in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<PathBuf>,
    /// Why the cache is in memory instead of on disk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
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
