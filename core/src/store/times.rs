//! Times as columns hold them.

use std::time::Duration;

use crate::ground::model::Timestamp;

/// Nanoseconds fit until the year 2262.
pub(super) fn nanoseconds(time: Option<Timestamp>) -> Option<i64> {
    time.and_then(|time| i64::try_from(time.as_nanosecond()).ok())
}

/// How long it is from a time in nanoseconds to a later one.
pub(super) fn until(at: i64, now: i64) -> Duration {
    Duration::from_nanos(u64::try_from(at.saturating_sub(now)).unwrap_or(0))
}

pub(super) fn timestamp(nanoseconds: Option<i64>) -> Option<Timestamp> {
    nanoseconds.and_then(|nanoseconds| Timestamp::from_nanosecond(nanoseconds.into()))
}
