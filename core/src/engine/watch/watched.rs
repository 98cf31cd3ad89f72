//! One session as one client watches it: who listens, what they hear, and the watcher that lives while somebody does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tracing::Instrument;

use super::cursor::{Advance, Cursor};
use super::pulse::Pulse;
use super::watcher::Watcher;
use crate::engine::Hub;
use crate::engine::effects::{BRAND_NEW, Sent, Waking};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Activity, SessionId, SessionInfo};
use crate::ground::runtime;
use crate::store::Position;

/// What somebody listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// How the session's state changes.
    State,
    /// Its activities too.
    Activities,
}

/// One session as this client knows it.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) id: SessionId,
    pub(crate) hub: Arc<Hub>,
    pub(super) cursor: Cursor,
    pub(super) pulse: watch::Sender<Pulse>,
    pub(super) poke: Notify,
    listeners: Mutex<Listeners>,
    /// Asks wait here for their turn.
    pub(crate) asks: tokio::sync::Mutex<()>,
    /// Messages wait here for their turn.
    pub(crate) sends: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Listeners {
    state: usize,
    activities: usize,
    task: Option<runtime::Task>,
}

impl Listeners {
    fn count(&mut self, interest: Interest) -> &mut usize {
        match interest {
            Interest::State => &mut self.state,
            Interest::Activities => &mut self.activities,
        }
    }
}

impl Watched {
    pub(in crate::engine) fn new(hub: &Arc<Hub>, id: &SessionId) -> Self {
        Self {
            cursor: Cursor::new(id.clone(), hub.service.clone(), Arc::clone(&hub.store)),
            id: id.clone(),
            hub: Arc::clone(hub),
            pulse: watch::Sender::new(Pulse::waking_until(hub.recent().waking_until(id))),
            poke: Notify::new(),
            listeners: Mutex::default(),
            asks: tokio::sync::Mutex::default(),
            sends: tokio::sync::Mutex::default(),
        }
    }

    /// Stops watching; whoever listens hears that the client is closed.
    pub(in crate::engine) fn close(&self) {
        self.listeners().task = None;
        self.pulse.send_modify(|pulse| pulse.failure = Some(Error::closed()));
    }

    /// Begins to listen; the watcher starts if nobody did. Must be called inside a Tokio runtime.
    pub(crate) fn watch(self: &Arc<Self>, interest: Interest) -> Result<Watch> {
        let mut listeners = self.listeners();
        let failed = self.pulse.borrow().failure.is_some();
        if failed || listeners.task.as_ref().is_none_or(runtime::Task::is_finished) {
            self.pulse.send_modify(Pulse::restart);
            let span = tracing::info_span!(target: "jules::watch", "watch", session = %self.id);
            listeners.task = Some(runtime::spawn(Watcher::new(Arc::clone(self)).run().instrument(span))?);
        } else if interest == Interest::Activities && listeners.activities == 0 {
            self.pulse.send_modify(Pulse::widen);
            self.poke.notify_one();
        }
        *listeners.count(interest) += 1;
        drop(listeners);
        Ok(Watch { pulse: self.pulse.subscribe(), watched: Arc::clone(self), interest })
    }

    /// The user did something: news is to be expected. With a message the session may have to wake.
    pub(crate) fn acted(&self, sent: Option<Sent<'_>>) {
        let until = sent.map(|sent| self.hub.recent().wakes(&self.id, sent));
        self.pulse.send_modify(|pulse| pulse.act(until));
        self.poke.notify_one();
    }

    /// The message that the session has yet to wake from.
    pub(super) fn waking(&self) -> Option<Waking> {
        self.hub.recent().latest_message(&self.id).filter(|waking| Instant::now() < waking.until)
    }

    /// Whether a message of this client has yet to appear among the activities: then what follows it has too.
    pub(super) async fn awaits_own_message(&self) -> Result<bool> {
        let latest = self.hub.recent().latest_message(&self.id);
        let Some(latest) = latest else { return Ok(false) };
        Ok(self.since_message(&latest).await?.is_empty())
    }

    /// What the store has from this message on, the message first; nothing while it has yet to appear.
    pub(super) async fn since_message(&self, waking: &Waking) -> Result<Vec<Activity>> {
        let since = self.hub.store.read(&self.id, waking.known).await?;
        let mut earlier = waking.own;
        let is_before = |activity: &Activity| {
            let equal = activity.is_message_of_user(&waking.text);
            let is_it = equal && earlier == 0;
            earlier -= usize::from(equal && !is_it);
            !is_it
        };
        Ok(since.into_iter().map(|(_, activity)| activity).skip_while(is_before).collect())
    }

    /// The session was seen at work: when it ends now, that is to be believed.
    pub(super) fn works(&self) {
        self.hub.recent().works(&self.id);
    }

    /// A 404 of the activities says nothing while the session itself is there, or is so new that it need not be.
    pub(super) async fn unless_passing<T>(&self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if !self.is_brand_new() {
                    self.hub.service.session(&self.id).await?;
                }
                Ok(None)
            }
            result => result.map(Some),
        }
    }

    /// One incremental fetch of the activities, with or without a watcher. "Nothing yet" for a session that is so new that
    /// its activities aren't there.
    pub(crate) async fn advance(&self) -> Result<Advance> {
        let advance = self.cursor.advance().await;
        Ok(self.unless_passing(advance).await?.unwrap_or_default())
    }

    /// Fetches what is new, and of a session that has ended all that is missing; gives back how many activities were new.
    pub(crate) async fn catch_up(&self, ended: bool) -> Result<usize> {
        let added = self.cursor.catch_up(ended).await;
        Ok(self.unless_passing(added).await?.unwrap_or_default())
    }

    /// Fetches what is new, and what became visible behind the mark too. A 404 says nothing of what is there: it is asked
    /// again for as long as a new session may take to be known everywhere.
    pub(crate) async fn look_closely(&self) -> Result<Advance> {
        let until = Instant::now() + BRAND_NEW;
        let mut tries = 0;
        loop {
            tries += 1;
            let looked = async {
                let advance = self.cursor.advance().await?;
                self.cursor.look_back().await?;
                Ok::<_, Error>(advance)
            };
            match looked.await {
                Err(error) if error.kind() == ErrorKind::NotFound && (tries < 5 || Instant::now() < until) => {
                    tokio::time::sleep(self.hub.service.transport.settling_time()).await;
                }
                result => return result,
            }
        }
    }

    /// One fresh look at the session itself.
    pub(crate) async fn look_at_session(&self) -> Result<SessionInfo> {
        let seen = self.hub.service.session(&self.id).await?;
        self.hub.remember(&self.id, &seen).await?;
        Ok(seen.info)
    }

    /// Whether this client has just created it, so that the server may not know it everywhere.
    pub(crate) fn is_brand_new(&self) -> bool {
        self.hub.recent().is_brand_new(&self.id)
    }

    /// Whether this client sent a message just now.
    pub(super) fn has_sent_lately(&self) -> bool {
        self.hub.recent().has_sent(&self.id)
    }

    /// Whether somebody listens to its activities, so that the watcher keeps them up to date.
    pub(super) fn wants_activities(&self) -> bool {
        self.listeners().activities > 0
    }

    /// Whether all activities are in the store that there were at the watcher's latest look.
    pub(crate) fn is_up_to_date(&self) -> bool {
        self.wants_activities() && self.pulse.borrow().caught_up.is_some()
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Listening to one session. The watcher stops with its last listener.
#[derive(Debug)]
pub(crate) struct Watch {
    pulse: watch::Receiver<Pulse>,
    watched: Arc<Watched>,
    interest: Interest,
}

impl Watch {
    /// What is known now. The next [`Watch::changed`] waits for something newer.
    pub(crate) fn pulse(&mut self) -> Pulse {
        self.pulse.borrow_and_update().clone()
    }

    /// Waits until more is known than the last [`Watch::pulse`] told.
    pub(crate) async fn changed(&mut self) -> Result<()> {
        self.pulse.changed().await.map_err(|_| Error::closed())
    }

    /// Waits until `done` finds what it looks for in a pulse; fails when the watcher does.
    pub(crate) async fn until<T>(&mut self, mut done: impl FnMut(&Pulse) -> Option<T>) -> Result<T> {
        loop {
            let pulse = self.pulse();
            if let Some(found) = done(&pulse) {
                return Ok(found);
            }
            if let Some(error) = pulse.failure {
                return Err(error);
            }
            self.changed().await?;
        }
    }

    /// Waits until all activities that existed when listening began are in the store; gives back where the last one stands.
    pub(crate) async fn caught_up(&mut self) -> Result<Position> {
        self.until(|pulse| pulse.caught_up).await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut listeners = self.watched.listeners();
        *listeners.count(self.interest) -= 1;
        if listeners.state + listeners.activities == 0 {
            listeners.task = None;
        }
    }
}
