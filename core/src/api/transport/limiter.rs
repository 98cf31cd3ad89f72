//! How many requests are under way at once, and how fast they may start. A 429 slows down what shares its quota, which is
//! the operation, and nothing else; success speeds that up again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Mutex as Line, Notify, Semaphore, SemaphorePermit};
use tokio::time::Instant;

use super::request::Operation;
use crate::ground::error::{Answer, Error, ErrorKind, Result};
use crate::ground::waits::{Wait, WaitReason};

const FIRST_GAP: Duration = Duration::from_millis(100);
/// Every call can wait for the pace alone.
pub(super) const LONGEST_GAP: Duration = Duration::from_secs(5);
/// However long the server asks one call to wait, the others go on after this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const SHORTEST_GAP: Duration = Duration::from_millis(10);
const MINUTE: Duration = Duration::from_secs(60);
/// The longest gap behind a request that was taken.
const TAKEN_AGAIN: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Limiter {
    slots: Semaphore,
    paces: Mutex<HashMap<Operation, Pace>>,
}

/// The time between two starts of one operation. Zero until the server complains.
#[derive(Debug)]
struct Pace {
    gap: Duration,
    /// When the latest was started.
    latest: Option<Instant>,
    /// None starts before, for the server asked for that.
    not_before: Instant,
    /// Who waits, in order; how many they are; and what tells the first one that the pace has changed.
    line: Arc<Line<()>>,
    waiting: u32,
    changed: Arc<Notify>,
    slowed: Instant,
    refusals: u64,
    /// The quota of a minute that the latest refusal named.
    told: Option<u64>,
}

impl Limiter {
    pub(super) fn new(most: usize) -> Self {
        Self { slots: Semaphore::new(most.min(Semaphore::MAX_PERMITS)), paces: Mutex::default() }
    }

    /// Waits for the turn that the operation's pace gives, and for a free slot. Who can't wait that long is told at once
    /// and takes no turn.
    pub(super) async fn start(&self, operation: Operation, patience: Duration) -> Result<SemaphorePermit<'_>> {
        let waiting_for = |reason| Wait::of(reason).before(operation.name());
        let (line, changed, wait) = self.with_pace(operation, |pace| {
            let wait = pace.turn().saturating_duration_since(Instant::now()) + pace.gap * pace.waiting;
            if wait > patience {
                return Err(slowed_down(wait));
            }
            pace.waiting += 1;
            Ok((Arc::clone(&pace.line), Arc::clone(&pace.changed), wait))
        })?;
        let waiting = Waiting { limiter: self, operation };
        let turn = async {
            let _first = line.lock().await;
            while let Some(turn) = self.with_pace(operation, Pace::start).filter(|_| !self.is_closed()) {
                tokio::select! {
                    biased;
                    () = changed.notified() => {}
                    () = tokio::time::sleep_until(turn) => {}
                }
            }
        };
        waiting_for(WaitReason::Throttle).about(wait, turn).await;
        drop(waiting);
        let place = waiting_for(WaitReason::Concurrency).during(self.slots.acquire()).await;
        place.map_err(|_| Error::closed())
    }

    /// The server answered 429 to a request of this operation that was started at `started`. Several of them that were under way together
    /// count once.
    pub(super) fn throttled(&self, operation: Operation, started: Instant, retry_after: Option<Duration>) {
        let now = Instant::now();
        self.with_pace(operation, |pace| {
            pace.refusals += 1;
            if started >= pace.slowed {
                pace.gap = (pace.gap * 2).clamp(FIRST_GAP, LONGEST_GAP);
                pace.slowed = now;
            }
            if let Some(wait) = retry_after {
                pace.not_before = pace.not_before.max(now + wait.min(LONGEST_PAUSE));
            }
        });
    }

    pub(super) fn succeeded(&self, operation: Operation) {
        self.with_pace(operation, |pace| {
            // What was refused until a minute was over goes on, at the quota's own rate where it was named.
            let named = pace.told.and_then(|told| u32::try_from(told).ok()).filter(|told| *told > 0);
            let most = named.map_or(TAKEN_AGAIN, |per_minute| MINUTE / per_minute);
            pace.gap = pace.gap.mul_f64(0.9).min(most);
            if pace.gap < SHORTEST_GAP {
                pace.gap = Duration::ZERO;
            }
            pace.changed.notify_one();
        });
    }

    /// A refusal has named this quota of a minute.
    pub(super) fn named(&self, operation: Operation, per_minute: Option<u64>) {
        self.with_pace(operation, |pace| pace.told = per_minute.or(pace.told));
    }

    /// How many calls were refused so far, and the quota of a minute that the latest refusal named.
    pub(super) fn refusals(&self, operation: Operation) -> (u64, Option<u64>) {
        self.with_pace(operation, |pace| (pace.refusals, pace.told))
    }

    /// The time between two starts at present: how much the server has slowed this operation down.
    pub(super) fn gap(&self, operation: Operation) -> Duration {
        self.with_pace(operation, |pace| pace.gap)
    }

    /// Nothing starts any more.
    pub(super) fn close(&self) {
        self.slots.close();
        let paces = self.paces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        paces.values().for_each(|pace| pace.changed.notify_one());
    }

    pub(super) fn is_closed(&self) -> bool {
        self.slots.is_closed()
    }

    fn with_pace<T>(&self, operation: Operation, change: impl FnOnce(&mut Pace) -> T) -> T {
        let mut paces = self.paces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(paces.entry(operation).or_insert_with(|| {
            let now = Instant::now();
            Pace {
                gap: Duration::ZERO,
                latest: None,
                not_before: now,
                line: Arc::default(),
                waiting: 0,
                changed: Arc::default(),
                slowed: now,
                refusals: 0,
                told: None,
            }
        }))
    }
}

impl Pace {
    /// When the next one may start.
    fn turn(&self) -> Instant {
        self.latest.map_or(self.not_before, |latest| self.not_before.max(latest + self.gap))
    }

    /// Starts one; or says when it may.
    fn start(&mut self) -> Option<Instant> {
        let (now, turn) = (Instant::now(), self.turn());
        if turn > now {
            return Some(turn);
        }
        self.latest = Some(now);
        None
    }
}

/// One that waits for its turn, until it has it or is given up.
struct Waiting<'l> {
    limiter: &'l Limiter,
    operation: Operation,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.limiter.with_pace(self.operation, |pace| pace.waiting -= 1);
    }
}

fn slowed_down(wait: Duration) -> Error {
    Error::new(ErrorKind::RateLimit, format!("the server asked to slow down; the next request may start in {wait:?}"))
        .with_answer(Answer { retry_after: Some(wait), ..Answer::default() })
        .with_hint("Wait that long, or allow more time for retries.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::log_scope::Scope;

    const LISTS: Operation = Operation::ActivitiesList;
    const PATIENCE: Duration = Duration::from_secs(300);

    async fn start(limiter: &Limiter, operation: Operation) {
        drop(limiter.start(operation, PATIENCE).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_throttled_operation_keeps_a_gap_and_success_closes_it() {
        let limiter = Limiter::new(4);
        let before = Instant::now();
        start(&limiter, LISTS).await;
        start(&limiter, LISTS).await;
        assert_eq!(before.elapsed(), Duration::ZERO);
        limiter.throttled(LISTS, Instant::now(), None);
        start(&limiter, LISTS).await;
        start(&limiter, LISTS).await;
        assert!(before.elapsed() >= FIRST_GAP);
        (0..60).for_each(|_| limiter.succeeded(LISTS));
        assert_eq!(limiter.gap(LISTS), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn behind_a_minute_that_was_used_up_all_go_on_at_the_quotas_own_rate() {
        let (limiter, creates) = (Limiter::new(100), Operation::SessionsCreate);
        for _ in 0..10 {
            tokio::time::advance(LONGEST_GAP).await;
            limiter.throttled(creates, Instant::now(), None);
        }
        assert_eq!(limiter.gap(creates), LONGEST_GAP);
        start(&limiter, creates).await;
        limiter.named(creates, Some(120));
        // Those that wait already don't keep the slow pace.
        let before = Instant::now();
        let taken = || async {
            start(&limiter, creates).await;
            limiter.succeeded(creates);
        };
        futures::future::join_all((0..20).map(|_| taken())).await;
        assert!(before.elapsed() < LONGEST_GAP + 20 * MINUTE / 120, "{:?}", before.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn many_refusals_of_one_moment_count_once() {
        let limiter = Limiter::new(4);
        start(&limiter, LISTS).await;
        let started = Instant::now();
        tokio::time::advance(Duration::from_millis(5)).await;
        (0..10).for_each(|_| limiter.throttled(LISTS, started, None));
        assert_eq!(limiter.gap(LISTS), FIRST_GAP);
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_shares_the_quota_waits_as_long_as_the_server_asked() {
        let limiter = Limiter::new(1);
        let started = Instant::now();
        limiter.throttled(Operation::SessionsCreate, started, Some(Duration::from_secs(3)));
        let waiting = start(&limiter, Operation::SessionsCreate);
        let others = async {
            start(&limiter, LISTS).await;
            started.elapsed()
        };
        // The one that waits takes no slot from the others.
        let ((), others) = futures::join!(waiting, others);
        assert_eq!(others, Duration::ZERO);
        assert!(started.elapsed() >= Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn long_waits_for_a_place_and_for_the_pace_are_counted() {
        let (limiter, scope) = (Limiter::new(1), Scope::default());
        let waits = || scope.meter.snapshot().waits;
        let first = limiter.start(LISTS, PATIENCE).await.unwrap();
        let release = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(first);
        };
        futures::join!(scope.around(start(&limiter, LISTS)), release);
        assert_eq!(waits(), [(WaitReason::Concurrency, 1)].into());
        limiter.throttled(LISTS, Instant::now(), Some(Duration::from_secs(30)));
        scope.around(start(&limiter, LISTS)).await;
        scope.around(start(&limiter, LISTS)).await;
        assert_eq!(
            waits(),
            [(WaitReason::Concurrency, 1), (WaitReason::Throttle, 1)].into(),
            "the second waited 100 ms"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_they_may() {
        let limiter = Limiter::new(1);
        let started = Instant::now();
        limiter.throttled(LISTS, started, Some(Duration::from_secs(30)));
        let error = limiter.start(LISTS, Duration::from_secs(10)).await.unwrap_err();
        assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimit, Some(Duration::from_secs(30))));
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
