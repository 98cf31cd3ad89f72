//! The client's handle: how sessions are made, found and listed.

use std::sync::Arc;

use crate::batch::{Batch, ProgressListener};
use crate::cancel::CancelToken;
use crate::failure::Failure;
use crate::json::{json, to_json};
use crate::living::Counted;
use crate::logger::{LogListener, hear};
use crate::options::{AllOptions, ClientOptions, ListOptions, QueueOptions, RunConfig, duration};
use crate::queue::Queue;
use crate::run::Run;
use crate::runtime::{call, call_json, runtime};
use crate::session::Session;
use crate::stream::{SessionList, SourceList};
use crate::sync::SyncOptions;

#[derive(uniffi::Object)]
pub(crate) struct Client {
    jules: jules::Jules,
    _counted: Counted,
}

#[uniffi::export]
impl Client {
    #[uniffi::constructor]
    pub(crate) fn new(options: ClientOptions, logger: Option<Box<dyn LogListener>>) -> Result<Arc<Self>, Failure> {
        jules::ffi::start_logging(&std::env::var("JULES_LOG").unwrap_or_default())?;
        let _inside = runtime()?.enter();
        let mut core = jules::ClientOptions::default();
        options.apply(&mut core);
        hear(&mut core, logger);
        Ok(Arc::new(Self { jules: jules::Jules::new(core)?, _counted: Counted::new() }))
    }

    /// A copy with these options in the place of the ones it was made with.
    pub(crate) fn changed(
        &self,
        options: ClientOptions,
        logger: Option<Box<dyn LogListener>>,
    ) -> Result<Arc<Self>, Failure> {
        let _inside = runtime()?.enter();
        let jules = self.jules.with(|core| {
            options.apply(core);
            hear(core, logger);
        })?;
        Ok(Arc::new(Self { jules, _counted: Counted::new() }))
    }

    pub(crate) fn run(&self, config: RunConfig) -> Result<Arc<Run>, Failure> {
        let _inside = runtime()?.enter();
        Ok(Run::new(self.jules.run(config.into())))
    }

    pub(crate) async fn create_session(
        &self,
        config: RunConfig,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<Arc<Session>, Failure> {
        let create = self.jules.create_session(config.into()).timeout_opt(duration(timeout));
        call(cancel, create).await.map(Session::new)
    }

    pub(crate) fn session(&self, id: String) -> Result<Arc<Session>, Failure> {
        Ok(Session::new(self.jules.session(&id)?))
    }

    pub(crate) async fn source(
        &self,
        github: String,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        call_json(cancel, self.jules.source(&github).timeout_opt(duration(timeout))).await
    }

    pub(crate) fn sources(&self, options: ListOptions) -> Arc<SourceList> {
        SourceList::new(self.jules.sources(options.into()))
    }

    pub(crate) fn sessions(&self, options: ListOptions) -> Arc<SessionList> {
        SessionList::new(self.jules.sessions(options.into()))
    }

    /// The rows that a query, written as JSON, asks for, as a JSON array.
    pub(crate) async fn select(
        &self,
        query: String,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        let query = jules::Query::from_json(json(&query)?)?;
        call_json(cancel, self.jules.select(query).timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn sync(
        &self,
        options: SyncOptions,
        listener: Option<Box<dyn ProgressListener>>,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<String, Failure> {
        let sync = self.jules.sync(options.into_core(listener)?);
        call_json(cancel, sync.timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn cache_info(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<String, Failure> {
        call_json(cancel, self.jules.cache_info().timeout_opt(duration(timeout))).await
    }

    pub(crate) async fn quota(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<String, Failure> {
        call_json(cancel, self.jules.quota().timeout_opt(duration(timeout))).await
    }

    /// A pool for many sessions; nothing starts before it is fed.
    pub(crate) fn all(
        &self,
        options: AllOptions,
        listener: Option<Box<dyn ProgressListener>>,
    ) -> Result<Arc<Batch>, Failure> {
        Batch::new(&self.jules, options, listener)
    }

    pub(crate) fn queue(&self, name: String, options: QueueOptions) -> Result<Arc<Queue>, Failure> {
        Ok(Queue::new(self.jules.queue(&name, options.into())?))
    }

    /// The latest session of a task.
    pub(crate) fn task_session(&self, key: String, session_id: Option<String>) -> Result<Arc<Session>, Failure> {
        Ok(Session::new(jules::ffi::task_session(&self.jules, &key, session_id.as_deref())?))
    }

    /// The service that it asks.
    pub(crate) fn base_url(&self) -> String {
        self.jules.base_url().to_owned()
    }

    pub(crate) fn metrics(&self) -> Result<String, Failure> {
        to_json(&self.jules.metrics())
    }

    pub(crate) fn recent_requests(&self) -> Result<String, Failure> {
        to_json(&self.jules.recent_requests())
    }

    pub(crate) async fn close(&self) -> Result<(), Failure> {
        let jules = self.jules.clone();
        call(CancelToken::new(), async move {
            jules.close().await;
            Ok(())
        })
        .await
    }
}
