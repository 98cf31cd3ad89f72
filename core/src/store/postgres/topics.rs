//! Who listens to what through one handle, and waking them: at once for its own commits, and for those of others when the
//! server tells of them. Each change of a session has a higher number, so that nothing wakes twice.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use crate::store::gate::{self, Inside};
use crate::store::{Revisions, Topic};

#[derive(Debug, Default)]
pub(super) struct Topics {
    by_topic: Mutex<HashMap<Topic, Entry>>,
    /// Somebody listens to something of which no change is known yet.
    pub(super) fresh: Notify,
}

#[derive(Debug)]
struct Entry {
    sender: watch::Sender<u64>,
    /// The last change that is known; none until it was asked, zero when there is nothing.
    known: Option<i64>,
}

impl Entry {
    fn wake(&mut self, known: Option<i64>) {
        self.known = known;
        self.sender.send_modify(|revision| *revision += 1);
    }
}

/// The lock, which goes before the leave to have it.
struct Held<'t> {
    by_topic: MutexGuard<'t, HashMap<Topic, Entry>>,
    _inside: Inside,
}

impl Topics {
    /// Never held while the process forks.
    fn lock(&self) -> Held<'_> {
        let inside = gate::enter();
        Held { by_topic: self.by_topic.lock().unwrap_or_else(PoisonError::into_inner), _inside: inside }
    }

    pub(super) fn listen(self: &Arc<Self>, topic: &Topic) -> Revisions {
        let mut held = self.lock();
        let entry =
            held.by_topic.entry(topic.clone()).or_insert_with(|| Entry { sender: watch::Sender::new(0), known: None });
        let receiver = entry.sender.subscribe();
        drop(held);
        self.fresh.notify_one();
        Revisions::new(receiver, Listening { topics: Arc::clone(self), topic: topic.clone() })
    }

    /// Wakes for a change, unless it is known.
    pub(super) fn changed(&self, topic: &Topic, change: i64) {
        if let Some(entry) = self.lock().by_topic.get_mut(topic)
            && entry.known.is_none_or(|known| known < change)
        {
            entry.wake(Some(change));
        }
    }

    /// Wakes because there is nothing any more.
    pub(super) fn forgotten(&self, topic: &Topic) {
        if let Some(entry) = self.lock().by_topic.get_mut(topic) {
            entry.wake(Some(0));
        }
    }

    /// Wakes everybody, who may have missed something.
    pub(super) fn wake_all(&self) {
        self.lock().by_topic.values_mut().for_each(|entry| entry.wake(None));
    }

    /// What is listened to, and the last change that is known of it; only that of which none is, if asked so.
    pub(super) fn all(&self, only_fresh: bool) -> Vec<(Topic, Option<i64>)> {
        let held = self.lock();
        let all = held.by_topic.iter().filter(|(_, entry)| !only_fresh || entry.known.is_none());
        all.map(|(topic, entry)| (topic.clone(), entry.known)).collect()
    }

    /// What the store says of a topic: its last change, or zero. `before` was known when it was asked; what came in between
    /// is newer than the answer.
    pub(super) fn asked(&self, topic: &Topic, before: Option<i64>, change: i64) {
        let mut held = self.lock();
        let Some(entry) = held.by_topic.get_mut(topic).filter(|entry| entry.known == before) else { return };
        match entry.known {
            None => entry.known = Some(change),
            Some(known) if known != change => entry.wake(Some(change)),
            Some(_) => {}
        }
    }
}

/// Somebody listens to a topic while this lives.
struct Listening {
    topics: Arc<Topics>,
    topic: Topic,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut held = self.topics.lock();
        if held.by_topic.get(&self.topic).is_some_and(|entry| entry.sender.receiver_count() == 0) {
            held.by_topic.remove(&self.topic);
        }
    }
}
