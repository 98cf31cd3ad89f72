//! What syncs read and write.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::{Sqlite, nanoseconds, now, stopped, timestamp, write};
use crate::ground::error::Result;
use crate::ground::model::{SessionId, Timestamp};
use crate::ground::runtime;
use crate::store::lease::try_lease;
use crate::store::{Known, Lease, Look, Place, SessionRecord, SyncRun, SyncStore};

const KNOWN: &str = "
    SELECT sessions.create_time, sessions.seen_time, sessions.state, sessions.update_time,
           hydrated, freshness.state, freshness.update_time, settled, tried
    FROM sessions LEFT JOIN freshness ON freshness.session = sessions.id WHERE sessions.id = ?1";
const NOTE_TRIED: &str = "
    INSERT INTO freshness (session, tried) VALUES (?1, ?2) ON CONFLICT (session) DO UPDATE SET tried = excluded.tried";
const NOTE_HYDRATED: &str = "
    INSERT INTO freshness (session, hydrated, state, update_time, settled) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (session) DO UPDATE SET hydrated = excluded.hydrated, state = excluded.state,
        update_time = excluded.update_time, settled = excluded.settled";

#[async_trait]
impl SyncStore for Sqlite {
    async fn put_sessions(&self, records: Vec<(SessionId, SessionRecord)>) -> Result<()> {
        self.write(move |connection| write::put_sessions(connection, &records)).await
    }

    async fn known(&self, sessions: Vec<SessionId>) -> Result<HashMap<SessionId, Known>> {
        self.look_up(move |connection| known(connection, sessions)).await
    }

    async fn session_ids(&self) -> Result<Vec<SessionId>> {
        self.look_up(|connection| {
            let mut statement = connection.prepare_cached("SELECT id FROM sessions")?;
            let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
            let ids: Vec<_> = ids.collect::<rusqlite::Result<_>>()?;
            Ok(ids.iter().filter_map(|id| SessionId::parse(id).ok()).collect())
        })
        .await
    }

    async fn note_tried(&self, session: &SessionId) -> Result<()> {
        let id = session.clone();
        self.write(move |connection| {
            connection.prepare_cached(NOTE_TRIED)?.execute(params![id.as_str(), now()]).map(drop)
        })
        .await
    }

    async fn note_hydrated(&self, session: &SessionId, look: Look, settled: bool) -> Result<()> {
        let id = session.clone();
        self.write(move |connection| {
            let times = (nanoseconds(Some(look.at)), nanoseconds(look.update_time));
            let row = params![id.as_str(), times.0, look.state, times.1, settled];
            connection.prepare_cached(NOTE_HYDRATED)?.execute(row).map(drop)
        })
        .await
    }

    async fn begin_sync(&self, options: String, not_before: Option<Timestamp>) -> Result<SyncRun> {
        self.write(move |connection| begin_sync(connection, &options, not_before)).await
    }

    async fn finish_sync(&self) -> Result<()> {
        self.write(|connection| {
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute("DELETE FROM sync_run", [])?;
            transaction.execute("UPDATE totals SET last_synced = ?1", [now()])?;
            transaction.commit()
        })
        .await
    }

    async fn lease(&self) -> Result<Option<Lease>> {
        // The directory is there when the store is open.
        self.connections().await?;
        let (turn, place) = (Arc::clone(&self.syncs), self.place.clone());
        let work = move || match &place {
            Place::File { path, .. } => try_lease(&turn, Some(path)),
            Place::Memory => try_lease(&turn, None),
        };
        runtime::blocking(self.surroundings.threads, work).await.map_err(|cause| stopped(&cause))
    }
}

fn known(connection: &Connection, sessions: Vec<SessionId>) -> rusqlite::Result<HashMap<SessionId, Known>> {
    let mut statement = connection.prepare_cached(KNOWN)?;
    let mut found = HashMap::with_capacity(sessions.len());
    for session in sessions {
        if let Some(known) = statement.query_row([session.as_str()], read_known).optional()? {
            found.insert(session, known);
        }
    }
    Ok(found)
}

fn read_known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        create_time: time(row, 0)?,
        seen: look(row, 1)?.ok_or(rusqlite::Error::InvalidQuery)?,
        hydrated: look(row, 4)?,
        settled: row.get::<_, Option<bool>>(7)?.unwrap_or_default(),
        tried: time(row, 8)?,
    })
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    row.get(column).map(timestamp)
}

/// A time, a state and an `updateTime` from this column on.
fn look(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Look>> {
    let Some(at) = time(row, first)? else { return Ok(None) };
    let state = row.get::<_, Option<String>>(first + 1)?.unwrap_or_default();
    Ok(Some(Look { at, state, update_time: time(row, first + 2)? }))
}

fn begin_sync(connection: &mut Connection, options: &str, not_before: Option<Timestamp>) -> rusqlite::Result<SyncRun> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let interrupted = transaction
        .query_row("SELECT started FROM sync_run WHERE options = ?1", [options], |row| row.get(0).map(timestamp))
        .optional()?
        .flatten();
    if let Some(started) = interrupted.filter(|started| not_before.is_some_and(|earliest| *started >= earliest)) {
        return Ok(SyncRun { started, goes_on: true });
    }
    let started = now();
    transaction
        .execute("REPLACE INTO sync_run (only_one, options, started) VALUES (1, ?1, ?2)", params![options, started])?;
    transaction.commit()?;
    let started = timestamp(Some(started)).ok_or(rusqlite::Error::InvalidQuery)?;
    Ok(SyncRun { started, goes_on: false })
}
