//! One session as one client watches it: who listens, what they hear, and the watcher that lives while somebody does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tracing::Instrument;

use super::attend::attend;
use super::cursor::Cursor;
use super::interest::Interest;
use super::snapshot::WatchSnapshot;
use super::subscription::{Listeners, Subscription};
use crate::engine::Hub;
use crate::engine::end::ended;
use crate::ground::error::{Error, Result};
use crate::ground::model::{EndReason, SessionId, SessionState};
use crate::ground::runtime;

/// One session as this client knows it.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) id: SessionId,
    pub(crate) hub: Arc<Hub>,
    pub(super) cursor: Cursor,
    pub(super) snapshot: watch::Sender<WatchSnapshot>,
    /// Has the watcher look at once.
    pub(super) poke: Arc<Notify>,
    listeners: Mutex<Listeners>,
    /// Whether somebody here wants its activities.
    interest: watch::Sender<bool>,
    /// How many looks at the session the store had counted when one was heard last.
    heard: Mutex<u64>,
    /// Acts are counted and noticed one at a time.
    pub(super) acting: tokio::sync::Mutex<()>,
    /// Asks wait here for their turn.
    pub(crate) asks: tokio::sync::Mutex<()>,
    /// Messages wait here for their turn.
    pub(crate) sends: tokio::sync::Mutex<()>,
    /// Held from before a deletion is asked for until it is known here.
    pub(crate) deleting: tokio::sync::Mutex<()>,
}

impl Watched {
    pub(in crate::engine) fn new(hub: &Arc<Hub>, id: &SessionId) -> Self {
        Self {
            cursor: Cursor::new(id.clone(), hub.service.clone(), Arc::clone(&hub.store), Arc::clone(&hub.budget)),
            id: id.clone(),
            hub: Arc::clone(hub),
            snapshot: watch::Sender::new(WatchSnapshot::waking_until(hub.recent().waking_until(id))),
            poke: Arc::default(),
            listeners: Mutex::default(),
            interest: watch::Sender::new(false),
            heard: Mutex::default(),
            acting: tokio::sync::Mutex::default(),
            asks: tokio::sync::Mutex::default(),
            sends: tokio::sync::Mutex::default(),
            deleting: tokio::sync::Mutex::default(),
        }
    }

    /// Stops watching; whoever listens hears that the client is closed.
    pub(in crate::engine) fn close(&self) {
        self.listeners().task = None;
        self.snapshot.send_modify(|snapshot| snapshot.failure = Some(Error::closed()));
    }

    /// Begins to listen; the watcher starts if nobody did. Must be called inside a Tokio runtime.
    pub(crate) fn watch(self: &Arc<Self>, interest: Interest) -> Result<Subscription> {
        let mut listeners = self.listeners();
        let failed = self.snapshot.borrow().failure.is_some();
        let starts = failed || listeners.task.as_ref().is_none_or(runtime::Task::is_finished);
        if starts {
            self.snapshot.send_modify(WatchSnapshot::restart);
            *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = 0;
        } else if interest == Interest::Activities && listeners.activities == 0 {
            self.snapshot.send_modify(WatchSnapshot::widen);
        }
        *listeners.count(interest) += 1;
        self.tell_interest(&listeners);
        if starts {
            let span = tracing::info_span!(target: "jules::watch", "watch", session = %self.id);
            listeners.task =
                Some(runtime::spawn(attend_logged(Arc::clone(self)).instrument(span)).inspect_err(|_| {
                    *listeners.count(interest) -= 1;
                })?);
        }
        drop(listeners);
        Ok(Subscription::new(self, interest))
    }

    pub(super) fn tell_interest(&self, listeners: &Listeners) {
        self.hub.presence.want(&self.id, listeners.want(self.hub.polling_interval));
        self.interest.send_if_modified(|activities| {
            let now = listeners.activities > 0;
            std::mem::replace(activities, now) != now
        });
    }

    /// Changes when somebody here begins to want the activities, or nobody does any more.
    pub(super) fn interest(&self) -> watch::Receiver<bool> {
        self.interest.subscribe()
    }

    /// Whether this look at the session is news; then it is taken to be heard.
    pub(super) fn hears_first_time(&self, looks: u64) -> bool {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *heard, looks) != looks
    }

    /// The session is there no more: who waits for it is told, and with what was seen last.
    pub(crate) fn is_gone(&self) {
        self.listeners().task = None;
        self.snapshot.send_modify(|snapshot| {
            let info = snapshot.info.as_deref().cloned();
            snapshot.failure = Some(ended(&self.id, EndReason::Deleted, info));
        });
    }

    /// Whether this client wants something of it for itself.
    pub(super) fn is_wanted_here(&self) -> bool {
        let listeners = self.listeners();
        listeners.state + listeners.activities > 0
    }

    /// The state that it was seen in last, while it is watched.
    pub(crate) fn latest_state(&self) -> Option<SessionState> {
        self.snapshot.borrow().info.as_ref().map(|info| info.state.clone())
    }

    /// Whether all activities are in the store that there were at the watcher's latest look.
    pub(crate) fn is_up_to_date(&self) -> bool {
        *self.interest.borrow() && self.snapshot.borrow().caught_up.is_some()
    }

    pub(super) fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Watches; what is logged then is this client's.
async fn attend_logged(watched: Arc<Watched>) {
    let log = watched.hub.service.transport.log.clone();
    log.around(attend(watched)).await;
}
