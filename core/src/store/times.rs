//! Times as columns hold them.

use crate::ground::model::Timestamp;

/// Nanoseconds fit until the year 2262.
pub(super) fn nanoseconds(time: Option<Timestamp>) -> Option<i64> {
    time.and_then(|time| i64::try_from(time.as_nanosecond()).ok())
}

pub(super) fn timestamp(nanoseconds: Option<i64>) -> Option<Timestamp> {
    nanoseconds.and_then(|nanoseconds| Timestamp::from_nanosecond(nanoseconds.into()))
}
