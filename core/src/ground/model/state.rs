//! The states of a session: the server's words, ours, and those that nobody knows yet.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ground::error::{Error, Result};

/// The state of a session.
///
/// ```
/// use jules::SessionState;
/// assert_eq!("awaiting_plan_approval".parse::<SessionState>()?, SessionState::AwaitingPlanApproval);
/// assert_eq!(SessionState::AwaitingPlanApproval.as_str(), "awaitingPlanApproval");
/// # Ok::<(), jules::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum SessionState {
    /// The server has not said, as in the answer to a create.
    #[default]
    Unspecified,
    /// Waiting for a machine.
    Queued,
    /// The agent is making its plan.
    Planning,
    /// The agent waits for [`approve`](crate::Session::approve).
    AwaitingPlanApproval,
    /// The agent has asked something and waits for a message.
    AwaitingUserFeedback,
    /// The agent works.
    InProgress,
    /// It was paused.
    Paused,
    /// Ended without success.
    Failed,
    /// Ended with success. A message can wake it again.
    Completed,
    /// A state that this version does not know, as the server wrote it.
    Other(String),
}

const NAMES: [(SessionState, &str, &str); 9] = [
    (SessionState::Unspecified, "STATE_UNSPECIFIED", "unspecified"),
    (SessionState::Queued, "QUEUED", "queued"),
    (SessionState::Planning, "PLANNING", "planning"),
    (SessionState::AwaitingPlanApproval, "AWAITING_PLAN_APPROVAL", "awaitingPlanApproval"),
    (SessionState::AwaitingUserFeedback, "AWAITING_USER_FEEDBACK", "awaitingUserFeedback"),
    (SessionState::InProgress, "IN_PROGRESS", "inProgress"),
    (SessionState::Paused, "PAUSED", "paused"),
    (SessionState::Failed, "FAILED", "failed"),
    (SessionState::Completed, "COMPLETED", "completed"),
];

impl SessionState {
    pub(crate) fn from_wire(word: &str) -> Self {
        if word.is_empty() {
            return Self::Unspecified;
        }
        NAMES
            .iter()
            .find(|(_, wire, _)| *wire == word)
            .map_or_else(|| Self::Other(word.to_owned()), |(state, ..)| state.clone())
    }

    /// The server's word.
    pub(crate) fn to_wire(&self) -> &str {
        match self {
            Self::Other(word) => word,
            known => NAMES.iter().find(|(state, ..)| state == known).map_or("", |(_, wire, _)| wire),
        }
    }

    /// The public names of all known states.
    pub(crate) fn names() -> [&'static str; 9] {
        NAMES.map(|(_, _, name)| name)
    }

    /// The public name, `"inProgress"`; for a state that is not known, the server's word.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Other(word) => word,
            known => NAMES.iter().find(|(state, ..)| state == known).map_or("unspecified", |(_, _, name)| name),
        }
    }

    /// Whether the session has ended: completed or failed.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }

    /// Whether the session waits for a person.
    pub fn awaits_user(&self) -> bool {
        matches!(self, Self::AwaitingPlanApproval | Self::AwaitingUserFeedback | Self::Paused)
    }
}

impl FromStr for SessionState {
    type Err = Error;

    /// Reads a state's name in camelCase, snake_case or the server's UPPER_CASE.
    fn from_str(text: &str) -> Result<Self> {
        let plain = |word: &str| word.replace('_', "").to_lowercase();
        NAMES
            .iter()
            .find(|(_, wire, name)| plain(name) == plain(text) || *wire == text)
            .map(|(state, ..)| state.clone())
            .ok_or_else(|| {
                let names: Vec<_> = NAMES.iter().map(|(_, _, name)| *name).collect();
                Error::config(format!("{text:?} is not a session state; states are {}", names.join(", ")))
            })
    }
}

impl fmt::Display for SessionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for SessionState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Reads the public name, as it is written; any other word is a state that this version does not know.
impl<'de> Deserialize<'de> for SessionState {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Ok(NAMES
            .iter()
            .find(|(_, _, name)| *name == word)
            .map_or_else(|| Self::Other(word), |(state, ..)| state.clone()))
    }
}

/// One or several states to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct States(pub(crate) Vec<SessionState>);

impl From<SessionState> for States {
    fn from(state: SessionState) -> Self {
        Self(vec![state])
    }
}

impl From<Vec<SessionState>> for States {
    fn from(states: Vec<SessionState>) -> Self {
        Self(states)
    }
}

impl<const N: usize> From<[SessionState; N]> for States {
    fn from(states: [SessionState; N]) -> Self {
        Self(states.to_vec())
    }
}

impl From<&[SessionState]> for States {
    fn from(states: &[SessionState]) -> Self {
        Self(states.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_nobody_knows_is_kept() {
        let state = SessionState::from_wire("DREAMING");
        assert_eq!(state, SessionState::Other("DREAMING".into()));
        assert_eq!(state.as_str(), "DREAMING");
        assert!(!state.is_terminal());
    }

    #[test]
    fn every_name_is_read_as_the_server_and_as_we_write_it() {
        for (state, wire, name) in NAMES {
            assert_eq!((SessionState::from_wire(wire), state.to_wire()), (state.clone(), wire));
            assert_eq!(name.parse::<SessionState>().unwrap(), state);
            assert_eq!(wire.parse::<SessionState>().unwrap(), state);
        }
    }
}
