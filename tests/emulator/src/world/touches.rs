//! When a session changed, and what it shows of that as `updateTime`: at once, later, or always now.

use std::collections::VecDeque;

use super::choices::UpdateTime;
use super::clock::Nanos;

/// The moments of a session's changes, oldest first. Those that no lag can reach any more are forgotten.
#[derive(Debug, Clone)]
pub(crate) struct Touches {
    first: Nanos,
    later: VecDeque<Nanos>,
}

/// The longest lag.
const HOUR: Nanos = 3_600_000_000_000;

impl Touches {
    pub(crate) fn starting(time: Nanos) -> Self {
        Self { first: time, later: VecDeque::new() }
    }

    /// A change at this time; one that lies before the last doesn't turn it back.
    pub(crate) fn add(&mut self, now: Nanos) {
        while self.later.get(1).is_some_and(|second| second + HOUR < now) {
            self.later.pop_front();
        }
        if now > self.last() {
            self.later.push_back(now);
        }
    }

    /// The last change.
    pub(crate) fn last(&self) -> Nanos {
        self.later.back().copied().unwrap_or(self.first)
    }

    /// The `updateTime` that a client sees at `now`.
    pub(crate) fn shown(&self, how: UpdateTime, now: Nanos) -> Nanos {
        match how {
            UpdateTime::Prompt => self.last(),
            UpdateTime::Now => now,
            UpdateTime::LagsMs(ms) => {
                let lag = (Nanos::from(ms) * 1_000_000).min(HOUR);
                self.later.iter().rev().map(|time| time + lag).find(|time| *time <= now).unwrap_or(self.first)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Nanos = 1_000_000_000;

    #[test]
    fn a_lagging_time_moves_later_and_to_that_later_moment() {
        let mut touches = Touches::starting(SECOND);
        touches.add(5 * SECOND);
        let lags = UpdateTime::LagsMs(2000);
        assert_eq!(touches.shown(UpdateTime::Prompt, 5 * SECOND), 5 * SECOND);
        assert_eq!(touches.shown(lags, 6 * SECOND), SECOND);
        assert_eq!(touches.shown(lags, 7 * SECOND), 7 * SECOND);
        assert_eq!(touches.shown(UpdateTime::Now, 99 * SECOND), 99 * SECOND);
    }

    #[test]
    fn a_change_in_the_past_changes_nothing() {
        let mut touches = Touches::starting(5 * SECOND);
        touches.add(SECOND);
        assert_eq!(touches.last(), 5 * SECOND);
    }
}
