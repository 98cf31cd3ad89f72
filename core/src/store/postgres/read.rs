//! Reading: a session's activities in their order, and what is known of it.

use std::collections::HashSet;

use bytes::Bytes;
use tokio_postgres::types::Type;

use super::faults::Failure;
use super::server::Param;
use super::work::{Reading, column};
use super::write::{clean, read_mark};
use crate::ground::model::{Activity, SessionId};
use crate::store::body::{Body, readable};
use crate::store::times::timestamp;
use crate::store::{Beacon, CacheInfo, Chunk, Position, ReadLimit, Want};

/// So many rows are asked for at once, and so many bytes of them about.
const MOST: i64 = 1_000;

const READ: &str = "SELECT position, body FROM jules.activities
    WHERE session = (SELECT session FROM jules.sessions WHERE account = $1 AND id = $2) AND position > $3
    ORDER BY position LIMIT $4";

/// The rows behind a position whose bodies come to so many bytes, one of them at least, and one more: by the bodies' lengths,
/// so that no more of them is read than is wanted.
const READ_SOME: &str = "
    WITH few AS (
        SELECT position, body, octet_length(body) AS length FROM jules.activities
        WHERE session = (SELECT session FROM jules.sessions WHERE account = $1 AND id = $2) AND position > $3
        ORDER BY position LIMIT $4
    ), summed AS (
        SELECT position, body, coalesce(sum(length) OVER (ORDER BY position ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW), 0)
            AS before FROM few
    )
    SELECT position, body FROM summed WHERE before < greatest($5, 1) ORDER BY position";

const BEACON: &str = "
    SELECT last_position, activities, newest, page_token, reconciled, looks, acts, act, status, deleted
    FROM jules.sessions WHERE account = $1 AND id = $2";

/// What the living want of a session, as one: the strongest interest, and the smallest interval if all have one.
const WANTED: &str = "
    SELECT bool_or(wants.activities), CASE WHEN count(*) = count(\"interval\") THEN min(\"interval\") END
    FROM jules.wants JOIN jules.handles USING (handle)
    WHERE wants.account = $1 AND wants.session = $2 AND expires > clock_timestamp() HAVING count(*) > 0";

fn key<'k>(account: &'k i64, session: &'k &'k str) -> [Param<'k>; 2] {
    [(account, Type::INT8), (session, Type::TEXT)]
}

pub(super) async fn read(
    reading: &Reading,
    session: &SessionId,
    after: Position,
) -> Result<Vec<(Position, Activity)>, Failure> {
    let (mut found, mut end) = (Vec::new(), after.0);
    let (account, id) = (reading.account, session.as_str());
    loop {
        let params: [Param<'_>; 4] =
            [(&account, Type::INT8), (&id, Type::TEXT), (&end, Type::INT8), (&MOST, Type::INT8)];
        let rows = reading.rows(READ, &params).await?;
        for row in &rows {
            end = column(Some(row), 0)?;
            let activity = readable(column::<&str>(Some(row), 1)?.as_bytes());
            found.extend(activity.map(|activity| (Position(end), activity)));
        }
        if (rows.len() as i64) < MOST {
            return Ok(found);
        }
    }
}

pub(super) async fn read_some(
    reading: &Reading,
    session: &SessionId,
    after: Position,
    limit: ReadLimit,
) -> Result<Chunk, Failure> {
    let most = i64::try_from(limit.activities.max(1)).unwrap_or(MOST).min(MOST);
    let bytes = i64::try_from(limit.bytes).unwrap_or(i64::MAX);
    let (account, id, one_more) = (reading.account, session.as_str(), most + 1);
    let params: [Param<'_>; 5] = [
        (&account, Type::INT8),
        (&id, Type::TEXT),
        (&after.0, Type::INT8),
        (&one_more, Type::INT8),
        (&bytes, Type::INT8),
    ];
    let rows = reading.rows(READ_SOME, &params).await?;
    let mut chunk = Chunk { bodies: Vec::new(), end: after, more: false };
    let mut size = 0;
    for row in &rows {
        let body: &str = column(Some(row), 1)?;
        chunk.more = chunk.bodies.len() as i64 >= most || !chunk.bodies.is_empty() && size >= limit.bytes;
        if chunk.more {
            break;
        }
        size += body.len();
        chunk.end = Position(column(Some(row), 0)?);
        chunk.bodies.push(Body(Bytes::copy_from_slice(body.as_bytes())));
    }
    // What is cut off by its size is not sent at all: then there may be more.
    if !chunk.more && !chunk.bodies.is_empty() && size >= limit.bytes {
        chunk.more = is_behind(reading, session, chunk.end).await?;
    }
    Ok(chunk)
}

async fn is_behind(reading: &Reading, session: &SessionId, position: Position) -> Result<bool, Failure> {
    let (account, id) = (reading.account, session.as_str());
    let rows = reading
        .rows(
            "SELECT 1 FROM jules.sessions WHERE account = $1 AND id = $2 AND last_position > $3",
            &[(&account, Type::INT8), (&id, Type::TEXT), (&position.0, Type::INT8)],
        )
        .await?;
    Ok(!rows.is_empty())
}

pub(super) async fn find(reading: &Reading, session: &SessionId, activity: &str) -> Result<Option<Position>, Failure> {
    const FIND: &str = "SELECT position FROM jules.activities
        WHERE session = (SELECT session FROM jules.sessions WHERE account = $1 AND id = $2) AND id = $3";
    let (account, id, activity) = (reading.account, session.as_str(), clean(activity));
    let rows = reading.rows(FIND, &[(&account, Type::INT8), (&id, Type::TEXT), (&activity, Type::TEXT)]).await?;
    Ok(rows.first().map(|row| column(Some(row), 0)).transpose()?.map(Position))
}

pub(super) async fn still_has(
    reading: &Reading,
    session: &SessionId,
    activity: &str,
    position: Position,
    count: Option<usize>,
) -> Result<bool, Failure> {
    const STANDS: &str = "SELECT coalesce(bool_or(id = $3 AND position = $4), false), count(*) FROM jules.activities
        WHERE session = (SELECT session FROM jules.sessions WHERE account = $1 AND id = $2) AND position <= $4";
    let (account, id, activity) = (reading.account, session.as_str(), clean(activity));
    let params: [Param<'_>; 4] =
        [(&account, Type::INT8), (&id, Type::TEXT), (&activity, Type::TEXT), (&position.0, Type::INT8)];
    let rows = reading.rows(STANDS, &params).await?;
    let (stands, found): (bool, i64) = (column(rows.first(), 0)?, column(rows.first(), 1)?);
    Ok(stands && count.is_none_or(|count| i64::try_from(count) == Ok(found)))
}

pub(super) async fn missing(reading: &Reading, session: &SessionId, ids: &[String]) -> Result<Vec<String>, Failure> {
    const KNOWN: &str = "SELECT id FROM jules.activities
        WHERE session = (SELECT session FROM jules.sessions WHERE account = $1 AND id = $2) AND id = ANY($3) AND NOT is_empty";
    let (account, id) = (reading.account, session.as_str());
    let asked: Vec<String> = ids.iter().map(|id| clean(id)).collect();
    let rows = reading.rows(KNOWN, &[(&account, Type::INT8), (&id, Type::TEXT), (&asked, Type::TEXT_ARRAY)]).await?;
    let known = rows.iter().map(|row| column::<&str>(Some(row), 0)).collect::<Result<HashSet<_>, _>>()?;
    let missing = ids.iter().zip(&asked).filter(|(_, asked)| !known.contains(asked.as_str()));
    Ok(missing.map(|(id, _)| id.clone()).collect())
}

pub(super) async fn ending(reading: &Reading, session: &SessionId) -> Result<Option<Position>, Failure> {
    const ENDING: &str = "
        SELECT CASE WHEN type IN ('sessionCompleted', 'sessionFailed') THEN position END FROM jules.activities AS latest
        WHERE session = (SELECT session FROM jules.sessions WHERE account = $1 AND id = $2)
            AND type NOT IN ('progressUpdated', 'unknown')
            AND coalesce(type IN ('sessionCompleted', 'sessionFailed') OR create_time >= (
                SELECT create_time FROM (
                    SELECT type, create_time FROM jules.activities AS before
                    WHERE before.session = latest.session AND before.position < latest.position
                    ORDER BY before.position DESC LIMIT 100) AS few
                WHERE type IN ('sessionCompleted', 'sessionFailed') LIMIT 1), true)
        ORDER BY position DESC LIMIT 1";
    let (account, id) = (reading.account, session.as_str());
    let rows = reading.rows(ENDING, &key(&account, &id)).await?;
    Ok(rows.first().map(|row| column::<Option<i64>>(Some(row), 0)).transpose()?.flatten().map(Position))
}

fn whole(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

pub(super) async fn beacon(reading: &Reading, session: &SessionId) -> Result<Beacon, Failure> {
    let (account, id) = (reading.account, session.as_str());
    let params = key(&account, &id);
    let (rows, wants) = tokio::join!(reading.rows(BEACON, &params), reading.rows(WANTED, &params));
    let (rows, wants) = (rows?, wants?);
    let want = match wants.first() {
        None => None,
        Some(_) => {
            let interval: Option<i64> = column(wants.first(), 1)?;
            let interval = interval.map(|interval| std::time::Duration::from_nanos(whole(interval)));
            Some(Want { activities: column(wants.first(), 0)?, interval })
        }
    };
    let Some(row) = rows.first() else { return Ok(Beacon { want, ..Beacon::default() }) };
    let mark = read_mark(row, 2)?.mark();
    let row = Some(row);
    Ok(Beacon {
        end: Position(column(row, 0)?),
        count: whole(column(row, 1)?),
        mark,
        looks: whole(column(row, 5)?),
        acts: whole(column(row, 6)?),
        act: column(row, 7)?,
        status: column(row, 8)?,
        want,
        deleted: column(row, 9)?,
    })
}

pub(super) async fn session(reading: &Reading, session: &SessionId) -> Result<Option<String>, Failure> {
    let (account, id) = (reading.account, session.as_str());
    let rows = reading.rows("SELECT body FROM jules.looks WHERE account = $1 AND id = $2", &key(&account, &id)).await?;
    Ok(rows.first().map(|row| column(Some(row), 0)).transpose()?)
}

/// From short rows: the activities are not counted.
pub(super) async fn info(reading: &Reading) -> Result<CacheInfo, Failure> {
    const INFO: &str = "
        SELECT (SELECT coalesce(sum(pg_total_relation_size(pg_class.oid)), 0)::bigint FROM pg_class
                JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = 'jules' AND relkind = 'r'),
            (SELECT count(*) FROM jules.looks WHERE account = $1),
            (SELECT coalesce(sum(activities), 0)::bigint FROM jules.sessions WHERE account = $1),
            (SELECT last_synced FROM jules.accounts WHERE account = $1)";
    let rows = reading.rows(INFO, &[(&reading.account, Type::INT8)]).await?;
    let row = rows.first();
    Ok(CacheInfo {
        location: None,
        reason: None,
        bytes: whole(column(row, 0)?),
        sessions: whole(column(row, 1)?),
        activities: whole(column(row, 2)?),
        last_synced: timestamp(column(row, 3)?),
    })
}
