//! Values as they cross a language boundary: their public JSON, and beside it what only methods of the value tell; and the
//! same for the values that an error carries.

use serde::Serialize;
use serde_json::Value;

use super::{ChangeSet, Outcome, SessionInfo};
use crate::ground::error::{Attachment, Error};

/// A value for another language, which is its public JSON: an outcome whose changes stand in none of its outputs has
/// `latestChangeSet`. Around a session's info that stands outside too, for who reads it there.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<'a, T> {
    #[serde(flatten)]
    value: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_change_set: Option<&'a ChangeSet>,
}

impl Outcome {
    pub(crate) fn envelope(&self) -> Envelope<'_, Self> {
        Envelope { value: self, latest_change_set: None }
    }

    /// The changes that stand in none of the outputs.
    fn hidden_changes(&self) -> Option<&ChangeSet> {
        let visible = self.outputs.iter().any(|output| output.change_set().is_some());
        if visible { None } else { self.change_set() }
    }
}

impl SessionInfo {
    pub(crate) fn envelope(&self) -> Envelope<'_, Self> {
        Envelope { value: self, latest_change_set: self.outcome.as_ref().and_then(Outcome::hidden_changes) }
    }
}

impl Attachment for SessionInfo {
    fn name(&self) -> &'static str {
        "info"
    }

    fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn to_envelope(&self) -> Value {
        serde_json::to_value(self.envelope()).unwrap_or_default()
    }
}

impl Attachment for Outcome {
    fn name(&self) -> &'static str {
        "outcome"
    }

    fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn to_envelope(&self) -> Value {
        serde_json::to_value(self.envelope()).unwrap_or_default()
    }
}

impl Error {
    /// The session, with [`ErrorKind::UnexpectedState`](crate::ErrorKind::UnexpectedState) and
    /// [`ErrorKind::SessionEnded`](crate::ErrorKind::SessionEnded).
    pub fn info(&self) -> Option<&SessionInfo> {
        self.attached()
    }

    /// How the session ended, with [`ErrorKind::SessionEnded`](crate::ErrorKind::SessionEnded) for the reason
    /// [`Ended`](crate::EndReason::Ended).
    pub fn outcome(&self) -> Option<&Outcome> {
        self.attached()
    }
}
