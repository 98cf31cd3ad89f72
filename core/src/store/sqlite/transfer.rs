//! Copying a session from a file into a memory, with everything at its position.

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::checksum::{activity_columns, look_columns};
use super::damage::{self, Spot};
use super::work::Writing;
use super::{checksum, index, wants};
use crate::ground::model::{Activity, SessionId};
use crate::ground::query::activity_texts;
use crate::store::{Grant, Want, search};

/// Positions and generations of a memory begin here: higher than any in a file.
const BEYOND: i64 = 1 << 40;

const SESSION: &str = "
    SELECT session, change, last_position, activities, newest, page_token, reconciled, looks, acts, act, status, deleted,
           claimed, hydrated, hydrated_state, hydrated_update_time, settled, tried, mark_checksum
    FROM sessions WHERE account = ?1 AND id = ?2";
const PUT_SESSION: &str = "
    UPDATE sessions SET change = ?, last_position = ?, activities = ?, newest = ?, page_token = ?, reconciled = ?,
        looks = ?, acts = ?, act = ?, status = ?, deleted = ?, claimed = ?, hydrated = ?, hydrated_state = ?,
        hydrated_update_time = ?, settled = ?, tried = ?, mark_checksum = ?
    WHERE session = ?";
/// Where the mark's columns begin, and how many they are.
const MARK: (usize, usize) = (3, 3);
const COUNT: usize = 2;

const LOOK: &str = "
    SELECT state, create_time, update_time, seen_time, partial, body FROM looks WHERE session = ?1";
const PUT_LOOK: &str = "
    INSERT INTO looks (state, create_time, update_time, seen_time, partial, body, session, account, id)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

const ACTIVITIES: &str = "
    SELECT position, activities.id, type, originator, create_time, is_empty, activities.body, large_bodies.body
    FROM activities LEFT JOIN large_bodies USING (position) WHERE session = ?1 ORDER BY position";
const PUT_ACTIVITY: &str = "
    INSERT INTO activities (position, id, type, originator, create_time, is_empty, body, session, account)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";

/// A session with all that belongs to it.
#[derive(Debug)]
pub(super) struct Session {
    columns: Vec<Sql>,
    look: Option<Vec<Sql>>,
    activities: Vec<Vec<Sql>>,
}

/// Makes a memory fit to take over from a file: what this client holds and wants goes on.
pub(super) fn begin(
    writing: &mut Writing<'_>,
    handle: &str,
    held: &[Grant],
    wanted: &[(SessionId, Want)],
) -> rusqlite::Result<()> {
    writing.execute("UPDATE store SET change = ?1", [BEYOND])?;
    writing.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('activities', ?1)", [BEYOND])?;
    let me = super::leases::Me { handle, locks: false };
    super::leases::beat(writing, me)?;
    for grant in held {
        let row = params![writing.account, grant.key.to_string(), handle, grant.generation];
        writing.execute("INSERT INTO leases (account, key, handle, generation) VALUES (?1, ?2, ?3, ?4)", row)?;
    }
    for (session, want) in wanted {
        wants::put(writing, handle, session, Some(*want))?;
    }
    Ok(())
}

/// The sessions that were looked at last, with bodies of no more than so many bytes.
pub(super) fn list(connection: &Connection, account: i64, most: usize) -> rusqlite::Result<Vec<SessionId>> {
    let mut statement = connection.prepare(
        "SELECT id, length(body) + (SELECT total(length(body)) FROM activities WHERE activities.session = looks.session)
         FROM looks WHERE account = ?1 ORDER BY seen_time DESC",
    )?;
    let mut rows = statement.query([account])?;
    let (mut sessions, mut bytes) = (Vec::new(), 0.0);
    while let Some(row) = rows.next()? {
        bytes += row.get::<_, f64>(1)?;
        if bytes > most as f64 {
            break;
        }
        sessions.extend(SessionId::parse(row.get_ref(0)?.as_str()?).ok());
    }
    Ok(sessions)
}

/// What a file still gives of a session.
pub(super) fn take(connection: &Connection, account: i64, id: &SessionId) -> Option<Session> {
    let all = |row: &Row<'_>| (0..row.as_ref().column_count()).map(|column| row.get(column)).collect();
    let read = || {
        let mut columns: Vec<Sql> = connection.query_row(SESSION, params![account, id.as_str()], all)?;
        let session = columns.remove(0);
        let look =
            connection.query_row(LOOK, [&session], all).optional()?.filter(|_| has_intact_look(connection, &session));
        let mut activities: Vec<Vec<Sql>> = Vec::new();
        let whole = connection.prepare(ACTIVITIES).and_then(|mut statement| {
            let mut rows = statement.query([&session])?;
            while let Some(row) = rows.next()? {
                activities.push(all(row)?);
            }
            let damaged = damaged(connection, &session)?;
            activities.retain(|row| !damaged.iter().any(|position| row.first() == Some(position)));
            damage::none(damaged.iter().map(|_| Spot::Activity(0)).collect())
        });
        if whole.is_err() {
            // What is not there must be fetched again: nothing is claimed.
            columns[MARK.0..MARK.0 + MARK.1].fill(Sql::Null);
            if let Some(checksum) = columns.last_mut() {
                *checksum = Sql::Null;
            }
            columns[COUNT] = Sql::Integer(i64::try_from(activities.len()).unwrap_or_default());
        }
        Ok::<_, rusqlite::Error>(Session { columns, look, activities })
    };
    read().ok()
}

fn has_intact_look(connection: &Connection, session: &Sql) -> bool {
    let sql = concat!("SELECT ", look_columns!(), " FROM looks WHERE session = ?1");
    let intact = |row: &Row<'_>| Ok(checksum::intact(row, 0, checksum::LOOK_BODY)?.is_some());
    connection.query_row(sql, [session], intact).unwrap_or(false)
}

/// The positions of activities that are not what was written.
fn damaged(connection: &Connection, session: &Sql) -> rusqlite::Result<Vec<Sql>> {
    let sql = concat!("SELECT position, ", activity_columns!(), " FROM activities WHERE session = ?1");
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([session])?;
    let mut damaged = Vec::new();
    while let Some(row) = rows.next()? {
        if checksum::intact(row, 1, checksum::ACTIVITY_BODY)?.is_none() {
            damaged.push(row.get(0)?);
        }
    }
    Ok(damaged)
}

/// Puts a session into a memory that doesn't know it.
pub(super) fn put(writing: &mut Writing<'_>, id: &SessionId, taken: &Session) -> rusqlite::Result<()> {
    let session = writing.session(id)?;
    let own = [Sql::Integer(session)];
    writing.prepare_cached(PUT_SESSION)?.execute(params_from_iter(taken.columns.iter().chain(&own)))?;
    let belongs = [Sql::Integer(session), Sql::Integer(writing.account), Sql::Text(id.as_str().to_owned())];
    if let Some(look) = &taken.look {
        writing.prepare_cached(PUT_LOOK)?.execute(params_from_iter(look.iter().chain(&belongs)))?;
        if let Some(Sql::Text(body)) = look.last() {
            index::put_session(writing, session, &search::texts_of_session(body))?;
        }
    }
    for activity in &taken.activities {
        let [row @ .., large] = activity.as_slice() else { continue };
        writing.prepare_cached(PUT_ACTIVITY)?.execute(params_from_iter(row.iter().chain(&belongs[..2])))?;
        let (Some(Sql::Integer(position)), Some(small)) = (row.first(), row.last()) else { continue };
        if let Sql::Text(body) = large {
            let row = params![position, body];
            writing.prepare_cached("INSERT INTO large_bodies (position, body) VALUES (?1, ?2)")?.execute(row)?;
        }
        if let (Sql::Text(body), _) | (_, Sql::Text(body)) = (small, large)
            && let Ok(activity) = Activity::from_wire(body)
        {
            index::put_activities(writing, &[(*position, &activity_texts(&activity).join("\n"))])?;
        }
    }
    let counts = params![writing.account, taken.look.is_some(), taken.activities.len() as u64];
    writing
        .prepare_cached(
            "UPDATE accounts SET sessions = sessions + ?2, activities = activities + ?3 WHERE account = ?1",
        )?
        .execute(counts)
        .map(drop)
}
