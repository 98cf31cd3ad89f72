//! Who listens to what in this process, and waking them: at once for commits of its own, and for those of other processes
//! when `poll` sees them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::store::gate::{self, Inside};
use crate::store::{Revisions, Topic};

/// A topic of an account.
type Key = (Arc<str>, Topic);

/// One revision counter for each topic that somebody listens to.
#[derive(Debug, Default)]
pub(super) struct Topics(Mutex<Listened>);

#[derive(Debug, Default)]
struct Listened {
    by_topic: HashMap<Key, Entry>,
    /// Whether a thread polls for them.
    polled: bool,
    /// The last change that this process made or knew when it opened the file: what is listened to later is known up to here.
    latest: i64,
}

#[derive(Debug)]
struct Entry {
    sender: watch::Sender<u64>,
    /// The last change in the file that they were woken for.
    change: i64,
}

impl Entry {
    fn wake(&mut self, change: i64) {
        self.change = self.change.max(change);
        self.sender.send_modify(|revision| *revision += 1);
    }
}

/// The lock, which goes before the leave to have it.
struct Held<'t> {
    listened: MutexGuard<'t, Listened>,
    _inside: Inside,
}

impl Topics {
    /// Never held while the process forks.
    fn lock(&self) -> Held<'_> {
        let inside = gate::enter();
        Held { listened: self.0.lock().unwrap_or_else(PoisonError::into_inner), _inside: inside }
    }

    pub(super) fn listen(self: &Arc<Self>, account: &Arc<str>, topic: &Topic) -> Revisions {
        let key = (Arc::clone(account), topic.clone());
        let listened = &mut *self.lock().listened;
        let latest = listened.latest;
        let entry = listened
            .by_topic
            .entry(key.clone())
            .or_insert_with(|| Entry { sender: watch::Sender::new(0), change: latest });
        let receiver = entry.sender.subscribe();
        Revisions::new(receiver, Listening { topics: Arc::clone(self), key })
    }

    /// Wakes for a commit of this process.
    pub(super) fn announce(&self, account: &Arc<str>, topics: Vec<Topic>, change: i64) {
        let listened = &mut *self.lock().listened;
        listened.latest = listened.latest.max(change);
        for topic in topics {
            if let Some(entry) = listened.by_topic.get_mut(&(Arc::clone(account), topic)) {
                entry.wake(change);
            }
        }
    }

    /// Wakes for what the file says was changed, unless that was announced.
    pub(super) fn noticed(&self, account: &Arc<str>, topic: Topic, change: i64) {
        let listened = &mut *self.lock().listened;
        if let Some(entry) = listened.by_topic.get_mut(&(Arc::clone(account), topic))
            && entry.change < change
        {
            entry.wake(change);
        }
    }

    /// Wakes all that listen to something of this account, or of any.
    pub(super) fn wake_all(&self, account: Option<&str>, change: i64) {
        let listened = &mut *self.lock().listened;
        for ((whose, _), entry) in &mut listened.by_topic {
            if account.is_none_or(|account| account == &**whose) && (change == 0 || entry.change < change) {
                entry.wake(change);
            }
        }
    }

    /// The file is open, and this was the last change in it. Who listened before may have missed something.
    pub(super) fn opened(&self, change: i64) {
        self.lock().listened.latest = change;
        self.wake_all(None, 0);
    }

    /// Whether a thread has to be started that polls; then it counts as started.
    pub(super) fn needs_poll(&self) -> bool {
        let listened = &mut *self.lock().listened;
        !listened.by_topic.is_empty() && !std::mem::replace(&mut listened.polled, true)
    }

    /// Whether polling is to end, for nobody listens any more; then it counts as ended.
    pub(super) fn ends_poll(&self) -> bool {
        let listened = &mut *self.lock().listened;
        let nobody = listened.by_topic.is_empty();
        listened.polled = !nobody;
        nobody
    }

    #[cfg(test)]
    pub(super) fn is_polled(&self) -> bool {
        self.lock().listened.polled
    }

    pub(super) fn poll_failed(&self) {
        self.lock().listened.polled = false;
    }
}

/// Somebody listens to a topic while this lives.
struct Listening {
    topics: Arc<Topics>,
    key: Key,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let listened = &mut *self.topics.lock().listened;
        if listened.by_topic.get(&self.key).is_some_and(|entry| entry.sender.receiver_count() == 0) {
            listened.by_topic.remove(&self.key);
        }
    }
}
