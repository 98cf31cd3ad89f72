//! Where a task of a queue is on its way from being added to its outcome.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ground::error::{Error, Result};

/// The state of a task.
///
/// ```
/// use jules::TaskState;
/// assert_eq!("needs_person".parse::<TaskState>()?, TaskState::NeedsPerson);
/// assert_eq!(TaskState::NeedsPerson.as_str(), "needsPerson");
/// # Ok::<(), jules::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum TaskState {
    /// No worker has started it.
    Waiting,
    /// A worker has it, and its session is being created.
    Starting,
    /// Its session is at work.
    Working,
    /// Its session waits for a person: for an approval, an answer, or to be resumed.
    NeedsPerson,
    /// Its session completed.
    Done,
    /// Its session failed or could not be created.
    Failed,
    /// It was cancelled, or its session was stopped or deleted.
    Cancelled,
}

impl TaskState {
    /// All of them, in the order in which a task goes through them.
    pub const ALL: [Self; 7] =
        [Self::Waiting, Self::Starting, Self::Working, Self::NeedsPerson, Self::Done, Self::Failed, Self::Cancelled];

    /// The state's name, the same in every language: `"needsPerson"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Starting => "starting",
            Self::Working => "working",
            Self::NeedsPerson => "needsPerson",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it is finished.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }

    /// Whether it holds one of the plan's slots.
    pub fn holds_slot(self) -> bool {
        matches!(self, Self::Starting | Self::Working | Self::NeedsPerson)
    }
}

impl fmt::Display for TaskState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TaskState {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
        Self::ALL.into_iter().find(|state| plain(state.as_str()) == plain(text)).ok_or_else(|| {
            let names = Self::ALL.map(Self::as_str).join(", ");
            Error::config(format!("{text:?} is not a state of a task")).with_hint(format!("They are {names}."))
        })
    }
}
