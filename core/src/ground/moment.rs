//! A moment that others are told of: by the wall clock, which everybody has, and within the process that noted it by one that
//! nobody sets.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::surroundings::Clock;
use super::timestamp::Timestamp;

/// Which process this is, and since when its moments are counted.
static PROCESS: LazyLock<(u64, Instant)> = LazyLock::new(|| (rand::random(), Instant::now()));

/// When something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Moment {
    at: Timestamp,
    /// Absent in what older versions wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    here: Option<Here>,
}

/// The same by a clock that nobody sets: of this process, so many milliseconds from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Here {
    process: u64,
    millis: i64,
}

impl Moment {
    pub(crate) fn now(clock: &Clock) -> Self {
        let (process, began) = *PROCESS;
        // Tokio's clock, which tests may hold: then it can be behind.
        let now = tokio::time::Instant::now().into_std();
        Self { at: clock.now(), here: Some(Here { process, millis: millis_since(began, now) }) }
    }

    /// How long ago it was then; nothing where another process noted it and it seems yet to come: a clock was set.
    pub(crate) fn age(self, now: Self) -> Option<Duration> {
        match (self.here, now.here) {
            (Some(then), Some(now)) if then.process == now.process => {
                let millis = now.millis.saturating_sub(then.millis);
                Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
            }
            _ => (self.at <= now.at).then(|| Duration::from_millis(now.at.millis_since(self.at))),
        }
    }
}

/// Rounded down, also where it is behind: two moments are as far apart on both sides.
fn millis_since(began: Instant, now: Instant) -> i64 {
    const ALMOST_ONE: Duration = Duration::from_nanos(999_999);
    let millis = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    match now.checked_duration_since(began) {
        Some(since) => millis(since),
        None => -millis(began - now + ALMOST_ONE),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn shows(seconds: u64) -> Clock {
        Clock::from_fn(move || SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
    }

    #[tokio::test(start_paused = true)]
    async fn within_a_process_a_clock_that_is_set_makes_nothing_older_or_younger() {
        let then = Moment::now(&shows(10_000));
        tokio::time::advance(Duration::from_secs(7)).await;
        for set in [0, 10_000, 20_000] {
            assert_eq!(then.age(Moment::now(&shows(set))), Some(Duration::from_secs(7)), "set to {set}");
        }
    }

    #[test]
    fn moments_before_and_after_the_beginning_are_as_far_apart_as_others() {
        let began = Instant::now();
        for micros in [1, 500, 999, 1_000, 1_001] {
            let then = began - Duration::from_micros(micros);
            let later = then + Duration::from_secs(59);
            assert_eq!(millis_since(began, later) - millis_since(began, then), 59_000, "{micros} microseconds before");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn of_another_process_and_an_older_version_the_wall_clock_tells() {
        let now = Moment::now(&shows(10_000));
        let text = serde_json::to_string(&now).unwrap();
        assert_eq!(serde_json::from_str::<Moment>(&text).unwrap(), now);
        let old: Moment = serde_json::from_str(r#"{"at":"1970-01-01T02:46:35Z"}"#).unwrap();
        assert_eq!(old.age(now), Some(Duration::from_secs(5)));
        let here = now.here.map(|here| Here { process: here.process ^ 1, millis: 0 });
        assert_eq!(Moment { here, ..old }.age(now), Some(Duration::from_secs(5)));
        assert_eq!(now.age(old), None);
    }
}
