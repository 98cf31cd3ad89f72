//! The work as a language binding has it: its events are taken one by one, from whatever thread, until it is closed.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Mutex as AsyncMutex, watch};
use tokio::time::{Instant, timeout_at};

use crate::ground::error::Result;
use crate::store::Store;
use crate::surface::batch::{AllOptions, BatchReport, Describe, Finished, ItemEnd, Plan, Progress, Results, Running};
use crate::surface::client::Jules;
use crate::surface::pending::{RUNNING_ALL, out_of_reach, timed_out};

/// One thing that has happened.
#[derive(Debug)]
pub enum Event<T> {
    /// A step of an item. Its last one comes before its end.
    Step(Progress),
    /// An item is done.
    Done(Finished<T, ItemEnd>),
}

/// What drives a binding's `all`: it begins with the first wait and goes on by itself from there. `describe` is called for one
/// item at a time, when there is room for its session, from a thread of Tokio's.
///
/// ```
/// # use jules_emulator::Emulator;
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = Emulator::builder().speed(50.0).start().await?;
/// # let jules = jules::Jules::builder().api_key("k").base_url(emulator.url()).cache(jules::Cache::Memory).build()?;
/// let mut rest = vec!["tokio", "serde"];
/// let describe = move || {
///     let next = rest.pop().map(|name| (name, Ok(jules::RunConfig::new(format!("Update {name} [scenario:quick]")))));
///     Box::pin(async move { next }) as _
/// };
/// let drive = jules::ffi::Drive::new(&jules, Default::default(), Box::new(describe), false)?;
/// while let Some(done) = drive.next().await? {
///     println!("{}: {}", done.index, done.item);
/// }
/// assert_eq!(drive.reports().report().len(), 2);
/// # Ok(()) }
/// ```
pub struct Drive<T> {
    plan: Mutex<Option<Plan<T>>>,
    running: AsyncMutex<Option<Running<T>>>,
    steps: AsyncMutex<UnboundedReceiver<Progress>>,
    reports: BatchReport,
    store: Arc<dyn Store>,
    closed: watch::Sender<bool>,
    /// When whoever waits gives up.
    deadline: OnceLock<(Instant, Duration)>,
}

impl<T: Send + 'static> Drive<T> {
    /// Describes the work. Steps of items are told when they are wanted.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a concurrency of 0.
    pub fn new(jules: &Jules, options: AllOptions, describe: Describe<T>, with_steps: bool) -> Result<Self> {
        let (sender, steps) = unbounded_channel();
        let mut plan = Plan::new(&jules.client, options, describe)?;
        if with_steps {
            // Without a receiver there is nobody left to tell.
            plan.on_progress = Some(Box::new(move |step| drop(sender.send(step.clone()))));
        }
        Ok(Self {
            reports: plan.reports.clone(),
            store: Arc::clone(&jules.client.hub.store),
            plan: Mutex::new(Some(plan)),
            running: AsyncMutex::default(),
            steps: AsyncMutex::new(steps),
            closed: watch::Sender::new(false),
            deadline: OnceLock::new(),
        })
    }

    /// Calls this for each step of an item, on any thread. Has no effect once it has begun.
    pub fn on_progress(self, call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        if let Some(plan) = self.plan.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            plan.on_progress = Some(Box::new(call));
        }
        self
    }

    /// Says before it begins that all results are wanted together, and nobody has one in hand before.
    pub fn awaited(&self) {
        if let Some(plan) = self.plan.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            plan.awaited = true;
        }
    }

    /// From now on it may take so long, all items together. What was said first holds.
    pub fn within(&self, limit: Duration) {
        if let Some(deadline) = Instant::now().checked_add(limit) {
            self.deadline.get_or_init(|| (deadline, limit));
        }
    }

    /// The next item that is done; `None` at the end, and once it is closed. Cancel-safe.
    ///
    /// # Errors
    /// [`Timeout`](crate::ErrorKind::Timeout) when the time is over, with [`Error::results`](crate::Error::results).
    pub async fn next(&self) -> Result<Option<Finished<T, ItemEnd>>> {
        self.in_time(self.done()).await
    }

    async fn done(&self) -> Option<Finished<T, ItemEnd>> {
        let mut closed = self.closed.subscribe();
        let mut running = self.running.lock().await;
        let plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(plan) = plan {
            *running = plan.begin().ok();
        }
        let next = tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => None,
            next = running.as_mut()?.results.recv() => next,
        };
        if next.is_none() {
            *running = None;
        }
        next
    }

    async fn in_time<W>(&self, work: impl Future<Output = W>) -> Result<W> {
        let Some((deadline, limit)) = self.deadline.get() else { return Ok(work.await) };
        let ended = timeout_at(*deadline, work).await;
        ended.map_err(|_| {
            let outage = out_of_reach(RUNNING_ALL, &*self.store);
            let error = outage.unwrap_or_else(|| timed_out(RUNNING_ALL, *limit));
            error.with(Results(self.reports.report()))
        })
    }

    /// The next step of an item; `None` at the end, and once it is closed. Cancel-safe.
    pub async fn step(&self) -> Option<Progress> {
        let mut closed = self.closed.subscribe();
        let mut steps = self.steps.lock().await;
        tokio::select! {
            biased;
            step = steps.recv() => step,
            _ = closed.wait_for(|closed| *closed) => None,
        }
    }

    /// The next step or end of an item; `None` at the end, and once it is closed. Cancel-safe.
    ///
    /// # Errors
    /// As for [`Drive::next`].
    pub async fn event(&self) -> Result<Option<Event<T>>> {
        let event = async {
            let mut steps = self.steps.lock().await;
            tokio::select! {
                biased;
                Some(step) = steps.recv() => Some(Event::Step(step)),
                done = self.done() => done.map(Event::Done),
            }
        };
        self.in_time(event).await
    }

    /// What tells where the items stand, also when the work is over.
    pub fn reports(&self) -> BatchReport {
        self.reports.clone()
    }

    /// Ends it and whoever waits for it: nothing starts any more. Sessions keep running on the server.
    pub fn close(&self) {
        self.closed.send_replace(true);
        let plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Outside the lock: an item's end may run any code.
        drop(plan);
        // Whoever waits holds it, and lets go of the work itself.
        if let Ok(mut running) = self.running.try_lock() {
            *running = None;
        }
    }
}

impl<T> fmt::Debug for Drive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Drive").field("reports", &self.reports).finish_non_exhaustive()
    }
}
