//! What a session's watcher tells those who follow it from elsewhere, by way of the store.

use serde::{Deserialize, Serialize};

use super::snapshot::WatchSnapshot;
use crate::store::{Grant, LeaseKey};

/// How far a watcher has come. It is true as long as the lease has this generation and its holder lives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Status {
    /// Whether it watches the activities too, or only the state.
    activities: bool,
    generation: i64,
    /// How many acts of users it has taken in.
    pub(super) acts: u64,
    /// Whether the session was read since, and since it began to watch.
    pub(super) seen: bool,
    /// Whether all activities are in the store that there were when it began.
    pub(super) caught_up: bool,
    /// Whether the session has ended and everything of it is in the store.
    pub(super) drained: bool,
    /// Whether the server refused it to the watcher, who has stopped.
    #[serde(default)]
    pub(super) refused: bool,
}

impl Status {
    pub(super) fn of(snapshot: &WatchSnapshot, grant: &Grant) -> Self {
        Self {
            activities: matches!(grant.key, LeaseKey::Watch(_)),
            generation: grant.generation,
            acts: snapshot.counted,
            seen: snapshot.info.is_some(),
            caught_up: snapshot.caught_up.is_some(),
            drained: snapshot.drained,
            refused: false,
        }
    }

    pub(super) fn to_text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// The status in this text, when it is that of the lease's present holder.
    pub(super) fn read(text: &str, key: &LeaseKey, generation: i64) -> Option<Self> {
        let status: Self = serde_json::from_str(text).ok()?;
        let activities = matches!(key, LeaseKey::Watch(_));
        (status.generation == generation && status.activities == activities).then_some(status)
    }
}
