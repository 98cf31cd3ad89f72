//! What one client is to the others that share the store: its name, its lock, what it holds and wants, and whom of the
//! others it takes for gone.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::time::Instant;

use super::database::Database;
use super::leases::{self, Me, Peer};
use super::lock_file::{self, LockFile};
use super::observer::Observer;
use crate::store::holdings::Holdings;
use crate::store::{Terms, Topic, gate};

#[derive(Debug)]
pub(super) struct Presence {
    /// Drawn by chance: no other client ever has it.
    pub(super) handle: String,
    terms: Terms,
    account: Arc<str>,
    database: Arc<Database>,
    /// None until it is needed; none inside it where there can't be one.
    lock: Mutex<Option<Option<LockFile>>>,
    observer: Mutex<Observer>,
    pub(super) has: Holdings,
    /// What it had by the table at the latest renewal, and didn't know of.
    doubted: Mutex<HashSet<(String, i64)>>,
}

/// How long the others have been silent.
#[derive(Debug)]
pub(super) struct Silence<'p> {
    presence: &'p Presence,
    silent: HashMap<String, (i64, Duration)>,
}

impl Silence<'_> {
    fn is(&self, peer: &Peer, for_long: Duration) -> bool {
        let seen = self.silent.get(&peer.handle);
        seen.is_some_and(|(beat, silent)| *beat == peer.beat && *silent >= for_long) || self.presence.sees_gone(peer)
    }

    pub(super) fn lost_leases(&self, peer: &Peer) -> bool {
        self.is(peer, self.presence.terms.lease)
    }

    pub(super) fn lost_wants(&self, peer: &Peer) -> bool {
        self.is(peer, self.presence.terms.want)
    }

    /// Those that have lost everything.
    pub(super) fn gone(&self, connection: &Connection, account: i64) -> rusqlite::Result<Vec<Peer>> {
        let long = self.presence.terms.want.max(self.presence.terms.lease);
        let peers = leases::peers(connection, account, &self.presence.handle)?;
        Ok(peers.into_iter().filter(|peer| self.is(peer, long)).collect())
    }
}

impl Presence {
    pub(super) fn new(database: Arc<Database>, account: Arc<str>, terms: Terms) -> Self {
        // A forked child may draw the same.
        let handle = format!("{:x}-{:032x}", std::process::id(), rand::random::<u128>());
        let inside = gate::enter();
        database.handles().insert(handle.clone());
        drop(inside);
        Self {
            handle,
            terms,
            account,
            database,
            lock: Mutex::default(),
            observer: Mutex::new(Observer::new(terms.renew)),
            has: Holdings::default(),
            doubted: Mutex::default(),
        }
    }

    /// This client, for its row; from now on it holds its lock.
    pub(super) fn me(&self) -> Me<'_> {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let locks = lock.get_or_insert_with(|| {
            let path = self.database.path()?;
            LockFile::take(path, &self.handle)
                .inspect_err(
                    |cause| tracing::debug!(target: "jules::store", %cause, "cannot lock a file beside the cache"),
                )
                .ok()
        });
        Me { handle: &self.handle, locks: locks.is_some() }
    }

    /// What it had by the table at the latest renewal, and didn't know of.
    pub(super) fn doubted(&self) -> HashSet<(String, i64)> {
        self.doubted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn doubts(&self, unknown: HashSet<(String, i64)>) {
        *self.doubted.lock().unwrap_or_else(PoisonError::into_inner) = unknown;
    }

    /// Takes a look at the others.
    pub(super) fn look(&self, connection: &Connection, account: i64, now: Instant) -> rusqlite::Result<Silence<'_>> {
        let peers = leases::peers(connection, account, &self.handle)?;
        let silent = self.observer.lock().unwrap_or_else(PoisonError::into_inner).look(now, &peers);
        Ok(Silence { presence: self, silent })
    }

    /// Whether another client is gone for certain. Those of this process say so themselves: their locks are left alone.
    fn sees_gone(&self, peer: &Peer) -> bool {
        if peer.handle == self.handle || self.database.handles().contains(&peer.handle) {
            return false;
        }
        self.database.path().is_none_or(|path| peer.locks && lock_file::is_free(path, &peer.handle))
    }

    /// Removes what clients left beside the store that are gone for certain: others may come back.
    pub(super) fn remove_locks(&self, cleared: &[Peer]) {
        if let Some(path) = self.database.path() {
            cleared.iter().filter(|peer| self.sees_gone(peer)).for_each(|peer| lock_file::remove(path, &peer.handle));
        }
    }
}

/// What it has is free at once. Those of this process hear of it; others find its lock free when they look.
impl Drop for Presence {
    fn drop(&mut self) {
        let _inside = gate::enter();
        // First the lock: whoever finds it free doesn't ask who had it.
        *self.lock.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.database.handles().remove(&self.handle);
        let (held, wants) = self.has.all();
        if held.is_empty() && wants.is_empty() {
            return;
        }
        let leased = held.iter().filter_map(|grant| grant.key.session());
        let sessions = leased.chain(wants.iter().map(|(session, _)| session));
        let topics =
            sessions.map(|session| Topic::Session(session.clone())).chain([Topic::Listeners, Topic::Tasks]).collect();
        self.database.topics.announce(&self.account, topics, 0);
    }
}
