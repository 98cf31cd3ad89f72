//! The store on SQLite: one file a directory for all accounts, write-ahead logging, one connection to write and some to read
//! for all clients of a process.

mod aside;
mod budget;
mod checksum;
mod contract;
mod damage;
mod database;
mod durable;
mod evict;
mod faults;
mod index;
mod leases;
mod location;
mod lock_file;
mod looks;
mod notes;
mod observer;
mod open;
mod places;
mod poll;
mod presence;
mod read;
mod registry;
mod schema;
mod select;
mod sync;
mod tasks;
mod topics;
mod transfer;
#[cfg(test)]
mod trouble;
mod wants;
mod work;
mod write;

use std::sync::{Arc, Mutex, Once, PoisonError};

use rusqlite::Connection;
use tokio::sync::OnceCell;

use self::aside::{About, Aside};
use self::database::Database;
use self::evict::Eviction;
pub(crate) use self::location::Place;
use self::presence::Presence;
#[cfg(test)]
pub(crate) use self::trouble::{Access, Trouble, Troubles};
use self::work::Writing;
use super::times::{nanoseconds, timestamp};
use super::{Terms, gate};
use crate::ground::error::{Error, Result};
use crate::ground::surroundings::Surroundings;

/// A longer body stands in a table of its own.
const LARGE_BODY: usize = 64 * 1024;

/// So often a piece of work may find rows that are damaged.
const MOST_DAMAGED: usize = 1_000;

/// One client's handle on a file, or on a memory. Opened at first use, so that making a client costs nothing.
#[derive(Debug)]
pub(crate) struct Sqlite {
    place: Place,
    account: Arc<str>,
    surroundings: Surroundings,
    terms: Terms,
    eviction: Arc<Eviction>,
    here: Mutex<Arc<Here>>,
    /// The memory that is used in place of the file, once that can't be.
    aside: OnceCell<Aside>,
    /// Whether it was said that there is no place for a file.
    said: Once,
    #[cfg(test)]
    pub(crate) troubles: Troubles,
}

/// What a client has in this process; a forked child begins anew.
#[derive(Debug)]
struct Here {
    process: u32,
    database: Arc<Database>,
    presence: Arc<Presence>,
}

impl Here {
    fn new(database: Arc<Database>, account: &Arc<str>, terms: Terms) -> Arc<Self> {
        let presence = Arc::new(Presence::new(Arc::clone(&database), Arc::clone(account), terms));
        Arc::new(Self { process: std::process::id(), database, presence })
    }
}

impl Sqlite {
    /// A store of at most about `limit` bytes, as far as ended sessions allow.
    pub(crate) fn new(place: Place, account: impl Into<Arc<str>>, limit: u64, surroundings: Surroundings) -> Self {
        let database = database_at(&place);
        let terms = match &place {
            Place::File { .. } => Terms::default(),
            // In memory a client that is gone is known to be: nothing has to be renewed.
            Place::Memory | Place::Nowhere { .. } => Terms::endless(),
        };
        Self::on(database, place, account.into(), limit, surroundings, terms)
    }

    fn on(
        database: Arc<Database>,
        place: Place,
        account: Arc<str>,
        limit: u64,
        surroundings: Surroundings,
        terms: Terms,
    ) -> Self {
        let here = Mutex::new(Here::new(database, &account, terms));
        let eviction = Arc::new(Eviction::new(limit));
        Self {
            place,
            account,
            surroundings,
            terms,
            eviction,
            here,
            aside: OnceCell::new(),
            said: Once::new(),
            #[cfg(test)]
            troubles: Troubles::default(),
        }
    }

    /// The same with other terms.
    #[cfg(test)]
    pub(crate) fn with_terms(self, terms: Terms) -> Self {
        let mut other = self.beside(Arc::clone(&self.account));
        let database = Arc::clone(&other.here().database);
        (other.terms, other.here) = (terms, Mutex::new(Here::new(database, &self.account, terms)));
        other
    }

    /// Another client of the same store, also of the same memory.
    #[cfg(test)]
    pub(crate) fn beside(&self, account: impl Into<Arc<str>>) -> Self {
        let database = Arc::clone(&self.here().database);
        let (place, surroundings) = (self.place.clone(), self.surroundings.clone());
        let mut other = Self::on(database, place, account.into(), self.eviction.limit(), surroundings, self.terms);
        other.troubles = self.troubles.clone();
        other
    }

    fn chosen(&self) -> bool {
        matches!(self.place, Place::File { chosen: true, .. })
    }

    /// What this client has in this process.
    fn here(&self) -> Arc<Here> {
        let _inside = gate::enter();
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        if here.process != std::process::id() && here.database.path().is_some() {
            let fresh = Here::new(database_at(&self.place), &self.account, self.terms);
            // A child must not even close what its parent has open.
            std::mem::forget(std::mem::replace(&mut *here, fresh));
        }
        Arc::clone(&here)
    }

    fn now(&self) -> i64 {
        nanoseconds(Some(self.surroundings.clock.now())).unwrap_or_default()
    }

    /// Writes in one transaction, about one session or about more, and wakes whom it concerns.
    async fn write<T: Send + 'static>(
        &self,
        about: About<'_>,
        work: impl Fn(&mut Writing<'_>) -> rusqlite::Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let work = Arc::new(work);
        self.say_where_there_is_no_place();
        if !self.aside.initialized() {
            let here = self.here();
            match self.write_on(&here.database, Arc::clone(&work)).await {
                Err(error) if self.goes_aside(&error) => self.go_aside(&here, &error).await?,
                done => return done,
            }
        }
        let aside = self.aside(about).await?;
        self.write_on(&aside, work).await
    }

    async fn write_on<T: Send + 'static>(
        &self,
        database: &Arc<Database>,
        work: Arc<impl Fn(&mut Writing<'_>) -> rusqlite::Result<T> + Send + Sync + 'static>,
    ) -> Result<T> {
        #[cfg(test)]
        let in_vain = self.troubles.before_write(database).await?;
        let (account, now) = (Arc::clone(&self.account), self.now());
        let write = move |connection: &mut Connection| work::write(connection, &account, now, |writing| work(writing));
        let (done, changed) = database.write(self.surroundings.threads, self.chosen(), write).await?;
        // The numbers of a memory have nothing to do with those of the file whose listeners it wakes.
        let change = if database.path().is_some() { changed.change } else { 0 };
        database.topics.announce(&self.account, changed.topics, change);
        #[cfg(test)]
        if in_vain {
            return Err(Troubles::failed(database));
        }
        Ok(done)
    }

    /// Reads, about one session or about more; the work is told the number of the account.
    async fn look_up<T: Send + 'static>(
        &self,
        about: About<'_>,
        work: impl Fn(&mut Connection, i64) -> rusqlite::Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let work = Arc::new(work);
        self.say_where_there_is_no_place();
        if !self.aside.initialized() {
            let here = self.here();
            match self.look_up_on(&here.database, Arc::clone(&work)).await {
                Err(error) if self.goes_aside(&error) => self.go_aside(&here, &error).await?,
                done => return done,
            }
        }
        let aside = self.aside(about).await?;
        self.look_up_on(&aside, work).await
    }

    async fn look_up_on<T: Send + 'static>(
        &self,
        database: &Arc<Database>,
        work: Arc<impl Fn(&mut Connection, i64) -> rusqlite::Result<T> + Send + Sync + 'static>,
    ) -> Result<T> {
        #[cfg(test)]
        self.troubles.before_read(database)?;
        // Each time what was found damaged is taken out of the way; nothing is as damaged as that.
        for _ in 0..MOST_DAMAGED {
            let (account, work) = (Arc::clone(&self.account), Arc::clone(&work));
            let read = move |connection: &mut Connection| {
                let account = work::number(connection, &account)?;
                match work(connection, account) {
                    Err(cause) => damage::spots(&cause).map_or(Err(cause), |spots| Ok(Err(spots))),
                    done => done.map(Ok),
                }
            };
            match database.read(self.surroundings.threads, self.chosen(), read).await? {
                Ok(done) => return Ok(done),
                Err(spots) => self.heal(database, spots).await?,
            }
        }
        Err(database.failed(rusqlite::Error::QueryReturnedNoRows))
    }

    /// Makes the store smaller where it is too large.
    async fn evict(&self) -> Result<()> {
        let (eviction, now) = (Arc::clone(&self.eviction), self.now());
        let database = self.aside.get().map_or_else(|| Arc::clone(&self.here().database), Aside::memory);
        let evict = move |connection: &mut Connection| eviction.evict(connection, now);
        let evicted = database.write(self.surroundings.threads, self.chosen(), evict).await?;
        tracing::debug!(target: "jules::store", evicted, "checked the cache's size");
        if evicted > 0 {
            database.topics.wake_all(None, 0);
        }
        Ok(())
    }
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        let _inside = gate::enter();
        let here = self.here.get_mut().unwrap_or_else(PoisonError::into_inner);
        if here.process != std::process::id() && here.database.path().is_some() {
            // A child must not even close what its parent has open.
            std::mem::forget(Arc::clone(here));
        }
    }
}

fn database_at(place: &Place) -> Arc<Database> {
    match place {
        Place::File { path, .. } => registry::database(location::canonical(path)),
        Place::Memory | Place::Nowhere { .. } => Arc::new(Database::memory(Arc::default())),
    }
}

fn stopped(cause: &tokio::task::JoinError) -> Error {
    if cause.is_cancelled() { Error::closed() } else { Error::store("the cache's work was interrupted by a panic") }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use self::tests::suite::suite_handle;
