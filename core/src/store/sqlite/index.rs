//! The full-text index: kept as rows come and go, and asked which rows may have the terms of a search.
//!
//! It knows the runs of three letters in each row's texts. A row that has all runs of a term may have the term; whoever
//! asks looks at the row itself to be sure.

use rusqlite::{Connection, OptionalExtension, params};

use crate::ground::model::{Activity, SessionInfo};
use crate::ground::query::{activity_texts, session_texts};

/// As many letters as one entry of the index has.
const RUN: usize = 3;
/// So many runs tell rows apart well enough.
const ENOUGH: usize = 24;

/// Adds activities' texts, folded, by their positions; those without any take no space. All of them together: whatever
/// is written elsewhere in between makes the index write down what it has so far, at ten times the price.
pub(super) fn put_activities(connection: &Connection, activities: &[(i64, &str)]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO activity_search (rowid, texts) VALUES (?1, ?2)")?;
    for (position, texts) in activities.iter().filter(|(_, texts)| texts.len() >= RUN) {
        insert.execute(params![position, texts])?;
    }
    Ok(())
}

/// Adds a session's texts, or changes them.
pub(super) fn put_session(connection: &Connection, session: &str, texts: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO session_numbers (session) VALUES (?1) ON CONFLICT DO NOTHING")?
        .execute([session])?;
    let number: i64 = connection
        .prepare_cached("SELECT number FROM session_numbers WHERE session = ?1")?
        .query_row([session], |row| row.get(0))?;
    connection.prepare_cached("DELETE FROM session_search WHERE rowid = ?1")?.execute([number])?;
    connection
        .prepare_cached("INSERT INTO session_search (rowid, texts) VALUES (?1, ?2)")?
        .execute(params![number, texts])
        .map(drop)
}

/// Removes a session and its activities; they must still be in their tables.
pub(in crate::store) fn forget(connection: &Connection, session: &str) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM activity_search WHERE rowid IN (SELECT position FROM activities WHERE session = ?1)",
        [session],
    )?;
    let number: Option<i64> = connection
        .query_row("DELETE FROM session_numbers WHERE session = ?1 RETURNING number", [session], |row| row.get(0))
        .optional()?;
    match number {
        Some(number) => connection.execute("DELETE FROM session_search WHERE rowid = ?1", [number]).map(drop),
        None => Ok(()),
    }
}

/// Indexes everything that is in a file from before there was an index.
pub(in crate::store) fn fill(connection: &Connection) -> rusqlite::Result<()> {
    let mut sessions = connection.prepare("SELECT id, body FROM sessions")?;
    let mut rows = sessions.query([])?;
    while let Some(row) = rows.next()? {
        put_session(connection, row.get_ref(0)?.as_str()?, &texts_of_session(row.get_ref(1)?.as_str()?))?;
    }
    let mut activities = connection.prepare(
        "SELECT position, ifnull(activities.body, large_bodies.body) FROM activities LEFT JOIN large_bodies USING (position)",
    )?;
    let mut rows = activities.query([])?;
    while let Some(row) = rows.next()? {
        if let Ok(activity) = Activity::from_wire(row.get_ref(1)?.as_str()?) {
            put_activities(connection, &[(row.get(0)?, &activity_texts(&activity).join("\n"))])?;
        }
    }
    Ok(())
}

/// The texts of a session in the server's JSON, folded.
pub(super) fn texts_of_session(body: &str) -> String {
    SessionInfo::from_wire(body).map(|info| session_texts(&info).join("\n")).unwrap_or_default()
}

/// The activities that may have all of the terms, by position; nothing when the terms are too short to tell.
pub(super) fn activities(connection: &Connection, terms: &[String]) -> rusqlite::Result<Option<Vec<i64>>> {
    let Some(runs) = runs(terms) else { return Ok(None) };
    let mut statement = connection.prepare_cached("SELECT rowid FROM activity_search(?1)")?;
    let mut positions: Vec<i64> = statement.query_map([runs], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    positions.sort_unstable();
    Ok(Some(positions))
}

/// The sessions that may have all of the terms, by id; nothing when the terms are too short to tell.
pub(super) fn sessions(connection: &Connection, terms: &[String]) -> rusqlite::Result<Option<Vec<String>>> {
    let Some(runs) = runs(terms) else { return Ok(None) };
    let mut statement = connection.prepare_cached(
        "SELECT session FROM session_search(?1) AS found JOIN session_numbers ON number = found.rowid",
    )?;
    statement.query_map([runs], |row| row.get(0))?.collect::<rusqlite::Result<_>>().map(Some)
}

/// The expression that asks for all runs of the terms, each quoted, so that nothing of it is syntax.
fn runs(terms: &[String]) -> Option<String> {
    let mut runs = Vec::new();
    for term in terms {
        let letters: Vec<char> = term.chars().collect();
        runs.extend(letters.windows(RUN).filter(|run| !run.contains(&'\0')).map(|run| run.iter().collect::<String>()));
    }
    runs.sort_unstable();
    runs.dedup();
    // Those that are dropped are spread over the terms as the rest is: by chance of the alphabet.
    let step = runs.len().div_ceil(ENOUGH).max(1);
    let quoted: Vec<_> = runs.iter().step_by(step).map(|run| format!("\"{}\"", run.replace('"', "\"\""))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" AND "))
}
