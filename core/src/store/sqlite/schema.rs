//! The tables, and how an older file becomes a newer one.

use rusqlite::{Connection, TransactionBehavior};

/// Each step takes a file from the version that is its index to the next one. Never change a step that was released.
const STEPS: &[&str] =
    &[include_str!("schema/1_tables.sql"), include_str!("schema/2_checksums.sql"), include_str!("schema/3_tasks.sql")];

/// Why a file can't be used as it is.
#[derive(Debug)]
pub(super) enum Unusable {
    /// A later version of this library wrote it.
    Newer(i64),
    /// SQLite says what is wrong.
    Broken(rusqlite::Error),
}

impl From<rusqlite::Error> for Unusable {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Broken(cause)
    }
}

/// Brings a file to the present version.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Unusable> {
    let present = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if version(connection)? == present {
        return Ok(());
    }
    // Another process may be migrating the same file: look again under the lock.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > present {
        return Err(Unusable::Newer(found));
    }
    for script in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(script)?;
    }
    transaction.pragma_update(None, "user_version", present)?;
    transaction.commit()?;
    Ok(())
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}
