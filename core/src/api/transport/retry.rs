//! Whether and when a failed request is sent again. A pure function: time and chance are passed in.

use std::time::Duration;

use crate::api::RetryPolicy;

/// What is known after a failed attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failed {
    /// How many attempts were made, this one included.
    pub(super) attempts: u32,
    /// Since the first attempt began.
    pub(super) elapsed: Duration,
    /// What the server asked for.
    pub(super) retry_after: Option<Duration>,
    /// Whether the client has retried so much lately that it should go easy.
    pub(super) over_budget: bool,
}

/// How long to wait before the next attempt; nothing when it is time to give up. `chance` is in 0..1.
///
/// Full jitter: anything between zero and a limit that doubles with each attempt. A wait that the server asked for is
/// kept in full and spread a little upwards, so that many clients don't come back at one moment; where it would go past
/// the total time, there is no point in waiting.
pub(super) fn delay(policy: RetryPolicy, failed: Failed, chance: f64) -> Option<Duration> {
    let limit = policy
        .base_delay
        .saturating_mul(1_u32.checked_shl(failed.attempts.saturating_sub(1)).unwrap_or(u32::MAX))
        .min(policy.max_delay);
    let delay = match failed.retry_after {
        Some(asked) => asked + limit.min(Duration::from_secs(1)).mul_f64(chance),
        None if failed.over_budget => policy.max_delay.mul_f64(0.5 + chance / 2.0),
        None => limit.mul_f64(chance),
    };
    (failed.elapsed.saturating_add(delay) <= policy.max_elapsed).then_some(delay)
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
        Failed { attempts, elapsed: Duration::ZERO, retry_after: None, over_budget: false }
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
    }
}
