//! The session's handle: follow it, talk to it, wait for it.

use std::future::IntoFuture;
use std::sync::Arc;

use crate::cancel::CancelToken;
use crate::failure::Failure;
use crate::json::json;
use crate::living::Counted;
use crate::options::{HistoryOptions, ListOptions, StreamOptions, duration};
use crate::runtime::{call, call_json, runtime};
use crate::snapshot::Snapshot;
use crate::stream::ActivityStream;
use crate::values::PageValue;

#[derive(uniffi::Object)]
pub(crate) struct Session {
    session: jules::Session,
    _counted: Counted,
}

impl Session {
    pub(crate) fn new(session: jules::Session) -> Arc<Self> {
        Arc::new(Self { session, _counted: Counted::new() })
    }
}

/// What is known of a session.
#[uniffi::export]
impl Session {
    pub(crate) fn id(&self) -> String {
        self.session.id().to_owned()
    }

    pub(crate) fn stream(&self, options: StreamOptions) -> Arc<ActivityStream> {
        ActivityStream::new(self.session.stream(options.into()))
    }

    pub(crate) fn history(&self, options: HistoryOptions) -> Arc<ActivityStream> {
        ActivityStream::new(self.session.history(options.into()))
    }

    pub(crate) fn updates(&self, options: StreamOptions) -> Result<Arc<ActivityStream>, Failure> {
        // Inside the runtime, listening begins at once.
        let _inside = runtime()?.enter();
        Ok(ActivityStream::new(self.session.updates(options.into())))
    }

    pub(crate) async fn wait_for(
        &self,
        states: Vec<String>,
        timeout: Option<u64>,
        stall_timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        let states = states.iter().map(|state| state.parse()).collect::<jules::Result<Vec<jules::SessionState>>>()?;
        let info = self.session.wait_for(states).timeout_opt(duration(timeout));
        let info = info.stall_timeout_opt(duration(stall_timeout)).into_future();
        call_json(cancel, info).await
    }

    pub(crate) async fn info(
        &self,
        cached: bool,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        let info = if cached { self.session.cached_info() } else { self.session.info() };
        let info = info.timeout_opt(duration(timeout)).into_future();
        call_json(cancel, info).await
    }

    /// A snapshot; `cached`, of what the store knows.
    pub(crate) async fn snapshot(
        &self,
        cached: bool,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<Arc<Snapshot>, Failure> {
        let snapshot = if cached { self.session.cached_snapshot() } else { self.session.snapshot() };
        call(cancel, snapshot.timeout_opt(duration(timeout))).await.map(Snapshot::new)
    }

    pub(crate) async fn cache_info(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<String, Failure> {
        call_json(cancel, self.session.cache_info().timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn result(
        &self,
        timeout: Option<u64>,
        stall_timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        let outcome = self.session.result().timeout_opt(duration(timeout));
        let outcome = outcome.stall_timeout_opt(duration(stall_timeout)).into_future();
        call_json(cancel, outcome).await
    }
}

/// What a user does to a session.
#[uniffi::export]
impl Session {
    // surface: acts Session
    pub(crate) async fn approve(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<(), Failure> {
        call(cancel, self.session.approve().timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn send(
        &self,
        text: String,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<(), Failure> {
        call(cancel, self.session.send(text).timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn archive(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<(), Failure> {
        call(cancel, self.session.archive().timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn stop(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<(), Failure> {
        call(cancel, self.session.stop().timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn unarchive(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<(), Failure> {
        call(cancel, self.session.unarchive().timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn delete(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<(), Failure> {
        call(cancel, self.session.delete().timeout_opt(duration(timeout))).await
    }
    // surface: end

    pub(crate) async fn ask(
        &self,
        text: String,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        call_json(cancel, self.session.ask(text).timeout_opt(duration(timeout))).await
    }
}

/// Its activities one by one and page by page.
#[uniffi::export]
impl Session {
    pub(crate) async fn list_activities(
        &self,
        options: ListOptions,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        let page = self.session.activities().list(options.into());
        let page = page.timeout_opt(duration(timeout)).into_future();
        call_json(cancel, async move { Ok(PageValue::from(page.await?)) }).await
    }

    pub(crate) async fn get_activity(
        &self,
        id: String,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        call_json(cancel, self.session.activities().get(&id).timeout_opt(duration(timeout))).await
    }

    /// The rows that a query, written as JSON, asks for, as a JSON array.
    pub(crate) async fn select_activities(
        &self,
        query: String,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        let query = jules::Query::activities_from_json(json(&query)?)?;
        call_json(cancel, self.session.activities().select(query).timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn hydrate_activities(
        &self,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<u64, Failure> {
        call(cancel, self.session.activities().hydrate().timeout_opt(duration(timeout))).await
    }
}
