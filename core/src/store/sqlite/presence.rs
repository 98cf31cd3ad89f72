//! What one client is to the others that share the store: its name, its lock, what it holds and wants, and whom of the
//! others it takes for gone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::Instant;

use super::database::Database;
use super::leases::{self, Me, Peer};
use super::lock_file::{self, LockFile};
use super::observer::Observer;
use crate::ground::model::SessionId;
use crate::store::{Grant, LeaseKey, Terms, Want, gate};

#[derive(Debug)]
pub(super) struct Presence {
    /// Drawn by chance: no other client ever has it.
    pub(super) handle: String,
    terms: Terms,
    database: Arc<Database>,
    /// None until it is needed; none inside it where there can't be one.
    lock: Mutex<Option<Option<LockFile>>>,
    observer: Mutex<Observer>,
    has: Mutex<Has>,
}

/// What a client holds and wants.
#[derive(Debug, Default)]
struct Has {
    held: HashMap<LeaseKey, i64>,
    wants: BTreeMap<SessionId, Want>,
}

/// How long the others have been silent.
#[derive(Debug, Default)]
pub(super) struct Silence {
    terms: Terms,
    silent: HashMap<String, (i64, Duration)>,
    /// Those whose lock is free.
    gone: HashSet<String>,
}

impl Silence {
    fn is(&self, handle: &str, beat: i64, for_long: Duration) -> bool {
        self.gone.contains(handle)
            || self.silent.get(handle).is_some_and(|(seen, silent)| *seen == beat && *silent >= for_long)
    }

    pub(super) fn lost_leases(&self, handle: &str, beat: i64) -> bool {
        self.is(handle, beat, self.terms.lease)
    }

    /// Whether it has lost everything.
    pub(super) fn is_gone(&self, peer: &Peer) -> bool {
        self.is(&peer.handle, peer.beat, self.terms.want.max(self.terms.lease))
    }

    pub(super) fn lost_wants(&self, handle: &str, beat: i64) -> bool {
        self.is(handle, beat, self.terms.want)
    }
}

impl Presence {
    pub(super) fn new(database: Arc<Database>, terms: Terms) -> Self {
        // A forked child may draw the same.
        let handle = format!("{:x}-{:032x}", std::process::id(), rand::random::<u128>());
        database.handles().insert(handle.clone());
        Self {
            handle,
            terms,
            database,
            lock: Mutex::default(),
            observer: Mutex::new(Observer::new(terms.renew)),
            has: Mutex::default(),
        }
    }

    fn has(&self) -> MutexGuard<'_, Has> {
        self.has.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This client, for its row; from now on it holds its lock.
    pub(super) fn me(&self) -> Me<'_> {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let locks = lock.get_or_insert_with(|| {
            let path = self.database.path()?;
            LockFile::take(path, &self.handle)
                .inspect_err(
                    |cause| tracing::debug!(target: "jules::store", %cause, "there are no locks beside the cache"),
                )
                .ok()
        });
        Me { handle: &self.handle, locks: locks.is_some() }
    }

    /// Takes a look at the others.
    pub(super) fn look(
        &self,
        connection: &Connection,
        account: i64,
        now: Instant,
    ) -> rusqlite::Result<(Silence, Vec<Peer>)> {
        let peers = leases::peers(connection, account, &self.handle)?;
        let gone = peers.iter().filter(|peer| self.is_gone(peer)).map(|peer| peer.handle.clone()).collect();
        let silent = self.observer.lock().unwrap_or_else(PoisonError::into_inner).look(now, &peers);
        Ok((Silence { terms: self.terms, silent, gone }, peers))
    }

    /// Whether another client is gone for certain. Those of this process say so themselves, and their locks are left alone.
    fn is_gone(&self, peer: &Peer) -> bool {
        let Some(path) = self.database.path() else { return !self.database.handles().contains(&peer.handle) };
        peer.locks && !self.database.handles().contains(&peer.handle) && lock_file::is_free(path, &peer.handle)
    }

    /// Removes what clients left beside the store.
    pub(super) fn remove_locks(&self, cleared: &[String]) {
        if let Some(path) = self.database.path() {
            cleared.iter().for_each(|handle| lock_file::remove(path, handle));
        }
    }

    pub(super) fn took(&self, grant: &Grant) {
        self.has().held.insert(grant.key.clone(), grant.generation);
    }

    pub(super) fn gave_back(&self, grant: &Grant) {
        let mut has = self.has();
        if has.held.get(&grant.key) == Some(&grant.generation) {
            has.held.remove(&grant.key);
        }
    }

    pub(super) fn wants(&self, session: &SessionId, want: Option<Want>) {
        let mut has = self.has();
        match want {
            Some(want) => has.wants.insert(session.clone(), want),
            None => has.wants.remove(session),
        };
    }

    /// What it holds, and what it wants.
    pub(super) fn all(&self) -> (Vec<Grant>, Vec<(SessionId, Want)>) {
        let has = self.has();
        let held = has.held.iter().map(|(key, generation)| Grant { key: key.clone(), generation: *generation });
        (held.collect(), has.wants.iter().map(|(session, want)| (session.clone(), *want)).collect())
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let _inside = gate::enter();
        // First the lock: whoever finds it free doesn't ask who had it.
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.database.handles().remove(&self.handle);
    }
}
