//! Whether and when a failed request is sent again, and how long a call has been at it. Pure: time and chance are passed in.

use std::time::Duration;

use crate::api::RetryPolicy;

/// What is known after a failed attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed {
    /// How many attempts were made, this one included.
    pub(super) attempts: u32,
    /// How long the process ran since the first attempt began.
    pub(super) elapsed: Duration,
    /// Whether the server was ever reached: then the second attempt is certain.
    pub(super) reached: bool,
    /// What the server asked for.
    pub(super) retry_after: Option<Duration>,
    /// Whether the client has retried so much lately that it should go easy.
    pub(super) over_budget: bool,
}

/// How long to wait before the next attempt; nothing when it is time to give up. `chance` is in 0..1.
///
/// Full jitter: anything between zero and a limit that doubles with each attempt. A wait that the server asked for is
/// kept in full and spread a little upwards, so that many clients don't come back at one moment; where it would go past
/// what is left of the total time, there is no point in waiting. A first attempt that took all of that time itself is
/// followed by a second one, at once where the server asked for no wait, unless there is no time for repetitions at all.
pub(super) fn delay(policy: RetryPolicy, failed: Failed, chance: f64) -> Option<Duration> {
    let limit = policy
        .base_delay
        .saturating_mul(1_u32.checked_shl(failed.attempts.saturating_sub(1)).unwrap_or(u32::MAX))
        .min(policy.max_delay);
    let left = policy.max_elapsed.checked_sub(failed.elapsed);
    let second = failed.attempts == 1 && failed.reached && !policy.max_elapsed.is_zero();
    if let Some(asked) = failed.retry_after {
        let spread = limit.min(Duration::from_secs(1)).mul_f64(chance);
        let rest = left.or(second.then_some(Duration::ZERO))?.checked_sub(asked)?;
        return Some(asked + spread.min(rest));
    }
    let delay = limit.mul_f64(chance);
    match left {
        // Going easy must not eat the time for another attempt, as long as there is any.
        Some(left) if failed.over_budget && !left.is_zero() => {
            Some(policy.max_delay.mul_f64(0.5 + chance / 2.0).min(left / 2).max(delay.min(left)))
        }
        Some(left) if delay <= left => Some(delay),
        _ => second.then_some(delay),
    }
}

/// How often the time of a call is measured while it waits.
pub(super) const SLICE: Duration = Duration::from_secs(1);

/// How long the process ran. Time that it was stopped, or that the machine slept, doesn't count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RunningTime(Duration);

impl RunningTime {
    /// Adds a wait that was to take `asked` and took `measured`. One that took more than twice as long was interrupted:
    /// then it counts as what it was to be.
    pub(super) fn add(&mut self, measured: Duration, asked: Duration) {
        self.0 += if measured > asked.saturating_mul(2) { asked } else { measured };
    }

    pub(super) fn time(self) -> Duration {
        self.0
    }
}

/// How much retrying a client allows itself: a tenth of its successes, and a first handful. Past that it doesn't give up,
/// it slows down to the longest delay, so that a struggling server isn't buried.
#[derive(Debug)]
pub(super) struct Budget {
    tenths: std::sync::atomic::AtomicI64,
}

const MOST_TENTHS: i64 = 200;

impl Budget {
    pub(super) fn new() -> Self {
        Self { tenths: MOST_TENTHS.into() }
    }

    pub(super) fn succeeded(&self) {
        self.change(1);
    }

    /// Takes one retry out; says whether there was none left.
    pub(super) fn spend(&self) -> bool {
        self.change(-10) < 0
    }

    fn change(&self, by: i64) -> i64 {
        use std::sync::atomic::Ordering::Relaxed;
        let next = |tenths: i64| (tenths + by).clamp(-10, MOST_TENTHS);
        let before = self.tenths.fetch_update(Relaxed, Relaxed, |tenths| Some(next(tenths)));
        next(before.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: RetryPolicy = RetryPolicy {
        max_elapsed: Duration::from_secs(300),
        base_delay: Duration::from_secs(1),
        max_delay: Duration::from_secs(30),
    };

    fn failed(attempts: u32) -> Failed {
        Failed { attempts, elapsed: Duration::ZERO, reached: true, retry_after: None, over_budget: false }
    }

    #[test]
    fn the_limit_doubles_up_to_the_longest_delay() {
        let longest = |attempts| delay(POLICY, failed(attempts), 1.0).unwrap().as_secs();
        assert_eq!([1, 2, 3, 4, 5, 6, 40, 4_000].map(longest), [1, 2, 4, 8, 16, 30, 30, 30]);
        assert_eq!(delay(POLICY, failed(3), 0.0), Some(Duration::ZERO));
    }

    #[test]
    fn the_server_is_never_asked_before_the_time_it_named() {
        let asked = Failed { retry_after: Some(Duration::from_secs(60)), ..failed(1) };
        for chance in [0.0, 0.5, 0.99] {
            assert!(delay(POLICY, asked, chance).unwrap() >= Duration::from_secs(60));
        }
    }

    #[test]
    fn a_wait_past_the_total_time_is_not_begun() {
        let asked = Failed { retry_after: Some(Duration::from_secs(301)), ..failed(1) };
        assert_eq!(delay(POLICY, asked, 0.0), None);
        let late = Failed { elapsed: Duration::from_secs(299), ..failed(9) };
        assert_eq!(delay(POLICY, late, 1.0), None);
    }

    #[test]
    fn a_spent_budget_slows_down_and_recovers() {
        let budget = Budget::new();
        let free = (0..100).take_while(|_| !budget.spend()).count();
        assert_eq!(free, 20);
        (0..20).for_each(|_| budget.succeeded());
        assert!(!budget.spend());
        let slow = Failed { over_budget: true, ..failed(1) };
        assert!(delay(POLICY, slow, 0.0).unwrap() >= Duration::from_secs(15));
        let hurried = RetryPolicy { max_elapsed: Duration::from_secs(10), ..POLICY };
        assert_eq!(delay(hurried, slow, 0.0), Some(Duration::from_secs(5)), "half of what is left");
    }

    #[test]
    fn the_second_attempt_is_certain_once_the_server_was_reached() {
        let secs = Duration::from_secs;
        let none = RetryPolicy { max_elapsed: Duration::ZERO, ..POLICY };
        // policy, attempts, elapsed, reached, Retry-After → whether there is another attempt
        for (policy, attempts, elapsed, reached, asked, again) in [
            (POLICY, 1, 301, true, None, true),
            (POLICY, 1, 301, false, None, false),
            (POLICY, 2, 301, true, None, false),
            (POLICY, 1, 301, true, Some(0), true),
            (POLICY, 1, 301, true, Some(1), false),
            (POLICY, 1, 301, false, Some(0), false),
            (POLICY, 2, 301, true, Some(0), false),
            (none, 1, 1, true, Some(0), false),
            (POLICY, 1, 299, true, Some(1), true),
            (POLICY, 1, 299, true, Some(2), false),
            (none, 1, 1, true, None, false),
        ] {
            let failed =
                Failed { attempts, elapsed: secs(elapsed), reached, retry_after: asked.map(secs), over_budget: false };
            assert_eq!(delay(policy, failed, 0.5).is_some(), again, "{failed:?}");
        }
    }

    #[test]
    fn time_that_the_process_was_stopped_does_not_count() {
        let count = |waits: &[(u64, u64)]| {
            let mut ran = RunningTime::default();
            for (measured, asked) in waits {
                ran.add(Duration::from_millis(*measured), Duration::from_millis(*asked));
            }
            ran.time().as_millis()
        };
        assert_eq!(count(&[(1_000, 1_000), (400, 1_000)]), 1_400);
        assert_eq!(count(&[(1_900, 1_000)]), 1_900, "a busy machine");
        assert_eq!(count(&[(1_000, 1_000), (3_600_000, 1_000), (10, 1_000)]), 2_010, "stopped for an hour");
    }

    #[test]
    fn who_goes_easy_gives_up_too_when_the_time_is_over() {
        let policy = RetryPolicy {
            max_elapsed: Duration::from_secs(300),
            base_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
        };
        let failed = |elapsed| Failed {
            attempts: 30,
            elapsed: Duration::from_secs(elapsed),
            reached: true,
            retry_after: None,
            over_budget: true,
        };
        assert_eq!(delay(policy, failed(299), 0.5), Some(Duration::from_secs(1)));
        assert_eq!(
            delay(policy, failed(300), 0.5),
            None,
            "else it is made again at once, for ever on a clock that stands still"
        );
    }
}
