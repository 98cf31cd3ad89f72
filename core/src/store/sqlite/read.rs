//! Reading: a session's activities in their order, what is known of it, and how far the watcher has come.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::timestamp;
use crate::ground::model::{Activity, SessionId};
use crate::store::body::{Body, readable};
use crate::store::{CacheInfo, Mark, Place, Portion, Position, Room};

const READ: &str = "
    SELECT position, ifnull(body, (SELECT body FROM large_bodies WHERE large_bodies.position = activities.position))
    FROM activities WHERE session = ?1 AND position > ?2 ORDER BY position";

/// Counts nothing: the totals are kept as rows come and go.
pub(super) const INFO: &str = "
    SELECT sessions, activities, last_synced, page_count * page_size
    FROM totals, pragma_page_count, pragma_page_size";

pub(super) fn read(
    connection: &Connection,
    session: &SessionId,
    after: Position,
) -> rusqlite::Result<Vec<(Position, Activity)>> {
    let mut statement = connection.prepare_cached(READ)?;
    let mut rows = statement.query(params![session.as_str(), after.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let position = Position(row.get(0)?);
        found.extend(readable(row.get_ref(1)?.as_bytes()?).map(|activity| (position, activity)));
    }
    Ok(found)
}

pub(super) fn read_some(
    connection: &Connection,
    session: &SessionId,
    after: Position,
    room: Room,
) -> rusqlite::Result<Portion> {
    let mut statement = connection.prepare_cached(READ)?;
    let mut rows = statement.query(params![session.as_str(), after.0])?;
    let mut all = Vec::new();
    let mut lengths = Vec::new();
    let mut portion = Portion { bodies: Vec::new(), end: after, more: false };
    while let Some(row) = rows.next()? {
        let full = lengths.len() >= room.activities || all.len() >= room.bytes;
        if full && !lengths.is_empty() {
            portion.more = true;
            break;
        }
        portion.end = Position(row.get(0)?);
        let body = row.get_ref(1)?.as_bytes()?;
        all.extend_from_slice(body);
        lengths.push(body.len());
    }
    let mut all = Bytes::from(all);
    portion.bodies = lengths.into_iter().map(|length| Body(all.split_to(length))).collect();
    Ok(portion)
}

pub(super) fn find(connection: &Connection, session: &SessionId, activity: &str) -> rusqlite::Result<Option<Position>> {
    connection
        .prepare_cached("SELECT position FROM activities WHERE session = ?1 AND id = ?2")?
        .query_row(params![session.as_str(), activity], |row| row.get(0).map(Position))
        .optional()
}

pub(super) fn end(connection: &Connection, session: &SessionId) -> rusqlite::Result<Position> {
    connection
        .prepare_cached("SELECT ifnull(max(position), 0) FROM activities WHERE session = ?1")?
        .query_row([session.as_str()], |row| row.get(0).map(Position))
}

pub(super) fn count(connection: &Connection, session: &SessionId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT activities FROM freshness WHERE session = ?1")?
        .query_row([session.as_str()], |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}

pub(super) fn missing(connection: &Connection, session: &SessionId, ids: Vec<String>) -> rusqlite::Result<Vec<String>> {
    let mut known = connection.prepare_cached("SELECT 1 FROM activities WHERE session = ?1 AND id = ?2")?;
    let mut missing = Vec::new();
    for activity in ids {
        if !known.exists(params![session.as_str(), activity])? {
            missing.push(activity);
        }
    }
    Ok(missing)
}

pub(super) fn ending(connection: &Connection, session: &SessionId) -> rusqlite::Result<Option<Position>> {
    connection
        .prepare_cached(
            "SELECT iif(type IN ('sessionCompleted', 'sessionFailed'), position, NULL) FROM activities
             WHERE session = ?1 AND type NOT IN ('progressUpdated', 'unknown')
             ORDER BY position DESC LIMIT 1",
        )?
        .query_row([session.as_str()], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Position)))
        .optional()
        .map(Option::flatten)
}

pub(super) fn mark(connection: &Connection, session: &SessionId) -> rusqlite::Result<Mark> {
    connection
        .prepare_cached("SELECT newest, page_token, reconciled FROM marks WHERE session = ?1")?
        .query_row([session.as_str()], |row| {
            Ok(Mark { newest: timestamp(row.get(0)?), page_token: row.get(1)?, reconciled: row.get(2)? })
        })
        .optional()
        .map(Option::unwrap_or_default)
}

pub(super) fn session(connection: &Connection, session: &SessionId) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT body FROM sessions WHERE id = ?1")?
        .query_row([session.as_str()], |row| row.get(0))
        .optional()
}

pub(super) fn info(connection: &Connection, place: &Place) -> rusqlite::Result<CacheInfo> {
    let location = match place {
        Place::File { path, .. } => Some(path.clone()),
        Place::Memory => None,
    };
    connection.query_row(INFO, [], |row| {
        Ok(CacheInfo {
            location,
            sessions: row.get(0)?,
            activities: row.get(1)?,
            last_synced: timestamp(row.get(2)?),
            bytes: row.get(3)?,
        })
    })
}
