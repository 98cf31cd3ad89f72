//! Many sessions, a few at a time: the pool behind [`Jules::all`](crate::Jules::all). It decides when the next one may
//! start; who has the items feeds it. The language bindings feed it from their own iterators.

mod options;
mod pool;
mod report;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Semaphore, mpsc, watch};

pub use self::options::{AllOptions, Until};
use self::pool::Pool;
pub use self::report::{BatchResult, ItemEnd, ItemReport, ItemStatus, OnProgress, Progress, Stage};
use crate::engine::effects::RunConfig;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::runtime;
use crate::surface::handle::Client;

/// How many at once when nobody says: the free plan's slots.
const CONCURRENCY: usize = 3;

/// A pool of sessions. Feed it: wait for [`Batch::ready`], then [`Batch::start`] or [`Batch::fail`] the next item, at the
/// end [`Batch::finish`]. Take results with [`Batch::next`]. Dropping it stops watching; sessions go on at the server.
#[derive(Clone)]
pub struct Batch(Arc<Handle>);

/// What the user holds. The work holds only the pool, so it stops when the last handle goes.
struct Handle {
    pool: Arc<Pool>,
    tasks: Mutex<Vec<runtime::Task>>,
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

    /// [`Batch::next`] for who waits no longer than this.
    ///
    /// # Errors
    /// [`Timeout`](ErrorKind::Timeout), with [`Error::results`] and true for [`Error::retryable`].
    pub async fn next_within(&self, limit: Option<Duration>) -> Result<Option<BatchResult>> {
        let Some(limit) = limit else { return Ok(self.next().await) };
        tokio::time::timeout(limit, self.next()).await.map_err(|_| {
            Error::new(ErrorKind::Timeout, "timed out before all items were done")
                .with_retryable(true)
                .with_hint("Sessions that were created keep running on the server; raise the timeout")
                .with(report::Results(self.report()))
        })
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

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("items", &self.0.pool.state().next_index).finish_non_exhaustive()
    }
}
