//! Keeps the file within its size: the sessions that ended and were not looked at for the longest time go first, whichever
//! account they are of, for the file is one.

use std::sync::atomic::{AtomicU32, Ordering};

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::index;
use super::work::next_change;

/// The size is looked at after so many pages of activities.
const EVERY: u32 = 50;
/// A session that was looked at since then may be in use, here or in another process: nanoseconds.
const IN_USE: i64 = 3_600_000_000_000;

/// When the store has to be made smaller, and how far.
#[derive(Debug)]
pub(super) struct Eviction {
    limit: u64,
    appends: AtomicU32,
}

impl Eviction {
    pub(super) fn new(limit: u64) -> Self {
        // The first page of each client looks: short programs must not let the file grow for ever.
        Self { limit, appends: AtomicU32::new(EVERY) }
    }

    #[cfg(test)]
    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// Counts a page; whether it is time to look at the size.
    pub(super) fn is_due(&self) -> bool {
        let due = self.appends.fetch_add(1, Ordering::Relaxed) >= EVERY;
        if due {
            self.appends.store(0, Ordering::Relaxed);
        }
        due
    }

    /// Forgets ended sessions until a tenth is free; gives back how many. `now` is in nanoseconds.
    pub(super) fn evict(&self, connection: &mut Connection, now: i64) -> rusqlite::Result<usize> {
        if used(connection)? <= self.limit {
            return Ok(0);
        }
        let mut evicted = 0;
        while used(connection)? > self.limit / 10 * 9 {
            let oldest: Vec<i64> = connection
                .prepare_cached(
                    "SELECT session FROM looks WHERE state IN ('completed', 'failed') AND seen_time < ?1
                     AND NOT EXISTS (SELECT 1 FROM wants WHERE wants.account = looks.account AND wants.session = looks.id)
                     ORDER BY seen_time LIMIT 10",
                )?
                .query_map([now - IN_USE], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            if oldest.is_empty() {
                break;
            }
            for session in oldest {
                let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
                let change = next_change(&transaction)?;
                forget(&transaction, session, change)?;
                transaction.commit()?;
                evicted += 1;
            }
        }
        Ok(evicted)
    }
}

/// The bytes in use: pages that were freed are used again before the file grows.
fn used(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row(
        "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
        [],
        |row| row.get(0),
    )
}

/// Removes a session with all that belongs to it; its account's listeners will be woken, for its own row is gone.
pub(super) fn forget(connection: &Connection, session: i64, change: i64) -> rusqlite::Result<()> {
    index::forget(connection, session)?;
    connection.execute(
        "DELETE FROM large_bodies WHERE position IN (SELECT position FROM activities WHERE session = ?1)",
        [session],
    )?;
    let activities = connection.execute("DELETE FROM activities WHERE session = ?1", [session])?;
    let looks = connection.execute("DELETE FROM looks WHERE session = ?1", [session])?;
    let account: Option<i64> = connection
        .query_row("DELETE FROM sessions WHERE session = ?1 RETURNING account", [session], |row| row.get(0))
        .optional()?;
    connection.execute(
        "UPDATE accounts SET sessions = sessions - ?2, activities = activities - ?3, purged = ?4 WHERE account = ?1",
        params![account, looks, activities, change],
    )?;
    Ok(())
}
