//! The store on PostgreSQL: one database for all accounts and machines, some connections a handle, tables in a schema of
//! their own. Time is the server's.

mod budget;
mod claims;
mod contract;
mod defaults;
mod durable;
mod faults;
mod leases;
mod looks;
mod notes;
mod notices;
mod passfile;
mod places;
mod read;
mod schema;
mod select;
mod server;
mod sync;
mod tasks;
mod tls;
mod topics;
mod url;
mod wants;
mod work;
mod write;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{Mutex as NamedLocks, oneshot};
use tokio::time::{sleep, timeout};
use tokio_postgres::types::Type;

pub(crate) use self::defaults::Defaults;
use self::faults::Failure;
use self::notices::Notices;
use self::server::Server;
pub(crate) use self::url::Target;
use self::work::{Reading, Writing, column};
use super::holdings::Holdings;
use super::times::nanoseconds;
use super::{Terms, gate};
use crate::ground::runtime::{self, Task};
use crate::ground::surroundings::Surroundings;

/// Opening waits so long for the connection that listens; without it the store is polled until it is there.
const LISTENING: Duration = Duration::from_secs(5);
/// What a client takes that goes, to give back what it has.
const FAREWELL: Duration = Duration::from_secs(5);

/// One client's handle on a database. Opened at first use, so that making a client costs nothing.
#[derive(Debug)]
pub(crate) struct Postgres {
    target: Target,
    account: Arc<str>,
    surroundings: Surroundings,
    terms: Terms,
    here: Mutex<Arc<Here>>,
}

/// What a client has in this process; a forked child begins anew.
#[derive(Debug)]
struct Here {
    process: u32,
    account: Arc<str>,
    terms: Terms,
    /// Drawn by chance: no other client ever has it.
    handle: String,
    server: Arc<Server>,
    notices: Arc<Notices>,
    has: Holdings,
    opened: NamedLocks<Option<Opened>>,
    /// Where it was opened, for what is to be done at its end.
    runtime: Mutex<Option<(Handle, i64)>>,
}

/// What there is once the database was reached.
#[derive(Debug)]
struct Opened {
    account: i64,
    /// Connections lost since then may have led to another server, or an older copy.
    era: u64,
    listening: Task,
}

impl Postgres {
    pub(crate) fn new(target: Target, account: impl Into<Arc<str>>, surroundings: Surroundings) -> Self {
        Self::on(target, account.into(), surroundings, Terms::default())
    }

    fn on(target: Target, account: Arc<str>, surroundings: Surroundings, terms: Terms) -> Self {
        let here = Mutex::new(Here::new(&target, &account, terms));
        Self { target, account, surroundings, terms, here }
    }

    /// The same with other terms.
    #[cfg(test)]
    pub(crate) fn with_terms(self, terms: Terms) -> Self {
        Self::on(self.target.clone(), Arc::clone(&self.account), self.surroundings.clone(), terms)
    }

    /// What this client has in this process.
    fn here(&self) -> Arc<Here> {
        let _inside = gate::enter();
        let mut here = self.here.lock().unwrap_or_else(PoisonError::into_inner);
        if here.process != std::process::id() {
            let fresh = Here::new(&self.target, &self.account, self.terms);
            // A child must not even close what its parent has open.
            std::mem::forget(std::mem::replace(&mut *here, fresh));
        }
        Arc::clone(&here)
    }

    fn now(&self) -> i64 {
        nanoseconds(Some(self.surroundings.clock.now())).unwrap_or_default()
    }
}

impl Here {
    fn new(target: &Target, account: &Arc<str>, terms: Terms) -> Arc<Self> {
        // A forked child may draw the same.
        let handle = format!("{:x}-{:032x}", std::process::id(), rand::random::<u128>());
        Arc::new(Self {
            process: std::process::id(),
            account: Arc::clone(account),
            terms,
            server: Arc::new(Server::new(target.clone(), terms.reach)),
            notices: Arc::new(Notices::new(handle.clone())),
            handle,
            has: Holdings::default(),
            opened: NamedLocks::default(),
            runtime: Mutex::default(),
        })
    }

    async fn reading(&self) -> Result<Reading, Failure> {
        let account = self.opened().await?;
        Ok(Reading::new(self.server.borrow().await?, account))
    }

    async fn writing(&self, now: i64) -> Result<Writing, Failure> {
        let account = self.opened().await?;
        Ok(Writing::new(self.server.borrow().await?, Arc::clone(&self.notices), account, now))
    }

    /// The number of the account. The first time the tables are brought up to date, and somebody begins to listen; the number is
    /// looked up again when a connection was lost, for in an older copy it may be another account's.
    async fn opened(&self) -> Result<i64, Failure> {
        let mut opened = self.opened.lock().await;
        let era = self.server.era();
        if let Some(known) = &*opened
            && !known.listening.is_finished()
            && known.era == era
        {
            return Ok(known.account);
        }
        let borrowed = self.server.borrow().await?;
        schema::prepare(&borrowed).await?;
        let key: [server::Param<'_>; 1] = [(&&*self.account, Type::TEXT)];
        borrowed.rows("INSERT INTO jules.accounts (id) VALUES ($1) ON CONFLICT DO NOTHING", &key).await?;
        let rows = borrowed.rows("SELECT account FROM jules.accounts WHERE id = $1", &key).await?;
        let account = column(rows.first(), 0)?;
        borrowed.give_back();
        if let Some(known) = &mut *opened
            && !known.listening.is_finished()
            && known.account == account
        {
            known.era = era;
            return Ok(account);
        }
        let (ready, listens) = oneshot::channel();
        let (server, notices) = (Arc::clone(&self.server), Arc::clone(&self.notices));
        let listening = runtime::spawn(notices::listen(server, notices, account, ready))?;
        // Told or dropped, it is over; what was missed is found by polling.
        let _ = timeout(LISTENING, listens).await;
        *self.runtime.lock().unwrap_or_else(PoisonError::into_inner) =
            Handle::try_current().ok().map(|at| (at, account));
        *opened = Some(Opened { account, era, listening });
        Ok(account)
    }

    /// Opens it in the background, for whoever listens before anything else is done.
    fn open_soon(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        runtime::detach(async move {
            let mut rest = Duration::from_millis(50);
            while let Some(here) = weak.upgrade() {
                if here.opened().await.is_ok() {
                    break;
                }
                drop(here);
                sleep(rest).await;
                rest = (rest * 2).min(Duration::from_secs(5));
            }
        });
    }
}

/// What it has is free at once, where the server can still be reached; else soon.
impl Drop for Here {
    fn drop(&mut self) {
        let _inside = gate::enter();
        let (held, wants) = self.has.all();
        let runtime = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((runtime, account)) = runtime.filter(|_| self.process == std::process::id()) else { return };
        if held.is_empty() && wants.is_empty() && self.notices.is_quiet() {
            return;
        }
        let (server, notices, handle) = (Arc::clone(&self.server), Arc::clone(&self.notices), self.handle.clone());
        runtime.spawn(async move {
            let ended = timeout(FAREWELL, leases::farewell(&server, &notices, account, &handle)).await;
            if let Ok(Err(failure)) = ended {
                tracing::debug!(target: "jules::store", ?failure, "cannot release this client's leases; they expire by themselves");
            }
        });
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _inside = gate::enter();
        let here = self.here.get_mut().unwrap_or_else(PoisonError::into_inner);
        if here.process != std::process::id() {
            // A child must not even close what its parent has open.
            std::mem::forget(Arc::clone(here));
        }
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use self::tests::suite::suite_handle;
