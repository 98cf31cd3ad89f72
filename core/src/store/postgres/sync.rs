//! What syncs read and write.

use std::collections::HashMap;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::faults::Failure;
use super::server::Param;
use super::work::{Reading, Writing, column};
use super::write::clean;
use crate::ground::error::{Error, Result};
use crate::ground::model::{SessionId, Timestamp};
use crate::store::times::{nanoseconds, timestamp};
use crate::store::{Known, Look, SyncRun};

const KNOWN: &str = "
    SELECT looks.id, looks.create_time, looks.seen_time, looks.state, looks.update_time,
           hydrated, hydrated_state, hydrated_update_time, settled, tried
    FROM jules.sessions JOIN jules.looks USING (session) WHERE sessions.account = $1 AND sessions.id = ANY($2)
        AND NOT deleted";

pub(super) async fn known(reading: &Reading, sessions: &[SessionId]) -> Result<HashMap<SessionId, Known>, Failure> {
    let ids: Vec<&str> = sessions.iter().map(SessionId::as_str).collect();
    let rows = reading.rows(KNOWN, &[(&reading.account, Type::INT8), (&ids, Type::TEXT_ARRAY)]).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        if let Ok(session) = SessionId::parse(column(Some(row), 0)?) {
            found.insert(session, read_known(row)?);
        }
    }
    Ok(found)
}

fn read_known(row: &Row) -> Result<Known> {
    Ok(Known {
        create_time: time(row, 1)?,
        seen: look(row, 2)?.ok_or_else(|| Error::store("PostgreSQL returned a row without a time"))?,
        hydrated: look(row, 5)?,
        settled: column(Some(row), 8)?,
        tried: time(row, 9)?,
    })
}

fn time(row: &Row, place: usize) -> Result<Option<Timestamp>> {
    column(Some(row), place).map(timestamp)
}

/// A time, a state and an `updateTime` from this column on.
fn look(row: &Row, first: usize) -> Result<Option<Look>> {
    let Some(at) = time(row, first)? else { return Ok(None) };
    let state = column::<Option<String>>(Some(row), first + 1)?.unwrap_or_default();
    Ok(Some(Look { at, state, update_time: time(row, first + 2)? }))
}

pub(super) async fn session_ids(reading: &Reading) -> Result<Vec<SessionId>, Failure> {
    const IDS: &str = "SELECT looks.id FROM jules.looks JOIN jules.sessions USING (session)
        WHERE looks.account = $1 AND NOT deleted ORDER BY session";
    let rows = reading.rows(IDS, &[(&reading.account, Type::INT8)]).await?;
    let ids = rows.iter().map(|row| column(Some(row), 0)).collect::<Result<Vec<&str>, _>>()?;
    Ok(ids.into_iter().filter_map(|id| SessionId::parse(id).ok()).collect())
}

pub(super) async fn note_tried(writing: &mut Writing, session: &SessionId) -> Result<(), Failure> {
    let (session, now) = (writing.session(session).await?, writing.now);
    let params: [Param<'_>; 2] = [(&session, Type::INT8), (&now, Type::INT8)];
    writing.rows("UPDATE jules.sessions SET tried = $2 WHERE session = $1", &params).await.map(drop)
}

pub(super) async fn note_hydrated(
    writing: &mut Writing,
    session: &SessionId,
    look: &Look,
    settled: bool,
) -> Result<(), Failure> {
    const HYDRATED: &str = "
        UPDATE jules.sessions SET hydrated = $2, hydrated_state = $3, hydrated_update_time = $4, settled = $5
        WHERE session = $1";
    let session = writing.session(session).await?;
    let (at, state, update_time) = (nanoseconds(Some(look.at)), clean(&look.state), nanoseconds(look.update_time));
    let params: [Param<'_>; 5] = [
        (&session, Type::INT8),
        (&at, Type::INT8),
        (&state, Type::TEXT),
        (&update_time, Type::INT8),
        (&settled, Type::BOOL),
    ];
    writing.rows(HYDRATED, &params).await.map(drop)
}

pub(super) async fn begin_sync(
    writing: &mut Writing,
    options: &str,
    not_before: Option<Timestamp>,
) -> Result<SyncRun, Failure> {
    const INTERRUPTED: &str = "SELECT options, started FROM jules.sync_runs WHERE account = $1 FOR UPDATE";
    const BEGIN: &str = "INSERT INTO jules.sync_runs (account, options, started) VALUES ($1, $2, $3)
        ON CONFLICT (account) DO UPDATE SET options = excluded.options, started = excluded.started";
    let (account, now, options) = (writing.account, writing.now, clean(options));
    let rows = writing.rows(INTERRUPTED, &[(&account, Type::INT8)]).await?;
    if let Some(row) = rows.first()
        && column::<&str>(Some(row), 0)? == options
        && let Some(started) = timestamp(column(Some(row), 1)?)
        && not_before.is_some_and(|earliest| started >= earliest)
    {
        writing.undo();
        return Ok(SyncRun { started, goes_on: true });
    }
    writing.rows(BEGIN, &[(&account, Type::INT8), (&options, Type::TEXT), (&now, Type::INT8)]).await?;
    let started = timestamp(Some(now)).ok_or_else(|| Error::store("the clock shows a time that can't be stored"))?;
    Ok(SyncRun { started, goes_on: false })
}

pub(super) async fn finish_sync(writing: &mut Writing) -> Result<(), Failure> {
    let (account, now) = (writing.account, writing.now);
    let mine: [Param<'_>; 1] = [(&account, Type::INT8)];
    let both: [Param<'_>; 2] = [(&account, Type::INT8), (&now, Type::INT8)];
    writing
        .pipeline(&[
            ("DELETE FROM jules.sync_runs WHERE account = $1", &mine),
            ("UPDATE jules.accounts SET last_synced = $2 WHERE account = $1", &both),
        ])
        .await
        .map(drop)
}
