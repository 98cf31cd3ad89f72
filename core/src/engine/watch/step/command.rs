//! What the step tells its driver to do.

use tokio::time::Instant;

use crate::ground::error::Error;
use crate::ground::model::{SessionInfo, SessionState};
use crate::store::Position;

/// What to do: tell the listeners something, then do the next thing and come back with what came of it.
#[derive(Clone, Debug)]
pub(in crate::engine::watch) struct Commands {
    pub(in crate::engine::watch) tell: Option<Notification>,
    pub(in crate::engine::watch) next: Next,
}

/// What the listeners are told. But for where the activities end, it is void when the user has done something that isn't
/// taken in yet.
#[derive(Clone, Debug)]
pub(in crate::engine::watch) enum Notification {
    /// The session as it was read.
    Session {
        info: Box<SessionInfo>,
        changed: bool,
        drained: bool,
    },
    /// The session went on after the user's message.
    Awake,
    EndsAt(Position),
    Drained,
}

/// The next thing to do. Each but the last comes back with an event, so that no state is without a next poll.
#[derive(Clone, Debug)]
pub(in crate::engine::watch) enum Next {
    PollActivities,
    ReadSession,
    /// Through the fleet's listings; with what is known, and since when.
    ReadState {
        known: Option<(SessionState, Instant)>,
    },
    /// From the store: what follows the user's latest message.
    ReadFollowing,
    /// From the store: where the activities end.
    ReadEnd,
    /// From the store: where the session's end stands.
    ReadEnding,
    Reconcile {
        worked: bool,
    },
    /// Take the session for ended as the end in the store says, against its state; comes back as having been read.
    Believe,
    /// Note in the store that everything is there.
    Settle,
    LookBack,
    /// As long as the schedule says; or as the wait before did, if that is sooner.
    Wait {
        or_sooner: bool,
    },
    Fail(Error),
    /// The server has the session no more.
    Gone(Error),
}
