//! Many sessions, a few at a time: the pool behind [`Jules::all`]. It decides when the next one may start; who has the
//! items feeds it. The language bindings feed it from their own iterators.

use std::collections::BTreeMap;
use std::fmt;
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
use crate::surface::client::{Client, Jules};
use crate::surface::retried;
use crate::surface::session::Session;

/// How many at once when nobody says: the free plan's slots.
const CONCURRENCY: usize = 3;

/// How [`Jules::all`] goes about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllOptions {
    /// How many sessions may run at once, until their outcome. Default: 3.
    pub concurrency: Option<usize>,
    /// Whether the first item that can't be run stops new starts. A failed session is an outcome, not an error. Default: yes.
    pub stop_on_error: Option<bool>,
    /// The time between two starts. Default: none.
    pub delay: Option<Duration>,
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
    /// Its outcome, or why it could not be run.
    pub result: Result<Outcome>,
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
    /// It goes on at the server; [`Jules::session`] finds it by its id.
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

impl Error {
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
    items: BTreeMap<usize, ItemReport>,
}

impl Batch {
    /// A pool without items. `on_progress` is called for each step of an item, from whatever thread it happens on.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a concurrency of 0.
    pub fn new(jules: &Jules, options: &AllOptions, on_progress: Option<OnProgress>) -> Result<Self> {
        options.check()?;
        let concurrency = options.concurrency.unwrap_or(CONCURRENCY);
        let (results, received) = mpsc::unbounded_channel();
        let pool = Arc::new(Pool {
            client: Arc::clone(&jules.client),
            stop_on_error: options.stop_on_error.unwrap_or(true),
            delay: options.delay.unwrap_or_default(),
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
        if pool.state().ready.is_some() {
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

    /// Starts the next item; gives back its index.
    pub fn start(&self, config: RunConfig) -> usize {
        let (index, permit) = self.0.pool.admit();
        let pool = Arc::clone(&self.0.pool);
        let work = async move {
            let result = pool.run(index, config).await;
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
        self.0.pool.state().items.values().cloned().collect()
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

    async fn run(&self, index: usize, config: RunConfig) -> Result<Outcome> {
        let run = &config;
        let start = |failed| async move {
            let session = self.create(index, run.clone(), failed).await?;
            if let Some(item) = self.state().items.get_mut(&index) {
                item.session_id = Some(session.id().to_owned());
            }
            self.tell(index, Stage::Started);
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
        if result.is_err() && self.stop_on_error {
            self.slots.close();
        }
        self.finished.send_modify(|count| *count += 1);
        self.tell(index, Stage::Finished);
        // Without a receiver there is nobody left to tell.
        self.results.send(BatchResult { index, result }).ok();
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

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("items", &self.0.pool.state().next_index).finish_non_exhaustive()
    }
}
