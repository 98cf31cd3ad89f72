//! Writing: activities, a look at the session, the mark and the watcher's status in one transaction. Whoever writes a session
//! locks its row first, so its positions become visible as they rise.

use std::collections::HashSet;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::faults::Failure;
use super::leases;
use super::looks::{self, Before};
use super::notices::Changed;
use super::server::Param;
use super::work::{Writing, column};
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::store::marks::StoredMark;
use crate::store::search::RUN;
use crate::store::times::nanoseconds;
use crate::store::{Batch, Commit, Committed, Mark, NewActivity, Position, SessionRecord};

const FENCE: &str =
    "SELECT 1 FROM jules.leases WHERE account = $1 AND key = $2 AND generation = $3 AND handle IS NOT NULL
    FOR SHARE";
const STANDING: &str = "SELECT session, last_position, activities, newest, page_token, reconciled FROM jules.sessions
    WHERE account = $1 AND id = $2 FOR UPDATE";
/// Positions have gaps where an activity was known; they begin with the session's number, so none is used again.
const PUT: &str = "
    WITH given AS (
        SELECT * FROM unnest($3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::boolean[], $9::text[], $10::text[])
            WITH ORDINALITY AS given (id, type, originator, create_time, sort_time, is_empty, runs, body, place)
    ), taken AS (
        INSERT INTO jules.activities
            (position, session, account, id, type, originator, create_time, sort_time, is_empty, runs, body)
        SELECT $11 + place, $1, $2, id, type, originator, create_time, sort_time, is_empty, runs::integer[], body
        FROM given ORDER BY place ON CONFLICT (session, id) DO NOTHING RETURNING position
    )
    UPDATE jules.sessions SET
        change = CASE WHEN $12 OR EXISTS (SELECT FROM taken) THEN greatest(change, session << 32) + 1 ELSE change END,
        last_position = greatest(last_position, (SELECT max(position) FROM taken)),
        activities = activities + (SELECT count(*) FROM taken), looks = looks + $13, deleted = deleted AND $13 = 0,
        newest = $14, page_token = $15, reconciled = $16, status = coalesce($17, status)
    WHERE session = $1
    RETURNING change, last_position, activities, ARRAY(SELECT position - $11 FROM taken ORDER BY position)";
const REPLACE_EMPTY: &str = "
    UPDATE jules.activities AS known SET type = given.type, originator = given.originator,
        create_time = given.create_time, sort_time = given.sort_time, is_empty = false,
        runs = given.runs::integer[], body = given.body
    FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[])
        AS given (id, type, originator, create_time, sort_time, runs, body)
    WHERE known.session = $1 AND known.id = given.id AND known.is_empty RETURNING 1";

/// A mark from three columns.
pub(super) fn read_mark(row: &Row, first: usize) -> Result<StoredMark> {
    let row = Some(row);
    Ok(StoredMark {
        newest: column(row, first)?,
        page_token: column(row, first + 1)?,
        reconciled: column(row, first + 2)?,
    })
}

/// A mark as columns can hold it.
fn mark_of(mark: &Mark) -> StoredMark {
    let stored = StoredMark::of(mark);
    StoredMark { page_token: stored.page_token.as_deref().map(clean), ..stored }
}

/// Text as PostgreSQL takes it: it has no NUL.
pub(super) fn clean(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }
}

/// The runs of three letters in folded texts, as an array of numbers that PostgreSQL reads.
pub(super) fn runs(texts: &str) -> String {
    let letters: Vec<char> = texts.chars().collect();
    let runs: HashSet<i32> = letters.windows(RUN).map(number).collect();
    let mut array = String::with_capacity(runs.len() * 11 + 2);
    array.push('{');
    for run in runs {
        if array.len() > 1 {
            array.push(',');
        }
        array.push_str(&run.to_string());
    }
    array.push('}');
    array
}

/// A run as a number. Some runs share one: whoever searches looks at the row itself.
pub(super) fn number(run: &[char]) -> i32 {
    let mixed = run.iter().fold(0_u64, |mixed, letter| (mixed << 21) | u64::from(u32::from(*letter)));
    let spread = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    i32::from_ne_bytes(((spread >> 32) as u32).to_ne_bytes())
}

/// Activities, column by column.
#[derive(Default)]
struct Columns {
    ids: Vec<String>,
    kinds: Vec<&'static str>,
    originators: Vec<String>,
    times: Vec<Option<i64>>,
    sort_times: Vec<i64>,
    empty: Vec<bool>,
    runs: Vec<String>,
    bodies: Vec<String>,
}

impl Columns {
    fn of<'a>(activities: impl Iterator<Item = &'a NewActivity>) -> Self {
        let mut columns = Self::default();
        for activity in activities {
            let time = nanoseconds(activity.create_time);
            columns.ids.push(clean(&activity.id));
            columns.kinds.push(activity.kind);
            columns.originators.push(clean(&activity.originator));
            columns.times.push(time);
            columns.sort_times.push(time.unwrap_or(i64::MIN));
            columns.empty.push(activity.empty);
            columns.runs.push(runs(&activity.texts));
            columns.bodies.push(clean(&activity.body));
        }
        columns
    }
}

/// Where a session stands before a commit.
#[derive(Default)]
struct Standing {
    session: Option<i64>,
    end: i64,
    count: i64,
    mark: StoredMark,
}

impl Standing {
    fn read(row: Option<&Row>) -> Result<Self> {
        let Some(row) = row else { return Ok(Self::default()) };
        let mark = read_mark(row, 3)?;
        let row = Some(row);
        Ok(Self { session: Some(column(row, 0)?), end: column(row, 1)?, count: column(row, 2)?, mark })
    }
}

pub(super) async fn commit(writing: &mut Writing, id: &SessionId, batch: &Batch) -> Result<Commit, Failure> {
    loop {
        let (before, look, fenced) = stand(writing, id, batch).await?;
        if let Some(refused) = refusal(&before, batch, fenced) {
            writing.undo();
            return Ok(refused);
        }
        let mark = batch.mark.as_ref().map_or_else(|| before.mark.clone(), |mark| mark_of(&mark.to));
        let session = match before.session {
            Some(session) => Some(session),
            None => writing.insert_session(id.as_str()).await?,
        };
        // Else somebody else has added it meanwhile: what was read of it is not true any more.
        if let Some(session) = session {
            let put = Put { session, id, batch, mark: &mark, loud: mark != before.mark, end: before.end };
            return put.put(writing, look.as_ref()).await.map(Commit::Done);
        }
    }
}

/// Why nothing is written, where nothing is.
fn refusal(before: &Standing, batch: &Batch, fenced: bool) -> Option<Commit> {
    if fenced {
        return Some(Commit::Fenced);
    }
    let mark = batch.mark.as_ref().map(|mark| (mark_of(&mark.from), mark_of(&mark.to)));
    if mark.as_ref().is_some_and(|(from, _)| *from != before.mark) {
        return Some(Commit::MarkMoved(before.mark.clone().mark()));
    }
    let nothing = batch.activities.is_empty() && batch.session.is_none() && batch.status.is_none();
    let stays = mark.is_none_or(|(_, to)| to == before.mark);
    (nothing && stays).then(|| {
        let (end, count) = (Position(before.end), u64::try_from(before.count).unwrap_or_default());
        Commit::Done(Committed { new: Vec::new(), end, count })
    })
}

/// Looks where the session stands, locked from now on; at what is known of it where that is needed; and whether the fence's
/// lease has changed hands, which it can't from now on.
async fn stand(
    writing: &mut Writing,
    id: &SessionId,
    batch: &Batch,
) -> Result<(Standing, Option<Before>, bool), Failure> {
    let (account, id) = (writing.account, id.as_str());
    let key: [Param<'_>; 2] = [(&account, Type::INT8), (&id, Type::TEXT)];
    let fence = batch.fence.as_ref().map(|fence| (fence.key.to_string(), fence.generation));
    let fence: Option<[Param<'_>; 3]> = fence
        .as_ref()
        .map(|(key, generation)| [(&account as _, Type::INT8), (key as _, Type::TEXT), (generation as _, Type::INT8)]);
    let mut statements: Vec<(&'static str, &[Param<'_>])> = Vec::with_capacity(3);
    if let Some(fence) = &fence {
        statements.push((FENCE, fence));
    }
    statements.push((STANDING, &key));
    if batch.session.is_some() {
        statements.push((looks::BEFORE, &key));
    }
    let mut answers = writing.pipeline(&statements).await?.into_iter();
    let fenced = fence.is_some() && answers.next().is_none_or(|rows| rows.is_empty());
    let standing = Standing::read(answers.next().unwrap_or_default().first())?;
    let look = answers.next().unwrap_or_default().first().map(Before::read).transpose()?;
    Ok((standing, look, fenced))
}

/// What is to be written to a session that is locked.
struct Put<'p> {
    session: i64,
    id: &'p SessionId,
    batch: &'p Batch,
    mark: &'p StoredMark,
    /// Whether it is a change in any case.
    loud: bool,
    end: i64,
}

impl Put<'_> {
    async fn put(&self, writing: &mut Writing, look: Option<&Before>) -> Result<Committed, Failure> {
        let Self { session, batch, mark, .. } = self;
        let given = Columns::of(batch.activities.iter());
        let loud = self.loud || batch.session.is_some() || batch.status.is_some();
        // The session's number stands in front, so that no position is used again.
        let base = self.end.max(session << 32);
        let (account, looks) = (writing.account, i64::from(batch.session.is_some()));
        let status = batch.status.as_deref().map(clean);
        let params: [Param<'_>; 17] = [
            (session, Type::INT8),
            (&account, Type::INT8),
            (&given.ids, Type::TEXT_ARRAY),
            (&given.kinds, Type::TEXT_ARRAY),
            (&given.originators, Type::TEXT_ARRAY),
            (&given.times, Type::INT8_ARRAY),
            (&given.sort_times, Type::INT8_ARRAY),
            (&given.empty, Type::BOOL_ARRAY),
            (&given.runs, Type::TEXT_ARRAY),
            (&given.bodies, Type::TEXT_ARRAY),
            (&base, Type::INT8),
            (&loud, Type::BOOL),
            (&looks, Type::INT8),
            (&mark.newest, Type::INT8),
            (&mark.page_token, Type::TEXT),
            (&mark.reconciled, Type::INT8),
            (&status, Type::TEXT),
        ];
        let rows = writing.rows(PUT, &params).await?;
        let row = rows.first();
        let (mut change, end, count) = (column(row, 0)?, column(row, 1)?, column::<i64>(row, 2)?);
        let places: Vec<i64> = column(row, 3)?;
        let new: Vec<usize> = places.into_iter().filter_map(|place| usize::try_from(place - 1).ok()).collect();
        if let Some(record) = &batch.session {
            looks::put(writing, *session, self.id, record, look).await?;
        }
        let mut changes = loud || !new.is_empty();
        if self.replace_empty(writing, &new).await? && !changes {
            change = self.touch(writing).await?;
            changes = true;
        }
        if changes {
            writing.changed(Changed::Session(self.id.clone(), change));
        }
        Ok(Committed { new, end: Position(end), count: u64::try_from(count).unwrap_or_default() })
    }

    /// Whole activities in the place of empty ones, the first of each id.
    async fn replace_empty(&self, writing: &mut Writing, new: &[usize]) -> Result<bool, Failure> {
        let mut seen = HashSet::new();
        let known = self.batch.activities.iter().enumerate();
        let known = known.filter(|(place, activity)| {
            !activity.empty && new.binary_search(place).is_err() && seen.insert(activity.id.as_str())
        });
        let given = Columns::of(known.map(|(_, activity)| activity));
        if given.ids.is_empty() {
            return Ok(false);
        }
        let params: [Param<'_>; 8] = [
            (&self.session, Type::INT8),
            (&given.ids, Type::TEXT_ARRAY),
            (&given.kinds, Type::TEXT_ARRAY),
            (&given.originators, Type::TEXT_ARRAY),
            (&given.times, Type::INT8_ARRAY),
            (&given.sort_times, Type::INT8_ARRAY),
            (&given.runs, Type::TEXT_ARRAY),
            (&given.bodies, Type::TEXT_ARRAY),
        ];
        Ok(!writing.rows(REPLACE_EMPTY, &params).await?.is_empty())
    }

    async fn touch(&self, writing: &mut Writing) -> Result<i64, Failure> {
        const TOUCH: &str = "UPDATE jules.sessions SET change = greatest(change, session << 32) + 1
            WHERE session = $1 RETURNING change";
        Ok(column(writing.rows(TOUCH, &[(&self.session, Type::INT8)]).await?.first(), 0)?)
    }
}

/// Remembers looks at sessions.
pub(super) async fn put_sessions(writing: &mut Writing, records: &[(SessionId, SessionRecord)]) -> Result<(), Failure> {
    // Everybody locks several sessions in the same order, so that nobody waits in a ring.
    let mut records: Vec<_> = records.iter().collect();
    records.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
    for (id, record) in records {
        let batch = Batch { session: Some(record.clone()), ..Batch::default() };
        commit(writing, id, &batch).await?;
    }
    Ok(())
}

pub(super) async fn set_deleted(writing: &mut Writing, id: &SessionId, deleted: bool) -> Result<(), Failure> {
    let session = writing.session(id).await?;
    let params: [Param<'_>; 2] = [(&session, Type::INT8), (&deleted, Type::BOOL)];
    let changed = writing
        .rows("UPDATE jules.sessions SET deleted = $2 WHERE session = $1 AND deleted <> $2 RETURNING 1", &params)
        .await?;
    if changed.is_empty() { Ok(()) } else { writing.touch(id).await }
}

pub(super) async fn forget(writing: &mut Writing, id: &SessionId) -> Result<(), Failure> {
    let (account, key) = (writing.account, id.as_str());
    let params: [Param<'_>; 2] = [(&account, Type::INT8), (&key, Type::TEXT)];
    // The lease before the session, as who commits under it locks them.
    leases::revoke(writing, id).await?;
    let found = writing.rows(STANDING, &params).await?;
    let Some(session) = Standing::read(found.first())?.session else { return Ok(()) };
    let number: [Param<'_>; 1] = [(&session, Type::INT8)];
    writing
        .pipeline(&[
            ("DELETE FROM jules.activities WHERE session = $1", &number),
            ("DELETE FROM jules.looks WHERE session = $1", &number),
            ("DELETE FROM jules.sessions WHERE session = $1", &number),
        ])
        .await?;
    writing.changed(Changed::Forgotten(id.clone()));
    Ok(())
}

/// Gives a row to whom it was free for. What a task has is its own, also when the session was forgotten meanwhile.
pub(super) const CLAIM: &str = "
    INSERT INTO jules.sessions AS known (account, id, claimed)
    SELECT $1, $2, true WHERE NOT EXISTS (SELECT FROM jules.tasks WHERE account = $1 AND session = $2)
    ON CONFLICT (account, id) DO UPDATE SET claimed = true WHERE NOT known.claimed RETURNING 1";

pub(super) async fn claim(writing: &mut Writing, id: &SessionId) -> Result<bool, Failure> {
    let (account, id) = (writing.account, id.as_str());
    let claimed = writing.rows(CLAIM, &[(&account, Type::INT8), (&id, Type::TEXT)]).await?;
    Ok(!claimed.is_empty())
}

/// Counts an act of the user.
pub(super) async fn act(writing: &mut Writing, id: &SessionId, note: Option<&str>) -> Result<u64, Failure> {
    let session = writing.session(id).await?;
    let note = note.map(clean);
    let rows = writing
        .rows(
            "UPDATE jules.sessions SET acts = acts + 1, act = $2, change = greatest(change, session << 32) + 1
             WHERE session = $1 RETURNING acts, change",
            &[(&session, Type::INT8), (&note, Type::TEXT)],
        )
        .await?;
    let (acts, change) = (column::<i64>(rows.first(), 0)?, column(rows.first(), 1)?);
    writing.changed(Changed::Session(id.clone(), change));
    Ok(u64::try_from(acts).unwrap_or_default())
}
