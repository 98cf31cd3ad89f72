//! Reading: a session's activities in their order, and what is known of it.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};

use super::checksum::{ACTIVITY_BODY, LOOK_BODY, activity_columns, intact, intact_text, look_columns};
use super::damage::{self, Spot};
use super::timestamp;
use super::write::Standing;
use crate::ground::model::{Activity, SessionId};
use crate::store::body::{Body, readable};
use crate::store::{Beacon, CacheInfo, Chunk, Position, ReadLimit};

/// The activities behind a position.
const BEHIND: &str = concat!(
    "SELECT position, ",
    activity_columns!(),
    " FROM activities WHERE session = (SELECT session FROM sessions WHERE account = ?1 AND id = ?2) AND position > ?3
     ORDER BY position"
);
const LATEST: &str = concat!("SELECT ", look_columns!(), " FROM looks WHERE account = ?1 AND id = ?2");

/// Who begins to read a session looks whether all of it is there.
fn suspicions(
    connection: &Connection,
    account: i64,
    session: &SessionId,
    after: Position,
) -> rusqlite::Result<Vec<Spot>> {
    let begins = after == Position::default();
    let miscounted = if begins { damage::miscounted(connection, account, session)? } else { None };
    Ok(miscounted.into_iter().collect())
}

const BEACON: &str = "
    SELECT looks, acts, act, status, deleted,
           session, last_position, activities, newest, page_token, reconciled, mark_checksum FROM sessions
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
    let mut statement = connection.prepare_cached(BEHIND)?;
    let mut rows = statement.query(params![account, session.as_str(), after.0])?;
    let (mut found, mut damaged) = (Vec::new(), suspicions(connection, account, session, after)?);
    while let Some(row) = rows.next()? {
        let position = row.get(0)?;
        match intact(row, 1, ACTIVITY_BODY)? {
            Some(body) => found.extend(readable(body).map(|activity| (Position(position), activity))),
            None => damaged.push(Spot::Activity(position)),
        }
    }
    damage::none(damaged).map(|()| found)
}

pub(super) fn read_some(
    connection: &Connection,
    account: i64,
    session: &SessionId,
    after: Position,
    limit: ReadLimit,
) -> rusqlite::Result<Chunk> {
    let mut statement = connection.prepare_cached(BEHIND)?;
    let mut rows = statement.query(params![account, session.as_str(), after.0])?;
    let mut all = Vec::new();
    let (mut lengths, mut damaged) = (Vec::new(), suspicions(connection, account, session, after)?);
    let mut chunk = Chunk { bodies: Vec::new(), end: after, more: false };
    while let Some(row) = rows.next()? {
        let full = lengths.len() >= limit.activities || all.len() >= limit.bytes;
        if full && !lengths.is_empty() {
            chunk.more = true;
            break;
        }
        chunk.end = Position(row.get(0)?);
        match intact(row, 1, ACTIVITY_BODY)? {
            Some(body) => {
                all.extend_from_slice(body);
                lengths.push(body.len());
            }
            None => damaged.push(Spot::Activity(chunk.end.0)),
        }
    }
    damage::none(damaged)?;
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
            "SELECT iif(type IN ('sessionCompleted', 'sessionFailed'), position, NULL) FROM activities AS latest
             WHERE session = (SELECT session FROM sessions WHERE account = ?1 AND id = ?2)
             AND type NOT IN ('progressUpdated', 'unknown')
             AND ifnull(type IN ('sessionCompleted', 'sessionFailed') OR create_time >= (
                 SELECT create_time FROM (
                     SELECT type, create_time FROM activities AS before
                     WHERE before.session = latest.session AND before.position < latest.position
                     ORDER BY before.position DESC LIMIT 100)
                 WHERE type IN ('sessionCompleted', 'sessionFailed') LIMIT 1), TRUE)
             ORDER BY position DESC LIMIT 1",
        )?
        .query_row(params![account, session.as_str()], |row| Ok(row.get::<_, Option<i64>>(0)?.map(Position)))
        .optional()
        .map(Option::flatten)
}

pub(super) fn beacon(connection: &Connection, account: i64, session: &SessionId) -> rusqlite::Result<Beacon> {
    let found = connection.prepare_cached(BEACON)?.query_row(params![account, session.as_str()], |row| {
        let Standing { end, count, mark, .. } = Standing::read(connection, row, 5)?;
        Ok(Beacon {
            end: Position(end),
            count,
            looks: row.get(0)?,
            acts: row.get(1)?,
            act: row.get(2)?,
            status: row.get(3)?,
            deleted: row.get(4)?,
            mark: mark.mark(),
            want: None,
        })
    });
    found.optional().map(Option::unwrap_or_default)
}

pub(super) fn session(connection: &Connection, account: i64, session: &SessionId) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached(LATEST)?;
    let mut rows = statement.query(params![account, session.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    match intact_text(row, 0, LOOK_BODY)? {
        Some(body) => Ok(Some(body.to_owned())),
        None => damage::none(vec![Spot::Look(row.get(0)?)]).map(|()| None),
    }
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
