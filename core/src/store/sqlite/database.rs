//! One file, or one memory, as this process has it: a connection to write, some to read, and who listens.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rusqlite::Connection;
use tokio::sync::{Mutex as NamedLocks, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::topics::Topics;
use super::{faults, location, open, stopped};
use crate::ground::error::{Error, Result};
use crate::ground::runtime;
use crate::ground::surroundings::Threads;
use crate::ground::waits::{Wait, WaitReason};
use crate::store::{StoreFault, gate};

/// So many connections read at the same time.
const READERS: usize = 4;

/// Opened at first use, so that making a client costs nothing.
#[derive(Debug)]
pub(super) struct Database {
    path: Option<PathBuf>,
    pub(super) topics: Arc<Topics>,
    opened: OnceLock<Connections>,
    opening: Mutex<()>,
    /// Held by the one task that waits for it to be opened.
    first: NamedLocks<()>,
    /// The last change in the file that those who listen were woken for.
    noticed: AtomicI64,
    /// The handles of this process.
    handles: Mutex<HashSet<String>>,
}

#[derive(Debug)]
struct Connections {
    writer: Arc<NamedLocks<Connection>>,
    /// None in memory, which has one connection.
    readers: Option<Arc<Readers>>,
}

#[derive(Debug)]
struct Readers {
    path: PathBuf,
    /// Which file it is that is written to.
    file: Option<location::FileId>,
    turns: Arc<Semaphore>,
    idle: Mutex<Vec<Connection>>,
}

/// A connection for the time of one piece of work.
enum Borrowed {
    Only(OwnedMutexGuard<Connection>),
    Pooled(Arc<Readers>, OwnedSemaphorePermit),
}

impl Database {
    pub(super) fn file(path: PathBuf) -> Self {
        Self::new(Some(path), Arc::default())
    }

    /// A memory whose commits wake those who listen there.
    pub(super) fn memory(topics: Arc<Topics>) -> Self {
        Self::new(None, topics)
    }

    fn new(path: Option<PathBuf>, topics: Arc<Topics>) -> Self {
        Self {
            path,
            topics,
            opened: OnceLock::new(),
            opening: Mutex::default(),
            first: NamedLocks::default(),
            noticed: AtomicI64::new(0),
            handles: Mutex::default(),
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    pub(super) fn handles(&self) -> MutexGuard<'_, HashSet<String>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn noticed(&self) -> &AtomicI64 {
        &self.noticed
    }

    /// Opens it unless it is open.
    pub(super) fn open(&self, chosen: bool) -> Result<()> {
        self.connections(chosen).map(drop)
    }

    fn connections(&self, chosen: bool) -> Result<&Connections> {
        let _inside = gate::enter();
        let _one = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let writer = match &self.path {
            Some(path) => open::writer(path, chosen)?,
            None => open::memory()?,
        };
        let change = writer.query_row("SELECT change FROM store", [], |row| row.get(0));
        let change = change.map_err(|cause| self.failed(cause))?;
        self.noticed.store(change, Ordering::Relaxed);
        let readers = self.path.clone().map(|path| {
            let file = location::file_id(&path);
            Arc::new(Readers { path, file, turns: Arc::new(Semaphore::new(READERS)), idle: Mutex::default() })
        });
        let opened = self.opened.get_or_init(|| Connections { writer: Arc::new(NamedLocks::new(writer)), readers });
        if self.path.is_some() {
            self.topics.opened(change);
        }
        Ok(opened)
    }

    pub(super) fn failed(&self, cause: rusqlite::Error) -> Error {
        faults::failed(self.path(), cause)
    }

    /// Works with the connection that writes.
    pub(super) async fn write<T: Send + 'static>(
        self: &Arc<Self>,
        threads: Threads,
        chosen: bool,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let written = async {
            let opened = self.opened(threads, chosen).await?;
            // The queue for a connection is made of waiting tasks, not of blocked threads.
            let borrowed = Borrowed::Only(Arc::clone(&opened.writer).lock_owned().await);
            run(threads, borrowed, work).await
        };
        match Wait::of(WaitReason::Cache).during(written).await? {
            Err(cause) if faults::fault_of(&cause) == StoreFault::Busy => {
                let others = self.read(threads, chosen, other_processes).await.unwrap_or_default();
                Err(faults::busy(self.path(), cause, &others))
            }
            done => done.map_err(|cause| self.failed(cause)),
        }
    }

    /// Works with a connection that reads.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        threads: Threads,
        chosen: bool,
        work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let read = async {
            let opened = self.opened(threads, chosen).await?;
            let borrowed = match &opened.readers {
                None => Borrowed::Only(Arc::clone(&opened.writer).lock_owned().await),
                Some(readers) => {
                    let turn = Arc::clone(&readers.turns).acquire_owned().await;
                    Borrowed::Pooled(Arc::clone(readers), turn.map_err(|_| Error::closed())?)
                }
            };
            run(threads, borrowed, work).await
        };
        Wait::of(WaitReason::Cache).during(read).await?.map_err(|cause| self.failed(cause))
    }

    async fn opened(self: &Arc<Self>, threads: Threads, chosen: bool) -> Result<&Connections> {
        if self.opened.get().is_none() {
            // Who comes meanwhile waits as a task: as blocked threads they would be as many as there are sessions.
            let _turn = self.first.lock().await;
            if self.opened.get().is_none() {
                let database = Arc::clone(self);
                let open = move || database.open(chosen);
                runtime::blocking(threads, open).await.map_err(|cause| stopped(&cause))??;
            }
        }
        self.opened.get().ok_or_else(Error::closed)
    }
}

async fn run<T: Send + 'static>(
    threads: Threads,
    borrowed: Borrowed,
    work: impl FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
) -> Result<rusqlite::Result<T>> {
    let work = move || {
        // What is borrowed may be the last that holds a connection, and then closes it: inside.
        let _inside = gate::enter();
        borrowed.work(work)
    };
    runtime::blocking(threads, work).await.map_err(|cause| stopped(&cause))
}

/// The processes besides this one that hold or want something in the store.
fn other_processes(connection: &mut Connection) -> rusqlite::Result<Vec<u32>> {
    let mut statement = connection.prepare("SELECT DISTINCT process FROM handles WHERE process <> ?1 LIMIT 10")?;
    statement.query_map([std::process::id()], |row| row.get(0))?.collect()
}

impl Borrowed {
    fn work<T>(self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        match self {
            Self::Only(mut connection) => work(&mut connection),
            Self::Pooled(readers, _turn) => {
                let idle = || readers.idle.lock().unwrap_or_else(PoisonError::into_inner);
                let idle_one = idle().pop();
                let mut connection = match idle_one {
                    Some(connection) => connection,
                    None => readers.another()?,
                };
                let result = work(&mut connection);
                idle().push(connection);
                result
            }
        }
    }
}

impl Readers {
    /// Another connection to the file that is written to. Where that was deleted, and somebody made a new one, what stands in
    /// the two must not be mixed: the error is the one that SQLite gives to who writes then.
    fn another(&self) -> rusqlite::Result<Connection> {
        let connection = open::reader(&self.path)?;
        if location::file_id(&self.path) == self.file {
            return Ok(connection);
        }
        let moved = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_READONLY_DBMOVED);
        let text = "the file was deleted or replaced while it was in use";
        Err(rusqlite::Error::SqliteFailure(moved, Some(text.to_owned())))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _inside = gate::enter();
        self.opened.take();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ground::log_scope::Scope;

    #[tokio::test(start_paused = true)]
    async fn a_long_wait_for_the_lock_is_counted() {
        let (database, scope) = (Arc::new(Database::memory(Arc::default())), Scope::default());
        let writer = Arc::clone(&database.connections(true).unwrap().writer);
        let held = writer.lock_owned().await;
        let release = async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            drop(held);
        };
        let write = || scope.around(database.write(Threads::Inline, true, |_| Ok(())));
        let (written, ()) = futures::join!(write(), release);
        written.unwrap();
        write().await.unwrap();
        assert_eq!(scope.meter.snapshot().waits, [(WaitReason::Cache, 1)].into());
    }
}
