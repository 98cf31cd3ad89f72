//! What the items share: their permits, their results, and how one of them is run.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

use super::options::{AllOptions, Until};
use super::report::{BatchReport, Finished, Index, ItemEnd, ItemStatus, OnProgress, Progress, Results, Stage};
use crate::engine::effects::{self, RunConfig};
use crate::ground::error::{Error, Result};
use crate::ground::model::{Outcome, SessionId};
use crate::surface::handle::Client;
use crate::surface::retried;
use crate::surface::session::Session;

/// How many at once when nobody says: the free plan's slots.
const CONCURRENCY: usize = 3;

/// What allows an item to be at work, until it is dropped; none for an item that is going to be refused.
pub(super) type Permit = Option<OwnedSemaphorePermit>;

pub(super) struct Pool<T> {
    pub(super) client: Client,
    stop_on_error: bool,
    delay: Duration,
    until: Until,
    concurrency: usize,
    awaited: bool,
    slots: Arc<Semaphore>,
    on_progress: Option<OnProgress>,
    reports: BatchReport,
    state: Mutex<State<T>>,
    /// Changes with each item that is handed over.
    handed: watch::Sender<()>,
}

struct State<T> {
    next_index: usize,
    next_start: Option<Instant>,
    finished: usize,
    /// How many items were started whose plan waits for an approval.
    approvals: usize,
    /// The items that weren't handed over yet.
    items: HashMap<usize, T>,
    /// Where results go; nowhere behind an error that stops the work.
    results: Option<UnboundedSender<Finished<T, ItemEnd>>>,
}

impl<T: Send + 'static> Pool<T> {
    pub(super) fn new(
        client: Client,
        options: &AllOptions,
        awaited: bool,
        on_progress: Option<OnProgress>,
        reports: BatchReport,
        results: UnboundedSender<Finished<T, ItemEnd>>,
    ) -> Self {
        let concurrency = options.concurrency.unwrap_or(CONCURRENCY);
        let state = State {
            next_index: 0,
            next_start: None,
            finished: 0,
            approvals: 0,
            items: HashMap::new(),
            results: Some(results),
        };
        Self {
            client,
            stop_on_error: options.stop_on_error.unwrap_or(true),
            delay: options.delay.unwrap_or_default(),
            until: options.until,
            concurrency,
            awaited,
            slots: Arc::new(Semaphore::new(concurrency.min(Semaphore::MAX_PERMITS))),
            on_progress,
            reports,
            state: Mutex::new(state),
            handed: watch::Sender::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether an item's result is its session.
    pub(super) fn hands_sessions(&self) -> bool {
        self.until == Until::Created
    }

    /// Waits until another item may start. Nothing: no more are wanted.
    pub(super) async fn permit(&self) -> Option<Permit> {
        // The next item is refused: it needs no permit.
        if self.is_stuck() {
            return (!self.slots.is_closed()).then_some(None);
        }
        let permit = Arc::clone(&self.slots).acquire_owned().await.ok()?;
        let start = self.state().next_start;
        if let Some(start) = start {
            tokio::time::sleep_until(start).await;
        }
        (!self.slots.is_closed()).then_some(Some(permit))
    }

    /// Counts the next item; gives its index.
    pub(super) fn admit(&self, item: T) -> usize {
        let mut state = self.state();
        let index = state.next_index;
        state.next_index += 1;
        state.next_start = Some(Instant::now() + self.delay);
        state.items.insert(index, item);
        drop(state);
        self.reports.began(index);
        self.tell(index, Stage::Queued);
        index
    }

    /// Whether all permits are held by sessions that wait for an approval, and nobody has them before all are created.
    fn is_stuck(&self) -> bool {
        self.until == Until::Created && self.awaited && self.state().approvals >= self.concurrency
    }

    /// Counts an item that is to start; refuses one that would wait for ever.
    pub(super) fn may_start(&self, config: RunConfig) -> Result<RunConfig> {
        if self.is_stuck() {
            return Err(Error::config(
                "more sessions than the concurrency allows would wait for approval, and none is returned before all are created",
            )
            .with_hint("Iterate instead of awaiting, raise the concurrency, or start them without approval."));
        }
        self.state().approvals += usize::from(config.require_approval == Some(true));
        Ok(config)
    }

    pub(super) async fn run(&self, index: usize, config: RunConfig) -> Result<Outcome> {
        let run = &config;
        let start = |failed| async move {
            let session = self.create(index, run.clone(), failed).await?;
            self.reports.created(index, session.id());
            self.tell(index, Stage::Started);
            if self.until == Until::Created {
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
        let result = result.map_err(|error| self.client.clean(error));
        let status = match &result {
            Ok(outcome) => ItemStatus::Finished { outcome: Box::new(outcome.clone()) },
            Err(error) => ItemStatus::Failed { error: Box::new(error.clone()) },
        };
        self.reports.ended(index, status);
        self.state().finished += 1;
        self.tell(index, Stage::Finished);
        self.hand(index, result.map(|outcome| ItemEnd::Outcome(Box::new(outcome))));
    }

    /// Gives an item's result to whoever takes them; an error may be the last. Where the item's session was handed over, what
    /// comes of it is for its holder.
    fn hand(&self, index: usize, result: Result<ItemEnd>) {
        let last = self.stop_on_error && result.is_err();
        let result = result.map_err(|error| {
            let error = error.with(Index(index));
            // An error that stops the work says what became of the others.
            if last { error.with(Results(self.reports.others(index))) } else { error }
        });
        let mut state = self.state();
        let Some(item) = state.items.remove(&index) else { return };
        if let Some(results) = &state.results {
            // Without a receiver there is nobody left to tell.
            results.send(Finished { index, item, result }).ok();
        }
        if last {
            state.results = None;
            self.slots.close();
        }
        drop(state);
        self.handed.send_replace(());
    }

    /// Waits until every item that was started is handed over.
    pub(super) async fn all_handed(&self) {
        let mut handed = self.handed.subscribe();
        // The sender is this pool's, so that it can't be gone.
        handed.wait_for(|()| self.state().items.is_empty()).await.ok();
    }

    /// Waits until an error has stopped the work.
    pub(super) async fn stopped(&self) {
        let mut handed = self.handed.subscribe();
        handed.wait_for(|()| self.state().results.is_none()).await.ok();
    }

    fn tell(&self, index: usize, stage: Stage) {
        let Some(on_progress) = &self.on_progress else { return };
        let session_id = self.reports.session_of(index);
        // The callback may be anything: nothing is held while it runs.
        let finished = self.state().finished;
        on_progress(&Progress { index, stage, session_id, finished });
    }
}
