//! Budgets that all clients of an account share, by the server's clock.

use std::time::Duration;

use tokio_postgres::types::Type;

use super::faults::Failure;
use super::server::Param;
use super::work::{Writing, column};
use crate::store::Pace;
use crate::store::turn::{Spent, turn, whole};

/// Locks the budget, and tells what time it is then.
const LOCK: &str = "
    INSERT INTO jules.budgets (account, name) VALUES ($1, $2) ON CONFLICT (account, name) DO UPDATE SET name = excluded.name
    RETURNING spent, taken, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000";
const TAKE: &str = "UPDATE jules.budgets SET spent = $3, taken = $4 WHERE account = $1 AND name = $2";

pub(super) async fn take_turn(
    writing: &mut Writing,
    budget: &str,
    pace: Pace,
    patience: Duration,
) -> Result<Duration, Failure> {
    let account = writing.account;
    let rows = writing.rows(LOCK, &[(&account, Type::INT8), (&budget, Type::TEXT)]).await?;
    let row = rows.first();
    let (until, taken): (Option<i64>, Option<i64>) = (column(row, 0)?, column(row, 1)?);
    let spent = until.zip(taken).map(|(until, taken)| Spent { until, noted: taken });
    let (spent, wait) = turn(spent, column(row, 2)?, pace, whole(patience));
    match spent {
        Some(Spent { until, noted: taken }) => {
            let params: [Param<'_>; 4] =
                [(&account, Type::INT8), (&budget, Type::TEXT), (&until, Type::INT8), (&taken, Type::INT8)];
            writing.rows(TAKE, &params).await?;
        }
        None => writing.undo(),
    }
    Ok(Duration::from_nanos(wait.unsigned_abs()))
}
