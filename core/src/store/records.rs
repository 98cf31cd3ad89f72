//! What a sync needs of the store: which sessions are known and how fresh they are, and where an interrupted sync stands.

use crate::ground::model::Timestamp;

/// A session as it was when it was fetched. Times of ours are of the local clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    /// When it was fetched.
    pub(crate) at: Timestamp,
    /// Its state then, by its public name.
    pub(crate) state: String,
    /// Its `updateTime` then.
    pub(crate) update_time: Option<Timestamp>,
}

/// What the store knows of how fresh a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) create_time: Option<Timestamp>,
    /// The latest look at the session itself.
    pub(crate) seen: Look,
    /// The look behind which all its activities were fetched last.
    pub(crate) hydrated: Option<Look>,
    /// Whether it had ended then, and nothing more was to come.
    pub(crate) settled: bool,
    /// When a sync last began with it.
    pub(crate) tried: Option<Timestamp>,
}

/// The sync that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyncRun {
    /// When it began; one that goes on after an interruption began before that.
    pub(crate) started: Timestamp,
    pub(crate) goes_on: bool,
}
