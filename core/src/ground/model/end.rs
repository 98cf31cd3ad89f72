//! Why there is nothing more to wait for in a session: values that the errors of waits carry.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Activity, Timestamp};
use crate::ground::error::{Attachment, Error};

/// Why a session is over, with [`ErrorKind::SessionEnded`](crate::ErrorKind::SessionEnded).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EndReason {
    /// It completed or failed; [`Error::outcome`](crate::Error::outcome) has how.
    Ended,
    /// It was archived while it was at work, which pauses it for good.
    Stopped,
    /// It no longer exists on the server.
    Deleted,
}

impl EndReason {
    /// The reason's name, the same in every language: `"stopped"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Stopped => "stopped",
            Self::Deleted => "deleted",
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Attachment for EndReason {
    fn name(&self) -> &'static str {
        "reason"
    }

    fn to_json(&self) -> Value {
        json!(self.as_str())
    }
}

/// Since when a session has shown nothing new.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Since(pub(crate) Timestamp);

impl Attachment for Since {
    fn name(&self) -> &'static str {
        "since"
    }

    fn to_json(&self) -> Value {
        json!(self.0)
    }
}

/// What came of a session last.
#[derive(Clone, Debug)]
pub(crate) struct LastActivity(pub(crate) Activity);

impl Attachment for LastActivity {
    fn name(&self) -> &'static str {
        "lastActivity"
    }

    fn to_json(&self) -> Value {
        json!(self.0)
    }
}

impl Error {
    /// Why the session is over, with [`ErrorKind::SessionEnded`](crate::ErrorKind::SessionEnded).
    pub fn reason(&self) -> Option<EndReason> {
        self.attached().copied()
    }

    /// Since when nothing new had come, by the local clock: with a [`Timeout`](crate::ErrorKind::Timeout) of a
    /// `stall_timeout`.
    pub fn since(&self) -> Option<Timestamp> {
        self.attached().map(|Since(since)| *since)
    }

    /// The last activity before that, if there was any: with a [`Timeout`](crate::ErrorKind::Timeout) of a
    /// `stall_timeout`.
    pub fn last_activity(&self) -> Option<&Activity> {
        self.attached().map(|LastActivity(activity)| activity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::error::ErrorKind;

    #[test]
    fn an_error_tells_why_and_since_when_in_fields_and_in_json() {
        let ended = Error::new(ErrorKind::SessionEnded, "over").with(EndReason::Stopped);
        assert_eq!((ended.reason(), &ended.to_json()["reason"]), (Some(EndReason::Stopped), &json!("stopped")));
        let activity = Activity::from_wire(r#"{"id": "a", "sessionCompleted": {}}"#).unwrap();
        let stalled = Error::new(ErrorKind::Timeout, "no news").with(Since(Timestamp::EPOCH));
        let stalled = stalled.with(LastActivity(activity));
        let fields = stalled.to_json();
        assert_eq!(fields["since"], json!(stalled.since().unwrap()));
        assert_eq!(fields["lastActivity"]["id"], stalled.last_activity().unwrap().id.as_str());
        assert_eq!((stalled.reason(), ended.since()), (None, None));
    }
}
