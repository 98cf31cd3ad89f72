//! Marks as columns hold them.

use super::Mark;
use super::times::{nanoseconds, timestamp};

/// A mark as three columns hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StoredMark {
    pub(super) newest: Option<i64>,
    pub(super) page_token: Option<String>,
    pub(super) reconciled: Option<i64>,
}

impl StoredMark {
    pub(super) fn of(mark: &Mark) -> Self {
        Self {
            newest: nanoseconds(mark.newest),
            page_token: mark.page_token.clone(),
            reconciled: mark.reconciled.and_then(|count| i64::try_from(count).ok()),
        }
    }

    pub(super) fn mark(self) -> Mark {
        Mark {
            newest: timestamp(self.newest),
            page_token: self.page_token,
            reconciled: self.reconciled.and_then(|count| u64::try_from(count).ok()),
        }
    }
}
