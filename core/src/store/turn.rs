//! How a budget's turns are counted, whatever keeps the count: in nanoseconds of one clock.

use std::time::Duration;

use super::Pace;

/// When a budget's turns will all be taken, and what the clock showed when the last was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) until: i64,
    pub(super) taken: i64,
}

/// Takes a turn, or none when it would have to be waited for longer than `patience`; gives back how long to wait. All
/// in nanoseconds.
pub(super) fn turn(spent: Option<Spent>, now: i64, pace: Pace, patience: i64) -> (Option<Spent>, i64) {
    let interval = whole(pace.interval);
    // A clock that was put back takes what was spent along.
    let until = spent.map_or(now, |spent| spent.until.saturating_sub((spent.taken - now).max(0))).max(now);
    let ahead = interval.saturating_mul(i64::from(pace.burst.max(1)) - 1);
    let wait = until.saturating_sub(now).saturating_sub(ahead).max(0);
    let taken = (wait <= patience).then(|| Spent { until: until.saturating_add(interval), taken: now });
    (taken, wait)
}

pub(super) fn whole(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { burst: 3, interval: Duration::from_nanos(10) };

    #[test]
    fn a_burst_goes_at_once_and_the_rest_one_each_interval() {
        let mut spent = None;
        let waits = (0..6).map(|_| {
            let (taken, wait) = turn(spent, 1_000, PACE, 100);
            spent = taken;
            wait
        });
        assert_eq!(waits.collect::<Vec<_>>(), [0, 0, 0, 10, 20, 30]);
        assert_eq!(turn(spent, 1_060, PACE, 0), (Some(Spent { until: 1_070, taken: 1_060 }), 0));
    }

    #[test]
    fn who_has_no_patience_takes_nothing() {
        let spent = Some(Spent { until: 1_030, taken: 1_000 });
        assert_eq!(turn(spent, 1_000, PACE, 9), (None, 10));
        assert_eq!(turn(spent, 1_000, PACE, 10), (Some(Spent { until: 1_040, taken: 1_000 }), 10));
    }

    #[test]
    fn a_clock_that_was_put_back_lets_nobody_wait_for_it() {
        let spent = Some(Spent { until: 1_000_000_030, taken: 1_000_000_000 });
        assert_eq!(turn(spent, 1_000, PACE, 10), (Some(Spent { until: 1_040, taken: 1_000 }), 10));
    }
}
