//! Places in the table: what the account's plan counts. Whoever takes one, or puts a session on one, has the account's lock
//! until the transaction ends, so that no two take the last and no session is counted twice.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::faults::Failure;
use super::server::Param;
use super::work::{Reading, Writing, column};
use super::write;
use crate::ground::error::Result;
use crate::ground::model::{SessionId, Timestamp};
use crate::store::tasks::{FRESH, UNDER_WAY};
use crate::store::times::{nanoseconds, timestamp, until};
use crate::store::turn::whole;
use crate::store::{Bound, DAY, Full, PlaceLimits, Shown, Used};

/// Until the transaction ends; the first number tells what it is for.
pub(super) const LOCK: &str = "SELECT pg_advisory_xact_lock(736540715, hashint8($1))";
/// The server's clock, in nanoseconds.
pub(super) const NOW: &str = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint * 1000";
const OPEN: &str = "
    SELECT count(*), count(*) FILTER (WHERE queue = $2), count(*) FILTER (WHERE session IS NULL)
    FROM jules.places WHERE account = $1 AND open";
const IN_DAY: &str = "
    SELECT count(*), count(*) FILTER (WHERE queue = $2) FROM jules.places WHERE account = $1 AND at > $3";
const FREES: &str = "
    SELECT at FROM jules.places WHERE account = $1 AND at > $2 AND ($3::text IS NULL OR queue = $3)
    ORDER BY at DESC LIMIT 1 OFFSET $4";
const TAKE: &str = "
    INSERT INTO jules.places (account, id, at, open) VALUES ($1, $2, $3, true)
    ON CONFLICT (account, id) DO UPDATE SET at = excluded.at, open = true, session = NULL";
const INSERT: &str = "
    INSERT INTO jules.places (account, id, session, at, open) VALUES ($1, 'session/' || $2, $2, $3, $4)
    ON CONFLICT (account, id) DO UPDATE SET open = excluded.open";

macro_rules! occupy {
    ($which:literal) => {
        concat!(
            "UPDATE jules.places SET session = $3, open = coalesce(
                (SELECT open FROM jules.places WHERE account = $1 AND id = 'session/' || $3), open)
             WHERE account = $1 AND open AND session IS NULL AND ",
            $which,
            " RETURNING 1"
        )
    };
}
const OCCUPY: &str = occupy!("id = $2");
const OCCUPY_OF_TASK: &str = occupy!("task = $2");

const LISTED: &str = "DELETE FROM jules.places WHERE account = $1 AND id = 'session/' || $2 AND EXISTS (
    SELECT FROM jules.places WHERE account = $1 AND session = $2 AND id <> 'session/' || $2)";

/// [`NOW`], while something is written.
pub(super) async fn now(writing: &mut Writing) -> Result<i64, Failure> {
    Ok(column(writing.rows(NOW, &[]).await?.first(), 0)?)
}

/// Counts, in columns from this one on.
pub(super) fn numbers<const N: usize>(row: Option<&Row>, from: usize) -> Result<[u64; N]> {
    let mut numbers = [0; N];
    for (place, number) in numbers.iter_mut().enumerate() {
        *number = u64::try_from(column::<i64>(row, from + place)?).unwrap_or_default();
    }
    Ok(numbers)
}

pub(super) fn open(row: Option<&Row>) -> Result<Used> {
    let [slots, queue_slots, pending] = numbers(row, 0)?;
    Ok(Used { slots, queue_slots, pending, ..Used::default() })
}

pub(super) async fn used(reading: &Reading, queue: Option<&str>) -> Result<Used, Failure> {
    let now: i64 = column(reading.rows(NOW, &[]).await?.first(), 0)?;
    let since = now.saturating_sub(whole(DAY));
    let params: [Param<'_>; 3] = [(&reading.account, Type::INT8), (&queue, Type::TEXT), (&since, Type::INT8)];
    let used = open(reading.rows(OPEN, &params[..2]).await?.first())?;
    let [day, queue_day] = numbers(reading.rows(IN_DAY, &params).await?.first(), 0)?;
    Ok(Used { day, queue_day, ..used })
}

pub(super) async fn creations(reading: &Reading, since: Timestamp) -> Result<Vec<(SessionId, Timestamp)>, Failure> {
    const CREATED: &str =
        "SELECT session, at FROM jules.places WHERE account = $1 AND at > $2 AND session IS NOT NULL ORDER BY at";
    let since = nanoseconds(Some(since)).unwrap_or_default();
    let params: [Param<'_>; 2] = [(&reading.account, Type::INT8), (&since, Type::INT8)];
    let rows = reading.rows(CREATED, &params).await?;
    let read = |row: &Row| {
        let (session, at): (&str, i64) = (column(Some(row), 0)?, column(Some(row), 1)?);
        Ok((SessionId::parse(session)?, timestamp(Some(at)).unwrap_or(Timestamp::EPOCH)))
    };
    Ok(rows.iter().map(read).collect::<Result<_>>()?)
}

/// Why there is no place; nothing when there is one. Nobody else takes one until the transaction ends.
async fn full(writing: &mut Writing, limits: PlaceLimits) -> Result<Option<Full>, Failure> {
    let (account, queue) = (writing.account, None::<&str>);
    let key: [Param<'_>; 2] = [(&account, Type::INT8), (&queue, Type::TEXT)];
    // Without waiting in between: the others wait for the lock.
    let answers = writing.pipeline(&[(LOCK, &key[..1]), (NOW, &[]), (OPEN, &key)]).await?;
    let first = |place: usize| answers.get(place).and_then(|rows| rows.first());
    let now: i64 = column(first(1), 0)?;
    let mut used = open(first(2))?;
    if limits != limits.but_for_the_day() {
        let since = now.saturating_sub(whole(DAY));
        let params: [Param<'_>; 3] = [(&account, Type::INT8), (&queue, Type::TEXT), (&since, Type::INT8)];
        [used.day, used.queue_day] = numbers(writing.rows(IN_DAY, &params).await?.first(), 0)?;
    }
    met(writing, queue, (limits, used), now).await
}

/// Which of the limits leaves no room, and until when.
pub(super) async fn met(
    writing: &mut Writing,
    queue: Option<&str>,
    (limits, used): (PlaceLimits, Used),
    now: i64,
) -> Result<Option<Full>, Failure> {
    let Some((bound, limit, of_queue)) = limits.met(&used) else { return Ok(None) };
    let left = match bound {
        Bound::Day => {
            let (account, since, queue) = (writing.account, now.saturating_sub(whole(DAY)), queue.filter(|_| of_queue));
            let offset = i64::try_from(limit.saturating_sub(1)).unwrap_or(i64::MAX);
            let params: [Param<'_>; 4] =
                [(&account, Type::INT8), (&since, Type::INT8), (&queue, Type::TEXT), (&offset, Type::INT8)];
            let rows = writing.rows(FREES, &params).await?;
            let at: Option<i64> = rows.first().map(|row| column(Some(row), 0)).transpose()?;
            at.map(|at| until(at.saturating_add(whole(DAY)), now))
        }
        Bound::Slots | Bound::Pending => None,
    };
    Ok(Some(Full { bound, used, left }))
}

pub(super) async fn take(writing: &mut Writing, id: &str, limits: PlaceLimits) -> Result<Option<Full>, Failure> {
    let full = full(writing, limits).await?;
    if full.is_none() {
        let (account, now) = (writing.account, now(writing).await?);
        writing.rows(TAKE, &[(&account, Type::INT8), (&id, Type::TEXT), (&now, Type::INT8)]).await?;
        writing.touch_tasks().await?;
    }
    Ok(full)
}

/// A session was created.
pub(super) async fn fill(
    writing: &mut Writing,
    place: Option<&str>,
    session: &SessionId,
    at: Timestamp,
) -> Result<(), Failure> {
    const KNOWN: &str = "SELECT id <> 'session/' || $2 FROM jules.places WHERE account = $1 AND session = $2";
    let (account, id) = (writing.account, session.as_str());
    let params: [Param<'_>; 2] = [(&account, Type::INT8), (&id, Type::TEXT)];
    let is_placed = |known: &[Row]| -> Result<bool> {
        Ok(known.iter().map(|row| column(Some(row), 0)).collect::<Result<Vec<bool>>>()?.contains(&true))
    };
    // A task's session has its place already, and keeps it: nobody is kept waiting for that.
    if is_placed(&writing.rows(KNOWN, &params).await?)? {
        return Ok(());
    }
    lock(writing).await?;
    let known = writing.rows(KNOWN, &params).await?;
    let placed = is_placed(&known)?;
    let filled = match place {
        Some(place) if !placed => occupy(writing, OCCUPY, place, session).await?,
        _ => false,
    };
    if !filled && known.is_empty() {
        insert(writing, session, nanoseconds(Some(at)).unwrap_or_default(), true).await?;
    }
    writing.touch_tasks().await
}

/// Puts a session on the free place that the statement finds. A listing may have shown the session before: then it is counted
/// already, and from here on by its place.
async fn occupy(
    writing: &mut Writing,
    statement: &'static str,
    value: &str,
    session: &SessionId,
) -> Result<bool, Failure> {
    let (account, id) = (writing.account, session.as_str());
    let params: [Param<'_>; 3] = [(&account, Type::INT8), (&value, Type::TEXT), (&id, Type::TEXT)];
    let listed: [Param<'_>; 2] = [(&account, Type::INT8), (&id, Type::TEXT)];
    let answers = writing.pipeline(&[(statement, &params), (LISTED, &listed)]).await?;
    Ok(answers.first().is_some_and(|rows| !rows.is_empty()))
}

async fn insert(writing: &mut Writing, session: &SessionId, at: i64, open: bool) -> Result<(), Failure> {
    let (account, id) = (writing.account, session.as_str());
    let params: [Param<'_>; 4] = [(&account, Type::INT8), (&id, Type::TEXT), (&at, Type::INT8), (&open, Type::BOOL)];
    writing.rows(INSERT, &params).await.map(drop)
}

pub(super) async fn remove(writing: &mut Writing, place: &str) -> Result<(), Failure> {
    const REMOVE: &str = "DELETE FROM jules.places WHERE account = $1 AND id = $2 AND session IS NULL RETURNING 1";
    let account = writing.account;
    let gone = writing.rows(REMOVE, &[(&account, Type::INT8), (&place, Type::TEXT)]).await?;
    if gone.is_empty() { Ok(()) } else { writing.touch_tasks().await }
}

pub(super) async fn free(writing: &mut Writing, session: &SessionId) -> Result<(), Failure> {
    const FREE: &str = "UPDATE jules.places SET open = false WHERE account = $1 AND session = $2 AND open RETURNING 1";
    let (account, id) = (writing.account, session.as_str());
    let freed = writing.rows(FREE, &[(&account, Type::INT8), (&id, Type::TEXT)]).await?;
    if freed.is_empty() { Ok(()) } else { writing.touch_tasks().await }
}

/// A task holds no slot any more.
pub(super) const CLOSE: &str = "UPDATE jules.places SET open = false WHERE account = $1 AND task = $2 AND open";
/// One whose create was refused was none of the day's either.
pub(super) const REMOVE: &str =
    "DELETE FROM jules.places WHERE account = $1 AND task = $2 AND open AND session IS NULL";

/// The account's lock, which comes before all others. In another order there would be deadlocks: behind it come the handle,
/// leases, tasks, sessions (several by their ids), places, and in the end the account's row.
pub(super) async fn lock(writing: &mut Writing) -> Result<(), Failure> {
    let account = writing.account;
    writing.rows(LOCK, &[(&account, Type::INT8)]).await.map(drop)
}

/// Takes a session for a task and puts it on the task's place, unless somebody has it. Under the lock: a listing that shows the
/// session at this moment would neither see its place nor be seen. The others wait for that, so it is all sent at once.
pub(super) async fn seat(writing: &mut Writing, task: &str, session: &SessionId) -> Result<bool, Failure> {
    let (account, id) = (writing.account, session.as_str());
    let of_session: [Param<'_>; 2] = [(&account, Type::INT8), (&id, Type::TEXT)];
    let of_task: [Param<'_>; 3] = [(&account, Type::INT8), (&task, Type::TEXT), (&id, Type::TEXT)];
    let statements: [(&str, &[Param<'_>]); 3] =
        [(write::CLAIM, &of_session), (OCCUPY_OF_TASK, &of_task), (LISTED, &of_session)];
    let answers = writing.pipeline(&statements).await?;
    Ok(answers.first().is_some_and(|rows| !rows.is_empty()))
}

/// The sessions that hold a slot.
pub(super) async fn open_sessions(reading: &Reading) -> Result<Vec<SessionId>, Failure> {
    const OPEN: &str = "SELECT session FROM jules.places WHERE account = $1 AND open AND session IS NOT NULL";
    let rows = reading.rows(OPEN, &[(&reading.account, Type::INT8)]).await?;
    let sessions = rows.iter().map(|row| SessionId::parse(column::<&str>(Some(row), 0)?));
    Ok(sessions.collect::<Result<_>>()?)
}

/// However many were seen, the others wait for a few statements, and only what differs is written.
pub(super) async fn settle(writing: &mut Writing, shown: &Shown) -> Result<(), Failure> {
    const SEEN: &str = "UPDATE jules.places SET open = seen.open
        FROM unnest($2::text[], $3::bool[]) AS seen (id, open)
        WHERE account = $1 AND session = seen.id AND places.open <> seen.open
            AND NOT (seen.open AND (at >= $4 OR session = ANY($5))) RETURNING 1";
    const NEW: &str = "INSERT INTO jules.places (account, id, session, at, open)
        SELECT DISTINCT ON (seen.id) $1, 'session/' || seen.id, seen.id, seen.at, seen.open
        FROM unnest($2::text[], $3::bool[], $4::bigint[]) AS seen (id, open, at)
        WHERE NOT EXISTS (SELECT FROM jules.places WHERE account = $1 AND session = seen.id)
        ON CONFLICT (account, id) DO UPDATE SET open = excluded.open RETURNING 1";
    const GONE: &str = "UPDATE jules.places SET open = false
        WHERE account = $1 AND open AND session IS NOT NULL AND at < $2 AND session <> ALL($3) RETURNING 1";
    const OLD: &str = "DELETE FROM jules.places WHERE account = $1
        AND (NOT open AND at <= $2 OR open AND session IS NULL AND task IS NULL AND (at < $3 OR at > $4)) RETURNING 1";
    let account = writing.account;
    lock(writing).await?;
    let now = now(writing).await?;
    let (fresh, day) = (now.saturating_sub(whole(FRESH + shown.age)), now.saturating_sub(whole(DAY)));
    // What was taken later than now was taken before the server's clock was put back.
    let (long_ago, not_yet) = (now.saturating_sub(whole(UNDER_WAY)), now.saturating_add(whole(UNDER_WAY)));
    let seen = &shown.sessions;
    let open_before: Vec<&str> = shown.open_before.iter().map(SessionId::as_str).collect();
    let ids: Vec<&str> = seen.iter().map(|seen| seen.session.as_str()).collect();
    let states: Vec<bool> = seen.iter().map(|seen| seen.open).collect();
    let times: Vec<i64> = seen.iter().map(|seen| nanoseconds(Some(seen.at)).unwrap_or(now)).collect();
    let open: Vec<&str> = seen.iter().filter(|seen| seen.open).map(|seen| seen.session.as_str()).collect();
    let known: [Param<'_>; 5] = [
        (&account, Type::INT8),
        (&ids, Type::TEXT_ARRAY),
        (&states, Type::BOOL_ARRAY),
        (&fresh, Type::INT8),
        (&open_before, Type::TEXT_ARRAY),
    ];
    let new: [Param<'_>; 4] =
        [(&account, Type::INT8), (&ids, Type::TEXT_ARRAY), (&states, Type::BOOL_ARRAY), (&times, Type::INT8_ARRAY)];
    let gone: [Param<'_>; 3] = [(&account, Type::INT8), (&fresh, Type::INT8), (&open, Type::TEXT_ARRAY)];
    let old: [Param<'_>; 4] =
        [(&account, Type::INT8), (&day, Type::INT8), (&long_ago, Type::INT8), (&not_yet, Type::INT8)];
    let changed = writing.pipeline(&[(SEEN, &known), (NEW, &new), (GONE, &gone), (OLD, &old)]).await?;
    if changed.iter().all(Vec::is_empty) { Ok(()) } else { writing.touch_tasks().await }
}
