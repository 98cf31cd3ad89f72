//! How many items at once, how far each goes, and when to stop.

use std::str::FromStr;
use std::time::Duration;

use crate::ground::error::{Error, Result};

/// The options of [`Jules::all`](crate::Jules::all).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AllOptions {
    /// How many sessions may run at once, until their outcome. Default: 3.
    pub concurrency: Option<usize>,
    // python: Whether the first item that can't be run ends it: awaited, it raises that error, whose `results` tell what became
    // of the others; iterated, that item is the last. When not, the list has the exception in the item's place, like
    // `asyncio.gather(return_exceptions=True)`. A failed session is an outcome, not an error. Default: yes.
    /// Whether the first item that can't be run stops new starts. A failed session is an outcome, not an error. Default: yes.
    pub stop_on_error: Option<bool>,
    /// The time between two starts. Default: none.
    pub delay: Option<Duration>,
    // bindings: What an item's result is: `ended`, its outcome; `created`, its session as soon as that is created. Either way at
    // most `concurrency` sessions are at work. Default: `ended`.
    // python: What an item's result is: `"ended"`, its outcome; `"created"`, its session as soon as that is created. Either way
    // at most `concurrency` sessions are at work. Default: `"ended"`.
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

/// `ended` or `created`.
impl FromStr for Until {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "ended" => Ok(Self::Ended),
            "created" => Ok(Self::Created),
            _ => Err(Error::config(format!("until must be \"ended\" or \"created\", got {word:?}"))),
        }
    }
}

impl AllOptions {
    pub(crate) fn check(&self) -> Result<()> {
        match self.concurrency {
            Some(0) => Err(Error::config("concurrency must be at least 1, got 0")),
            _ => Ok(()),
        }
    }
}
