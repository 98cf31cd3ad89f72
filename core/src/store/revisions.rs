//! Waking those who wait for something to be committed.

use std::any::Any;
use std::fmt;

use tokio::sync::watch;

use crate::ground::model::SessionId;

/// What one can listen to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// Everything that is committed about a session.
    Session(SessionId),
    /// What the account's handles want of sessions, and leases that are about no session.
    Listeners,
    /// The account's tasks and places, and the leases of those who are at them.
    Tasks,
}

/// A stream of revisions: it wakes when there is more than was known at the last wake. What happened, the store tells.
pub(crate) struct Revisions {
    receiver: watch::Receiver<u64>,
    /// Keeps the engine listening.
    _listening: Box<dyn Any + Send + Sync>,
}

impl Revisions {
    pub(crate) fn new(receiver: watch::Receiver<u64>, listening: impl Any + Send + Sync) -> Self {
        Self { receiver, _listening: Box::new(listening) }
    }

    /// Waits for the next revision. Cancel-safe. Never returns when the store is gone: then nothing is committed any more.
    pub(crate) async fn changed(&mut self) {
        if self.receiver.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// What was committed until now is known.
    pub(crate) fn seen(&mut self) {
        self.receiver.borrow_and_update();
    }
}

impl fmt::Debug for Revisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revisions").field("revision", &*self.receiver.borrow()).finish_non_exhaustive()
    }
}
