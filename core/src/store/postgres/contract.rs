//! The contract, kept by PostgreSQL: each promise is one piece of work on the server.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::work::{reading, writing};
use super::{Postgres, budget, leases, notes, read, select, sync, wants, write};
use crate::ground::error::{Error, Result};
use crate::ground::model::{Activity, SessionId, Timestamp};
use crate::ground::query::Plan;
use crate::store::{
    Acquired, Batch, Beacon, CacheInfo, Chunk, Commit, Grant, Known, LeaseKey, Look, Pace, Position, ReadLimit,
    Revisions, SessionRecord, Store, SyncRun, Terms, Topic, Want, Wanted,
};

#[async_trait]
impl Store for Postgres {
    async fn commit(&self, session: &SessionId, batch: Batch) -> Result<Commit> {
        writing!(self, writing => write::commit(writing, session, &batch))
    }

    async fn put_sessions(&self, records: Vec<(SessionId, SessionRecord)>) -> Result<()> {
        writing!(self, writing => write::put_sessions(writing, &records))
    }

    async fn set_deleted(&self, session: &SessionId, deleted: bool) -> Result<()> {
        writing!(self, writing => write::set_deleted(writing, session, deleted))
    }

    async fn forget(&self, session: &SessionId) -> Result<()> {
        writing!(self, writing => write::forget(writing, session))
    }

    async fn act(&self, session: &SessionId, note: Option<String>) -> Result<u64> {
        writing!(self, writing => write::act(writing, session, note.as_deref()))
    }

    async fn claim(&self, session: &SessionId) -> Result<bool> {
        writing!(self, writing => write::claim(writing, session))
    }

    async fn read(&self, session: &SessionId, after: Position) -> Result<Vec<(Position, Activity)>> {
        reading!(self, reading => read::read(&reading, session, after))
    }

    async fn read_some(&self, session: &SessionId, after: Position, limit: ReadLimit) -> Result<Chunk> {
        reading!(self, reading => read::read_some(&reading, session, after, limit))
    }

    async fn find(&self, session: &SessionId, activity: &str) -> Result<Option<Position>> {
        reading!(self, reading => read::find(&reading, session, activity))
    }

    fn era(&self) -> Option<u64> {
        Some(self.here().server.era())
    }

    fn outage(&self) -> Option<Error> {
        self.here().server.outage()
    }

    async fn still_has(
        &self,
        session: &SessionId,
        activity: &str,
        position: Position,
        count: Option<usize>,
    ) -> Result<bool> {
        reading!(self, reading => read::still_has(&reading, session, activity, position, count))
    }

    async fn missing(&self, session: &SessionId, ids: Vec<String>) -> Result<Vec<String>> {
        reading!(self, reading => read::missing(&reading, session, &ids))
    }

    async fn ending(&self, session: &SessionId) -> Result<Option<Position>> {
        reading!(self, reading => read::ending(&reading, session))
    }

    async fn beacon(&self, session: &SessionId) -> Result<Beacon> {
        reading!(self, reading => read::beacon(&reading, session))
    }

    async fn session(&self, session: &SessionId) -> Result<Option<String>> {
        reading!(self, reading => read::session(&reading, session))
    }

    async fn select(&self, plan: Plan) -> Result<Vec<Value>> {
        reading!(self, reading => select::select(&reading, &plan))
    }

    async fn info(&self) -> Result<CacheInfo> {
        let info: Result<CacheInfo> = reading!(self, reading => read::info(&reading));
        Ok(CacheInfo { location: Some(PathBuf::from(self.target.location())), ..info? })
    }

    fn watch(&self, topic: &Topic) -> Revisions {
        let here = self.here();
        let revisions = here.notices.topics.listen(topic);
        here.open_soon();
        revisions
    }

    async fn listen(&self, session: &SessionId, want: Option<Want>) -> Result<()> {
        let here = self.here();
        here.has.wants(session, want);
        writing!(self, writing => async {
            leases::beat(writing, &here).await?;
            wants::put(writing, &here.handle, session, want).await
        })
    }

    async fn all_wanted(&self) -> Result<Vec<Wanted>> {
        reading!(self, reading => wants::all(&reading))
    }

    async fn acquire(&self, key: &LeaseKey) -> Result<Acquired> {
        let here = self.here();
        let held: Result<Option<Acquired>> = reading!(self, reading => leases::held(&reading, key, &here.handle));
        if let Some(held) = held? {
            return Ok(held);
        }
        let acquired: Result<Acquired> = writing!(self, writing => leases::acquire(writing, key, &here));
        if let Ok(Acquired::Granted(grant)) = &acquired {
            here.has.took(grant);
        }
        acquired
    }

    async fn renew(&self) -> Result<Vec<Grant>> {
        let here = self.here();
        let (held, wants) = here.has.all();
        if held.is_empty() && wants.is_empty() {
            return Ok(Vec::new());
        }
        let lost: Result<Vec<Grant>> = writing!(self, writing => leases::renew(writing, &here));
        let lost = lost?;
        lost.iter().for_each(|grant| here.has.gave_back(grant));
        // What others left is no part of what this one keeps: it must not fail with it.
        let cleared: Result<()> = writing!(self, writing => leases::clear(writing));
        if let Err(error) = cleared {
            tracing::debug!(target: "jules::store", %error, "cannot clean up after clients that are gone");
        }
        Ok(lost)
    }

    async fn release(&self, grant: &Grant) -> Result<()> {
        self.here().has.gave_back(grant);
        writing!(self, writing => leases::release(writing, grant))
    }

    async fn take_turn(&self, budget: &str, pace: Pace, patience: Duration) -> Result<Duration> {
        writing!(self, writing => budget::take_turn(writing, budget, pace, patience))
    }

    async fn note(&self, name: &str) -> Result<Option<String>> {
        reading!(self, reading => notes::note(&reading, name))
    }

    async fn set_note(&self, name: &str, expected: Option<String>, value: String) -> Result<bool> {
        writing!(self, writing => notes::set_note(writing, name, expected.as_deref(), &value))
    }

    async fn known(&self, sessions: Vec<SessionId>) -> Result<HashMap<SessionId, Known>> {
        reading!(self, reading => sync::known(&reading, &sessions))
    }

    async fn session_ids(&self) -> Result<Vec<SessionId>> {
        reading!(self, reading => sync::session_ids(&reading))
    }

    async fn note_tried(&self, session: &SessionId) -> Result<()> {
        writing!(self, writing => sync::note_tried(writing, session))
    }

    async fn note_hydrated(&self, session: &SessionId, look: Look, settled: bool) -> Result<()> {
        writing!(self, writing => sync::note_hydrated(writing, session, &look, settled))
    }

    async fn begin_sync(&self, options: String, not_before: Option<Timestamp>) -> Result<SyncRun> {
        writing!(self, writing => sync::begin_sync(writing, &options, not_before))
    }

    async fn finish_sync(&self) -> Result<()> {
        writing!(self, writing => sync::finish_sync(writing))
    }

    fn terms(&self) -> Terms {
        self.terms
    }
}
