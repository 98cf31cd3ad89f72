//! Reading: a session's activities in their order, and what is known of it.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::timestamp;
use super::write::StoredMark;
use crate::ground::model::{Activity, SessionId};
use crate::store::body::{Body, readable};
use crate::store::{Beacon, CacheInfo, Chunk, Position, ReadLimit};

const READ: &str = "
    SELECT position, ifnull(body, (SELECT body FROM large_bodies WHERE large_bodies.position = activities.position))
    FROM activities WHERE session = (SELECT session FROM sessions WHERE account = ?1 AND id = ?2) AND position > ?3
    ORDER BY position";

const BEACON: &str = "
    SELECT last_position, activities, looks, acts, act, status, deleted, newest, page_token, reconciled FROM sessions
    WHERE account = ?1 AND id = ?2";

/// Counts nothing: the totals are kept as rows come and go.
pub(super) const INFO: &str = "
    SELECT page_count * page_size, sessions, activities, last_synced
    FROM pragma_page_count, pragma_page_size LEFT JOIN accounts ON account = ?1";

pub(super) fn read(
    connection: &Connection,
    account: i64,
    session: &SessionId,
    after: Position,
) -> rusqlite::Result<Vec<(Position, Activity)>> {
    let mut statement = connection.prepare_cached(READ)?;
    let mut rows = statement.query(params![account, session.as_str(), after.0])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let position = Position(row.get(0)?);
        found.extend(readable(row.get_ref(1)?.as_bytes()?).map(|activity| (position, activity)));
    }
    Ok(found)
}

pub(super) fn read_some(
    connection: &Connection,
    account: i64,
    session: &SessionId,
    after: Position,
    limit: ReadLimit,
) -> rusqlite::Result<Chunk> {
    let mut statement = connection.prepare_cached(READ)?;
    let mut rows = statement.query(params![account, session.as_str(), after.0])?;
    let mut all = Vec::new();
    let mut lengths = Vec::new();
    let mut chunk = Chunk { bodies: Vec::new(), end: after, more: false };
    while let Some(row) = rows.next()? {
        let full = lengths.len() >= limit.activities || all.len() >= limit.bytes;
        if full && !lengths.is_empty() {
            chunk.more = true;
            break;
        }
        chunk.end = Position(row.get(0)?);
        let body = row.get_ref(1)?.as_bytes()?;
        all.extend_from_slice(body);
        lengths.push(body.len());
    }
    let mut all = Bytes::from(all);
    chunk.bodies = lengths.into_iter().map(|length| Body(all.split_to(length))).collect();
    Ok(chunk)
}

const FIND: &str = "
    SELECT position, is_empty FROM activities
    WHERE session = (SELECT session FROM sessions WHERE account = ?1 AND id = ?2) AND id = ?3";

pub(super) fn find(
    connection: &Connection,
    account: i64,
    session: &SessionId,
    activity: &str,
) -> rusqlite::Result<Option<Position>> {
    connection
        .prepare_cached(FIND)?
        .query_row(params![account, session.as_str(), activity], |row| row.get(0).map(Position))
        .optional()
}

pub(super) fn missing(
    connection: &Connection,
    account: i64,
    session: &SessionId,
    ids: &[String],
) -> rusqlite::Result<Vec<String>> {
    let mut known = connection.prepare_cached(FIND)?;
    let mut missing = Vec::new();
    for activity in ids {
        let empty: Option<bool> =
            known.query_row(params![account, session.as_str(), activity], |row| row.get(1)).optional()?;
        if empty.unwrap_or(true) {
            missing.push(activity.clone());
        }
    }
    Ok(missing)
}

pub(super) fn ending(connection: &Connection, account: i64, session: &SessionId) -> rusqlite::Result<Option<Position>> {
    connection
        .prepare_cached(
            "SELECT iif(type IN ('sessionCompleted', 'sessionFailed'), position, NULL) FROM activities
             WHERE session = (SELECT session FROM sessions WHERE account = ?1 AND id = ?2)
             AND type NOT IN ('progressUpdated', 'unknown')
             ORDER BY position DESC LIMIT 1",
        )?
        .query_row(params![account, session.as_str()], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Position)))
        .optional()
        .map(Option::flatten)
}

pub(super) fn beacon(connection: &Connection, account: i64, session: &SessionId) -> rusqlite::Result<Beacon> {
    let found = connection.prepare_cached(BEACON)?.query_row(params![account, session.as_str()], |row| {
        Ok(Beacon {
            end: Position(row.get(0)?),
            count: row.get(1)?,
            looks: row.get(2)?,
            acts: row.get(3)?,
            act: row.get(4)?,
            status: row.get(5)?,
            deleted: row.get(6)?,
            mark: StoredMark::read(row, 7)?.mark(),
            want: None,
        })
    });
    found.optional().map(Option::unwrap_or_default)
}

pub(super) fn session(connection: &Connection, account: i64, session: &SessionId) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT body FROM looks WHERE account = ?1 AND id = ?2")?
        .query_row(params![account, session.as_str()], |row| row.get(0))
        .optional()
}

pub(super) fn info(connection: &Connection, account: i64) -> rusqlite::Result<CacheInfo> {
    connection.query_row(INFO, [account], |row| {
        Ok(CacheInfo {
            location: None,
            reason: None,
            bytes: row.get(0)?,
            sessions: row.get::<_, Option<u64>>(1)?.unwrap_or_default(),
            activities: row.get::<_, Option<u64>>(2)?.unwrap_or_default(),
            last_synced: timestamp(row.get(3)?),
        })
    })
}
