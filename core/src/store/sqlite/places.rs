//! Places in the table: what the account's plan counts. Whoever takes one does so in a transaction, so that no two take the
//! last.

use std::collections::HashSet;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::timestamp;
use super::work::Writing;
use crate::ground::model::{SessionId, Timestamp};
use crate::store::tasks::{FRESH, UNDER_WAY};
use crate::store::times::{nanoseconds, until};
use crate::store::turn::whole;
use crate::store::{Bound, DAY, Full, PlaceLimits, SeenPlace, Shown, Used};

// SQLite knows nothing of how many rows an account has, and would read all of them: the index is named where few are meant.
const USED: &str = "
    SELECT count(*), count(*) FILTER (WHERE queue = ?2), count(*) FILTER (WHERE session IS NULL)
    FROM places INDEXED BY places_open WHERE account = ?1 AND open = 1";
const USED_IN_DAY: &str =
    "SELECT count(*), count(*) FILTER (WHERE queue = ?2) FROM places WHERE account = ?1 AND at > ?3";
const FREES: &str = "
    SELECT at FROM places WHERE account = ?1 AND at > ?2 AND (?3 IS NULL OR queue = ?3)
    ORDER BY at DESC LIMIT 1 OFFSET ?4";
const TAKE: &str = "
    INSERT INTO places (account, id, task, queue, session, at, open) VALUES (?1, ?2, ?3, ?4, NULL, ?5, 1)
    ON CONFLICT (account, id) DO UPDATE SET at = excluded.at, open = 1, session = NULL";

macro_rules! occupy {
    ($index:literal, $which:literal) => {
        concat!(
            "UPDATE places ",
            $index,
            " SET session = ?3, open = coalesce(
                (SELECT open FROM places WHERE account = ?1 AND id = 'session/' || ?3), open)
             WHERE account = ?1 AND open = 1 AND session IS NULL AND ",
            $which
        )
    };
}
const OCCUPY: &str = occupy!("", "id = ?2");
const OCCUPY_OF_TASK: &str = occupy!("INDEXED BY places_open", "task = ?2");

fn open(connection: &Connection, account: i64, queue: Option<&str>) -> rusqlite::Result<Used> {
    let read = |row: &Row<'_>| {
        Ok(Used { slots: row.get(0)?, queue_slots: row.get(1)?, pending: row.get(2)?, ..Used::default() })
    };
    connection.prepare_cached(USED)?.query_row(params![account, queue], read)
}

pub(super) fn used(connection: &Connection, account: i64, queue: Option<&str>, now: i64) -> rusqlite::Result<Used> {
    let since = now.saturating_sub(whole(DAY));
    let (day, queue_day) = connection
        .prepare_cached(USED_IN_DAY)?
        .query_row(params![account, queue, since], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Used { day, queue_day, ..open(connection, account, queue)? })
}

pub(super) fn creations(
    connection: &Connection,
    account: i64,
    since: Timestamp,
) -> rusqlite::Result<Vec<(String, Timestamp)>> {
    let since = nanoseconds(Some(since)).unwrap_or_default();
    connection
        .prepare_cached(
            "SELECT session, at FROM places WHERE account = ?1 AND at > ?2 AND session IS NOT NULL ORDER BY at",
        )?
        .query_map(params![account, since], |row| {
            Ok((row.get(0)?, timestamp(row.get(1)?).unwrap_or(Timestamp::EPOCH)))
        })?
        .collect()
}

/// Whether no slot is free, as it seems without keeping anybody waiting: most of those who ask find it so.
pub(super) fn seems_full(
    connection: &Connection,
    account: i64,
    queue: &str,
    limits: PlaceLimits,
) -> rusqlite::Result<Option<Full>> {
    let used = open(connection, account, Some(queue))?;
    let met = limits.but_for_the_day().met(&used);
    Ok(met.map(|(bound, ..)| Full { bound, used, left: None }))
}

/// What is used of these limits.
pub(super) fn used_of(writing: &Writing<'_>, queue: Option<&str>, limits: PlaceLimits) -> rusqlite::Result<Used> {
    match limits == limits.but_for_the_day() {
        true => open(writing, writing.account, queue),
        false => used(writing, writing.account, queue, writing.now),
    }
}

/// Why there is no place; nothing when there is one.
pub(super) fn full(
    writing: &Writing<'_>,
    queue: Option<&str>,
    limits: PlaceLimits,
    used: Used,
) -> rusqlite::Result<Option<Full>> {
    let Some((bound, limit, of_queue)) = limits.met(&used) else { return Ok(None) };
    let left = match bound {
        Bound::Day => frees(writing, queue.filter(|_| of_queue), limit)?,
        _ => None,
    };
    Ok(Some(Full { bound, used, left }))
}

/// How long it is until the last of as many creations as the limit allows leaves the day.
fn frees(writing: &Writing<'_>, queue: Option<&str>, limit: u64) -> rusqlite::Result<Option<Duration>> {
    let since = writing.now.saturating_sub(whole(DAY));
    let at: Option<i64> = writing
        .prepare_cached(FREES)?
        .query_row(params![writing.account, since, queue, limit.saturating_sub(1)], |row| row.get(0))
        .optional()?;
    Ok(at.map(|at| until(at.saturating_add(whole(DAY)), writing.now)))
}

/// Takes a place, which there must be.
pub(super) fn put(writing: &Writing<'_>, id: &str, task: Option<&str>, queue: Option<&str>) -> rusqlite::Result<()> {
    writing.prepare_cached(TAKE)?.execute(params![writing.account, id, task, queue, writing.now]).map(drop)
}

pub(super) fn take(writing: &mut Writing<'_>, id: &str, limits: PlaceLimits) -> rusqlite::Result<Option<Full>> {
    let used = used_of(writing, None, limits)?;
    let full = full(writing, None, limits, used)?;
    if full.is_none() {
        put(writing, id, None, None)?;
        writing.touch_tasks()?;
    }
    Ok(full)
}

/// A session was created.
pub(super) fn fill(
    writing: &mut Writing<'_>,
    place: Option<&str>,
    session: &SessionId,
    at: Timestamp,
) -> rusqlite::Result<()> {
    let at = nanoseconds(Some(at)).unwrap_or(writing.now);
    let known: Option<bool> = writing
        .prepare_cached(
            "SELECT max(id <> 'session/' || ?2) FROM places WHERE account = ?1 AND session = ?2 HAVING count(*) > 0",
        )?
        .query_row(params![writing.account, session.as_str()], |row| row.get(0))
        .optional()?;
    let filled = match place {
        Some(place) if known != Some(true) => occupy(writing, OCCUPY, place, session)?,
        _ => false,
    };
    if !filled && known.is_none() {
        insert(writing, session, at, true)?;
    }
    writing.touch_tasks()
}

/// Puts a session on the free place that the statement finds. A listing may have shown the session before: then it is counted
/// already, and from here on by its place.
fn occupy(writing: &Writing<'_>, statement: &str, value: &str, session: &SessionId) -> rusqlite::Result<bool> {
    let occupied = writing.prepare_cached(statement)?.execute(params![writing.account, value, session.as_str()])?;
    if occupied > 0 {
        writing
            .prepare_cached("DELETE FROM places WHERE account = ?1 AND id = 'session/' || ?2")?
            .execute(params![writing.account, session.as_str()])?;
    }
    Ok(occupied > 0)
}

fn insert(writing: &Writing<'_>, session: &SessionId, at: i64, open: bool) -> rusqlite::Result<()> {
    writing
        .prepare_cached(
            "INSERT INTO places (account, id, session, at, open) VALUES (?1, 'session/' || ?2, ?2, ?3, ?4)
             ON CONFLICT (account, id) DO UPDATE SET open = excluded.open",
        )?
        .execute(params![writing.account, session.as_str(), at, open])
        .map(drop)
}

pub(super) fn remove(writing: &mut Writing<'_>, place: &str) -> rusqlite::Result<()> {
    let gone = writing
        .prepare_cached("DELETE FROM places WHERE account = ?1 AND id = ?2 AND session IS NULL")?
        .execute(params![writing.account, place])?;
    if gone > 0 { writing.touch_tasks() } else { Ok(()) }
}

pub(super) fn free(writing: &mut Writing<'_>, session: &SessionId) -> rusqlite::Result<()> {
    let freed = writing
        .prepare_cached(
            "UPDATE places INDEXED BY places_by_session SET open = 0 WHERE account = ?1 AND session = ?2 AND open = 1",
        )?
        .execute(params![writing.account, session.as_str()])?;
    if freed > 0 { writing.touch_tasks() } else { Ok(()) }
}

/// A task holds no slot any more. One whose create was refused was none of the day's either.
pub(super) fn close(writing: &Writing<'_>, task: &str, refused: bool) -> rusqlite::Result<()> {
    let key = params![writing.account, task];
    if refused {
        writing
            .prepare_cached(
                "DELETE FROM places INDEXED BY places_open
                 WHERE account = ?1 AND task = ?2 AND open = 1 AND session IS NULL",
            )?
            .execute(key)?;
    }
    writing
        .prepare_cached(
            "UPDATE places INDEXED BY places_open SET open = 0 WHERE account = ?1 AND task = ?2 AND open = 1",
        )?
        .execute(key)
        .map(drop)
}

/// A task's session is known.
pub(super) fn seat(writing: &Writing<'_>, task: &str, session: &SessionId) -> rusqlite::Result<()> {
    occupy(writing, OCCUPY_OF_TASK, task, session).map(drop)
}

/// The sessions that hold a slot.
pub(super) fn open_sessions(connection: &Connection, account: i64) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached(
            "SELECT session FROM places INDEXED BY places_open WHERE account = ?1 AND open = 1 AND session IS NOT NULL",
        )?
        .query_map([account], |row| row.get(0))?
        .collect()
}

/// Says whether a session holds a slot; tells how many places that was about.
fn set_open(writing: &Writing<'_>, session: &str, open: bool) -> rusqlite::Result<usize> {
    writing
        .prepare_cached("UPDATE places INDEXED BY places_by_session SET open = ?3 WHERE account = ?1 AND session = ?2")?
        .execute(params![writing.account, session, open])
}

pub(super) fn settle(writing: &mut Writing<'_>, shown: &Shown) -> rusqlite::Result<()> {
    let (account, now, mut changed) = (writing.account, writing.now, 0);
    let fresh = now.saturating_sub(whole(FRESH + shown.age));
    let open_before: HashSet<&SessionId> = shown.open_before.iter().collect();
    for SeenPlace { session, at, open } in &shown.sessions {
        let known: Vec<(bool, i64)> = writing
            .prepare_cached(
                "SELECT open, at FROM places INDEXED BY places_by_session WHERE account = ?1 AND session = ?2",
            )?
            .query_map(params![account, session.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let was_freed = || open_before.contains(session) || known.iter().all(|(_, at)| *at >= fresh);
        // Of many that were seen a few differ: only these are written.
        if known.is_empty() {
            changed += 1;
            insert(writing, session, nanoseconds(Some(*at)).unwrap_or(now), *open)?;
        } else if known.iter().any(|(before, _)| before != open) && !(*open && was_freed()) {
            changed += set_open(writing, session.as_str(), *open)?;
        }
    }
    let open = shown.sessions.iter().filter(|seen| seen.open).map(|seen| seen.session.as_str());
    let open: HashSet<&str> = open.collect();
    let held: Vec<String> = writing
        .prepare_cached(
            "SELECT session FROM places INDEXED BY places_open
             WHERE account = ?1 AND open = 1 AND session IS NOT NULL AND at < ?2",
        )?
        .query_map(params![account, fresh], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for session in held.iter().filter(|session| !open.contains(session.as_str())) {
        changed += set_open(writing, session, false)?;
    }
    changed += writing.execute(
        "DELETE FROM places INDEXED BY places_by_time WHERE account = ?1 AND at <= ?2 AND open = 0",
        params![account, now.saturating_sub(whole(DAY))],
    )?;
    // What was taken later than now was taken before the clock was put back: nobody is to wait until it shows that time again.
    let (long_ago, not_yet) = (now.saturating_sub(whole(UNDER_WAY)), now.saturating_add(whole(UNDER_WAY)));
    changed += writing.execute(
        "DELETE FROM places INDEXED BY places_open
         WHERE account = ?1 AND open = 1 AND session IS NULL AND task IS NULL AND (at < ?2 OR at > ?3)",
        params![account, long_ago, not_yet],
    )?;
    if changed == 0 { Ok(()) } else { writing.touch_tasks() }
}
