//! The tables, in a schema of their own, and how older ones become newer ones: by one client at a time.

use tokio_postgres::types::Type;

use super::faults::{self, Failure};
use super::server::Borrowed;
use super::work::column;
use crate::ground::error::Error;
use crate::store::StoreFault;

/// Each step takes the tables from the version that is its index to the next one. Never change a step that was released.
const STEPS: &[&str] = &[include_str!("schema/1_tables.sql"), include_str!("schema/2_tasks.sql")];
/// Held by whoever migrates, until its transaction ends: one of a session would stay behind in a pooler's connection.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7365407154)";
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE; SET LOCAL lock_timeout = 30000; \
                     SET LOCAL idle_in_transaction_session_timeout = 30000";
const VERSION_TABLE: &str = "CREATE SCHEMA IF NOT EXISTS jules; \
     CREATE TABLE IF NOT EXISTS jules.store (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), version integer NOT NULL); \
     INSERT INTO jules.store (version) VALUES (0) ON CONFLICT DO NOTHING";

/// Brings the tables to the present version.
pub(super) async fn prepare(borrowed: &Borrowed) -> Result<(), Failure> {
    is_utf8(borrowed).await?;
    if version(borrowed).await? == Some(present()) {
        return Ok(());
    }
    borrowed.batch(BEGIN).await?;
    let migrated = migrate(borrowed).await;
    borrowed.batch(if migrated.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    migrated
}

pub(super) fn present() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// Under the lock: another client may have done it meanwhile.
async fn migrate(borrowed: &Borrowed) -> Result<(), Failure> {
    borrowed.rows(LOCK, &[]).await?;
    let found = version(borrowed).await?;
    if let Some(newer) = found.filter(|found| *found > present()) {
        let target = &borrowed.server.target;
        return Err(faults::error(target, StoreFault::Newer, &format!("format {newer}")).into());
    }
    if found == Some(present()) {
        return Ok(());
    }
    if found.is_none() {
        borrowed.batch(VERSION_TABLE).await?;
    }
    for script in STEPS.iter().skip(usize::try_from(found.unwrap_or_default()).unwrap_or_default()) {
        borrowed.batch(script).await?;
    }
    borrowed.rows("UPDATE jules.store SET version = $1", &[(&present(), Type::INT4)]).await.map(drop)
}

/// The version of the tables; none where there are none.
async fn version(borrowed: &Borrowed) -> Result<Option<i32>, Failure> {
    // From the catalogue's rows: a name that wasn't there a moment ago is remembered as one that isn't, also under the lock.
    const THERE: &str = "SELECT EXISTS (SELECT FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname = 'jules' AND relname = 'store')";
    let there = borrowed.rows(THERE, &[]).await?;
    if !column::<bool>(there.first(), 0)? {
        return Ok(None);
    }
    let rows = borrowed.rows("SELECT version FROM jules.store", &[]).await?;
    Ok(rows.first().map(|row| column(Some(row), 0)).transpose()?)
}

/// What the service sends is Unicode.
async fn is_utf8(borrowed: &Borrowed) -> Result<(), Failure> {
    let rows = borrowed.rows("SELECT current_setting('server_encoding')", &[]).await?;
    let encoding: String = column(rows.first(), 0)?;
    if encoding == "UTF8" {
        return Ok(());
    }
    let name = borrowed.server.target.name();
    Err(Error::store(format!("{name} has the encoding {encoding}, expected UTF8"))
        .with_hint("Create the database with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0.")
        .with(StoreFault::Other)
        .into())
}
