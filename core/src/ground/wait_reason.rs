//! What a client may wait for: the words, and how the log puts them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the client waits for before it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WaitReason {
    /// The next attempt, after one that failed.
    Retry,
    /// The pace that the server asked for (429).
    Throttle,
    /// A place among the requests that may be under way at once.
    Concurrency,
    /// A turn of the project's budget for listing activities.
    ActivityBudget,
    /// Another call that does the same, here or in another process that shares the cache.
    Turn,
    /// A free slot of the plan.
    Slot,
    /// The cache: its lock, a connection, or its answer.
    Cache,
    /// The server, which gets time to finish what it was asked for before that is looked for.
    Effect,
    /// The session, which takes no message before it leaves the queue.
    Queued,
}

impl WaitReason {
    /// How the log puts it.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Retry => "the next attempt",
            Self::Throttle => "the pace that the server asked for",
            Self::Concurrency => "a place among the concurrent requests",
            Self::ActivityBudget => "the budget for listing activities",
            Self::Turn => "another call that does the same",
            Self::Slot => "a free slot of the plan",
            Self::Cache => "the cache",
            Self::Effect => "the server to finish the request",
            Self::Queued => "the session to leave the queue",
        }
    }

    /// The word that all languages share.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Throttle => "throttle",
            Self::Concurrency => "concurrency",
            Self::ActivityBudget => "activityBudget",
            Self::Turn => "turn",
            Self::Slot => "slot",
            Self::Cache => "cache",
            Self::Effect => "effect",
            Self::Queued => "queued",
        }
    }
}

/// How often it was waited for what.
pub type Waits = BTreeMap<WaitReason, u64>;
