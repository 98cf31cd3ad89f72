//! Listening to one session: for what, who does, and what they hear.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::interest::Interest;
use super::snapshot::WatchSnapshot;
use super::watched::Watched;
use crate::ground::error::{Error, Result};
use crate::ground::model::SessionId;
use crate::ground::runtime;
use crate::store::{Position, Want};

#[derive(Debug, Default)]
pub(super) struct Listeners {
    pub(super) state: usize,
    pub(super) activities: usize,
    /// On behalf of other clients that share the store.
    adopted: usize,
    pub(super) task: Option<runtime::Task>,
}

impl Listeners {
    pub(super) fn count(&mut self, interest: Interest) -> &mut usize {
        match interest {
            Interest::State => &mut self.state,
            Interest::Activities => &mut self.activities,
            Interest::OfOthers => &mut self.adopted,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.state + self.activities + self.adopted == 0
    }

    /// What this client wants for itself.
    pub(super) fn want(&self, interval: Option<Duration>) -> Option<Want> {
        (self.state + self.activities > 0).then_some(Want { activities: self.activities > 0, interval })
    }
}

/// Listening to one session. The watcher stops with its last listener.
#[derive(Debug)]
pub(crate) struct Subscription {
    snapshot: watch::Receiver<WatchSnapshot>,
    watched: Arc<Watched>,
    interest: Interest,
}

impl Subscription {
    /// A listener that was counted.
    pub(super) fn new(watched: &Arc<Watched>, interest: Interest) -> Self {
        Self { snapshot: watched.snapshot.subscribe(), watched: Arc::clone(watched), interest }
    }

    /// Which session it is about.
    pub(crate) fn session(&self) -> &SessionId {
        &self.watched.id
    }

    /// What is known now. The next [`Subscription::changed`] waits for something newer.
    pub(crate) fn snapshot(&mut self) -> WatchSnapshot {
        self.snapshot.borrow_and_update().clone()
    }

    /// Why watching has failed, if it has.
    pub(super) fn failure(&self) -> Option<Error> {
        self.snapshot.borrow().failure.clone()
    }

    /// Whether the session was seen since watching began.
    pub(super) fn has_seen(&self) -> bool {
        self.snapshot.borrow().info.is_some()
    }

    /// Waits until more is known than the last [`Subscription::snapshot`] told.
    pub(crate) async fn changed(&mut self) -> Result<()> {
        self.snapshot.changed().await.map_err(|_| Error::closed())
    }

    /// Waits until `done` finds what it looks for in a snapshot; fails when the watcher does.
    pub(crate) async fn until<T>(&mut self, mut done: impl FnMut(&WatchSnapshot) -> Option<T>) -> Result<T> {
        loop {
            let snapshot = self.snapshot();
            if let Some(found) = done(&snapshot) {
                return Ok(found);
            }
            if let Some(error) = snapshot.failure {
                return Err(error);
            }
            self.changed().await?;
        }
    }

    /// Waits until all activities that existed when listening began are in the store; gives back where the last one stands.
    pub(crate) async fn caught_up(&mut self) -> Result<Position> {
        self.until(|snapshot| snapshot.caught_up).await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut listeners = self.watched.listeners();
        *listeners.count(self.interest) -= 1;
        self.watched.tell_interest(&listeners);
        if listeners.is_empty() {
            listeners.task = None;
        }
        drop(listeners);
        if self.interest != Interest::OfOthers {
            self.watched.hub.presence.tell_later(&self.watched.id);
        }
    }
}
