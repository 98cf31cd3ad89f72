//! Rows that say something else than what was written. An activity keeps its place, with a sign that it is damaged, until it
//! is fetched again; what else is damaged is dropped, and fetched again as what is missing.

use std::fmt;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, ffi, params};

use super::checksum::ActivityRow;
use super::database::Database;
use super::work::{Writing, next_change};
use super::write::{self, Standing, put_standing};
use super::{Sqlite, index};
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::store::body;
use crate::store::marks::StoredMark;

/// Where a damaged row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// An activity, by its position.
    Activity(i64),
    /// How many activities a session has, by its number.
    Count(i64),
    /// The look at a session, by the session's number.
    Look(i64),
}

/// What reading found.
#[derive(Debug)]
struct Damaged(Vec<Spot>);

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows are not what was written", self.0.len())
    }
}

impl std::error::Error for Damaged {}

/// Fails when there are any.
pub(super) fn none(spots: Vec<Spot>) -> rusqlite::Result<()> {
    if spots.is_empty() { Ok(()) } else { Err(rusqlite::Error::ToSqlConversionFailure(Box::new(Damaged(spots)))) }
}

/// The damaged rows that this failure is about.
pub(super) fn spots(cause: &rusqlite::Error) -> Option<Vec<Spot>> {
    let rusqlite::Error::ToSqlConversionFailure(cause) = cause else { return None };
    cause.downcast_ref::<Damaged>().map(|damaged| damaged.0.clone())
}

/// Looks through the whole file. Indexes that are damaged are made anew, and with them goes what they knew of rows that are
/// lost: all sessions are to be fetched again. Fails when the structure is damaged too.
fn check(connection: &mut Connection) -> rusqlite::Result<()> {
    let look =
        |connection: &Connection| connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
    if look(connection)? == "ok" {
        return Ok(());
    }
    connection.execute_batch("REINDEX; UPDATE sessions SET hydrated = NULL, settled = 0")?;
    match look(connection)? {
        found if found == "ok" => Ok(()),
        found => Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(found))),
    }
}

/// Whether a session has other activities than it is said to have.
pub(super) fn miscounted(connection: &Connection, account: i64, id: &SessionId) -> rusqlite::Result<Option<Spot>> {
    let Standing { session: Some(session), count, .. } = write::standing(connection, account, id)? else {
        return Ok(None);
    };
    let sql = "SELECT count(*) FROM activities WHERE session = ?1";
    let found: u64 = connection.prepare_cached(sql)?.query_row([session], |row| row.get(0))?;
    Ok((found != count).then_some(Spot::Count(session)))
}

/// A damaged row, and what the index says that it is: its session's number and its id.
type Found = (Spot, Option<(i64, String)>);

/// Asks the indexes before they are made anew from the tables.
fn find(connection: &Connection, spots: &[Spot]) -> rusqlite::Result<Vec<Found>> {
    // Nothing but the index is read; what its first column is compared with makes it one that can be used.
    let known = |position: i64| {
        ["sqlite_autoindex_activities_1 WHERE session", "activities_by_time WHERE account"].iter().find_map(|index| {
            let sql = format!(
                "SELECT session, id FROM activities INDEXED BY {index} > -9223372036854775808 AND position = ?1"
            );
            connection.query_row(&sql, [position], |row| Ok((row.get(0)?, row.get(1)?))).ok()
        })
    };
    let found = spots.iter().map(|spot| match spot {
        Spot::Activity(position) => (*spot, known(*position)),
        Spot::Count(_) | Spot::Look(_) => (*spot, None),
    });
    Ok(found.collect())
}

fn heal(writing: &mut Writing<'_>, found: &[Found]) -> rusqlite::Result<()> {
    for (spot, known) in found {
        match spot {
            Spot::Activity(position) => heal_activity(writing, *position, known.as_ref())?,
            Spot::Count(session) => begin_anew(writing, *session)?,
            Spot::Look(session) => drop_look(writing, *session)?,
        }
    }
    Ok(())
}

fn heal_activity(connection: &Connection, position: i64, known: Option<&(i64, String)>) -> rusqlite::Result<()> {
    let session = connection
        .prepare_cached("SELECT session FROM activities WHERE position = ?1")?
        .query_row([position], |row| row.get(0));
    let session: Option<i64> = session.optional().unwrap_or_default();
    index::replace_activity(connection, position, "")?;
    connection.prepare_cached("DELETE FROM large_bodies WHERE position = ?1")?.execute([position])?;
    connection.prepare_cached("DELETE FROM activities WHERE position = ?1")?.execute([position])?;
    if let Some((session, id)) = known {
        let body = body::damaged(id);
        let (session, kind, originator) = (*session, "unknown", "");
        let row = ActivityRow { session, id, kind, originator, create_time: None, empty: true, body: &body };
        connection
            .prepare_cached(
                "INSERT INTO activities (position, session, account, id, type, originator, is_empty, body, checksum)
                 SELECT ?1, session, account, ?3, ?4, ?5, 1, ?6, ?7 FROM sessions WHERE session = ?2
                 ON CONFLICT DO NOTHING",
            )?
            .execute(params![position, session, id, kind, originator, body, row.checksum()])?;
    }
    let known = known.map(|(session, _)| *session);
    session
        .filter(|session| known != Some(*session))
        .into_iter()
        .chain(known)
        .try_for_each(|session| begin_anew(connection, session))
}

/// All of the session is compared with the server again.
fn begin_anew(connection: &Connection, session: i64) -> rusqlite::Result<()> {
    let count = "SELECT ifnull(max(position), 0), count(*) FROM activities WHERE session = ?1";
    let (end, count): (i64, u64) =
        connection.prepare_cached(count)?.query_row([session], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let change = next_change(connection)?;
    connection
        .prepare_cached("UPDATE sessions SET change = ?2, hydrated = NULL, settled = 0 WHERE session = ?1")?
        .execute([session, change])?;
    put_standing(connection, &Standing { session: Some(session), end, count, mark: StoredMark::default() })
}

fn drop_look(writing: &Writing<'_>, session: i64) -> rusqlite::Result<()> {
    writing.prepare_cached("DELETE FROM looks WHERE session = ?1")?.execute([session])?;
    writing.prepare_cached("DELETE FROM session_search WHERE rowid = ?1")?.execute([session])?;
    writing
        .prepare_cached("UPDATE sessions SET hydrated = NULL, settled = 0 WHERE session = ?1")?
        .execute([session])?;
    // Counted anew: what was lost took nothing away from the number that is kept.
    let counted = "UPDATE accounts SET sessions = (SELECT count(*) FROM looks WHERE account = ?1) WHERE account = ?1";
    writing.prepare_cached(counted)?.execute([writing.account]).map(drop)
}

impl Sqlite {
    /// Takes damaged rows out of the way, unless more than rows is damaged.
    pub(super) async fn heal(&self, database: &Arc<Database>, spots: Vec<Spot>) -> Result<()> {
        tracing::warn!(target: "jules::store", count = spots.len(), "rows in the cache are damaged; they are fetched again");
        let (threads, chosen) = (self.surroundings.threads, self.chosen());
        let find = move |connection: &mut Connection| find(connection, &spots);
        let found = database.read(threads, chosen, find).await?;
        if database.path().is_some() {
            database.write(threads, chosen, check).await?;
        }
        self.write_on(database, Arc::new(move |writing: &mut Writing<'_>| heal(writing, &found))).await
    }
}
