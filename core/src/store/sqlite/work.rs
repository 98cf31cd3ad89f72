//! One piece of work on a connection: for one account, in one transaction, and what it changed.

use std::ops::Deref;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::ground::model::SessionId;
use crate::store::Topic;

/// A transaction that writes. It is undone unless the work succeeds.
#[derive(Debug)]
pub(super) struct Writing<'c> {
    transaction: Transaction<'c>,
    pub(super) account: i64,
    /// By the client's clock, in nanoseconds.
    pub(super) now: i64,
    change: Option<i64>,
    topics: Vec<Topic>,
}

/// What a transaction changed.
#[derive(Debug, Default)]
pub(super) struct Changed {
    pub(super) topics: Vec<Topic>,
    pub(super) change: i64,
}

impl Deref for Writing<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

/// Writes in one transaction, which no other writer comes between.
pub(super) fn write<T>(
    connection: &mut Connection,
    account: &str,
    now: i64,
    work: impl FnOnce(&mut Writing<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<(T, Changed)> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let account = match number(&transaction, account)? {
        0 => transaction
            .prepare_cached("INSERT INTO accounts (id) VALUES (?1) RETURNING account")?
            .query_row([account], |row| row.get(0))?,
        known => known,
    };
    let mut writing = Writing { transaction, account, now, change: None, topics: Vec::new() };
    let done = work(&mut writing)?;
    let changed = Changed { topics: writing.topics, change: writing.change.unwrap_or_default() };
    writing.transaction.commit()?;
    Ok((done, changed))
}

/// The number of an account; zero, which none has, when it is not known.
pub(super) fn number(connection: &Connection, account: &str) -> rusqlite::Result<i64> {
    let found = connection
        .prepare_cached("SELECT account FROM accounts WHERE id = ?1")?
        .query_row([account], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Takes the next number, which only rise.
pub(super) fn next_change(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("UPDATE store SET change = change + 1 RETURNING change")?.query_row([], |row| row.get(0))
}

impl Writing<'_> {
    /// The number of this change: higher than that of all changes before.
    pub(super) fn change(&mut self) -> rusqlite::Result<i64> {
        if let Some(change) = self.change {
            return Ok(change);
        }
        let change = next_change(self)?;
        self.change = Some(change);
        Ok(change)
    }

    /// The number of a session, which is there from now on.
    pub(super) fn session(&self, id: &SessionId) -> rusqlite::Result<i64> {
        let known = self
            .prepare_cached("SELECT session FROM sessions WHERE account = ?1 AND id = ?2")?
            .query_row(params![self.account, id.as_str()], |row| row.get(0))
            .optional()?;
        match known {
            Some(session) => Ok(session),
            None => self
                .prepare_cached("INSERT INTO sessions (account, id) VALUES (?1, ?2) RETURNING session")?
                .query_row(params![self.account, id.as_str()], |row| row.get(0)),
        }
    }

    /// Wakes those who listen to a session, when this is committed; its row has this change's number.
    pub(super) fn wakes(&mut self, id: &SessionId) {
        self.topics.push(Topic::Session(id.clone()));
    }

    /// Wakes those who listen to a session, when this is committed.
    pub(super) fn touch(&mut self, id: &SessionId) -> rusqlite::Result<()> {
        let (session, change) = (self.session(id)?, self.change()?);
        self.prepare_cached("UPDATE sessions SET change = ?2 WHERE session = ?1")?.execute([session, change])?;
        self.wakes(id);
        Ok(())
    }

    /// Wakes those who listen to tasks and places, when this is committed.
    pub(super) fn touch_tasks(&mut self) -> rusqlite::Result<()> {
        let change = self.change()?;
        self.prepare_cached("UPDATE accounts SET tasks = ?2 WHERE account = ?1")?.execute([self.account, change])?;
        self.topics.push(Topic::Tasks);
        Ok(())
    }

    /// Wakes those who listen to what is wanted, when this is committed.
    pub(super) fn touch_listeners(&mut self) -> rusqlite::Result<()> {
        let change = self.change()?;
        self.prepare_cached("UPDATE accounts SET listeners = ?2 WHERE account = ?1")?
            .execute([self.account, change])?;
        self.topics.push(Topic::Listeners);
        Ok(())
    }
}
