//! A worker: takes tasks as far as there is room, follows workers that are gone, and gives what it has brought to its end.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use super::grants::{self, New, Taken};
use super::job::{Done, Job};
use super::limits::{self, Bounds};
use super::step::{self, Next, Tried, View};
use super::{Approval, Worked, worker_name};
use crate::engine::presence::Held;
use crate::engine::{Hub, effects};
use crate::ground::error::{Error, Result};
use crate::ground::runtime;
use crate::ground::waits::{Begun, Wait, WaitReason};
use crate::store::{Bound, Claim, Full, PlaceLimits, Topic};

/// Wakes that come together are one.
const FOLD: Duration = Duration::from_millis(20);
/// So many are taken at once at most.
const AT_ONCE: u32 = 16;
/// How often it looks for tasks that nobody is at.
const TAKE_OVER: Duration = Duration::from_millis(500);
/// How often it is doubted that no place is free, and how long creates are under way before it is.
const DOUBT: Duration = Duration::from_secs(5);
/// So long the limits are good that were read.
const LIMITS: Duration = Duration::from_millis(250);
/// The rest after the store has failed.
const REST: Duration = Duration::from_secs(1);

/// How a worker goes about it.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) queue: String,
    pub(crate) bounds: Bounds,
    pub(crate) concurrency: Option<usize>,
    pub(crate) follow: bool,
    pub(crate) approval: Approval,
}

struct Worker {
    hub: Arc<Hub>,
    settings: Settings,
    name: String,
    /// While it is counted as a worker of the queue.
    counted: Option<Held>,
    jobs: Vec<runtime::Task>,
    done: mpsc::UnboundedSender<Done>,
    looked: Option<Instant>,
    /// When it was last found out whether there is more room than is counted.
    doubted: Option<Instant>,
    /// Since when it waits for the creates of others.
    pending: Option<Instant>,
    /// The limits as they were read a moment ago.
    limits: Option<(Instant, PlaceLimits, bool)>,
    /// While no place is free.
    full: Option<Begun>,
}

/// Works until nothing is left, or for good; gives what is finished. It stops when nobody takes that any more.
pub(crate) async fn work(hub: Arc<Hub>, settings: Settings, results: mpsc::UnboundedSender<Result<Worked>>) {
    let (done, mut ended) = mpsc::unbounded_channel();
    let worker = Worker {
        hub,
        settings,
        name: worker_name(),
        counted: None,
        jobs: Vec::new(),
        done,
        looked: None,
        doubted: None,
        pending: None,
        limits: None,
        full: None,
    };
    if let Err(error) = worker.run(&mut ended, &results).await {
        results.send(Err(error)).ok();
    }
}

/// Never, where there is none.
async fn is_lost(held: Option<&Held>) {
    match held {
        Some(held) => held.lost().await,
        None => std::future::pending().await,
    }
}

impl Worker {
    async fn run(
        mut self,
        ended: &mut mpsc::UnboundedReceiver<Done>,
        results: &mpsc::UnboundedSender<Result<Worked>>,
    ) -> Result<()> {
        self.hub.service.transport.check_open()?;
        self.counted = Some(grants::enter(&self.hub, &self.settings.queue).await?);
        let mut revisions = self.hub.store.watch(&Topic::Tasks);
        let mut freed = self.hub.quota.freed();
        loop {
            self.hub.service.transport.check_open()?;
            revisions.seen();
            freed.borrow_and_update();
            let began = Instant::now();
            let next = match self.round().await {
                // However long that lasts: whoever has a limit leaves.
                Err(error) if error.retryable() => {
                    tracing::warn!(target: "jules::queue", %error, "cannot read the queue; trying again");
                    Next::Wait(REST)
                }
                next => next?,
            };
            let rest = match next {
                Next::Again => continue,
                Next::Wait(rest) => rest,
                Next::End => {
                    while let Ok(done) = ended.try_recv() {
                        self.take(done, results)?;
                    }
                    // Whoever sees the end doesn't find this one among the workers any more.
                    if let Some(counted) = self.counted.take() {
                        counted.give_back().await;
                    }
                    return Ok(());
                }
            };
            tokio::select! {
                biased;
                done = ended.recv() => match done {
                    Some(done) => self.take(done, results)?,
                    None => return Ok(()),
                },
                () = results.closed() => return Ok(()),
                // The client was closed, or this process stood still: then it is counted anew.
                () = is_lost(self.counted.as_ref()) => self.counted = None,
                // The sender lives as long as the client. What is free here is taken at once.
                _ = freed.changed() => {}
                // The first one that comes is heard at once, for a slot may be free.
                _ = timeout(rest, revisions.changed()) => tokio::select! {
                    biased;
                    () = sleep_until(began + FOLD.min(rest)) => {}
                    _ = freed.changed() => {}
                },
            }
            while let Ok(done) = ended.try_recv() {
                self.take(done, results)?;
            }
        }
    }

    /// What bounds the next start, and whether that was learned.
    async fn limits(&self) -> (Instant, PlaceLimits, bool) {
        if let Some(known) = self.limits.filter(|(read, ..)| read.elapsed() < LIMITS) {
            return known;
        }
        let (limits, learned) = limits::limits(&self.hub, self.settings.bounds).await;
        (Instant::now(), limits, learned)
    }

    fn take(&mut self, done: Done, results: &mpsc::UnboundedSender<Result<Worked>>) -> Result<()> {
        // It may have been refused, and something learned by that.
        self.limits = None;
        match done {
            Done::Finished(worked) => drop(results.send(Ok(*worked))),
            Done::LeftIt => {}
            Done::Fatal(error) => return Err(error),
        }
        Ok(())
    }

    async fn round(&mut self) -> Result<Next> {
        if self.counted.is_none() {
            self.counted = Some(grants::enter(&self.hub, &self.settings.queue).await?);
        }
        self.jobs.retain(|job| !job.is_finished());
        self.follow_the_gone().await?;
        let (mut view, limits) = tokio::try_join!(self.view(), async { Ok(self.limits().await) })?;
        self.limits = Some(limits);
        let tried = if view.may_start() { self.start().await? } else { Tried::No };
        view.busy = self.jobs.len();
        match tried {
            Tried::Full(Bound::Slots, _) => self.full.get_or_insert_with(|| Wait::of(WaitReason::Slot).begin()).lasts(),
            _ => self.full = None,
        }
        self.pending = match tried {
            Tried::Full(Bound::Pending, _) => self.pending.or_else(|| Some(Instant::now())),
            _ => None,
        };
        Ok(step::next(view, tried))
    }

    async fn view(&self) -> Result<View> {
        let Settings { queue, concurrency, follow, .. } = &self.settings;
        let (paused, blocked) = tokio::try_join!(limits::is_paused(&self.hub, queue), limits::blocked(&self.hub))?;
        Ok(View { busy: self.jobs.len(), concurrency: *concurrency, paused, blocked, follow: *follow })
    }

    /// Goes on with what was begun by workers that are gone.
    async fn follow_the_gone(&mut self) -> Result<()> {
        if self.looked.is_some_and(|at| at.elapsed() < TAKE_OVER) {
            return Ok(());
        }
        while self.settings.concurrency.is_none_or(|most| self.jobs.len() < most) {
            let taken = grants::take_over(&self.hub, &self.settings.queue, &self.name).await?;
            let Some((record, held)) = taken else { break };
            tracing::info!(target: "jules::queue", task = record.key, "taking over a task from a worker that is gone");
            self.begin(New { record, held, intended: false })?;
        }
        self.looked = Some(Instant::now());
        Ok(())
    }

    async fn start(&mut self) -> Result<Tried> {
        let (_, mut limits, learned) = self.limits().await;
        let mut compared = self.doubted.is_some_and(|at| at.elapsed() < DOUBT);
        // A create may have been left by a process that is gone, or whose store has failed: nobody else would clear it away.
        let lasts = self.pending.is_some_and(|since| since.elapsed() >= DOUBT);
        loop {
            match grants::start(&self.hub, self.claim(limits)).await? {
                Taken::Tasks(tasks) => {
                    tasks.into_iter().try_for_each(|task| self.begin(task))?;
                    return Ok(Tried::Started);
                }
                Taken::Full(Full { bound, left, .. })
                    if !compared && (bound == Bound::Slots || bound == Bound::Pending && lasts) =>
                {
                    compared = true;
                    self.doubted = Some(Instant::now());
                    if limits::compare(&self.hub).await? {
                        continue;
                    }
                    if bound == Bound::Pending {
                        return Ok(Tried::Full(bound, left));
                    }
                    match limits::beyond(&self.hub, limits).await? {
                        Some(more) if learned => limits = more,
                        _ => return Ok(Tried::Full(Bound::Slots, None)),
                    }
                }
                Taken::Full(Full { bound, left, .. }) => return Ok(Tried::Full(bound, left)),
                Taken::Nothing { next } => {
                    let next = next.map(|time| time.max(FOLD));
                    return Ok(Tried::Nothing { next, unfinished: self.unfinished().await? });
                }
            }
        }
    }

    /// As many as it has hands for. That their creates are about to be sent is noted with it, where the server's clock is known.
    fn claim(&self, limits: PlaceLimits) -> Claim {
        let room = self.settings.concurrency.map(|most| most.saturating_sub(self.jobs.len()));
        Claim {
            queue: self.settings.queue.clone(),
            worker: self.name.clone(),
            limits,
            most: room.and_then(|room| u32::try_from(room).ok()).unwrap_or(AT_ONCE).min(AT_ONCE),
            data: effects::intents(&self.hub),
        }
    }

    async fn unfinished(&self) -> Result<u64> {
        let counts = self.hub.store.count_tasks(&self.settings.queue).await?;
        Ok(counts.states.iter().filter(|(state, _)| !state.is_finished()).map(|(_, count)| count).sum())
    }

    fn begin(&mut self, New { record, held, intended }: New) -> Result<(), Error> {
        let (hub, approval) = (Arc::clone(&self.hub), self.settings.approval.clone());
        let job = Job { hub, record, held, intended, approval };
        let done = self.done.clone();
        let job = runtime::spawn(async move {
            // Whoever worked may be gone.
            done.send(job.run().await).ok();
        })?;
        self.jobs.push(job);
        Ok(())
    }
}
