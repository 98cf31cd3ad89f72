//! Notes that all clients of an account share: named texts, changed only from what they are believed to be.

use tokio_postgres::types::Type;

use super::faults::Failure;
use super::server::Param;
use super::work::{Reading, Writing, column};
use super::write::clean;

pub(super) async fn note(reading: &Reading, name: &str) -> Result<Option<String>, Failure> {
    let params: [Param<'_>; 2] = [(&reading.account, Type::INT8), (&name, Type::TEXT)];
    let rows = reading.rows("SELECT value FROM jules.notes WHERE account = $1 AND name = $2", &params).await?;
    Ok(rows.first().map(|row| column(Some(row), 0)).transpose()?)
}

/// Replaces a note if it is what was expected; says whether it was.
pub(super) async fn set_note(
    writing: &mut Writing,
    name: &str,
    expected: Option<&str>,
    value: &str,
) -> Result<bool, Failure> {
    const REPLACE: &str =
        "UPDATE jules.notes SET value = $3 WHERE account = $1 AND name = $2 AND value = $4 RETURNING 1";
    const PUT: &str =
        "INSERT INTO jules.notes (account, name, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1";
    let (account, value, expected) = (writing.account, clean(value), expected.map(clean));
    let params: [Param<'_>; 4] =
        [(&account, Type::INT8), (&name, Type::TEXT), (&value, Type::TEXT), (&expected, Type::TEXT)];
    let changed = match expected {
        Some(_) => writing.rows(REPLACE, &params).await?,
        None => writing.rows(PUT, &params[..3]).await?,
    };
    Ok(!changed.is_empty())
}
