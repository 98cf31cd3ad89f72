//! The emulator's clock: wall time at start plus tokio's elapsed time plus a skew that tests set.
//! Going through tokio keeps it in step with paused time in in-process tests.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use tokio::time::Instant;

/// Nanoseconds since the Unix epoch.
pub(crate) type Nanos = i128;

/// Source of every time that the emulator puts into an answer.
#[derive(Debug)]
pub(crate) struct Clock {
    wall_at_start: Nanos,
    started: Instant,
    skew_milliseconds: AtomicI64,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { wall_at_start: nanos(wall), started: Instant::now(), skew_milliseconds: AtomicI64::new(0) }
    }

    /// Now, as the emulated service sees it.
    pub(crate) fn now(&self) -> Nanos {
        let skew = i128::from(self.skew_milliseconds.load(Ordering::Relaxed)) * 1_000_000;
        self.wall_at_start + nanos(self.started.elapsed()) + skew
    }

    /// Puts the clock ahead of the machine's (positive) or behind it (negative).
    pub(crate) fn set_skew(&self, milliseconds: i64) {
        self.skew_milliseconds.store(milliseconds, Ordering::Relaxed);
    }

    /// The `Date` header.
    pub(crate) fn http_date(&self) -> String {
        let now = u64::try_from(self.now()).unwrap_or(0);
        httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_nanos(now))
    }
}

/// A duration as signed nanoseconds.
pub(crate) fn nanos(duration: Duration) -> Nanos {
    i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX)
}

/// RFC 3339 with as many decimals as the value needs: none to nine.
pub(crate) fn format_time(time: Nanos) -> String {
    Timestamp::from_nanosecond(time).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// RFC 3339 with exactly so many decimals, or as many as needed.
pub(crate) fn format_decimals(time: Nanos, decimals: Option<u32>) -> String {
    let timestamp = Timestamp::from_nanosecond(time).unwrap_or(Timestamp::UNIX_EPOCH);
    match decimals.and_then(|decimals| usize::try_from(decimals).ok()) {
        Some(decimals) => format!("{timestamp:.decimals$}"),
        None => timestamp.to_string(),
    }
}

/// Reads RFC 3339; `None` for anything else.
pub(crate) fn parse_time(text: &str) -> Option<Nanos> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond)
}

/// Cuts a time to so many decimals of a second (0 to 9).
pub(crate) fn truncate_time(time: Nanos, decimals: u32) -> Nanos {
    let unit = 10_i128.pow(9 - decimals.min(9));
    time - time.rem_euclid(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_print_with_no_more_decimals_than_they_have() {
        let time = parse_time("2025-10-03T05:43:42.801654321Z").unwrap();
        assert_eq!(format_time(time), "2025-10-03T05:43:42.801654321Z");
        assert_eq!(format_time(truncate_time(time, 3)), "2025-10-03T05:43:42.801Z");
        assert_eq!(format_time(truncate_time(time, 0)), "2025-10-03T05:43:42Z");
        assert_eq!(format_decimals(truncate_time(time, 1), Some(6)), "2025-10-03T05:43:42.800000Z");
    }
}
