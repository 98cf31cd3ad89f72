//! Writing: activities, a look at the session, the mark and the watcher's status in one transaction.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::work::Writing;
use super::{LARGE_BODY, evict, index, leases, looks, nanoseconds, timestamp};
use crate::ground::model::SessionId;
use crate::store::{Batch, Commit, Committed, Mark, NewActivity, Position, SessionRecord};

const STANDING: &str = "
    SELECT session, last_position, activities, newest, page_token, reconciled FROM sessions
    WHERE account = ?1 AND id = ?2";
const INSERT: &str = "
    INSERT INTO activities (session, account, id, type, originator, create_time, is_empty, body)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (session, id) DO NOTHING";
const REPLACE_EMPTY: &str = "
    UPDATE activities SET type = ?3, originator = ?4, create_time = ?5, is_empty = 0, body = ?6
    WHERE session = ?1 AND id = ?2 AND is_empty = 1 RETURNING position";
const MOVE: &str = "
    UPDATE sessions SET change = ?2, last_position = max(last_position, ?3), activities = activities + ?4, looks = looks + ?5,
        deleted = iif(?5 > 0, 0, deleted),
        newest = ?6, page_token = ?7, reconciled = ?8, status = ifnull(?9, status)
    WHERE session = ?1";

/// A mark as columns hold it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StoredMark {
    newest: Option<i64>,
    page_token: Option<String>,
    reconciled: Option<i64>,
}

impl StoredMark {
    pub(super) fn of(mark: &Mark) -> Self {
        Self {
            newest: nanoseconds(mark.newest),
            page_token: mark.page_token.clone(),
            reconciled: mark.reconciled.and_then(|count| i64::try_from(count).ok()),
        }
    }

    /// From three columns.
    pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<Self> {
        Ok(Self { newest: row.get(first)?, page_token: row.get(first + 1)?, reconciled: row.get(first + 2)? })
    }

    pub(super) fn mark(self) -> Mark {
        Mark {
            newest: timestamp(self.newest),
            page_token: self.page_token,
            reconciled: self.reconciled.and_then(|count| u64::try_from(count).ok()),
        }
    }
}

/// Where a session stands before a commit.
#[derive(Default)]
struct Standing {
    session: Option<i64>,
    end: i64,
    count: u64,
    mark: StoredMark,
}

fn standing(connection: &Connection, account: i64, id: &SessionId) -> rusqlite::Result<Standing> {
    let found = connection.prepare_cached(STANDING)?.query_row(params![account, id.as_str()], |row| {
        Ok(Standing { session: row.get(0)?, end: row.get(1)?, count: row.get(2)?, mark: StoredMark::read(row, 3)? })
    });
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
        let (new, looks) = (committed.new.len() as u64, u64::from(batch.session.is_some()));
        let row = params![
            session,
            change,
            taken.end,
            new,
            looks,
            mark.newest,
            mark.page_token,
            mark.reconciled,
            batch.status
        ];
        writing.prepare_cached(MOVE)?.execute(row)?;
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
        if insert.execute(params![session, writing.account, id, kind, originator, time, empty, body])? == 1 {
            taken.end = writing.last_insert_rowid();
            put_large(writing, taken.end, activity)?;
            texts.push((taken.end, activity.texts.as_str()));
            taken.new.push(place);
        } else if !empty {
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
    let NewActivity { id, kind, originator, create_time, .. } = activity;
    let row = params![session, id, kind, originator, nanoseconds(*create_time), small(activity)];
    let position: Option<i64> = writing.prepare_cached(REPLACE_EMPTY)?.query_row(row, |row| row.get(0)).optional()?;
    if let Some(position) = position {
        writing.prepare_cached("DELETE FROM large_bodies WHERE position = ?1")?.execute([position])?;
        put_large(writing, position, activity)?;
        index::replace_activity(writing, position, &activity.texts)?;
    }
    Ok(position.is_some())
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
    if let Some(session) = standing(writing, writing.account, id)?.session {
        let change = writing.change()?;
        evict::forget(writing, session, change)?;
        writing.wakes(id);
    }
    Ok(())
}

pub(super) fn claim(writing: &mut Writing<'_>, id: &SessionId) -> rusqlite::Result<bool> {
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
