//! What syncs read and write.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::work::Writing;
use super::{nanoseconds, timestamp};
use crate::ground::model::{SessionId, Timestamp};
use crate::store::{Known, Look, SyncRun};

const KNOWN: &str = "
    SELECT looks.create_time, looks.seen_time, looks.state, looks.update_time,
           hydrated, hydrated_state, hydrated_update_time, settled, tried
    FROM sessions JOIN looks USING (session) WHERE sessions.account = ?1 AND sessions.id = ?2 AND deleted = 0";

pub(super) fn known(
    connection: &Connection,
    account: i64,
    sessions: &[SessionId],
) -> rusqlite::Result<HashMap<SessionId, Known>> {
    let mut statement = connection.prepare_cached(KNOWN)?;
    let mut found = HashMap::with_capacity(sessions.len());
    for session in sessions {
        if let Some(known) = statement.query_row(params![account, session.as_str()], read_known).optional()? {
            found.insert(session.clone(), known);
        }
    }
    Ok(found)
}

fn read_known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        create_time: time(row, 0)?,
        seen: look(row, 1)?.ok_or(rusqlite::Error::InvalidQuery)?,
        hydrated: look(row, 4)?,
        settled: row.get(7)?,
        tried: time(row, 8)?,
    })
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get(column).map(timestamp)
}

/// A time, a state and an `updateTime` from this column on.
fn look(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Look>> {
    let Some(at) = time(row, first)? else { return Ok(None) };
    let state = row.get::<_, Option<String>>(first + 1)?.unwrap_or_default();
    Ok(Some(Look { at, state, update_time: time(row, first + 2)? }))
}

pub(super) fn session_ids(connection: &Connection, account: i64) -> rusqlite::Result<Vec<SessionId>> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM looks WHERE account = ?1
         AND session NOT IN (SELECT session FROM sessions WHERE account = ?1 AND deleted = 1)",
    )?;
    let ids = statement.query_map([account], |row| row.get::<_, String>(0))?;
    let ids: Vec<_> = ids.collect::<rusqlite::Result<_>>()?;
    Ok(ids.iter().filter_map(|id| SessionId::parse(id).ok()).collect())
}

pub(super) fn note_tried(writing: &mut Writing<'_>, session: &SessionId) -> rusqlite::Result<()> {
    let row = params![writing.session(session)?, writing.now];
    writing.prepare_cached("UPDATE sessions SET tried = ?2 WHERE session = ?1")?.execute(row).map(drop)
}

pub(super) fn note_hydrated(
    writing: &mut Writing<'_>,
    session: &SessionId,
    look: &Look,
    settled: bool,
) -> rusqlite::Result<()> {
    let times = (nanoseconds(Some(look.at)), nanoseconds(look.update_time));
    let row = params![writing.session(session)?, times.0, look.state, times.1, settled];
    writing
        .prepare_cached(
            "UPDATE sessions SET hydrated = ?2, hydrated_state = ?3, hydrated_update_time = ?4, settled = ?5
             WHERE session = ?1",
        )?
        .execute(row)
        .map(drop)
}

pub(super) fn begin_sync(
    writing: &mut Writing<'_>,
    options: &str,
    not_before: Option<Timestamp>,
) -> rusqlite::Result<SyncRun> {
    let interrupted = writing
        .query_row(
            "SELECT started FROM sync_runs WHERE account = ?1 AND options = ?2",
            params![writing.account, options],
            |row| row.get(0).map(timestamp),
        )
        .optional()?
        .flatten();
    if let Some(started) = interrupted.filter(|started| not_before.is_some_and(|earliest| *started >= earliest)) {
        return Ok(SyncRun { started, goes_on: true });
    }
    let row = params![writing.account, options, writing.now];
    writing.execute("REPLACE INTO sync_runs (account, options, started) VALUES (?1, ?2, ?3)", row)?;
    let started = timestamp(Some(writing.now)).ok_or(rusqlite::Error::InvalidQuery)?;
    Ok(SyncRun { started, goes_on: false })
}

pub(super) fn finish_sync(writing: &mut Writing<'_>) -> rusqlite::Result<()> {
    writing.execute("DELETE FROM sync_runs WHERE account = ?1", [writing.account])?;
    let row = [writing.account, writing.now];
    writing.execute("UPDATE accounts SET last_synced = ?2 WHERE account = ?1", row).map(drop)
}
