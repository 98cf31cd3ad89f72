//! stub for type checks
use super::*;
use crate::ground::surroundings::Surroundings;
#[derive(Debug)]
pub(crate) struct Sqlite;
impl Sqlite {
    pub(crate) fn new(_p: Place, _l: u64, _s: Surroundings) -> Self {
        Self
    }
}
#[async_trait::async_trait]
impl Store for Sqlite {
    async fn commit(&self, _: &SessionId, _: Batch) -> crate::ground::error::Result<Commit> {
        todo!()
    }
    async fn put_sessions(&self, _: Vec<(SessionId, SessionRecord)>) -> crate::ground::error::Result<()> {
        todo!()
    }
    async fn set_deleted(&self, _: &SessionId, _: bool) -> crate::ground::error::Result<()> {
        todo!()
    }
    async fn forget(&self, _: &SessionId) -> crate::ground::error::Result<()> {
        todo!()
    }
    async fn claim(&self, _: &SessionId) -> crate::ground::error::Result<bool> {
        todo!()
    }
    async fn act(&self, _: &SessionId, _: Option<String>) -> crate::ground::error::Result<u64> {
        todo!()
    }
    async fn read(&self, _: &SessionId, _: Position) -> crate::ground::error::Result<Vec<(Position, Activity)>> {
        todo!()
    }
    async fn read_some(&self, _: &SessionId, _: Position, _: ReadLimit) -> crate::ground::error::Result<Chunk> {
        todo!()
    }
    async fn find(&self, _: &SessionId, _: &str) -> crate::ground::error::Result<Option<Position>> {
        todo!()
    }
    async fn missing(&self, _: &SessionId, _: Vec<String>) -> crate::ground::error::Result<Vec<String>> {
        todo!()
    }
    async fn ending(&self, _: &SessionId) -> crate::ground::error::Result<Option<Position>> {
        todo!()
    }
    async fn beacon(&self, _: &SessionId) -> crate::ground::error::Result<Beacon> {
        todo!()
    }
    async fn session(&self, _: &SessionId) -> crate::ground::error::Result<Option<String>> {
        todo!()
    }
    async fn select(&self, _: crate::ground::query::Plan) -> crate::ground::error::Result<Vec<serde_json::Value>> {
        todo!()
    }
    async fn info(&self) -> crate::ground::error::Result<CacheInfo> {
        todo!()
    }
    fn watch(&self, _: &Topic) -> Revisions {
        todo!()
    }
    async fn listen(&self, _: &SessionId, _: Option<Want>) -> crate::ground::error::Result<()> {
        todo!()
    }
    async fn all_wanted(&self) -> crate::ground::error::Result<Vec<Wanted>> {
        todo!()
    }
    async fn acquire(&self, _: &LeaseKey) -> crate::ground::error::Result<Acquired> {
        todo!()
    }
    async fn renew(&self) -> crate::ground::error::Result<Vec<Grant>> {
        todo!()
    }
    async fn release(&self, _: &Grant) -> crate::ground::error::Result<()> {
        todo!()
    }
    async fn take_turn(
        &self,
        _: &str,
        _: Pace,
        _: std::time::Duration,
    ) -> crate::ground::error::Result<std::time::Duration> {
        todo!()
    }
    async fn note(&self, _: &str) -> crate::ground::error::Result<Option<String>> {
        todo!()
    }
    async fn set_note(&self, _: &str, _: Option<String>, _: String) -> crate::ground::error::Result<bool> {
        todo!()
    }
    async fn known(
        &self,
        _: Vec<SessionId>,
    ) -> crate::ground::error::Result<std::collections::HashMap<SessionId, Known>> {
        todo!()
    }
    async fn session_ids(&self) -> crate::ground::error::Result<Vec<SessionId>> {
        todo!()
    }
    async fn note_tried(&self, _: &SessionId) -> crate::ground::error::Result<()> {
        todo!()
    }
    async fn note_hydrated(&self, _: &SessionId, _: Look, _: bool) -> crate::ground::error::Result<()> {
        todo!()
    }
    async fn begin_sync(&self, _: String, _: Option<Timestamp>) -> crate::ground::error::Result<SyncRun> {
        todo!()
    }
    async fn finish_sync(&self) -> crate::ground::error::Result<()> {
        todo!()
    }
    fn terms(&self) -> Terms {
        todo!()
    }
}
