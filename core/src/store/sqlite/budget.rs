//! Budgets that all clients of a store share, by the machine's wall clock, which they all have.

use std::time::Duration;

use rusqlite::{OptionalExtension, params};

use super::work::Writing;
use crate::store::Pace;
use crate::store::turn::{Spent, turn, whole};

pub(super) fn take_turn(
    writing: &mut Writing<'_>,
    budget: &str,
    pace: Pace,
    patience: Duration,
) -> rusqlite::Result<Duration> {
    let spent = writing
        .prepare_cached("SELECT spent, taken FROM budgets WHERE account = ?1 AND name = ?2")?
        .query_row(params![writing.account, budget], |row| Ok(Spent { until: row.get(0)?, noted: row.get(1)? }))
        .optional()?;
    let (spent, wait) = turn(spent, writing.now, pace, whole(patience));
    if let Some(Spent { until, noted }) = spent {
        writing
            .prepare_cached("REPLACE INTO budgets (account, name, spent, taken) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![writing.account, budget, until, noted])?;
    }
    Ok(Duration::from_nanos(wait.unsigned_abs()))
}
