//! Tasks in the table: adding them, taking one with its lease, and changing it under that lease only. A lease is locked before
//! its task: see [`lock`](places::lock).

use std::str::FromStr;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::faults::Failure;
use super::server::Param;
use super::work::{Reading, Writing, column};
use super::{Here, leases, places};
use crate::ground::error::Result;
use crate::ground::model::{SessionId, TaskState, Timestamp};
use crate::store::tasks::RATED;
use crate::store::times::{nanoseconds, timestamp, until};
use crate::store::turn::whole;
use crate::store::{
    Acquired, Claim, Full, Grant, KEPT, LeaseKey, NewTask, Started, TaskChange, TaskChanged, TaskCounts, TaskPage,
    TaskRecord,
};

/// The columns of a task in their order.
macro_rules! columns {
    () => {
        "tasks.key, queue, place, state, priority, not_before, asked, data, session, attempts, worker, cancelled,
         created, started, ended"
    };
}
pub(super) use columns;
const ONE: &str = concat!("SELECT ", columns!(), " FROM jules.tasks WHERE account = $1 AND key = $2");
const LOCKED: &str = concat!("SELECT ", columns!(), " FROM jules.tasks WHERE account = $1 AND key = $2 FOR UPDATE");
/// Whoever adds has the account's turn until the transaction ends, so that two who add the same don't wait in a ring.
const TURN: &str = "SELECT pg_advisory_xact_lock(736540716, hashint8($1))";
/// Gives back the keys of those that were not known. They are numbered in the order in which they were given; the first of a
/// key counts.
const ADD: &str = "
    WITH given AS (
        SELECT * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])
            WITH ORDINALITY AS given (key, queue, priority, not_before, asked, data, number)
    )
    INSERT INTO jules.tasks (account, key, queue, state, priority, not_before, asked, data, created)
    SELECT $1, key, queue, 'waiting', priority, not_before, asked, data, $8 FROM given ORDER BY number
    ON CONFLICT (account, key) DO NOTHING RETURNING key";
/// What is open, and whether a task waits whose time has come. That is asked for in the order of the index, for all tasks but
/// the last may be finished.
const OUTLOOK: &str = "
    SELECT count(*), count(*) FILTER (WHERE queue = $2), count(*) FILTER (WHERE session IS NULL),
        (SELECT place FROM jules.tasks WHERE account = $1 AND queue = $2 AND state = 'waiting'
            AND (not_before IS NULL OR not_before <= (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000)
         ORDER BY priority DESC, place LIMIT 1) IS NOT NULL
    FROM jules.places WHERE account = $1 AND open";
const NEXT: &str = "
    SELECT min(not_before), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000
    FROM jules.tasks WHERE account = $1 AND queue = $2 AND state = 'waiting'";
/// Not what this handle has itself, and was only late to renew: somebody is at it here, under the same generation. The lease is
/// looked up for each of the few that are begun, not joined with all leases.
const TO_TAKE_OVER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM jules.tasks LEFT JOIN jules.leases ON leases.account = tasks.account AND leases.key = 'task/' || tasks.key
     WHERE tasks.account = $1 AND queue = $2 AND state IN ('starting', 'working', 'needsPerson')
        AND (leases.handle IS NULL OR leases.handle <> $3 AND leases.expires <= clock_timestamp())
     ORDER BY place LIMIT 1"
);
const CHANGE: &str = "
    UPDATE jules.tasks SET state = $3, data = $4, session = $5, attempts = $6, not_before = $7, ended = $8
    WHERE account = $1 AND key = $2";
const COUNT: &str =
    "SELECT state, count(*), min(created) FROM jules.tasks WHERE account = $1 AND queue = $2 GROUP BY state";
const LATELY: &str = "SELECT count(*), min(ended) FROM jules.tasks WHERE account = $1 AND ended > $3 AND queue = $2";
/// A worker's lease ends with the queue's name, behind a number of a fixed length.
const WORKERS: &str = "
    SELECT count(*) FROM jules.leases WHERE account = $1 AND key >= 'worker/' AND key < 'worker0'
        AND substr(key, 25) = $2 AND handle IS NOT NULL AND expires > clock_timestamp()";
/// Still held, and so until the transaction ends.
const FENCE: &str =
    "SELECT 1 FROM jules.leases WHERE account = $1 AND key = $2 AND generation = $3 AND handle IS NOT NULL FOR SHARE";

fn time(row: &Row, place: usize) -> Result<Option<Timestamp>> {
    column(Some(row), place).map(timestamp)
}

pub(super) fn read(row: &Row) -> Result<TaskRecord> {
    let at = Some(row);
    let session: Option<&str> = column(at, 8)?;
    Ok(TaskRecord {
        key: column(at, 0)?,
        queue: column(at, 1)?,
        order: column(at, 2)?,
        state: TaskState::from_str(column(at, 3)?)?,
        priority: column(at, 4)?,
        not_before: time(row, 5)?,
        asked: column(at, 6)?,
        data: column(at, 7)?,
        session: session.map(SessionId::parse).transpose()?,
        attempts: u32::try_from(column::<i64>(at, 9)?).unwrap_or(u32::MAX),
        worker: column(at, 10)?,
        cancelled: column(at, 11)?,
        created: time(row, 12)?.unwrap_or(Timestamp::EPOCH),
        started: time(row, 13)?,
        ended: time(row, 14)?,
    })
}

/// As it is, without keeping others from it.
async fn known_as(writing: &mut Writing, key: &str) -> Result<Option<TaskRecord>, Failure> {
    let account = writing.account;
    let rows = writing.rows(ONE, &[(&account, Type::INT8), (&key, Type::TEXT)]).await?;
    Ok(rows.first().map(read).transpose()?)
}

/// Locked from now on.
async fn one(writing: &mut Writing, key: &str) -> Result<Option<TaskRecord>, Failure> {
    let account = writing.account;
    let rows = writing.rows(LOCKED, &[(&account, Type::INT8), (&key, Type::TEXT)]).await?;
    Ok(rows.first().map(read).transpose()?)
}

pub(super) async fn task(reading: &Reading, key: &str) -> Result<Option<TaskRecord>, Failure> {
    let rows = reading.rows(ONE, &[(&reading.account, Type::INT8), (&key, Type::TEXT)]).await?;
    Ok(rows.first().map(read).transpose()?)
}

pub(super) async fn add(writing: &mut Writing, tasks: &[NewTask]) -> Result<Vec<Option<TaskRecord>>, Failure> {
    const OLD: &str = "DELETE FROM jules.tasks WHERE account = $1 AND ended < $2";
    let account = writing.account;
    writing.rows(TURN, &[(&account, Type::INT8)]).await?;
    let now = places::now(writing).await?;
    let before = now.saturating_sub(whole(KEPT));
    writing.rows(OLD, &[(&account, Type::INT8), (&before, Type::INT8)]).await?;
    let keys: Vec<&str> = tasks.iter().map(|task| task.key.as_str()).collect();
    let queues: Vec<Option<&str>> = tasks.iter().map(|task| task.queue.as_deref()).collect();
    let priorities: Vec<i64> = tasks.iter().map(|task| task.priority).collect();
    let times: Vec<Option<i64>> = tasks.iter().map(|task| nanoseconds(task.not_before)).collect();
    let asked: Vec<&str> = tasks.iter().map(|task| task.asked.as_str()).collect();
    let data: Vec<&str> = tasks.iter().map(|task| task.data.as_str()).collect();
    let params: [Param<'_>; 8] = [
        (&account, Type::INT8),
        (&keys, Type::TEXT_ARRAY),
        (&queues, Type::TEXT_ARRAY),
        (&priorities, Type::INT8_ARRAY),
        (&times, Type::INT8_ARRAY),
        (&asked, Type::TEXT_ARRAY),
        (&data, Type::TEXT_ARRAY),
        (&now, Type::INT8),
    ];
    let rows = writing.rows(ADD, &params).await?;
    let mut added =
        rows.iter().map(|row| column(Some(row), 0)).collect::<Result<std::collections::HashSet<String>>>()?;
    let touched = !added.is_empty();
    let mut known = Vec::with_capacity(tasks.len());
    for NewTask { key, .. } in tasks {
        known.push(if added.remove(key) { None } else { known_as(writing, key).await? });
    }
    if touched {
        writing.touch_tasks().await?;
    }
    Ok(known)
}

pub(super) async fn page(reading: &Reading, page: &TaskPage) -> Result<Vec<TaskRecord>, Failure> {
    const IN_ORDER: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM jules.tasks WHERE account = $1 AND queue = $2 AND (cardinality($3::text[]) = 0 OR state = ANY($3))
          AND place > $5 AND $4::bigint IS NOT NULL ORDER BY place LIMIT $6"
    );
    const BY_END: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM jules.tasks WHERE account = $1 AND queue = $2 AND (cardinality($3::text[]) = 0 OR state = ANY($3))
          AND ended IS NOT NULL AND (ended, place) > ($4, $5) ORDER BY ended, place LIMIT $6"
    );
    let states: Vec<&str> = page.states.iter().map(|state| state.as_str()).collect();
    let after =
        page.after.map_or((i64::MIN, i64::MIN), |after| (nanoseconds(after.ended).unwrap_or(i64::MIN), after.order));
    let limit = i64::from(page.limit);
    let params: [Param<'_>; 6] = [
        (&reading.account, Type::INT8),
        (&page.queue, Type::TEXT),
        (&states, Type::TEXT_ARRAY),
        (&after.0, Type::INT8),
        (&after.1, Type::INT8),
        (&limit, Type::INT8),
    ];
    let rows = reading.rows(if page.finished { BY_END } else { IN_ORDER }, &params).await?;
    Ok(rows.iter().map(read).collect::<Result<_>>()?)
}

pub(super) async fn count(reading: &Reading, queue: &str) -> Result<TaskCounts, Failure> {
    let now: i64 = column(reading.rows(places::NOW, &[]).await?.first(), 0)?;
    let mut counts = TaskCounts { now: timestamp(Some(now)), ..TaskCounts::default() };
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    let key: [Param<'_>; 2] = [(&reading.account, Type::INT8), (&queue, Type::TEXT)];
    for row in &reading.rows(COUNT, &key).await? {
        let state = TaskState::from_str(column(Some(row), 0)?)?;
        counts.states.insert(state, number(column(Some(row), 1)?));
        if state == TaskState::Waiting {
            counts.oldest_waiting = time(row, 2)?;
        }
    }
    counts.workers = number(column(reading.rows(WORKERS, &key).await?.first(), 0)?);
    let since = now.saturating_sub(whole(RATED));
    let [account, queue] = key;
    let rows = reading.rows(LATELY, &[account, queue, (&since, Type::INT8)]).await?;
    counts.finished_lately = number(column(rows.first(), 0)?);
    counts.lately = rows.first().map(|row| time(row, 1)).transpose()?.flatten();
    Ok(counts)
}

/// Why none can be started, as it seems; whoever asks in vain locks nothing.
pub(super) async fn seems_in_vain(reading: &Reading, claim: &Claim) -> Result<Option<Started>, Failure> {
    let params: [Param<'_>; 2] = [(&reading.account, Type::INT8), (&claim.queue, Type::TEXT)];
    let rows = reading.rows(OUTLOOK, &params).await?;
    if column(rows.first(), 3)? {
        let used = places::open(rows.first())?;
        let met = claim.limits.but_for_the_day().met(&used);
        return Ok(met.map(|(bound, ..)| Started::Full(Full { bound, used, left: None })));
    }
    let rows = reading.rows(NEXT, &params).await?;
    let (next, now): (Option<i64>, i64) = (column(rows.first(), 0)?, column(rows.first(), 1)?);
    let next = next.map(|next| until(next, now));
    Ok(Some(Started::Nothing { next }))
}

pub(super) async fn take_over(
    writing: &mut Writing,
    here: &Here,
    (queue, worker): (&str, &str),
) -> Result<Option<(TaskRecord, Grant)>, Failure> {
    const TAKE: &str = "UPDATE jules.tasks SET worker = $3 WHERE account = $1 AND key = $2";
    let account = writing.account;
    let key: [Param<'_>; 3] = [(&account, Type::INT8), (&queue, Type::TEXT), (&here.handle, Type::TEXT)];
    let rows = writing.rows(TO_TAKE_OVER, &key).await?;
    let Some(found) = rows.first().map(read).transpose()? else { return Ok(None) };
    let begun = |task: &TaskRecord| task.state.holds_slot();
    let Some((record, grant)) = locked(writing, here, &found.key, begun).await? else { return Ok(None) };
    let params: [Param<'_>; 3] = [(&account, Type::INT8), (&record.key, Type::TEXT), (&worker, Type::TEXT)];
    writing.rows(TAKE, &params).await?;
    writing.touch_tasks().await?;
    let after = one(writing, &record.key).await?;
    Ok(after.map(|after| (after, grant)))
}

/// A task that was found, with its lease; nothing where another one was faster, or it is not as it was found any more. The
/// lease first, as who changes a task locks them: the other way round they would wait for each other.
async fn locked(
    writing: &mut Writing,
    here: &Here,
    key: &str,
    as_found: impl Fn(&TaskRecord) -> bool,
) -> Result<Option<(TaskRecord, Grant)>, Failure> {
    let acquired = leases::acquire(writing, &LeaseKey::Task(key.to_owned()), here).await?;
    let Acquired::Granted(grant) = acquired else { return Ok(None) };
    let record = one(writing, key).await?.filter(as_found);
    if record.is_none() {
        writing.undo();
    }
    Ok(record.map(|record| (record, grant)))
}

/// The task of a lease that is still held, and is so until the transaction ends; and the server's time. The account's lock comes
/// before, where it is wanted.
async fn under(writing: &mut Writing, grant: &Grant, lock: bool) -> Result<Option<(TaskRecord, i64)>, Failure> {
    let LeaseKey::Task(task) = &grant.key else { return Ok(None) };
    let (account, key) = (writing.account, grant.key.to_string());
    let params: [Param<'_>; 3] = [(&account, Type::INT8), (&key, Type::TEXT), (&grant.generation, Type::INT8)];
    let of_task: [Param<'_>; 2] = [(&account, Type::INT8), (&task, Type::TEXT)];
    let statements: [(&str, &[Param<'_>]); 4] =
        [(places::LOCK, &of_task[..1]), (FENCE, &params), (LOCKED, &of_task), (places::NOW, &[])];
    let answers = writing.pipeline(&statements[usize::from(!lock)..]).await?;
    let [.., fence, found, now] = &answers[..] else { return Ok(None) };
    if fence.is_empty() {
        return Ok(None);
    }
    let now = column(now.first(), 0)?;
    Ok(found.first().map(read).transpose()?.map(|task| (task, now)))
}

pub(super) async fn change(writing: &mut Writing, grant: &Grant, change: &TaskChange) -> Result<TaskChanged, Failure> {
    let Some((before, now)) = under(writing, grant, change.session.is_some()).await? else {
        return Ok(TaskChanged::Fenced);
    };
    if let Some(session) = change.new_session(&before)
        && !places::seat(writing, &before.key, session).await?
    {
        writing.undo();
        return Ok(TaskChanged::Claimed);
    }
    let now = if change.ends(&before) { timestamp(Some(now)) } else { None };
    let after = change.applied(before, now);
    let (account, state) = (writing.account, after.state.as_str());
    let (session, attempts) = (after.session.as_ref().map(SessionId::as_str), i64::from(after.attempts));
    let (not_before, ended) = (nanoseconds(after.not_before), nanoseconds(after.ended));
    let params: [Param<'_>; 8] = [
        (&account, Type::INT8),
        (&after.key, Type::TEXT),
        (&state, Type::TEXT),
        (&after.data, Type::TEXT),
        (&session, Type::TEXT),
        (&attempts, Type::INT8),
        (&not_before, Type::INT8),
        (&ended, Type::INT8),
    ];
    let statements: [(&str, &[Param<'_>]); 3] =
        [(places::REMOVE, &params[..2]), (places::CLOSE, &params[..2]), (CHANGE, &params)];
    let first = match (after.state.holds_slot(), change.refused) {
        (true, _) => 2,
        (false, refused) => usize::from(!refused),
    };
    writing.touch_tasks_after(&statements[first..]).await?;
    Ok(TaskChanged::Done(Box::new(after)))
}

pub(super) async fn cancel(writing: &mut Writing, key: &str) -> Result<Option<TaskRecord>, Failure> {
    const CANCEL: &str = "
        UPDATE jules.tasks SET cancelled = true, state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END,
            ended = CASE state WHEN 'waiting' THEN $3 ELSE ended END
        WHERE account = $1 AND key = $2 AND ended IS NULL RETURNING 1";
    let (account, now) = (writing.account, places::now(writing).await?);
    let params: [Param<'_>; 3] = [(&account, Type::INT8), (&key, Type::TEXT), (&now, Type::INT8)];
    if !writing.rows(CANCEL, &params).await?.is_empty() {
        writing.touch_tasks().await?;
    }
    one(writing, key).await
}

pub(super) async fn forget(writing: &mut Writing, grant: &Grant) -> Result<bool, Failure> {
    const FORGET: &str = "DELETE FROM jules.tasks WHERE account = $1 AND key = $2";
    let Some((before, _)) = under(writing, grant, false).await? else { return Ok(false) };
    let account = writing.account;
    let key: [Param<'_>; 2] = [(&account, Type::INT8), (&before.key, Type::TEXT)];
    writing.touch_tasks_after(&[(places::REMOVE, &key), (places::CLOSE, &key), (FORGET, &key)]).await?;
    Ok(true)
}
