//! Notes that all clients of an account share: named texts, changed only from what they are believed to be.

use rusqlite::{Connection, OptionalExtension, params};

use super::work::Writing;

pub(super) fn note(connection: &Connection, account: i64, name: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM notes WHERE account = ?1 AND name = ?2")?
        .query_row(params![account, name], |row| row.get(0))
        .optional()
}

/// Replaces a note if it is what was expected; says whether it was.
pub(super) fn set_note(
    writing: &Writing<'_>,
    name: &str,
    expected: Option<&str>,
    value: &str,
) -> rusqlite::Result<bool> {
    let changed = match expected {
        Some(expected) => writing
            .prepare_cached("UPDATE notes SET value = ?4 WHERE account = ?1 AND name = ?2 AND value = ?3")?
            .execute(params![writing.account, name, expected, value])?,
        None => writing
            .prepare_cached("INSERT INTO notes (account, name, value) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![writing.account, name, value])?,
    };
    Ok(changed == 1)
}
