//! What the account's plan allows and what of it is used: slots, creations in a day, and calls of `activities.list` in a
//! minute. The service says little of it; what refusals and passes show is learned, and shared by all clients of a store.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use super::Hub;
use crate::ground::error::{Error, Result};
use crate::ground::model::{SessionId, SessionState, Timestamp};
use crate::ground::runtime;
use crate::store::{Store, Topic};

mod budget;
mod gate;
mod learned;
mod line;
mod rate;
mod refused;
mod usage;

pub(crate) use budget::{Budget, Rank};
pub use gate::SlotWait;
pub(crate) use gate::{Attempt, PollInterval};
use gate::{FullAt, Gate};
use learned::{Learned, Used};
pub(crate) use refused::{Heeds, Start, allow, explain, explain_sent};
use usage::Usage;

/// The name under which the cache keeps what was learned.
const NOTE: &str = "quota";
/// Sessions at work that are kept in mind at once.
const MOST_OPEN: usize = 1_000;
/// How often a change of it is tried again when others change it too.
const MOST_TRIES: u32 = 20;
/// Wakes that come together are one.
const FOLD: Duration = Duration::from_millis(20);

/// What an account uses of its plan: see [`Jules::quota`](crate::Jules::quota).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Quota {
    /// How many sessions hold a slot.
    pub slots_used: u64,
    /// How many may, where that was said ([`ClientOptions::slots`](crate::ClientOptions::slots)) or learned from refusals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots_limit: Option<u64>,
    /// How many sessions were created within the last 24 hours, failed and deleted ones too as far as they are known.
    pub day_used: u64,
    /// How many may be, where that was said ([`ClientOptions::per_day`](crate::ClientOptions::per_day)) or learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_limit: Option<u64>,
    /// The sessions that hold a slot, the oldest first. [`delete`](crate::Session::delete) frees a slot for certain.
    pub holding: Vec<Holding>,
    /// When the next create is likely to pass, where the day's limit is what is in its way. A slot is free when a session
    /// ends, which has no time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
}

/// A session that holds a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Holding {
    /// Its id.
    pub session_id: String,
    /// Why it holds one: it is at work, waits for a person, or is paused.
    pub state: SessionState,
    /// Since when: its creation, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// Limits that were known beforehand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) slots: Option<u64>,
    pub(crate) per_day: Option<u64>,
}

/// A session of a create.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Creation<'c> {
    /// When it was created, by the server's clock.
    pub(crate) time: Option<Timestamp>,
    /// When the request was sent that passed, by our clock; nothing where it was made by an earlier one.
    pub(crate) passed: Option<Timestamp>,
    /// The place that was taken for it.
    pub(crate) place: Option<&'c str>,
}

/// What one client knows of its account's limits.
#[derive(Debug)]
pub(crate) struct Quotas {
    store: Arc<dyn Store>,
    given: Given,
    /// Who waits for a slot.
    gate: Arc<Gate>,
    /// With limits known beforehand, creates take turns: each is counted before the next is.
    starts: tokio::sync::Mutex<()>,
    /// Sessions that this client has seen at work.
    open: Mutex<HashSet<String>>,
    /// How many places were freed by this client.
    freed: Arc<watch::Sender<u64>>,
}

impl Quotas {
    pub(crate) fn new(store: Arc<dyn Store>, given: Given) -> Self {
        let (gate, starts, open) = Default::default();
        Self { store, given, gate, starts, open, freed: Arc::new(watch::Sender::new(0)) }
    }

    /// Changes as soon as a place is free that this client has freed: it may take it before others have heard of it.
    pub(crate) fn freed(&self) -> watch::Receiver<u64> {
        self.freed.subscribe()
    }

    /// Where those wait for whom there is no slot.
    pub(crate) fn gate(&self) -> &Gate {
        &self.gate
    }

    /// A session was seen in this state. Whoever waits for a slot hears when one ends.
    pub(crate) fn saw(&self, id: &str, state: &SessionState) {
        if !state.is_terminal() {
            let mut open = self.open();
            // Of those that nobody saw end some may have: with more than any plan allows they say nothing any more.
            if open.len() >= MOST_OPEN {
                open.clear();
            }
            open.insert(id.to_owned());
        } else {
            self.left(id);
        }
    }

    /// A session is gone or put aside.
    pub(crate) fn left(&self, id: &str) {
        if !self.open().remove(id) {
            return;
        }
        let Ok(session) = SessionId::parse(id) else { return };
        let (store, freed, gate) = (Arc::clone(&self.store), Arc::clone(&self.freed), Arc::clone(&self.gate));
        runtime::detach(async move {
            let done = store.free_place(&session).await;
            // Who waits here asks the store first whether there is room.
            gate.session_ended();
            match done {
                Ok(()) => freed.send_modify(|count| *count += 1),
                Err(error) => {
                    tracing::debug!(target: "jules::quota", %session, %error, "cannot release a slot; it stays counted for a while");
                }
            }
        });
    }

    /// Counts a session that was created here, and learns from that it passed.
    pub(crate) async fn created(&self, hub: &Hub, session: &SessionId, creation: Creation<'_>) {
        let Creation { time, passed, place } = creation;
        let id = session.as_str();
        let before = {
            let mut open = self.open();
            let before = open.len();
            open.insert(id.to_owned());
            u64::try_from(before).unwrap_or(u64::MAX)
        };
        let time = time.unwrap_or_else(|| hub.surroundings.clock.now());
        if let Err(error) = self.store.fill_place(place, session, time).await {
            tracing::debug!(target: "jules::quota", %session, %error, "cannot count a slot that is in use");
        }
        let mut explains = false;
        self.learn(hub, |learned| {
            explains = passed.is_some_and(|sent_at| learned.is_explained_by(sent_at));
            // So many were in use, but for one that may have ended unseen.
            learned.slots = learned.slots.filter(|limit| before <= *limit);
        })
        .await;
        if explains && let Ok(usage) = Usage::look(hub, false).await {
            let Used { slots, day } = usage.used();
            let before = Used { slots: slots.saturating_sub(1), day: day.saturating_sub(1) };
            self.learn(hub, |learned| learned.passed(before)).await;
        }
    }

    /// What was learned; nothing where the cache can't tell.
    async fn learned(&self, hub: &Hub) -> Learned {
        let note = hub.store.note(NOTE).await.unwrap_or_else(|error| {
            tracing::debug!(target: "jules::store", %error, "cannot read the learned limits");
            None
        });
        Learned::read(note.as_deref())
    }

    /// Changes what was learned, together with all who share the cache. Failing to keep it isn't an error.
    async fn learn<T>(&self, hub: &Hub, mut change: impl FnMut(&mut Learned) -> T) -> T {
        for _ in 0..MOST_TRIES {
            let note = hub.store.note(NOTE).await.unwrap_or_default();
            let before = Learned::read(note.as_deref());
            let mut after = before.clone();
            let result = change(&mut after);
            if after == before || !matches!(hub.store.set_note(NOTE, note, after.to_text()).await, Ok(false)) {
                return result;
            }
        }
        change(&mut Learned::default())
    }

    fn open(&self) -> MutexGuard<'_, HashSet<String>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slots_limit(&self, learned: &Learned) -> Option<u64> {
        self.given.slots.or(learned.slots)
    }

    fn day_limit(&self, learned: &Learned) -> Option<u64> {
        self.given.per_day.or(learned.day)
    }
}

/// What is known of the limits: slots at a time and creations in a day.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) slots: Option<u64>,
    pub(crate) day: Option<u64>,
    /// Whether the slots were said, and not learned.
    pub(crate) given: bool,
}

/// The limits as far as they are known. What was in use at a refusal that nobody explained counts until it is.
pub(crate) async fn limits(hub: &Hub) -> Limits {
    let learned = hub.quota.learned(hub).await;
    let provisional = learned.unexplained.map(|refused| refused.used.slots.max(1));
    Limits {
        slots: hub.quota.slots_limit(&learned).or(provisional),
        day: hub.quota.day_limit(&learned),
        given: hub.quota.given.slots.is_some(),
    }
}

/// Notes how much of the store's places is taken when a create was refused: with less, there is room.
pub(crate) async fn note_full(hub: &Hub, error: &Error) {
    // What wasn't sent was refused by the limit alone.
    let full = match error.allowed().filter(|_| error.status().is_none()) {
        Some(limit) => Some(FullAt::Limit(limit)),
        None => hub.store.places(None).await.ok().map(|used| FullAt::Server { held: used.held() }),
    };
    hub.quota.gate.is_full(full);
}

/// Waits until the store shows room that there was none at the latest refusal, whoever has made it.
pub(crate) async fn room(hub: &Hub) {
    let mut revisions = hub.store.watch(&Topic::Tasks);
    loop {
        revisions.seen();
        if hub.store.places(None).await.is_ok_and(|used| hub.quota.gate.has_room(used)) {
            return;
        }
        revisions.changed().await;
        // What one here has freed goes to the one here who is woken by that.
        tokio::time::sleep(FOLD).await;
    }
}

/// Has what is counted in the cache compared with what the server shows.
pub(crate) async fn settle(hub: &Hub) -> Result<()> {
    Usage::look(hub, false).await.map(drop)
}

/// What the account uses of its plan.
pub(crate) async fn quota(hub: &Hub) -> Result<Quota> {
    let below = hub.quota.learned(hub).await.unexplained.is_some();
    let usage = Usage::look(hub, below).await?;
    let Used { slots, day } = usage.used();
    let slots_limit = hub.quota.slots_limit(&usage.learned);
    let day_limit = hub.quota.day_limit(&usage.learned);
    let slots_free = slots_limit.is_none_or(|limit| slots < limit);
    let next_at = day_limit.filter(|_| slots_free).and_then(|limit| usage.day_frees_at(limit));
    Ok(Quota { slots_used: slots, slots_limit, day_used: day, day_limit, holding: usage.holding, next_at })
}
