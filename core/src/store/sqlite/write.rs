//! Writing: activities, a look at the session, the mark and the watcher's status in one transaction.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::checksum::{ActivityRow, checksum};
use super::work::Writing;
use super::{LARGE_BODY, evict, index, leases, looks, nanoseconds};
use crate::ground::model::SessionId;
use crate::store::body;
use crate::store::marks::StoredMark;
use crate::store::{Batch, Commit, Committed, NewActivity, Position, SessionRecord};

const STANDING: &str = "
    SELECT session, last_position, activities, newest, page_token, reconciled, mark_checksum FROM sessions
    WHERE account = ?1 AND id = ?2";
const INSERT: &str = "
    INSERT INTO activities (session, account, id, type, originator, create_time, is_empty, body, checksum)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (session, id) DO NOTHING";
const REPLACE_EMPTY: &str = "
    UPDATE activities SET type = ?3, originator = ?4, create_time = ?5, is_empty = ?6, body = ?7, checksum = ?8
    WHERE session = ?1 AND id = ?2 AND is_empty = 1 AND (?6 = 0 OR substr(body, 1, length(?9)) = ?9) RETURNING position";
const MOVE: &str = "
    UPDATE sessions SET change = ?2, looks = looks + ?3, deleted = iif(?3 > 0, 0, deleted), status = ifnull(?4, status)
    WHERE session = ?1";
const STAND: &str = "
    UPDATE sessions SET last_position = ?2, activities = ?3, newest = ?4, page_token = ?5, reconciled = ?6,
        mark_checksum = ?7
    WHERE session = ?1";

/// A mark from three columns.
pub(super) fn read_mark(row: &Row<'_>, first: usize) -> rusqlite::Result<StoredMark> {
    Ok(StoredMark { newest: row.get(first)?, page_token: row.get(first + 1)?, reconciled: row.get(first + 2)? })
}

/// Where a session stands before a commit.
#[derive(Default)]
pub(super) struct Standing {
    pub(super) session: Option<i64>,
    pub(super) end: i64,
    pub(super) count: u64,
    pub(super) mark: StoredMark,
}

impl Standing {
    /// From seven columns: the session's number, its end, its count, its mark in three, their checksum. What was damaged is
    /// told from the activities that are there; the mark is at the beginning then.
    pub(super) fn read(connection: &Connection, row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        let session: i64 = row.get(first)?;
        let mut values = [ValueRef::Null; 5];
        for (place, value) in values.iter_mut().enumerate() {
            *value = row.get_ref(first + 1 + place)?;
        }
        let written: Option<i64> = row.get(first + 6).unwrap_or(Some(-1));
        let read = || {
            let (end, count) = (row.get(first + 1)?, row.get(first + 2)?);
            Ok(Self { session: Some(session), end, count, mark: read_mark(row, first + 3)? })
        };
        match written.is_none_or(|written| written == checksum(&values)) {
            true => read(),
            false => Self::counted(connection, session),
        }
    }

    fn counted(connection: &Connection, session: i64) -> rusqlite::Result<Self> {
        tracing::warn!(target: "jules::store", "a session's watermark in the cache is damaged; comparing it with the server again");
        let sql = "SELECT ifnull(max(position), 0), count(*) FROM activities WHERE session = ?1";
        connection.prepare_cached(sql)?.query_row([session], |row| {
            let (end, count) = (row.get(0)?, row.get(1)?);
            Ok(Self { session: Some(session), end, count, mark: StoredMark::default() })
        })
    }
}

/// Notes where a session stands.
pub(super) fn put_standing(connection: &Connection, standing: &Standing) -> rusqlite::Result<()> {
    let Standing { session, end, count, mark } = standing;
    let count = i64::try_from(*count).unwrap_or(i64::MAX);
    let checksum = checksum(&[
        ValueRef::Integer(*end),
        ValueRef::Integer(count),
        mark.newest.map_or(ValueRef::Null, ValueRef::Integer),
        mark.page_token.as_deref().map_or(ValueRef::Null, ValueRef::from),
        mark.reconciled.map_or(ValueRef::Null, ValueRef::Integer),
    ]);
    let row = params![session, end, count, mark.newest, mark.page_token, mark.reconciled, checksum];
    connection.prepare_cached(STAND)?.execute(row).map(drop)
}

pub(super) fn standing(connection: &Connection, account: i64, id: &SessionId) -> rusqlite::Result<Standing> {
    let mut statement = connection.prepare_cached(STANDING)?;
    let found = statement.query_row(params![account, id.as_str()], |row| Standing::read(connection, row, 0));
    found.optional().map(Option::unwrap_or_default)
}

pub(super) fn commit(writing: &mut Writing<'_>, id: &SessionId, batch: &Batch) -> rusqlite::Result<Commit> {
    if let Some(fence) = &batch.fence
        && !leases::has(writing, writing.account, fence)?
    {
        return Ok(Commit::Fenced);
    }
    let before = standing(writing, writing.account, id)?;
    if let Some(mark) = &batch.mark
        && StoredMark::of(&mark.from) != before.mark
    {
        return Ok(Commit::MarkMoved(before.mark.mark()));
    }
    let mark = batch.mark.as_ref().map_or_else(|| before.mark.clone(), |mark| StoredMark::of(&mark.to));
    let nothing = batch.activities.is_empty() && batch.session.is_none() && batch.status.is_none();
    if nothing && mark == before.mark {
        let committed = Committed { new: Vec::new(), end: Position(before.end), count: before.count };
        return Ok(Commit::Done(committed));
    }
    let session = match before.session {
        Some(session) => session,
        None => writing.session(id)?,
    };
    let taken = put_activities(writing, session, &batch.activities)?;
    if let Some(record) = &batch.session {
        looks::put(writing, session, id, record)?;
    }
    let committed = Committed {
        count: before.count + taken.new.len() as u64,
        end: Position(before.end.max(taken.end)),
        new: taken.new,
    };
    let quiet = committed.new.is_empty() && !taken.replaced && batch.session.is_none() && batch.status.is_none();
    if !quiet || mark != before.mark {
        let change = writing.change()?;
        let looks = u64::from(batch.session.is_some());
        writing.prepare_cached(MOVE)?.execute(params![session, change, looks, batch.status])?;
        let (end, count) = (committed.end.0, committed.count);
        put_standing(writing, &Standing { session: Some(session), end, count, mark })?;
        writing.wakes(id);
    }
    Ok(Commit::Done(committed))
}

/// What became of a batch's activities.
struct Taken {
    new: Vec<usize>,
    replaced: bool,
    /// Where the last new one stands; zero without any.
    end: i64,
}

fn put_activities(writing: &Writing<'_>, session: i64, activities: &[NewActivity]) -> rusqlite::Result<Taken> {
    let mut taken = Taken { new: Vec::new(), replaced: false, end: 0 };
    let mut texts = Vec::with_capacity(activities.len());
    let mut insert = writing.prepare_cached(INSERT)?;
    for (place, activity) in activities.iter().enumerate() {
        let time = nanoseconds(activity.create_time);
        let (NewActivity { id, kind, originator, empty, .. }, body) = (activity, small(activity));
        let checksum = row_of(session, activity).checksum();
        if insert.execute(params![session, writing.account, id, kind, originator, time, empty, body, checksum])? == 1 {
            taken.end = writing.last_insert_rowid();
            put_large(writing, taken.end, activity)?;
            texts.push((taken.end, activity.texts.as_str()));
            taken.new.push(place);
        } else {
            taken.replaced |= replace_empty(writing, session, activity)?;
        }
    }
    index::put_activities(writing, &texts)?;
    if !taken.new.is_empty() {
        writing
            .prepare_cached("UPDATE accounts SET activities = activities + ?2 WHERE account = ?1")?
            .execute(params![writing.account, taken.new.len() as u64])?;
    }
    Ok(taken)
}

fn replace_empty(writing: &Writing<'_>, session: i64, activity: &NewActivity) -> rusqlite::Result<bool> {
    let NewActivity { id, kind, originator, create_time, empty, .. } = activity;
    let (time, checksum) = (nanoseconds(*create_time), row_of(session, activity).checksum());
    let row = params![session, id, kind, originator, time, empty, small(activity), checksum, body::DAMAGED];
    let position: Option<i64> = writing.prepare_cached(REPLACE_EMPTY)?.query_row(row, |row| row.get(0)).optional()?;
    if let Some(position) = position {
        writing.prepare_cached("DELETE FROM large_bodies WHERE position = ?1")?.execute([position])?;
        put_large(writing, position, activity)?;
        index::replace_activity(writing, position, &activity.texts)?;
    }
    Ok(position.is_some())
}

fn row_of(session: i64, activity: &NewActivity) -> ActivityRow<'_> {
    let NewActivity { id, kind, originator, create_time, empty, body, .. } = activity;
    let create_time = nanoseconds(*create_time);
    ActivityRow { session, id, kind, originator, create_time, empty: *empty, body }
}

/// A body that stands in its activity's row.
fn small(activity: &NewActivity) -> Option<&str> {
    (activity.body.len() <= LARGE_BODY).then_some(&*activity.body)
}

fn put_large(connection: &Connection, position: i64, activity: &NewActivity) -> rusqlite::Result<()> {
    if small(activity).is_none() {
        connection
            .prepare_cached("INSERT INTO large_bodies (position, body) VALUES (?1, ?2)")?
            .execute(params![position, &*activity.body])?;
    }
    Ok(())
}

/// Remembers looks at sessions.
pub(super) fn put_sessions(writing: &mut Writing<'_>, records: &[(SessionId, SessionRecord)]) -> rusqlite::Result<()> {
    for (id, record) in records {
        let session = writing.session(id)?;
        looks::put(writing, session, id, record)?;
        writing
            .prepare_cached("UPDATE sessions SET looks = looks + 1, deleted = 0 WHERE session = ?1")?
            .execute([session])?;
        writing.touch(id)?;
    }
    Ok(())
}

pub(super) fn set_deleted(writing: &mut Writing<'_>, id: &SessionId, deleted: bool) -> rusqlite::Result<()> {
    let session = writing.session(id)?;
    let changed = writing
        .prepare_cached("UPDATE sessions SET deleted = ?2 WHERE session = ?1 AND deleted <> ?2")?
        .execute(params![session, deleted])?;
    if changed > 0 { writing.touch(id) } else { Ok(()) }
}

pub(super) fn forget(writing: &mut Writing<'_>, id: &SessionId) -> rusqlite::Result<()> {
    leases::revoke(writing, id)?;
    if let Some(session) = standing(writing, writing.account, id)?.session {
        let change = writing.change()?;
        evict::forget(writing, session, change)?;
        writing.wakes(id);
    }
    Ok(())
}

pub(super) fn claim(writing: &mut Writing<'_>, id: &SessionId) -> rusqlite::Result<bool> {
    // What a task has is its own, also when the session's row was evicted meanwhile.
    let of_task = "SELECT 1 FROM tasks WHERE account = ?1 AND session = ?2";
    if writing.prepare_cached(of_task)?.exists(params![writing.account, id.as_str()])? {
        return Ok(false);
    }
    let session = writing.session(id)?;
    let claimed = writing
        .prepare_cached("UPDATE sessions SET claimed = 1 WHERE session = ?1 AND claimed = 0")?
        .execute([session])?;
    Ok(claimed > 0)
}

/// Counts an act of the user.
pub(super) fn act(writing: &mut Writing<'_>, id: &SessionId, note: Option<&str>) -> rusqlite::Result<u64> {
    let session = writing.session(id)?;
    writing.touch(id)?;
    writing
        .prepare_cached("UPDATE sessions SET acts = acts + 1, act = ?2 WHERE session = ?1 RETURNING acts")?
        .query_row(params![session, note], |row| row.get(0))
}
