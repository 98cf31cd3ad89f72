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
    /// The last change that it was woken for.
    woken: i64,
    /// The last change that the store told when it was asked; zero when there was nothing.
    asked: Option<i64>,
}

impl Entry {
    fn wake(&mut self) {
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
        let entry = held.by_topic.entry(topic.clone()).or_insert_with(|| Entry {
            sender: watch::Sender::new(0),
            woken: 0,
            asked: None,
        });
        let receiver = entry.sender.subscribe();
        drop(held);
        self.fresh.notify_one();
        Revisions::new(receiver, Listening { topics: Arc::clone(self), topic: topic.clone() })
    }

    /// Wakes for a change, unless it was woken for it.
    pub(super) fn changed(&self, topic: &Topic, change: i64) {
        if let Some(entry) = self.lock().by_topic.get_mut(topic)
            && entry.woken < change
        {
            entry.woken = change;
            entry.wake();
        }
    }

    /// Wakes because there is nothing any more.
    pub(super) fn forgotten(&self, topic: &Topic) {
        if let Some(entry) = self.lock().by_topic.get_mut(topic) {
            (entry.woken, entry.asked) = (0, Some(0));
            entry.wake();
        }
    }

    /// Wakes everybody, who may have missed something. Changes are counted anew: in an older copy of the store they have lower
    /// numbers.
    pub(super) fn wake_all(&self) {
        for entry in self.lock().by_topic.values_mut() {
            (entry.woken, entry.asked) = (0, None);
            entry.wake();
        }
        self.fresh.notify_one();
    }

    /// What is listened to; only that of which nothing was asked yet, if so.
    pub(super) fn all(&self, only_fresh: bool) -> Vec<Topic> {
        let held = self.lock();
        let all = held.by_topic.iter().filter(|(_, entry)| !only_fresh || entry.asked.is_none());
        all.map(|(topic, _)| topic.clone()).collect()
    }

    /// What the store says of a topic: its last change, or zero. The first answer tells where it stands, and no more: whoever
    /// listens reads then, and what is committed behind that is told by a notice, or has a higher number next time.
    pub(super) fn asked(&self, topic: &Topic, change: i64) {
        let mut held = self.lock();
        let Some(entry) = held.by_topic.get_mut(topic) else { return };
        let before = entry.asked.replace(change);
        if before.is_some_and(|before| before != change) && (change == 0 || entry.woken < change) {
            entry.woken = change;
            entry.wake();
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
