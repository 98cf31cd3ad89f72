//! Many sessions, a few at a time: the pool behind [`Jules::all`]. It decides when the next one may start; who has the
//! items feeds it. The language bindings feed it from their own iterators.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::Instant;

use crate::engine::effects::{self, RunConfig};
use crate::ground::error::{Attachment, Error, Result};
use crate::ground::model::{Outcome, SessionId};
use crate::ground::runtime;
use crate::surface::handle::Client;
use crate::surface::retried;
use crate::surface::session::Session;

/// How many at once when nobody says: the free plan's slots.
const CONCURRENCY: usize = 3;

/// How [`Jules::all`](crate::Jules::all) goes about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllOptions {
    /// How many sessions may run at once, until their outcome. Default: 3.
    pub concurrency: Option<usize>,
    /// Whether the first item that can't be run stops new starts. A failed session is an outcome, not an error. Default: yes.
    pub stop_on_error: Option<bool>,
    /// The time between two starts. Default: none.
    pub delay: Option<Duration>,
    // bindings: What an item's result is: `ended`, its outcome; `created`, its session as soon as that is created. Either way at
    // most `concurrency` sessions are at work. Default: `ended`.
    // not swift: `all` gives outcomes there
    /// What counts as an item's result. Default: its outcome.
    pub until: Until,
}

/// What the result of an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Until {
    /// Its outcome: the item is done when its session has ended.
    #[default]
    Ended,
    /// Its session, as soon as it is created. It keeps its place among those that run until it has ended, so that no more
    /// than `concurrency` are at work. Leaving stops new starts.
    Created,
}

impl AllOptions {
    pub(crate) fn check(&self) -> Result<()> {
        match self.concurrency {
            Some(0) => Err(Error::config("the concurrency must be at least 1")),
            _ => Ok(()),
        }
    }
}

/// How far an item has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Stage {
    /// It has its place in the pool.
    Queued,
    /// Its session is created.
    Started,
    /// No session slot is free; it waits for one.
    Waiting,
    /// It has its outcome or its error.
    Finished,
}

/// A step of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Progress {
    /// Which item, from 0.
    pub index: usize,
    /// How far it has come.
    pub stage: Stage,
    /// Its session, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// How many items are finished, this one included.
    pub finished: usize,
}

/// What became of one item.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BatchResult {
    /// Which item, from 0.
    pub index: usize,
    /// What came of it, or why it could not be run.
    pub result: Result<ItemEnd>,
}

/// What came of an item.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ItemEnd {
    /// Its outcome.
    Outcome(Box<Outcome>),
    /// Its session, with [`Until::Created`].
    Session(Session),
}

/// Where one item stood when a batch stopped.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ItemReport {
    /// Which item, from 0.
    pub index: usize,
    /// Its session, if it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// What became of it.
    #[serde(flatten)]
    pub status: ItemStatus,
}

/// What became of an item.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "status", rename_all = "camelCase")]
#[non_exhaustive]
pub enum ItemStatus {
    /// It goes on at the server; [`Jules::session`](crate::Jules::session) finds it by its id.
    Running,
    /// It has ended.
    Finished {
        /// How.
        outcome: Box<Outcome>,
    },
    /// It could not be run.
    Failed {
        /// Why.
        #[serde(serialize_with = "as_json")]
        error: Box<Error>,
    },
}

fn as_json<S: serde::Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    error.to_json().serialize(serializer)
}

/// The other items, as an error carries them.
#[derive(Debug)]
struct Results(Vec<ItemReport>);

impl Attachment for Results {
    fn name(&self) -> &'static str {
        "results"
    }

    fn to_json(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn to_envelope(&self) -> Value {
        self.0.iter().map(ItemReport::envelope).collect()
    }
}

impl ItemReport {
    /// Its JSON, with what is in it in its envelope.
    fn envelope(&self) -> Value {
        let mut fields = serde_json::to_value(self).unwrap_or_default();
        match &self.status {
            ItemStatus::Finished { outcome } => {
                fields["outcome"] = serde_json::to_value(outcome.envelope()).unwrap_or_default();
            }
            ItemStatus::Failed { error } => fields["error"] = error.to_envelope(),
            ItemStatus::Running => {}
        }
        fields
    }
}

/// Which item an error is about.
#[derive(Debug)]
struct Index(usize);

impl Attachment for Index {
    fn name(&self) -> &'static str {
        "index"
    }

    fn to_json(&self) -> Value {
        self.0.into()
    }

    fn to_envelope(&self) -> Value {
        self.to_json()
    }
}

impl Error {
    /// The item of [`Jules::all`](crate::Jules::all) that it is about, counted from 0.
    pub fn index(&self) -> Option<usize> {
        self.attached::<Index>().map(|index| index.0)
    }

    /// What had become of the other items when [`Jules::all`](crate::Jules::all) stopped: what finished and what still runs.
    pub fn results(&self) -> &[ItemReport] {
        self.attached::<Results>().map_or(&[], |results| &results.0)
    }
}

/// What is called for each step of an item.
pub type OnProgress = Box<dyn Fn(&Progress) + Send + Sync>;

/// A pool of sessions. Feed it: wait for [`Batch::ready`], then [`Batch::start`] or [`Batch::fail`] the next item, at the
/// end [`Batch::finish`]. Take results with [`Batch::next`]. Dropping it stops watching; sessions go on at the server.
#[derive(Clone)]
pub struct Batch(Arc<Handle>);

/// What the user holds. The work holds only the pool, so it stops when the last handle goes.
struct Handle {
    pool: Arc<Pool>,
    tasks: Mutex<Vec<runtime::Task>>,
}

struct Pool {
    client: Client,
    stop_on_error: bool,
    delay: Duration,
    until: Until,
    concurrency: usize,
    awaited: AtomicBool,
    slots: Arc<Semaphore>,
    results: mpsc::UnboundedSender<BatchResult>,
    received: tokio::sync::Mutex<mpsc::UnboundedReceiver<BatchResult>>,
    on_progress: Option<OnProgress>,
    state: Mutex<State>,
    /// Counts what has finished.
    finished: watch::Sender<usize>,
}

#[derive(Default)]
struct State {
    ready: Option<OwnedSemaphorePermit>,
    next_index: usize,
    next_start: Option<Instant>,
    delivered: usize,
    closed: bool,
    /// How many items were started whose plan waits for an approval.
    approvals: usize,
    items: BTreeMap<usize, ItemReport>,
}

impl Batch {
    pub(crate) fn new(client: &Client, options: &AllOptions, on_progress: Option<OnProgress>) -> Result<Self> {
        options.check()?;
        let concurrency = options.concurrency.unwrap_or(CONCURRENCY);
        let (results, received) = mpsc::unbounded_channel();
        let pool = Arc::new(Pool {
            client: Arc::clone(client),
            stop_on_error: options.stop_on_error.unwrap_or(true),
            delay: options.delay.unwrap_or_default(),
            until: options.until,
            concurrency,
            awaited: AtomicBool::new(false),
            slots: Arc::new(Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS))),
            results,
            received: tokio::sync::Mutex::new(received),
            on_progress,
            state: Mutex::default(),
            finished: watch::Sender::new(0),
        });
        Ok(Self(Arc::new(Handle { pool, tasks: Mutex::default() })))
    }

    /// Waits until another item may start. `false`: an item could not be run, so no more are wanted.
    pub async fn ready(&self) -> bool {
        let pool = &self.0.pool;
        // The next item is refused: it needs no place.
        if pool.state().ready.is_some() || pool.is_stuck() {
            return !pool.slots.is_closed();
        }
        let Ok(permit) = Arc::clone(&pool.slots).acquire_owned().await else { return false };
        let start = pool.state().next_start;
        if let Some(start) = start {
            tokio::time::sleep_until(start).await;
        }
        pool.state().ready = Some(permit);
        !pool.slots.is_closed()
    }

    /// All results are wanted together, and nobody has one in hand before.
    pub fn awaited(&self) {
        self.0.pool.awaited.store(true, Ordering::Relaxed);
    }

    /// Starts the next item; gives back its index.
    pub fn start(&self, config: RunConfig) -> usize {
        let (index, permit) = self.0.pool.admit();
        if let Err(error) = self.0.pool.may_start(&config) {
            self.0.pool.settle(index, Err(error));
            return index;
        }
        let pool = Arc::clone(&self.0.pool);
        let log = pool.client.hub.service.transport.log.clone();
        let work = async move {
            let result = log.around(pool.run(index, config)).await;
            pool.settle(index, result);
            drop(permit);
        };
        match runtime::spawn(work) {
            Ok(task) => {
                let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
                tasks.retain(|task| !task.is_finished());
                tasks.push(task);
            }
            Err(error) => self.0.pool.settle(index, Err(error)),
        }
        index
    }

    /// Counts the next item as one that can't be run; gives back its index.
    pub fn fail(&self, error: Error) -> usize {
        let (index, _permit) = self.0.pool.admit();
        self.0.pool.settle(index, Err(error));
        index
    }

    /// There are no more items.
    pub fn finish(&self) {
        self.0.pool.state().closed = true;
        // Wakes who waits for a result that doesn't come.
        self.0.pool.finished.send_modify(|_| {});
    }

    /// The next result, in the order in which items finish; `None` when all have. Cancel-safe.
    pub async fn next(&self) -> Option<BatchResult> {
        let pool = &self.0.pool;
        let mut received = pool.received.lock().await;
        let mut finished = pool.finished.subscribe();
        while !pool.is_done() {
            tokio::select! {
                biased;
                result = received.recv() => {
                    pool.state().delivered += 1;
                    return result.map(|one| pool.with_report(one));
                }
                _ = finished.changed() => {}
            }
        }
        None
    }

    /// Where every item stands that was started: what finished, what failed, what still runs.
    pub fn report(&self) -> Vec<ItemReport> {
        self.reports().report()
    }

    /// What tells where the items stand, also when the batch is gone.
    pub fn reports(&self) -> BatchReport {
        BatchReport(Arc::clone(&self.0.pool))
    }
}

/// Where the items of a batch stand.
#[derive(Clone)]
pub struct BatchReport(Arc<Pool>);

impl BatchReport {
    /// See [`Batch::report`].
    pub fn report(&self) -> Vec<ItemReport> {
        self.0.state().items.values().cloned().collect()
    }

    /// The same as JSON, with what is in it in its envelope.
    pub fn report_envelope(&self) -> Value {
        self.0.state().items.values().map(ItemReport::envelope).collect()
    }
}

impl fmt::Debug for BatchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchReport").finish_non_exhaustive()
    }
}

impl Pool {
    /// Whether all results of all items were taken.
    fn is_done(&self) -> bool {
        let state = self.state();
        state.closed && state.delivered == state.next_index
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self) -> (usize, Option<OwnedSemaphorePermit>) {
        let mut state = self.state();
        let index = state.next_index;
        state.next_index += 1;
        state.next_start = Some(Instant::now() + self.delay);
        state.items.insert(index, ItemReport { index, session_id: None, status: ItemStatus::Running });
        let permit = state.ready.take();
        drop(state);
        self.tell(index, Stage::Queued);
        (index, permit)
    }

    /// Whether all places are held by sessions that wait for an approval, and nobody has them before all are created.
    fn is_stuck(&self) -> bool {
        let alone = self.until == Until::Created && self.awaited.load(Ordering::Relaxed);
        alone && self.state().approvals >= self.concurrency
    }

    /// Counts an item that is to start; refuses one that would wait for ever.
    fn may_start(&self, config: &RunConfig) -> Result<()> {
        if self.is_stuck() {
            return Err(Error::config(
                "more sessions than run at once would wait for an approval that nobody can give",
            )
            .with_hint("Iterate over them, raise the concurrency, or let them go without approval."));
        }
        self.state().approvals += usize::from(config.require_approval == Some(true));
        Ok(())
    }

    async fn run(&self, index: usize, config: RunConfig) -> Result<Outcome> {
        let handed = Mutex::new(false);
        let (run, handed) = (&config, &handed);
        let start = |failed| async move {
            let session = self.create(index, run.clone(), failed).await?;
            if let Some(item) = self.state().items.get_mut(&index) {
                item.session_id = Some(session.id().to_owned());
            }
            self.tell(index, Stage::Started);
            if self.until == Until::Created && !std::mem::replace(&mut *lock(handed), true) {
                self.hand(index, Ok(ItemEnd::Session(session.clone())));
            }
            Ok(session)
        };
        retried::to_outcome(&self.client.hub, &config, start).await
    }

    /// Creates the session, and waits for a slot where none is free.
    async fn create(&self, index: usize, config: RunConfig, failed: Option<SessionId>) -> Result<Session> {
        let on_wait = || self.tell(index, Stage::Waiting);
        let watched = effects::create_patiently(&self.client.hub, config, failed, &on_wait).await?;
        Ok(Session::new(Arc::clone(&self.client), watched.id.clone()))
    }

    fn settle(&self, index: usize, result: Result<Outcome>) {
        {
            let mut state = self.state();
            if let Some(item) = state.items.get_mut(&index) {
                item.status = match &result {
                    Ok(outcome) => ItemStatus::Finished { outcome: Box::new(outcome.clone()) },
                    Err(error) => ItemStatus::Failed { error: Box::new(error.clone()) },
                };
            }
        }
        let created = self.until == Until::Created && self.has_session(index);
        if result.is_err() && self.stop_on_error && !created {
            self.slots.close();
        }
        self.finished.send_modify(|count| *count += 1);
        self.tell(index, Stage::Finished);
        // Its session was handed over: what comes of it is for who has it.
        if !created {
            self.hand(index, result.map(|outcome| ItemEnd::Outcome(Box::new(outcome))));
        }
    }

    fn has_session(&self, index: usize) -> bool {
        self.state().items.get(&index).is_some_and(|item| item.session_id.is_some())
    }

    fn hand(&self, index: usize, result: Result<ItemEnd>) {
        let result = result.map_err(|error| error.with(Index(index)));
        // Without a receiver there is nobody left to tell.
        self.results.send(BatchResult { index, result }).ok();
        self.finished.send_modify(|_| {});
    }

    /// An error that stops the batch says what became of the others.
    fn with_report(&self, mut one: BatchResult) -> BatchResult {
        if self.stop_on_error {
            let reports =
                || Results(self.state().items.values().filter(|item| item.index != one.index).cloned().collect());
            one.result = one.result.map_err(|error| error.with(reports()));
        }
        one
    }

    fn tell(&self, index: usize, stage: Stage) {
        let Some(on_progress) = &self.on_progress else { return };
        let session_id = self.state().items.get(&index).and_then(|item| item.session_id.clone());
        // The callback may come back to the pool: nothing is held while it runs.
        let finished = *self.finished.borrow();
        on_progress(&Progress { index, stage, session_id, finished });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("items", &self.0.pool.state().next_index).finish_non_exhaustive()
    }
}
