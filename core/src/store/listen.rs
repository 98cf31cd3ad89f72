//! What handles want of sessions, told to whoever watches.

use std::time::Duration;

use crate::ground::model::SessionId;

/// What a handle wants of one session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Want {
    /// Its activities too; else only its state.
    pub(crate) activities: bool,
    /// A fixed time between two polls, where its user set one.
    pub(crate) interval: Option<Duration>,
}

impl Want {
    /// What serves both: the stronger interest, and the smaller interval if both have one.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            activities: self.activities || other.activities,
            interval: self.interval.zip(other.interval).map(|(one, other)| one.min(other)),
        }
    }
}

/// What all handles together want of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) session: SessionId,
    pub(crate) want: Want,
}
