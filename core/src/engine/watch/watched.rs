//! One session as one client watches it: who listens, what they hear, and the watcher that lives while somebody does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::Instant;
use tracing::Instrument;

use super::attend::attend;
use super::belief::kept;
use super::commit::commit;
use super::cursor::{Advance, Cursor};
use super::pulse::Pulse;
use super::status::Status;
use crate::api::{SeenActivity, SeenSession};
use crate::engine::Hub;
use crate::engine::effects::{ActNote, BRAND_NEW, Sent, Waking};
use crate::engine::outcome;
use crate::engine::presence::Held;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Activity, EndReason, SessionId, SessionInfo, SessionState};
use crate::ground::runtime;
use crate::store::{Batch, Beacon, Position, Want};

/// What somebody listens for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// How the session's state changes.
    State,
    /// Its activities too.
    Activities,
    /// Its state, on behalf of other clients that share the store.
    OfOthers,
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
    /// Whether somebody here wants its activities.
    interest: watch::Sender<bool>,
    /// Under which lease this client watches it, while it does.
    holding: Mutex<Option<Holding>>,
    /// How many looks at the session the store had counted when one was heard last.
    heard: Mutex<u64>,
    /// Acts are counted and noticed one at a time.
    acting: tokio::sync::Mutex<()>,
    /// Asks wait here for their turn.
    pub(crate) asks: tokio::sync::Mutex<()>,
    /// Messages wait here for their turn.
    pub(crate) sends: tokio::sync::Mutex<()>,
}

/// The lease under which this client watches, and what it has told those who follow.
#[derive(Debug)]
struct Holding {
    /// Tells it from the one after it.
    marker: Arc<()>,
    held: Held,
    /// The time between two polls that all who want something of the session agree on.
    interval: Option<Duration>,
    told: Option<Status>,
}

/// This client watches while it lives.
pub(super) struct Watching<'a> {
    watched: &'a Watched,
    marker: Arc<()>,
    held: Held,
    pub(super) activities: bool,
    interval: Option<Duration>,
}

impl Drop for Watching<'_> {
    fn drop(&mut self) {
        // A task that was stopped goes on until its thread notices: the next one may hold already.
        let own = self.watched.holding().take_if(|holding| Arc::ptr_eq(&holding.marker, &self.marker));
        if own.is_some() {
            self.watched.cursor.attend(false);
        }
    }
}

#[derive(Debug, Default)]
struct Listeners {
    state: usize,
    activities: usize,
    /// On behalf of other clients that share the store.
    adopted: usize,
    task: Option<runtime::Task>,
}

impl Listeners {
    fn count(&mut self, interest: Interest) -> &mut usize {
        match interest {
            Interest::State => &mut self.state,
            Interest::Activities => &mut self.activities,
            Interest::OfOthers => &mut self.adopted,
        }
    }

    fn is_empty(&self) -> bool {
        self.state + self.activities + self.adopted == 0
    }

    /// What this client wants for itself.
    fn want(&self, interval: Option<Duration>) -> Option<Want> {
        (self.state + self.activities > 0).then_some(Want { activities: self.activities > 0, interval })
    }
}

impl Watched {
    pub(in crate::engine) fn new(hub: &Arc<Hub>, id: &SessionId) -> Self {
        Self {
            cursor: Cursor::new(id.clone(), hub.service.clone(), Arc::clone(&hub.store), Arc::clone(&hub.budget)),
            id: id.clone(),
            hub: Arc::clone(hub),
            pulse: watch::Sender::new(Pulse::waking_until(hub.recent().waking_until(id))),
            poke: Notify::new(),
            listeners: Mutex::default(),
            interest: watch::Sender::new(false),
            holding: Mutex::default(),
            heard: Mutex::default(),
            acting: tokio::sync::Mutex::default(),
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
        let starts = failed || listeners.task.as_ref().is_none_or(runtime::Task::is_finished);
        if starts {
            self.pulse.send_modify(Pulse::restart);
            *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = 0;
        } else if interest == Interest::Activities && listeners.activities == 0 {
            self.pulse.send_modify(Pulse::widen);
        }
        *listeners.count(interest) += 1;
        self.tell_interest(&listeners);
        if starts {
            let span = tracing::info_span!(target: "jules::watch", "watch", session = %self.id);
            listeners.task = Some(runtime::spawn(attend(Arc::clone(self)).instrument(span)).inspect_err(|_| {
                *listeners.count(interest) -= 1;
            })?);
        }
        drop(listeners);
        Ok(Watch { pulse: self.pulse.subscribe(), watched: Arc::clone(self), interest })
    }

    fn tell_interest(&self, listeners: &Listeners) {
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

    /// This client watches from now on, under this lease.
    pub(super) fn begin_to_hold(&self, held: &Held, activities: bool, beacon: &Beacon) -> Watching<'_> {
        let interval = beacon.want.map_or(self.hub.polling_interval, |want| want.interval);
        self.cursor.attend(activities);
        let marker = Arc::new(());
        *self.holding() = Some(Holding { marker: Arc::clone(&marker), held: held.clone(), interval, told: None });
        Watching { watched: self, marker, held: held.clone(), activities, interval }
    }

    /// The watcher that runs is the one that holds, also when a task that was stopped has had the last word.
    pub(super) fn hold_still(&self, watching: &Watching<'_>) {
        let mut holding = self.holding();
        if holding.as_ref().is_none_or(|holding| !Arc::ptr_eq(&holding.marker, &watching.marker)) {
            let Watching { marker, held, activities, interval, .. } = watching;
            let (marker, held, interval) = (Arc::clone(marker), held.clone(), *interval);
            *holding = Some(Holding { marker, held, interval, told: None });
            self.cursor.attend(*activities);
        }
    }

    /// Whoever watches serves what all want of the session.
    pub(super) fn serve(&self, want: Option<Want>) {
        if let (Some(holding), Some(want)) = (self.holding().as_mut(), want) {
            holding.interval = want.interval;
        }
    }

    /// The fixed time between two polls, if there is one.
    pub(super) fn interval(&self) -> Option<Duration> {
        self.holding().as_ref().map_or(self.hub.polling_interval, |holding| holding.interval)
    }

    fn holding(&self) -> MutexGuard<'_, Option<Holding>> {
        self.holding.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The lease under which the watcher here commits.
    pub(super) fn fence(&self) -> Option<Held> {
        self.holding().as_ref().map(|holding| holding.held.clone())
    }

    /// Tells those who follow from elsewhere how far the watcher here has come, if that has changed.
    pub(super) async fn publish(&self) -> Result<()> {
        let (held, status) = {
            let holding = self.holding();
            let Some(holding) = holding.as_ref() else { return Ok(()) };
            let status = Status::of(&self.pulse.borrow(), holding.held.grant());
            if holding.told.as_ref() == Some(&status) {
                return Ok(());
            }
            (holding.held.clone(), status)
        };
        let batch = Batch { status: status.to_text(), ..Batch::default() };
        commit(&self.hub.store, &self.id, batch, Some(&held)).await?;
        if let Some(holding) = self.holding().as_mut() {
            holding.told = Some(status);
        }
        Ok(())
    }

    /// Whether this look at the session is news; then it is taken to be heard.
    pub(super) fn hears_first_time(&self, looks: u64) -> bool {
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *heard, looks) != looks
    }

    /// The user did something: news is to be expected. With a message the session may have to wake.
    pub(crate) async fn acted(&self, sent: Option<Sent<'_>>) {
        let _turn = self.acting.lock().await;
        let counted = self.tell_of(sent).await.inspect_err(|error| {
            tracing::warn!(target: "jules::watch", session = %self.id, %error, "other clients can't hear of what was done here");
        });
        self.take_in(counted.ok(), sent);
    }

    /// Tells all clients that share the store what the user did; gives back how many acts there were in all.
    async fn tell_of(&self, sent: Option<Sent<'_>>) -> Result<u64> {
        let before = self.hub.store.beacon(&self.id).await?.act;
        let before = before.as_deref().and_then(ActNote::read);
        let note = ActNote::of(sent, before, self.hub.surroundings.clock.now());
        self.hub.store.act(&self.id, note.to_text()).await
    }

    /// Takes in what users did elsewhere.
    pub(super) async fn notice_acts(&self, beacon: &Beacon) {
        let _turn = self.acting.lock().await;
        let counted = self.pulse.borrow().counted;
        if beacon.acts <= counted {
            return;
        }
        let note = beacon.act.as_deref().and_then(ActNote::read);
        let is_news = note.as_ref().is_some_and(|note| note.is_news(self.hub.surroundings.clock.now()));
        if counted > 0 || is_news {
            self.take_in(Some(beacon.acts), note.as_ref().and_then(ActNote::message));
        } else {
            // From before this client looked for the first time.
            self.pulse.send_modify(|pulse| pulse.counted = beacon.acts);
        }
    }

    fn take_in(&self, counted: Option<u64>, sent: Option<Sent<'_>>) {
        self.hub.budget.favour(&self.id);
        let until = sent.map(|sent| self.hub.recent().wakes(&self.id, sent));
        self.pulse.send_modify(|pulse| {
            pulse.counted = counted.unwrap_or(pulse.counted);
            pulse.act(until);
        });
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
        let advance = self.cursor.advance(None).await;
        Ok(self.unless_passing(advance).await?.unwrap_or_default())
    }

    /// The same for the watcher.
    pub(super) async fn poll_activities(&self) -> Result<Advance> {
        let advance = self.cursor.advance(self.fence().as_ref()).await;
        Ok(self.unless_passing(advance).await?.unwrap_or_default())
    }

    /// What became visible late, for the watcher; nothing where that can't be told at the moment.
    pub(super) async fn look_back(&self) -> Result<Option<usize>> {
        let late = self.cursor.look_back(self.fence().as_ref()).await;
        self.unless_passing(late).await
    }

    /// Everything compared with the server, for the watcher; nothing where that can't be told at the moment.
    pub(super) async fn reconcile(&self, worked: bool) -> Result<Option<usize>> {
        let late = self.cursor.reconcile(worked, self.fence().as_ref()).await;
        Ok(self.unless_passing(late).await?.flatten())
    }

    /// Keeps what was read beside the watcher, as far as it can be; whoever read it has it anyway.
    pub(crate) async fn keep_what_was_seen(&self, seen: &[SeenActivity], is_first_page: bool) {
        if let Err(error) = self.cursor.keep(seen, is_first_page).await {
            tracing::warn!(target: "jules::store", session = %self.id, %error, "what was read could not be kept");
        }
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
                let advance = self.cursor.advance(None).await?;
                self.cursor.look_back(None).await?;
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
        Ok(self.hub.remember(&self.id, seen).await?.info)
    }

    /// One look at the session itself, for the watcher.
    pub(super) async fn poll_session(&self) -> Result<SessionInfo> {
        let seen = self.hub.service.session(&self.id).await?;
        self.remember(seen).await
    }

    /// Keeps what the watcher saw of the session; gives it back with what is known against it.
    pub(super) async fn remember(&self, seen: SeenSession) -> Result<SessionInfo> {
        let seen = kept(&self.hub.store, &self.id, seen).await?;
        self.hub.quota.saw(self.id.as_str(), &seen.info.state);
        let batch = Batch { session: Some((&seen).into()), ..Batch::default() };
        commit(&self.hub.store, &self.id, batch, self.fence().as_ref()).await?;
        Ok(seen.info)
    }

    /// The session is there no more: who waits for it is told, and with what was seen last.
    pub(crate) fn is_gone(&self) {
        self.listeners().task = None;
        self.pulse.send_modify(|pulse| {
            let info = pulse.info.as_deref().cloned();
            pulse.failure = Some(outcome::ended(&self.id, EndReason::Deleted, info));
        });
    }

    /// Whether this client has just created it, so that the server may not know it everywhere.
    pub(crate) fn is_brand_new(&self) -> bool {
        self.hub.recent().is_brand_new(&self.id)
    }

    /// Whether this client sent a message just now.
    pub(super) fn has_sent_lately(&self) -> bool {
        self.hub.recent().has_sent(&self.id)
    }

    /// Whether this client wants something of it for itself.
    pub(super) fn is_wanted_here(&self) -> bool {
        let listeners = self.listeners();
        listeners.state + listeners.activities > 0
    }

    /// The state that it was seen in last, while it is watched.
    pub(crate) fn latest_state(&self) -> Option<SessionState> {
        self.pulse.borrow().info.as_ref().map(|info| info.state.clone())
    }

    /// Whether all activities are in the store that there were at the watcher's latest look.
    pub(crate) fn is_up_to_date(&self) -> bool {
        *self.interest.borrow() && self.pulse.borrow().caught_up.is_some()
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
    /// Which session it is about.
    pub(crate) fn session(&self) -> &SessionId {
        &self.watched.id
    }

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
