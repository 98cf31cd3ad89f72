//! How many calls a minute to make: what was set, less after the server has refused some, and back up slowly. What one client
//! of a store has learned so, the others take over. Pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::ground::moment::Moment;

pub(super) const MINUTE: Duration = Duration::from_secs(60);
/// So many may come at once, of a quota that is not too small for that; the rest is the refill.
const BURST: u32 = 10;
/// It never gets slower than this, whatever the server says: calls a minute.
const SLOWEST: u32 = 6;
/// By how much it comes back in a minute without a refusal: a part of what was set.
const RECOVERY: f64 = 0.05;
/// Refusals of one moment count once.
const MOMENT: Duration = Duration::from_secs(2);

/// What a client has learned, as the store keeps it for all: so many calls a minute, and when. Another machine's clock may be
/// off by seconds without harm, for what is learned is forgotten over minutes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Learned {
    pub(super) per_minute: f64,
    #[serde(flatten)]
    pub(super) at: Moment,
}

/// Calls a minute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    set: u32,
    now: f64,
    refusals: u64,
    changed: Option<Instant>,
}

impl Rate {
    pub(super) fn new(set: u32) -> Self {
        let set = set.max(1);
        Self { set, now: f64::from(set), refusals: 0, changed: None }
    }

    /// Takes in how many calls were refused so far, and the quota that the latest refusal named. Says whether it is slower for
    /// that, which others have to know.
    pub(super) fn heard(&mut self, refusals: u64, told: Option<u64>, at: Instant) -> bool {
        let since = self.changed.map(|changed| at.saturating_duration_since(changed));
        if refusals > self.refusals {
            self.refusals = refusals;
            if since.is_some_and(|since| since < MOMENT) {
                return false;
            }
            let told = told.and_then(|told| u32::try_from(told).ok()).map(f64::from);
            // Others use the account too: a quota that is not exceeded from here alone leaves room for them.
            let less = self.now * 0.8;
            self.now = told.map_or(less, |told| told.min(less)).max(f64::from(SLOWEST.min(self.set)));
            self.changed = Some(at);
            return true;
        }
        if let Some(since) = since.filter(|since| *since >= MINUTE) {
            let minutes = since.as_secs_f64() / MINUTE.as_secs_f64();
            self.now = (self.now + f64::from(self.set) * RECOVERY * minutes).min(f64::from(self.set));
            self.changed = (self.now < f64::from(self.set)).then_some(at);
        }
        false
    }

    /// Takes over what another client of the store has learned, where that is less by now. What seems yet to come says nothing:
    /// another process's clock was set.
    pub(super) fn take_over(&mut self, learned: Learned, now: Moment, at: Instant) {
        let Some(age) = learned.at.age(now) else { return };
        let back = f64::from(self.set) * RECOVERY * age.as_secs_f64() / MINUTE.as_secs_f64();
        let now = (learned.per_minute + back).max(f64::from(SLOWEST.min(self.set)));
        if now < self.now {
            (self.now, self.changed) = (now, Some(at));
        }
    }

    /// What was learned, for the others.
    pub(super) fn learned(&self, at: Moment) -> Learned {
        Learned { per_minute: self.now, at }
    }

    /// How many may come at once.
    pub(super) fn burst(&self) -> u32 {
        BURST.min(self.whole() / 2).max(1)
    }

    /// How many come back in a minute: with the burst no more than the whole.
    pub(super) fn refill(&self) -> u32 {
        self.whole().saturating_sub(self.burst()).max(1)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between the slowest and what was set")]
    fn whole(&self) -> u32 {
        self.now as u32
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::ground::surroundings::Clock;

    #[test]
    fn the_burst_and_the_refill_of_a_minute_are_the_quota() {
        let rate = Rate::new(120);
        assert_eq!((rate.burst(), rate.refill()), (10, 110));
        let small = Rate::new(1);
        assert_eq!((small.burst(), small.refill()), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_has_learned_is_taken_over_where_it_is_less_and_forgotten_in_time() {
        let shows = |seconds| Clock::from_fn(move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let now = || Moment::now(&shows(1_000_000));
        let (mut rate, mut late, mut other) = (Rate::new(120), Rate::new(120), Rate::new(120));
        assert!(other.heard(1, Some(20), Instant::now()));
        let learned = other.learned(now());
        rate.take_over(learned, now(), Instant::now());
        assert_eq!(rate.whole(), 20);
        tokio::time::advance(MINUTE).await;
        rate.take_over(learned, now(), Instant::now());
        assert!(!rate.heard(0, None, Instant::now()));
        assert_eq!(rate.whole(), 26, "no slower back than alone");
        tokio::time::advance(MINUTE * 9).await;
        late.take_over(learned, Moment::now(&shows(0)), Instant::now());
        assert_eq!(late.whole(), 80, "ten minutes ago, whatever the wall clock was set to");
        let to_come: Moment = serde_json::from_str(r#"{"at":"2999-01-01T00:00:00Z"}"#).unwrap();
        late.take_over(Learned { per_minute: 20.0, at: to_come }, now(), Instant::now());
        assert_eq!(late.whole(), 80, "by another process whose clock was set back since");
        rate.take_over(Learned { per_minute: -1e9, at: now() }, now(), Instant::now());
        assert_eq!(rate.whole(), SLOWEST);
    }

    #[test]
    fn refusals_slow_it_down_and_it_comes_back() {
        let (mut rate, mut at) = (Rate::new(120), Instant::now());
        rate.heard(1, None, at);
        assert_eq!(rate.whole(), 96);
        rate.heard(2, None, at + Duration::from_secs(1));
        assert_eq!(rate.whole(), 96, "of one moment");
        at += Duration::from_secs(10);
        rate.heard(3, Some(60), at);
        assert_eq!(rate.whole(), 60, "what the server said");
        rate.heard(3, Some(60), at + Duration::from_secs(59));
        assert_eq!(rate.whole(), 60);
        rate.heard(3, Some(60), at + Duration::from_secs(120));
        assert_eq!(rate.whole(), 72);
        rate.heard(3, Some(60), at + Duration::from_secs(3_600));
        assert_eq!(rate.whole(), 120);
        for refusals in 4..60 {
            at += Duration::from_secs(4_000 + refusals * 3);
            for more in 0..3 {
                rate.heard(refusals * 10 + more, None, at + Duration::from_secs(more * 3));
            }
        }
        assert!(rate.whole() >= SLOWEST);
    }
}
