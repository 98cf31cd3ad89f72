//! The part of the contract that is about tasks: what is to be started once, whoever asks for it, and brought to its outcome,
//! whoever is at it. The keys of runs and the tasks of queues are the same rows; places count what the account's plan bounds.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

use super::lease::Grant;
use crate::ground::error::Result;
use crate::ground::model::{SessionId, TaskState, Timestamp};

/// The window in which the plan counts creations.
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3_600);
/// So long finished tasks are kept.
pub(crate) const KEPT: Duration = Duration::from_secs(30 * 24 * 3_600);
/// What was finished within this time tells how fast a queue is.
pub(super) const RATED: Duration = Duration::from_secs(3_600);
/// A session that is younger need not be shown by the server yet.
pub(super) const FRESH: Duration = Duration::from_secs(60);
/// A create that takes longer is none any more.
pub(super) const UNDER_WAY: Duration = Duration::from_secs(600);

/// Tasks of one account, each known by its key: one namespace for the keys of runs and for all queues.
///
/// # Promises
/// - **Durable.** What is said here is on disk, or the call fails: nothing of it is ever kept in a memory in place of a file
///   that can't be used. A store that was opened in memory keeps it in memory.
/// - **Once.** A key is added once; a task that is known stays as it is. A session belongs to one task at most.
/// - **One at a time.** [`start_tasks`](Tasks::start_tasks) and [`take_over`](Tasks::take_over) give a task together with the
///   lease [`LeaseKey::Task`](super::LeaseKey::Task); whoever has lost it changes nothing any more.
/// - **Places.** Whoever is about to create a session takes a place first. At no time are more places taken than the limits
///   allow that each taker has named, however many ask at once.
/// - **Kept.** No eviction takes a task; finished ones are kept for [`KEPT`].
///
/// Every change wakes [`Topic::Tasks`](super::Topic::Tasks).
#[async_trait]
pub(crate) trait Tasks: Send + Sync + fmt::Debug {
    /// Adds tasks, all or none; what is known by its key is left as it is. Gives back for each what was known.
    async fn add_tasks(&self, tasks: Vec<NewTask>) -> Result<Vec<Option<TaskRecord>>>;

    /// The task with this key.
    async fn task(&self, key: &str) -> Result<Option<TaskRecord>>;

    /// A page of tasks.
    async fn tasks(&self, page: TaskPage) -> Result<Vec<TaskRecord>>;

    /// How a queue stands.
    async fn count_tasks(&self, queue: &str) -> Result<TaskCounts>;

    /// Takes the first tasks of a queue that wait and whose time has come: the highest priority, then the oldest. They are
    /// starting from then on, and each has a place.
    async fn start_tasks(&self, claim: Claim) -> Result<Started>;

    /// Takes a task of a queue that was begun and that nobody has a lease of any more.
    async fn take_over(&self, queue: &str, worker: &str) -> Result<Option<(TaskRecord, Grant)>>;

    /// Changes a task under its lease.
    async fn change_task(&self, grant: &Grant, change: TaskChange) -> Result<TaskChanged>;

    /// Cancels a task that waits; one that was begun is only marked. Gives back what it is then.
    async fn cancel_task(&self, key: &str) -> Result<Option<TaskRecord>>;

    /// Forgets a task under its lease: nothing was made for it. Gives back whether it was.
    async fn forget_task(&self, grant: &Grant) -> Result<bool>;

    /// Takes a place of this name for a create outside of queues.
    async fn take_place(&self, place: &str, limits: PlaceLimits) -> Result<Option<Full>>;

    /// A session was created: it has this place, or one of its own name where there is none.
    async fn fill_place(&self, place: Option<&str>, session: &SessionId, at: Timestamp) -> Result<()>;

    /// A create was refused: its place counts no more.
    async fn drop_place(&self, place: &str) -> Result<()>;

    /// A session holds no slot any more.
    async fn free_place(&self, session: &SessionId) -> Result<()>;

    /// What is used by the places that are known.
    async fn places(&self, queue: Option<&str>) -> Result<Used>;

    /// Which sessions are known to have been created since then, and when.
    async fn creations(&self, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>>;

    /// Which sessions hold a slot, as far as it is known.
    async fn open_places(&self) -> Result<Vec<SessionId>>;

    /// What the server shows of sessions, all that hold a slot among them: places are as it says. Those of creates that may
    /// be under way stay, and so does what was freed while the server was asked.
    async fn settle_places(&self, shown: Shown) -> Result<()>;
}

/// A task on its way into the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewTask {
    pub(crate) key: String,
    /// None for the key of a run.
    pub(crate) queue: Option<String>,
    pub(crate) priority: i64,
    /// It isn't started earlier.
    pub(crate) not_before: Option<Timestamp>,
    /// What was asked, text of the engine's; it never changes.
    pub(crate) asked: String,
    /// Its progress, text of the engine's.
    pub(crate) data: String,
}

/// A task as the store has it. Times are of the engine's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskRecord {
    pub(crate) key: String,
    pub(crate) queue: Option<String>,
    /// Its place in the order in which tasks were added.
    pub(crate) order: i64,
    pub(crate) state: TaskState,
    pub(crate) priority: i64,
    pub(crate) not_before: Option<Timestamp>,
    pub(crate) asked: String,
    pub(crate) data: String,
    /// The latest session that was made for it.
    pub(crate) session: Option<SessionId>,
    /// How many sessions were made for it.
    pub(crate) attempts: u32,
    /// Who took it last.
    pub(crate) worker: Option<String>,
    /// Whether it was cancelled while somebody was at it.
    pub(crate) cancelled: bool,
    pub(crate) created: Timestamp,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
}

/// What changes of a task; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TaskChange {
    pub(crate) state: Option<TaskState>,
    pub(crate) data: Option<String>,
    /// This session was made for it: it is claimed with it, and counted.
    pub(crate) session: Option<SessionId>,
    /// It is to be started once more: its session is no longer the latest.
    pub(crate) again: bool,
    /// Its create was refused: the place counts no more.
    pub(crate) refused: bool,
}

impl TaskChange {
    /// The session that it brings, where the task doesn't have it yet.
    pub(super) fn new_session(&self, before: &TaskRecord) -> Option<&SessionId> {
        self.session.as_ref().filter(|session| before.session.as_ref() != Some(session))
    }

    /// Whether the task is finished with it.
    pub(super) fn ends(&self, before: &TaskRecord) -> bool {
        before.ended.is_none() && self.state.unwrap_or(before.state).is_finished()
    }

    /// The task as it is after the change; `now` counts where the change [`ends`](Self::ends) it.
    pub(super) fn applied(&self, before: TaskRecord, now: Option<Timestamp>) -> TaskRecord {
        let state = self.state.unwrap_or(before.state);
        TaskRecord {
            state,
            attempts: before.attempts + u32::from(self.new_session(&before).is_some()),
            session: if self.again { None } else { self.session.clone().or(before.session) },
            data: self.data.clone().unwrap_or(before.data),
            ended: before.ended.or(now).filter(|_| state.is_finished()),
            ..before
        }
    }
}

impl TaskRecord {
    /// The name of the place that its next session has.
    pub(super) fn next_place(&self) -> String {
        format!("task/{}/{}", self.attempts + 1, self.key)
    }
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TaskChanged {
    /// The task as it is now.
    Done(Box<TaskRecord>),
    /// Nothing was written: the lease has changed hands.
    Fenced,
    /// Nothing was written: the session belongs to somebody else.
    Claimed,
}

/// Which tasks, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TaskPage {
    pub(crate) queue: String,
    /// Only those in one of these; all, where there are none.
    pub(crate) states: Vec<TaskState>,
    /// Only those that are finished, in the order of their ends; else in the order in which they were added.
    pub(crate) finished: bool,
    /// Behind this one.
    pub(crate) after: Option<TaskRecordPlace>,
    pub(crate) limit: u32,
}

/// Where a page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskRecordPlace {
    pub(crate) ended: Option<Timestamp>,
    pub(crate) order: i64,
}

impl From<&TaskRecord> for TaskRecordPlace {
    fn from(record: &TaskRecord) -> Self {
        Self { ended: record.ended, order: record.order }
    }
}

/// How a queue stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TaskCounts {
    pub(crate) states: BTreeMap<TaskState, u64>,
    /// When the oldest that waits was added.
    pub(crate) oldest_waiting: Option<Timestamp>,
    /// How many were finished within the last hour, and since when.
    pub(crate) finished_lately: u64,
    pub(crate) lately: Option<Timestamp>,
    /// How many workers have a lease of [`LeaseKey::Worker`](super::LeaseKey::Worker).
    pub(crate) workers: u64,
    pub(crate) now: Option<Timestamp>,
}

/// How many places there may be. What is absent has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PlaceLimits {
    /// Of the account: at a time, and within a day.
    pub(crate) slots: Option<u64>,
    pub(crate) day: Option<u64>,
    /// Of this queue.
    pub(crate) queue_slots: Option<u64>,
    pub(crate) queue_day: Option<u64>,
    /// Of the account, that no session is known for yet.
    pub(crate) pending: Option<u64>,
}

/// Asks for tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) queue: String,
    pub(crate) worker: String,
    pub(crate) limits: PlaceLimits,
    /// At most so many.
    pub(crate) most: u32,
    /// The data of tasks that still have the first of these become the second.
    pub(crate) data: Option<(String, String)>,
}

impl Claim {
    /// Where so much is used: how many it may have.
    pub(super) fn room(&self, used: &Used) -> u32 {
        let room = self.limits.room(used).unwrap_or(u64::MAX);
        self.most.min(u32::try_from(room).unwrap_or(u32::MAX))
    }
}

/// A task that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) record: TaskRecord,
    pub(crate) grant: Grant,
    /// Whether its data were changed with it.
    pub(crate) noted: bool,
}

/// What came of asking for tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Started {
    /// One at least.
    Tasks(Vec<Claimed>),
    /// One waits, and there is no place for it.
    Full(Full),
    /// None waits whose time has come.
    Nothing {
        /// How long it is until that of the next one comes, by the engine's clock.
        next: Option<Duration>,
    },
}

/// Why there was no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full {
    pub(crate) bound: Bound,
    /// Of the day only where it has a limit.
    pub(crate) used: Used,
    /// How long it is until the day has room for one more, where that is what was in the way; by the engine's clock.
    pub(crate) left: Option<Duration>,
}

/// Which limit was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    Slots,
    Day,
    Pending,
}

/// What is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    pub(crate) slots: u64,
    pub(crate) day: u64,
    pub(crate) queue_slots: u64,
    pub(crate) queue_day: u64,
    /// Of the slots, those of creates that may be under way.
    pub(crate) pending: u64,
}

impl Used {
    /// How many slots sessions hold that are known.
    pub(crate) fn held(&self) -> u64 {
        self.slots.saturating_sub(self.pending)
    }
}

impl PlaceLimits {
    /// Those that what is open at the moment tells of.
    pub(super) fn but_for_the_day(self) -> Self {
        Self { day: None, queue_day: None, ..self }
    }

    /// The limit that leaves no room for one more, and how large it is.
    pub(super) fn met(&self, used: &Used) -> Option<(Bound, u64, bool)> {
        self.beside(used).into_iter().find_map(|(bound, limit, used, of_queue)| {
            limit.filter(|limit| used >= *limit).map(|limit| (bound, limit, of_queue))
        })
    }

    /// For how many more there is room; nothing where nothing bounds that.
    fn room(&self, used: &Used) -> Option<u64> {
        let left = |(_, limit, used, _): (Bound, Option<u64>, u64, bool)| limit.map(|limit| limit.saturating_sub(used));
        self.beside(used).into_iter().filter_map(left).min()
    }

    /// Each limit, what of it is used, and whether it is the queue's.
    fn beside(&self, used: &Used) -> [(Bound, Option<u64>, u64, bool); 5] {
        [
            (Bound::Slots, self.slots, used.slots, false),
            (Bound::Slots, self.queue_slots, used.queue_slots, true),
            (Bound::Day, self.day, used.day, false),
            (Bound::Day, self.queue_day, used.queue_day, true),
            (Bound::Pending, self.pending, used.pending, false),
        ]
    }
}

/// What the server has shown of an account's sessions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) sessions: Vec<SeenPlace>,
    /// What held a slot before the server was asked. One of these that holds none any more has ended meanwhile, though a page
    /// from before that shows it at work.
    pub(crate) open_before: Vec<SessionId>,
    /// How long ago that was: a session that was created since may not have been shown, or has ended again.
    pub(crate) age: Duration,
}

/// A session as the server shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SeenPlace {
    pub(crate) session: SessionId,
    /// When it was created.
    pub(crate) at: Timestamp,
    /// Whether it holds a slot.
    pub(crate) open: bool,
}
