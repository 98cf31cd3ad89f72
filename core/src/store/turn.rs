//! How a budget's turns are counted, whatever keeps the count: in nanoseconds of one clock.

use std::time::Duration;

use super::Pace;

/// When a budget's turns will all be taken, and what the clock showed when that was noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent {
    pub(super) until: i64,
    pub(super) noted: i64,
}

/// Takes a turn, or none when it would have to be waited for longer than `patience`; gives back what is to be noted now, if
/// anything, and how long to wait. All in nanoseconds.
pub(super) fn turn(spent: Option<Spent>, now: i64, pace: Pace, patience: i64) -> (Option<Spent>, i64) {
    let interval = whole(pace.interval);
    // A clock that was put back takes what was spent along. That is noted also where nothing is taken: else who waits would
    // be told the same time again and again, until the clock shows what it showed before.
    let put_back = spent.map_or(0, |spent| (spent.noted - now).max(0));
    let until = spent.map_or(now, |spent| spent.until.saturating_sub(put_back)).max(now);
    let ahead = interval.saturating_mul(i64::from(pace.burst.max(1)) - 1);
    let wait = until.saturating_sub(now).saturating_sub(ahead).max(0);
    let until = if wait <= patience { Some(until.saturating_add(interval)) } else { (put_back > 0).then_some(until) };
    (until.map(|until| Spent { until, noted: now }), wait)
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
        assert_eq!(turn(spent, 1_060, PACE, 0), (Some(Spent { until: 1_070, noted: 1_060 }), 0));
    }

    #[test]
    fn who_has_no_patience_takes_nothing() {
        let spent = Some(Spent { until: 1_030, noted: 1_000 });
        assert_eq!(turn(spent, 1_000, PACE, 9), (None, 10));
        assert_eq!(turn(spent, 1_000, PACE, 10), (Some(Spent { until: 1_040, noted: 1_000 }), 10));
    }

    #[test]
    fn a_clock_that_was_put_back_lets_nobody_wait_for_it() {
        let spent = Some(Spent { until: 1_000_000_030, noted: 1_000_000_000 });
        assert_eq!(turn(spent, 1_000, PACE, 10), (Some(Spent { until: 1_040, noted: 1_000 }), 10));
        // Nor who asks again when the time is over that it was told.
        let (spent, wait) = turn(spent, 1_000, PACE, 0);
        assert_eq!((spent, wait), (Some(Spent { until: 1_030, noted: 1_000 }), 10));
        assert_eq!(turn(spent, 1_010, PACE, 0), (Some(Spent { until: 1_040, noted: 1_010 }), 0));
    }
}
