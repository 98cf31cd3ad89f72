//! What the items of a batch share: their places, their results, and how one of them is run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::Instant;

use super::options::Until;
use super::report::{BatchResult, Index, ItemEnd, ItemReport, ItemStatus, OnProgress, Progress, Results, Stage};
use crate::engine::effects::{self, RunConfig};
use crate::ground::error::{Error, Result};
use crate::ground::model::{Outcome, SessionId};
use crate::surface::handle::Client;
use crate::surface::retried;
use crate::surface::session::Session;

pub(super) struct Pool {
    pub(super) client: Client,
    pub(super) stop_on_error: bool,
    pub(super) delay: Duration,
    pub(super) until: Until,
    pub(super) concurrency: usize,
    pub(super) awaited: AtomicBool,
    pub(super) slots: Arc<Semaphore>,
    pub(super) results: mpsc::UnboundedSender<BatchResult>,
    pub(super) received: tokio::sync::Mutex<mpsc::UnboundedReceiver<BatchResult>>,
    pub(super) on_progress: Option<OnProgress>,
    pub(super) state: Mutex<State>,
    /// Counts what has finished.
    pub(super) finished: watch::Sender<usize>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) ready: Option<OwnedSemaphorePermit>,
    pub(super) next_index: usize,
    pub(super) next_start: Option<Instant>,
    pub(super) delivered: usize,
    pub(super) closed: bool,
    /// How many items were started whose plan waits for an approval.
    pub(super) approvals: usize,
    pub(super) items: BTreeMap<usize, ItemReport>,
}

impl Pool {
    /// Whether all results of all items were taken.
    pub(super) fn is_done(&self) -> bool {
        let state = self.state();
        state.closed && state.delivered == state.next_index
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn admit(&self) -> (usize, Option<OwnedSemaphorePermit>) {
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
    pub(super) fn is_stuck(&self) -> bool {
        let alone = self.until == Until::Created && self.awaited.load(Ordering::Relaxed);
        alone && self.state().approvals >= self.concurrency
    }

    /// Counts an item that is to start; refuses one that would wait for ever.
    pub(super) fn may_start(&self, config: &RunConfig) -> Result<()> {
        if self.is_stuck() {
            return Err(Error::config(
                "more sessions than run at once would wait for an approval that nobody can give",
            )
            .with_hint("Iterate over them, raise the concurrency, or let them go without approval."));
        }
        self.state().approvals += usize::from(config.require_approval == Some(true));
        Ok(())
    }

    pub(super) async fn run(&self, index: usize, config: RunConfig) -> Result<Outcome> {
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

    pub(super) fn settle(&self, index: usize, result: Result<Outcome>) {
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
    pub(super) fn with_report(&self, mut one: BatchResult) -> BatchResult {
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
