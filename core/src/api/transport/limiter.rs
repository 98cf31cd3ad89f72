//! How many requests are under way at once, and how fast they may start. A 429 slows the whole client down, success
//! speeds it up again.

use std::sync::Mutex;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

use crate::ground::error::{Error, Result};

const FIRST_GAP: Duration = Duration::from_millis(100);
const LONGEST_GAP: Duration = Duration::from_secs(5);
/// However long the server asks one call to wait, the others go on after this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
const SHORTEST_GAP: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(super) struct Limiter {
    slots: Semaphore,
    pace: Mutex<Pace>,
}

/// The time between two starts. Zero until the server complains.
#[derive(Debug)]
struct Pace {
    gap: Duration,
    next: Instant,
    slowed: Instant,
    refusals: u64,
}

impl Limiter {
    pub(super) fn new(most: usize) -> Self {
        let now = Instant::now();
        Self {
            slots: Semaphore::new(most.min(Semaphore::MAX_PERMITS)),
            pace: Mutex::new(Pace { gap: Duration::ZERO, next: now, slowed: now, refusals: 0 }),
        }
    }

    /// Waits for a free slot and for the turn that the pace gives.
    pub(super) async fn start(&self) -> Result<SemaphorePermit<'_>> {
        let permit = self.slots.acquire().await.map_err(|_| Error::closed())?;
        let turn = self.with_pace(|pace| {
            let turn = pace.next.max(Instant::now());
            pace.next = turn + pace.gap;
            turn
        });
        if turn > Instant::now() {
            tokio::time::sleep_until(turn).await;
        }
        Ok(permit)
    }

    /// The server answered 429 to a request that was started at `started`. Several of them that were under way together
    /// count once.
    pub(super) fn throttled(&self, started: Instant, retry_after: Option<Duration>) {
        let now = Instant::now();
        self.with_pace(|pace| {
            if started >= pace.slowed {
                pace.gap = (pace.gap * 2).clamp(FIRST_GAP, LONGEST_GAP);
                pace.slowed = now;
            }
            if let Some(wait) = retry_after {
                pace.next = pace.next.max(now + wait.min(LONGEST_PAUSE));
            }
        });
    }

    pub(super) fn refusals(&self) -> (u64, Option<u64>) {
        self.with_pace(|pace| (pace.refusals, None))
    }

    pub(super) fn succeeded(&self) {
        self.with_pace(|pace| {
            pace.gap = pace.gap.mul_f64(0.9);
            if pace.gap < SHORTEST_GAP {
                pace.gap = Duration::ZERO;
            }
        });
    }

    /// The time between two starts at present: how much the server has slowed this client down.
    pub(super) fn gap(&self) -> Duration {
        self.with_pace(|pace| pace.gap)
    }

    /// Whether nothing starts any more.
    pub(super) fn is_closed(&self) -> bool {
        self.slots.is_closed()
    }

    /// Nothing starts any more.
    pub(super) fn close(&self) {
        self.slots.close();
    }

    fn with_pace<T>(&self, change: impl FnOnce(&mut Pace) -> T) -> T {
        change(&mut self.pace.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_throttled_client_keeps_a_gap_and_success_closes_it() {
        let limiter = Limiter::new(4);
        let before = Instant::now();
        drop(limiter.start().await.unwrap());
        drop(limiter.start().await.unwrap());
        assert_eq!(before.elapsed(), Duration::ZERO);
        limiter.throttled(Instant::now(), None);
        drop(limiter.start().await.unwrap());
        drop(limiter.start().await.unwrap());
        assert!(before.elapsed() >= FIRST_GAP);
        (0..60).for_each(|_| limiter.succeeded());
        assert_eq!(limiter.gap(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn many_refusals_of_one_moment_count_once() {
        let limiter = Limiter::new(4);
        let started = Instant::now();
        tokio::time::advance(Duration::from_millis(5)).await;
        (0..10).for_each(|_| limiter.throttled(started, None));
        assert_eq!(limiter.gap(), FIRST_GAP);
    }

    #[tokio::test(start_paused = true)]
    async fn the_whole_client_waits_as_long_as_the_server_asked() {
        let limiter = Limiter::new(4);
        let started = Instant::now();
        limiter.throttled(started, Some(Duration::from_secs(3)));
        drop(limiter.start().await.unwrap());
        assert!(started.elapsed() >= Duration::from_secs(3));
    }
}
