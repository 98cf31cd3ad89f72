//! A lease while somebody uses it: what fences commits, whether it is lost, and that it is let go of with its last use.

use std::sync::{Arc, Weak};

use tokio::sync::watch;

use super::Presence;
use crate::store::Grant;

/// A lease in use. Clones are the same lease; it is given back when the last one goes.
#[derive(Clone, Debug)]
pub(crate) struct Held(pub(super) Arc<Inner>);

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) grant: Grant,
    pub(super) lost: watch::Sender<bool>,
    pub(super) presence: Arc<Presence>,
}

/// A lease that somebody else here uses.
#[derive(Clone, Debug)]
pub(crate) struct WeakHeld(Weak<Inner>);

impl WeakHeld {
    /// The lease, while it is in use and not lost.
    pub(crate) fn upgrade(&self) -> Option<Held> {
        self.0.upgrade().map(Held).filter(|held| !held.is_lost())
    }
}

/// What came of trying to hold a lease.
#[derive(Debug)]
pub(crate) enum Hold {
    Ours(Held),
    /// Somebody else has it, under this generation.
    Theirs(i64),
}

impl Held {
    /// What fences commits that are made under it.
    pub(crate) fn grant(&self) -> &Grant {
        &self.0.grant
    }

    /// The same without keeping it.
    pub(crate) fn weak(&self) -> WeakHeld {
        WeakHeld(Arc::downgrade(&self.0))
    }

    /// Lets go of it, and waits until it is given back where this was its last use.
    pub(crate) async fn give_back(self) {
        let (presence, key) = (Arc::clone(&self.0.presence), self.0.grant.key.clone());
        drop(self);
        presence.give_back(&key).await;
    }

    /// A fenced commit was refused: somebody else has it.
    pub(crate) fn lose(&self) {
        self.0.lost.send_replace(true);
    }

    pub(super) fn is_lost(&self) -> bool {
        *self.0.lost.borrow()
    }

    /// Waits until it is lost.
    pub(crate) async fn lost(&self) {
        // The sender lives as long as this.
        let _ = self.0.lost.subscribe().wait_for(|lost| *lost).await;
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.presence.let_go(&self.grant, *self.lost.borrow());
    }
}
