//! What becomes of those who wait for something of a session that is over.

use crate::ground::error::{Error, ErrorKind};
use crate::ground::model::{EndReason, SessionId, SessionInfo};

/// The error of whoever waits for something of a session that is over.
pub(crate) fn ended(id: &SessionId, reason: EndReason, info: Option<SessionInfo>) -> Error {
    let (message, hint) = match reason {
        EndReason::Ended => (format!("session {id} ended before the agent answered"), "A message may wake it."),
        EndReason::Stopped => (
            format!("session {id} was archived while it was at work, which pauses it for good"),
            "Unarchive it and send it a message to continue it.",
        ),
        EndReason::Deleted => (format!("session {id} was deleted"), "Its history still has what is in the cache."),
    };
    let error = Error::new(ErrorKind::SessionEnded, message).with_hint(hint).with(reason).in_session(id.as_str());
    info.into_iter().fold(error, Error::with)
}
