//! What goes wrong with a store in a test: a write or a read that fails, a write that fails though it was done, or another
//! process that keeps it locked.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::ffi;
use tokio::time::Instant;

use super::database::Database;
use super::open::BUSY_TIMEOUT;
use crate::ground::error::{Error, Result};

type Draw = Box<dyn FnMut(Access) -> Option<Trouble> + Send>;

/// What is about to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    Before,
    /// A read has no after: it fails before.
    After,
    /// Another process has just begun to write, and goes on for so long. Nobody is kept from reading.
    Locked(Duration),
}

/// When something goes wrong, for all handles of a store.
#[derive(Clone, Default)]
pub(crate) struct Troubles(Arc<State>);

#[derive(Default)]
struct State {
    draw: Mutex<Option<Draw>>,
    locked: Mutex<Option<Instant>>,
    /// One waits for the lock at a time, as there is one connection that writes.
    waiting: tokio::sync::Mutex<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Troubles {
    pub(crate) fn set(&self, draw: impl FnMut(Access) -> Option<Trouble> + Send + 'static) {
        *lock(&self.0.draw) = Some(Box::new(draw));
    }

    pub(crate) fn end(&self) {
        *lock(&self.0.draw) = None;
    }

    /// Whether a write fails although it is done; an error where nothing of it is.
    pub(super) async fn before_write(&self, database: &Database) -> Result<bool> {
        let trouble = self.next(Access::Write);
        match trouble {
            Some(Trouble::Before) => return Err(Self::failed(database)),
            Some(Trouble::Locked(time)) => *lock(&self.0.locked) = Some(Instant::now() + time),
            Some(Trouble::After) | None => {}
        }
        self.wait_for_lock(database).await?;
        Ok(trouble == Some(Trouble::After))
    }

    pub(super) fn before_read(&self, database: &Database) -> Result<()> {
        match self.next(Access::Read) {
            Some(Trouble::Before | Trouble::After) => Err(Self::failed(database)),
            Some(Trouble::Locked(_)) | None => Ok(()),
        }
    }

    pub(super) fn failed(database: &Database) -> Error {
        database.failed(failure(ffi::SQLITE_FULL))
    }

    fn next(&self, access: Access) -> Option<Trouble> {
        lock(&self.0.draw).as_mut()?(access)
    }

    /// As long as SQLite would.
    async fn wait_for_lock(&self, database: &Database) -> Result<()> {
        if lock(&self.0.locked).is_none() {
            return Ok(());
        }
        let _turn = self.0.waiting.lock().await;
        let Some(until) = *lock(&self.0.locked) else { return Ok(()) };
        let patience = Instant::now() + BUSY_TIMEOUT;
        tokio::time::sleep_until(until.min(patience)).await;
        if until > patience {
            return Err(database.failed(failure(ffi::SQLITE_BUSY)));
        }
        *lock(&self.0.locked) = None;
        Ok(())
    }
}

fn failure(code: i32) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}

impl fmt::Debug for Troubles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Troubles")
    }
}
