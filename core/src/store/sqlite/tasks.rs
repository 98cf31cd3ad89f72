//! Tasks in the table: adding them, taking one with its lease, and changing it under that lease only.

use std::str::FromStr;
use std::time::Duration;

use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::leases::{self, Me};
use super::presence::Silence;
use super::work::Writing;
use super::{places, timestamp, write};
use crate::ground::model::{SessionId, TaskState, Timestamp};
use crate::store::tasks::RATED;
use crate::store::times::{nanoseconds, until};
use crate::store::turn::whole;
use crate::store::{
    Acquired, Claim, Claimed, Grant, KEPT, LeaseKey, NewTask, PlaceLimits, Started, TaskChange, TaskChanged,
    TaskCounts, TaskPage, TaskRecord,
};

/// The columns of a task in their order.
macro_rules! columns {
    () => {
        "key, queue, place, state, priority, not_before, asked, data, session, attempts, worker, cancelled, created,
         started, ended"
    };
}
const ONE: &str = concat!("SELECT ", columns!(), " FROM tasks WHERE account = ?1 AND key = ?2");
const ADD: &str = "
    INSERT INTO tasks (account, key, queue, state, priority, not_before, asked, data, created)
    VALUES (?1, ?2, ?3, 'waiting', ?4, ?5, ?6, ?7, ?8) ON CONFLICT (account, key) DO NOTHING";
/// Some, for the first may be one that its worker has just put back.
const TO_START: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM tasks WHERE account = ?1 AND queue = ?2 AND state = 'waiting' AND (not_before IS NULL OR not_before <= ?3)
     ORDER BY priority DESC, place LIMIT 64"
);
const DUE: &str = "
    SELECT 1 FROM tasks WHERE account = ?1 AND queue = ?2 AND state = 'waiting' AND (not_before IS NULL OR not_before <= ?3)";
const NEXT: &str = "
    SELECT min(not_before) FROM tasks WHERE account = ?1 AND queue = ?2 AND state = 'waiting' AND not_before > ?3";
const BEGUN: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM tasks WHERE account = ?1 AND queue = ?2 AND state IN ('starting', 'working', 'needsPerson') ORDER BY place"
);
const START: &str = "
    UPDATE tasks SET state = 'starting', worker = ?3, started = ifnull(started, ?4), data = ?5
    WHERE account = ?1 AND key = ?2";
const CHANGE: &str = "
    UPDATE tasks SET state = ?3, data = ?4, session = ?5, attempts = ?6, not_before = ?7, ended = ?8
    WHERE account = ?1 AND key = ?2";
const COUNT: &str = "SELECT state, count(*), min(created) FROM tasks WHERE account = ?1 AND queue = ?2 GROUP BY state";
const LATELY: &str = "SELECT count(*), min(ended) FROM tasks WHERE account = ?1 AND ended > ?3 AND queue = ?2";
/// A worker's lease ends with the queue's name, behind a number of a fixed length.
const WORKERS: &str = "
    SELECT count(*) FROM leases JOIN handles USING (handle)
    WHERE leases.account = ?1 AND key BETWEEN 'worker/' AND 'worker0' AND substr(key, 25) = ?2";

/// A value that no version of this library writes.
fn strange(place: usize, error: crate::ground::error::Error) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(place, Type::Text, Box::new(error))
}

fn time(row: &Row<'_>, place: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get(place).map(timestamp)
}

fn read(row: &Row<'_>) -> rusqlite::Result<TaskRecord> {
    let state: String = row.get(3)?;
    let session: Option<String> = row.get(8)?;
    let session = session.map(|id| SessionId::parse(&id).map_err(|error| strange(8, error))).transpose()?;
    Ok(TaskRecord {
        key: row.get(0)?,
        queue: row.get(1)?,
        order: row.get(2)?,
        state: TaskState::from_str(&state).map_err(|error| strange(3, error))?,
        priority: row.get(4)?,
        not_before: time(row, 5)?,
        asked: row.get(6)?,
        data: row.get(7)?,
        session,
        attempts: row.get(9)?,
        worker: row.get(10)?,
        cancelled: row.get(11)?,
        created: time(row, 12)?.unwrap_or(Timestamp::EPOCH),
        started: time(row, 13)?,
        ended: time(row, 14)?,
    })
}

pub(super) fn task(connection: &Connection, account: i64, key: &str) -> rusqlite::Result<Option<TaskRecord>> {
    connection.prepare_cached(ONE)?.query_row(params![account, key], read).optional()
}

pub(super) fn add(writing: &mut Writing<'_>, tasks: &[NewTask]) -> rusqlite::Result<Vec<Option<TaskRecord>>> {
    let (account, now) = (writing.account, writing.now);
    writing
        .prepare_cached("DELETE FROM tasks WHERE account = ?1 AND ended < ?2")?
        .execute([account, now.saturating_sub(whole(KEPT))])?;
    let mut known = Vec::with_capacity(tasks.len());
    for NewTask { key, queue, priority, not_before, asked, data } in tasks {
        let row = params![account, key, queue, priority, nanoseconds(*not_before), asked, data, now];
        known.push(match writing.prepare_cached(ADD)?.execute(row)? {
            0 => task(writing, account, key)?,
            _ => None,
        });
    }
    if known.iter().any(Option::is_none) {
        writing.touch_tasks()?;
    }
    Ok(known)
}

pub(super) fn page(connection: &Connection, account: i64, page: &TaskPage) -> rusqlite::Result<Vec<TaskRecord>> {
    let states: Vec<_> = page.states.iter().map(|state| format!("'{state}'")).collect();
    let narrow = if states.is_empty() { String::new() } else { format!("AND state IN ({})", states.join(", ")) };
    let after =
        page.after.map_or((i64::MIN, i64::MIN), |after| (nanoseconds(after.ended).unwrap_or(i64::MIN), after.order));
    let (behind, order) = match page.finished {
        true => ("AND ended IS NOT NULL AND (ended, place) > (?3, ?4)", "ended, place"),
        false => ("AND place > ?4 AND ?3 = ?3", "place"),
    };
    let sql = format!(
        "SELECT {} FROM tasks WHERE account = ?1 AND queue = ?2 {behind} {narrow} ORDER BY {order} LIMIT ?5",
        columns!()
    );
    connection
        .prepare_cached(&sql)?
        .query_map(params![account, page.queue, after.0, after.1, page.limit], read)?
        .collect()
}

pub(super) fn count(connection: &Connection, account: i64, queue: &str, now: i64) -> rusqlite::Result<TaskCounts> {
    let mut counts = TaskCounts { now: timestamp(Some(now)), ..TaskCounts::default() };
    let mut statement = connection.prepare_cached(COUNT)?;
    let mut rows = statement.query(params![account, queue])?;
    while let Some(row) = rows.next()? {
        let state: String = row.get(0)?;
        let state = TaskState::from_str(&state).map_err(|error| strange(0, error))?;
        counts.states.insert(state, row.get(1)?);
        if state == TaskState::Waiting {
            counts.oldest_waiting = time(row, 2)?;
        }
    }
    let since = now.saturating_sub(whole(RATED));
    (counts.finished_lately, counts.lately) = connection
        .prepare_cached(LATELY)?
        .query_row(params![account, queue, since], |row| Ok((row.get(0)?, time(row, 1)?)))?;
    counts.workers = connection.prepare_cached(WORKERS)?.query_row(params![account, queue], |row| row.get(0))?;
    Ok(counts)
}

/// Why none can be started, as it seems; whoever asks in vain keeps nobody from writing.
pub(super) fn seems_in_vain(
    connection: &Connection,
    account: i64,
    queue: &str,
    limits: PlaceLimits,
    now: i64,
) -> rusqlite::Result<Option<Started>> {
    if connection.prepare_cached(DUE)?.exists(params![account, queue, now])? {
        return Ok(places::seems_full(connection, account, queue, limits)?.map(Started::Full));
    }
    Ok(Some(Started::Nothing { next: next(connection, account, queue, now)? }))
}

/// How long it is until the time of the next one comes.
fn next(connection: &Connection, account: i64, queue: &str, now: i64) -> rusqlite::Result<Option<Duration>> {
    let at: Option<i64> = connection.prepare_cached(NEXT)?.query_row(params![account, queue, now], |row| row.get(0))?;
    Ok(at.map(|at| until(at, now)))
}

pub(super) fn start(
    writing: &mut Writing<'_>,
    claim: &Claim,
    me: Me<'_>,
    silence: &Silence<'_>,
) -> rusqlite::Result<Started> {
    let (account, now, queue) = (writing.account, writing.now, claim.queue.as_str());
    let waiting: Vec<TaskRecord> =
        writing.prepare_cached(TO_START)?.query_map(params![account, queue, now], read)?.collect::<Result<_, _>>()?;
    if waiting.is_empty() {
        return Ok(Started::Nothing { next: next(writing, account, queue, now)? });
    }
    let used = places::used_of(writing, Some(queue), claim.limits)?;
    if let Some(full) = places::full(writing, Some(queue), claim.limits, used)? {
        return Ok(Started::Full(full));
    }
    let mut claimed = Vec::new();
    for record in waiting {
        if claimed.len() == claim.room(&used) as usize {
            break;
        }
        let key = LeaseKey::Task(record.key.clone());
        // Its last worker, which may be this one, is about to give it back.
        if leases::holder(writing, account, &key, me.handle, silence)?.is_some() {
            continue;
        }
        let Acquired::Granted(grant) = leases::acquire(writing, &key, me, silence)? else { continue };
        let to = claim.data.as_ref().filter(|(from, _)| *from == record.data).map(|(_, to)| to);
        let data = to.unwrap_or(&record.data);
        writing.prepare_cached(START)?.execute(params![account, record.key, claim.worker, now, data])?;
        places::put(writing, &record.next_place(), Some(&record.key), Some(queue))?;
        let noted = to.is_some();
        if let Some(record) = task(writing, account, &record.key)? {
            claimed.push(Claimed { record, grant, noted });
        }
    }
    if claimed.is_empty() {
        return Ok(Started::Nothing { next: None });
    }
    writing.touch_tasks()?;
    Ok(Started::Tasks(claimed))
}

/// Whether one was begun that nobody is at.
pub(super) fn left_alone(
    connection: &Connection,
    account: i64,
    queue: &str,
    own: &str,
    silence: &Silence<'_>,
) -> rusqlite::Result<Vec<TaskRecord>> {
    let begun: Vec<TaskRecord> =
        connection.prepare_cached(BEGUN)?.query_map(params![account, queue], read)?.collect::<Result<_, _>>()?;
    let mut alone = Vec::new();
    for record in begun {
        let key = LeaseKey::Task(record.key.clone());
        if leases::holder(connection, account, &key, own, silence)?.is_none() {
            alone.push(record);
        }
    }
    Ok(alone)
}

pub(super) fn take_over(
    writing: &mut Writing<'_>,
    (queue, worker): (&str, &str),
    me: Me<'_>,
    silence: &Silence<'_>,
) -> rusqlite::Result<Option<(TaskRecord, Grant)>> {
    let Some(record) = left_alone(writing, writing.account, queue, me.handle, silence)?.into_iter().next() else {
        return Ok(None);
    };
    let key = LeaseKey::Task(record.key.clone());
    let Acquired::Granted(grant) = leases::acquire(writing, &key, me, silence)? else { return Ok(None) };
    writing.prepare_cached("UPDATE tasks SET worker = ?3 WHERE account = ?1 AND key = ?2")?.execute(params![
        writing.account,
        record.key,
        worker
    ])?;
    writing.touch_tasks()?;
    Ok(Some((TaskRecord { worker: Some(worker.to_owned()), ..record }, grant)))
}

/// The task of a lease that is still held.
fn under(writing: &Writing<'_>, grant: &Grant) -> rusqlite::Result<Option<TaskRecord>> {
    match &grant.key {
        LeaseKey::Task(key) if leases::has(writing, writing.account, grant)? => task(writing, writing.account, key),
        _ => Ok(None),
    }
}

pub(super) fn change(writing: &mut Writing<'_>, grant: &Grant, change: &TaskChange) -> rusqlite::Result<TaskChanged> {
    let Some(before) = under(writing, grant)? else { return Ok(TaskChanged::Fenced) };
    if let Some(session) = change.new_session(&before) {
        if !write::claim(writing, session)? {
            return Ok(TaskChanged::Claimed);
        }
        places::seat(writing, &before.key, session)?;
    }
    let now = change.ends(&before).then(|| timestamp(Some(writing.now))).flatten();
    let after = change.applied(before, now);
    if !after.state.holds_slot() {
        places::close(writing, &after.key, change.refused)?;
    }
    writing.prepare_cached(CHANGE)?.execute(params![
        writing.account,
        after.key,
        after.state.as_str(),
        after.data,
        after.session.as_ref().map(SessionId::as_str),
        after.attempts,
        nanoseconds(after.not_before),
        nanoseconds(after.ended),
    ])?;
    writing.touch_tasks()?;
    Ok(TaskChanged::Done(Box::new(after)))
}

pub(super) fn cancel(writing: &mut Writing<'_>, key: &str) -> rusqlite::Result<Option<TaskRecord>> {
    const CANCEL: &str = "
        UPDATE tasks SET cancelled = 1, state = iif(state = 'waiting', 'cancelled', state),
            ended = iif(state = 'waiting', ?3, ended)
        WHERE account = ?1 AND key = ?2 AND ended IS NULL";
    let changed = writing.prepare_cached(CANCEL)?.execute(params![writing.account, key, writing.now])?;
    if changed > 0 {
        writing.touch_tasks()?;
    }
    task(writing, writing.account, key)
}

pub(super) fn forget(writing: &mut Writing<'_>, grant: &Grant) -> rusqlite::Result<bool> {
    let Some(before) = under(writing, grant)? else { return Ok(false) };
    places::close(writing, &before.key, true)?;
    let values: [&dyn rusqlite::ToSql; 2] = [&writing.account, &before.key];
    writing.prepare_cached("DELETE FROM tasks WHERE account = ?1 AND key = ?2")?.execute(params_from_iter(values))?;
    writing.touch_tasks()?;
    Ok(true)
}
