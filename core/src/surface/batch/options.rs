//! How many items at once, how far each goes, and when to stop.

use std::time::Duration;

use crate::ground::error::{Error, Result};

/// How [`Jules::all`](crate::Jules::all) goes about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllOptions {
    /// How many sessions may run at once, until their outcome. Default: 3.
    pub concurrency: Option<usize>,
    /// Whether the first item that can't be run stops new starts. A failed session is an outcome, not an error. Default: yes.
    pub stop_on_error: Option<bool>,
    /// The time between two starts. Default: none.
    pub delay: Option<Duration>,
    // bindings: What an item's result is: `ended`, its outcome; `created`, its session as soon as that is created. Either way at
    // most `concurrency` sessions are at work. Default: `ended`.
    /// What counts as an item's result. Default: its outcome.
    pub until: Until,
}

/// What the result of an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Until {
    /// Its outcome: the item is done when its session has ended.
    #[default]
    Ended,
    /// Its session, as soon as it is created. It keeps its place among those that run until it has ended, so that no more
    /// than `concurrency` are at work. Leaving stops new starts.
    Created,
}

impl AllOptions {
    pub(crate) fn check(&self) -> Result<()> {
        match self.concurrency {
            Some(0) => Err(Error::config("the concurrency must be at least 1")),
            _ => Ok(()),
        }
    }
}
