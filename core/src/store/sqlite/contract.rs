//! The contract, kept by SQLite: each promise is one piece of work on the file.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use serde_json::Value;
use tokio::time::Instant;

use super::aside::About;
use super::presence::Presence;
use super::work::Writing;
use super::{Place, Sqlite, budget, leases, notes, poll, read, select, sync, wants, write};
use crate::ground::error::Result;
use crate::ground::model::{Activity, SessionId, Timestamp};
use crate::ground::query::Plan;
use crate::store::{
    Acquired, Batch, Beacon, CacheInfo, Chunk, Commit, Grant, Known, LeaseKey, Look, Pace, Position, ReadLimit,
    Revisions, SessionRecord, Store, SyncRun, Terms, Topic, Want, Wanted,
};

impl Sqlite {
    fn presence(&self) -> Arc<Presence> {
        Arc::clone(&self.here().presence)
    }
}

#[async_trait]
impl Store for Sqlite {
    async fn commit(&self, session: &SessionId, batch: Batch) -> Result<Commit> {
        let id = session.clone();
        let due = !batch.activities.is_empty() && self.eviction.is_due();
        let commit = self.write(About::Session(session), move |writing| write::commit(writing, &id, &batch)).await?;
        if due && let Err(error) = self.evict().await {
            tracing::debug!(target: "jules::store", %error, "cannot shrink the cache");
        }
        Ok(commit)
    }

    async fn put_sessions(&self, records: Vec<(SessionId, SessionRecord)>) -> Result<()> {
        self.write(About::Sessions(records.iter().map(|(id, _)| id.clone()).collect()), move |writing| {
            write::put_sessions(writing, &records)
        })
        .await
    }

    async fn set_deleted(&self, session: &SessionId, deleted: bool) -> Result<()> {
        let id = session.clone();
        self.write(About::Session(session), move |writing| write::set_deleted(writing, &id, deleted)).await
    }

    async fn forget(&self, session: &SessionId) -> Result<()> {
        let id = session.clone();
        self.write(About::Session(session), move |writing| write::forget(writing, &id)).await
    }

    async fn act(&self, session: &SessionId, note: Option<String>) -> Result<u64> {
        let id = session.clone();
        self.write(About::Session(session), move |writing| write::act(writing, &id, note.as_deref())).await
    }

    async fn claim(&self, session: &SessionId) -> Result<bool> {
        let id = session.clone();
        self.write(About::Session(session), move |writing| write::claim(writing, &id)).await
    }

    async fn read(&self, session: &SessionId, after: Position) -> Result<Vec<(Position, Activity)>> {
        let id = session.clone();
        self.look_up(About::Session(session), move |connection, account| read::read(connection, account, &id, after))
            .await
    }

    async fn read_some(&self, session: &SessionId, after: Position, limit: ReadLimit) -> Result<Chunk> {
        let id = session.clone();
        let read = move |connection: &mut Connection, account| read::read_some(connection, account, &id, after, limit);
        self.look_up(About::Session(session), read).await
    }

    async fn find(&self, session: &SessionId, activity: &str) -> Result<Option<Position>> {
        let (id, activity) = (session.clone(), activity.to_owned());
        let read = move |connection: &mut Connection, account| read::find(connection, account, &id, &activity);
        self.look_up(About::Session(session), read).await
    }

    async fn missing(&self, session: &SessionId, ids: Vec<String>) -> Result<Vec<String>> {
        let id = session.clone();
        let read = move |connection: &mut Connection, account| read::missing(connection, account, &id, &ids);
        self.look_up(About::Session(session), read).await
    }

    async fn ending(&self, session: &SessionId) -> Result<Option<Position>> {
        let id = session.clone();
        self.look_up(About::Session(session), move |connection, account| read::ending(connection, account, &id)).await
    }

    async fn beacon(&self, session: &SessionId) -> Result<Beacon> {
        let id = session.clone();
        let (presence, now) = (self.presence(), Instant::now());
        let read = move |connection: &mut Connection, account| {
            let want = wants::of(connection, account, &id, &presence, now)?;
            Ok(Beacon { want, ..read::beacon(connection, account, &id)? })
        };
        self.look_up(About::Session(session), read).await
    }

    async fn session(&self, session: &SessionId) -> Result<Option<String>> {
        let id = session.clone();
        self.look_up(About::Session(session), move |connection, account| read::session(connection, account, &id)).await
    }

    async fn select(&self, plan: Plan) -> Result<Vec<Value>> {
        self.look_up(About::All, move |connection, account| select::select(connection, account, &plan)).await?
    }

    async fn info(&self) -> Result<CacheInfo> {
        let read = |connection: &mut Connection, account| read::info(connection, account);
        let info = self.look_up(About::Nothing, read).await?;
        Ok(match (self.aside.get(), &self.place) {
            (Some(aside), _) => CacheInfo { reason: Some(aside.reason().to_owned()), ..info },
            (None, Place::Nowhere { reason }) => CacheInfo { reason: Some(reason.clone()), ..info },
            (None, Place::File { path, .. }) => CacheInfo { location: Some(path.clone()), ..info },
            (None, Place::Memory) => info,
        })
    }

    fn watch(&self, topic: &Topic) -> Revisions {
        let here = self.here();
        let revisions = here.database.topics.listen(&self.account, topic);
        poll::ensure(&here.database);
        revisions
    }

    async fn listen(&self, session: &SessionId, want: Option<Want>) -> Result<()> {
        let (id, presence) = (session.clone(), self.presence());
        presence.has.wants(session, want);
        self.write(About::Session(session), move |writing| {
            leases::beat(writing, presence.me())?;
            wants::put(writing, &presence.handle, &id, want)
        })
        .await
    }

    async fn all_wanted(&self) -> Result<Vec<Wanted>> {
        let (presence, now) = (self.presence(), Instant::now());
        let read = move |connection: &mut Connection, account| {
            wants::all(connection, account, &presence.look(connection, account, now)?)
        };
        self.look_up(About::Nothing, read).await
    }

    async fn acquire(&self, key: &LeaseKey) -> Result<Acquired> {
        let (wanted, presence, now) = (key.clone(), self.presence(), Instant::now());
        // Who only finds that somebody has it keeps no writer waiting.
        let read = move |connection: &mut Connection, account| {
            let silence = presence.look(connection, account, now)?;
            leases::holder(connection, account, &wanted, &presence.handle, &silence)
        };
        if let Some(holder) = self.look_up(About::Nothing, read).await? {
            // Its own, which it couldn't give back: from now on that is kept alive again.
            if let Acquired::Granted(grant) = &holder {
                self.presence().has.took(grant);
            }
            return Ok(holder);
        }
        let (wanted, presence) = (key.clone(), self.presence());
        let acquire = move |writing: &mut Writing<'_>| {
            let silence = presence.look(writing, writing.account, now)?;
            leases::acquire(writing, &wanted, presence.me(), &silence)
        };
        let acquired = self.write(About::Nothing, acquire).await?;
        if let Acquired::Granted(grant) = &acquired {
            self.presence().has.took(grant);
        }
        Ok(acquired)
    }

    async fn renew(&self) -> Result<Vec<Grant>> {
        let (presence, now) = (self.presence(), Instant::now());
        let (held, wants) = presence.has.all();
        if held.is_empty() && wants.is_empty() {
            return Ok(Vec::new());
        }
        let doubted = presence.doubted();
        let renew = move |writing: &mut Writing<'_>| {
            let gone = presence.look(writing, writing.account, now)?.gone(writing, writing.account)?;
            let cleared = leases::clear(writing, &gone)?;
            presence.remove_locks(&cleared);
            let lost = leases::renew(writing, presence.me(), &held, &wants)?;
            Ok((lost, leases::give_back_unknown(writing, &presence.handle, &held, &doubted)?))
        };
        let (lost, unknown) = self.write(About::Nothing, renew).await?;
        self.presence().doubts(unknown);
        lost.iter().for_each(|grant| self.presence().has.gave_back(grant));
        Ok(lost)
    }

    async fn release(&self, grant: &Grant) -> Result<()> {
        let given = grant.clone();
        self.presence().has.gave_back(grant);
        self.write(About::Nothing, move |writing| leases::release(writing, &given)).await
    }

    async fn take_turn(&self, budget: &str, pace: Pace, patience: Duration) -> Result<Duration> {
        let budget = budget.to_owned();
        self.write(About::Nothing, move |writing| budget::take_turn(writing, &budget, pace, patience)).await
    }

    async fn note(&self, name: &str) -> Result<Option<String>> {
        let name = name.to_owned();
        self.look_up(About::Nothing, move |connection, account| notes::note(connection, account, &name)).await
    }

    async fn set_note(&self, name: &str, expected: Option<String>, value: String) -> Result<bool> {
        let name = name.to_owned();
        self.write(About::Nothing, move |writing| notes::set_note(writing, &name, expected.as_deref(), &value)).await
    }

    async fn known(&self, sessions: Vec<SessionId>) -> Result<HashMap<SessionId, Known>> {
        let ids = sessions.clone();
        let read = move |connection: &mut Connection, account| sync::known(connection, account, &ids);
        self.look_up(About::Sessions(sessions), read).await
    }

    async fn session_ids(&self) -> Result<Vec<SessionId>> {
        self.look_up(About::All, |connection, account| sync::session_ids(connection, account)).await
    }

    async fn note_tried(&self, session: &SessionId) -> Result<()> {
        let id = session.clone();
        self.write(About::Session(session), move |writing| sync::note_tried(writing, &id)).await
    }

    async fn note_hydrated(&self, session: &SessionId, look: Look, settled: bool) -> Result<()> {
        let id = session.clone();
        self.write(About::Session(session), move |writing| sync::note_hydrated(writing, &id, &look, settled)).await
    }

    async fn begin_sync(&self, options: String, not_before: Option<Timestamp>) -> Result<SyncRun> {
        self.write(About::Nothing, move |writing| sync::begin_sync(writing, &options, not_before)).await
    }

    async fn finish_sync(&self) -> Result<()> {
        self.write(About::Nothing, sync::finish_sync).await
    }

    fn terms(&self) -> Terms {
        self.terms
    }
}
