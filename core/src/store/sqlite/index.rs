//! The full-text index: kept as rows come and go, and asked which rows may have the terms of a search.
//!
//! It knows the runs of three letters in each row's texts. A row that has all runs of a term may have the term; whoever
//! asks looks at the row itself to be sure.

use rusqlite::{Connection, params};

use crate::store::search::{RUN, runs};

/// Adds activities' texts, folded, by their positions; those without any take no space. All of them together: whatever
/// is written elsewhere in between makes the index write down what it has so far, at ten times the price.
pub(super) fn put_activities(connection: &Connection, activities: &[(i64, &str)]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO activity_search (rowid, texts) VALUES (?1, ?2)")?;
    for (position, texts) in activities.iter().filter(|(_, texts)| texts.len() >= RUN) {
        insert.execute(params![position, texts])?;
    }
    Ok(())
}

/// Changes the texts of an activity that was there.
pub(super) fn replace_activity(connection: &Connection, position: i64, texts: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM activity_search WHERE rowid = ?1")?.execute([position])?;
    put_activities(connection, &[(position, texts)])
}

/// Adds a session's texts, or changes them.
pub(super) fn put_session(connection: &Connection, session: i64, texts: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM session_search WHERE rowid = ?1")?.execute([session])?;
    connection
        .prepare_cached("INSERT INTO session_search (rowid, texts) VALUES (?1, ?2)")?
        .execute(params![session, texts])
        .map(drop)
}

/// Removes a session and its activities; they must still be in their tables.
pub(super) fn forget(connection: &Connection, session: i64) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM activity_search WHERE rowid IN (SELECT position FROM activities WHERE session = ?1)",
        [session],
    )?;
    connection.execute("DELETE FROM session_search WHERE rowid = ?1", [session]).map(drop)
}

/// The activities that may have all of the terms, by position; nothing when the terms are too short to tell.
pub(super) fn activities(connection: &Connection, terms: &[String]) -> rusqlite::Result<Option<Vec<i64>>> {
    rows(connection, "SELECT rowid FROM activity_search(?1)", terms)
}

/// The sessions that may have all of the terms, by number; nothing when the terms are too short to tell.
pub(super) fn sessions(connection: &Connection, terms: &[String]) -> rusqlite::Result<Option<Vec<i64>>> {
    rows(connection, "SELECT rowid FROM session_search(?1)", terms)
}

fn rows(connection: &Connection, sql: &str, terms: &[String]) -> rusqlite::Result<Option<Vec<i64>>> {
    let Some(runs) = expression(terms) else { return Ok(None) };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows: Vec<i64> = statement.query_map([runs], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    rows.sort_unstable();
    Ok(Some(rows))
}

/// The expression that asks for all runs of the terms, each quoted, so that nothing of it is syntax.
fn expression(terms: &[String]) -> Option<String> {
    let quoted: Vec<_> = runs(terms).iter().map(|run| format!("\"{}\"", run.replace('"', "\"\""))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" AND "))
}
