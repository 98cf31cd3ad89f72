//! The client: where sessions, runs and lists come from.

use jules::ffi::start_logging;
use jules::{ClientOptions, Jules};
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;

use crate::batch::NativeBatch;
use crate::call::promise;
use crate::cancel::CancelToken;
use crate::error::{to_json, to_napi};
use crate::logger::{Lines, hear};
use crate::options::{
    NativeBatchOptions, NativeClientOptions, NativeListOptions, NativeQueueOptions, NativeRunConfig, NativeSyncOptions,
    millis,
};
use crate::query;
use crate::queue::NativeQueue;
use crate::run::NativeRun;
use crate::runtime::enter;
use crate::session::NativeSession;
use crate::stream::{SessionFeed, SourceFeed};
use crate::sync::NativeSync;
use crate::text::Text;

/// A client of the Jules API. Without work in hand it doesn't keep the process alive.
#[napi]
#[derive(Debug)]
pub struct NativeClient(Jules);

#[napi]
impl NativeClient {
    /// A client with these options; what is absent comes from the environment, then from the default. `logger` gets the log
    /// lines as JSON texts.
    #[napi(constructor)]
    pub fn new(
        options: NativeClientOptions,
        #[napi(ts_arg_type = "((line: string) => void) | undefined | null")] logger: Option<Lines>,
    ) -> napi::Result<Self> {
        let wanted = options.environment.as_ref().and_then(|environment| environment.get("JULES_LOG"));
        start_logging(wanted.map(String::as_str).unwrap_or_default()).map_err(to_napi)?;
        let mut resolved = ClientOptions::default();
        options.apply(&mut resolved);
        hear(&mut resolved, logger);
        enter(|| Jules::new(resolved)).map(Self).map_err(to_napi)
    }

    /// Another client, with these options changed.
    #[napi]
    pub fn with(
        &self,
        changes: NativeClientOptions,
        #[napi(ts_arg_type = "((line: string) => void) | undefined | null")] logger: Option<Lines>,
    ) -> napi::Result<Self> {
        let change = |options: &mut ClientOptions| {
            changes.apply(options);
            hear(options, logger);
        };
        enter(|| self.0.with(change)).map(Self).map_err(to_napi)
    }

    /// Where the service is.
    #[napi(getter)]
    pub fn base_url(&self) -> String {
        self.0.base_url().to_owned()
    }

    /// Starts a session at once.
    #[napi]
    pub fn run(&self, config: NativeRunConfig) -> NativeRun {
        NativeRun::new(enter(|| self.0.run(config.into())))
    }

    /// Creates a session.
    #[napi]
    pub fn create_session<'env>(
        &self,
        env: &'env Env,
        config: NativeRunConfig,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, NativeSession>> {
        let created = self.0.create_session(config.into()).timeout_opt(millis(timeout_ms));
        promise(env, cancel, created, |session| Ok(NativeSession::new(session)))
    }

    /// A pool for many sessions; nothing starts yet.
    #[napi]
    pub fn batch(&self, options: NativeBatchOptions) -> napi::Result<NativeBatch> {
        NativeBatch::new(&self.0, options)
    }

    /// A queue of tasks in the cache; no request is made.
    #[napi]
    pub fn queue(&self, name: String, options: NativeQueueOptions) -> napi::Result<NativeQueue> {
        NativeQueue::new(&self.0, &name, &options)
    }

    /// The latest session of a task; no request is made.
    #[napi]
    pub fn task_session(&self, key: String, session_id: Option<String>) -> napi::Result<NativeSession> {
        jules::ffi::task_session(&self.0, &key, session_id.as_deref()).map(NativeSession::new).map_err(to_napi)
    }

    /// The session with this id; no request is made.
    #[napi]
    pub fn session(&self, id: String) -> napi::Result<NativeSession> {
        self.0.session(&id).map(NativeSession::new).map_err(to_napi)
    }

    /// The source of a repository, as JSON text.
    #[napi]
    pub fn source<'env>(
        &self,
        env: &'env Env,
        github: String,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        promise(env, cancel, self.0.source(&github).timeout_opt(millis(timeout_ms)), |source| to_json(&source))
    }

    /// All sources.
    #[napi]
    pub fn sources(&self, options: NativeListOptions) -> SourceFeed {
        SourceFeed::new(enter(|| self.0.sources(options.into())))
    }

    /// All sessions.
    #[napi]
    pub fn sessions(&self, options: NativeListOptions) -> SessionFeed {
        SessionFeed::new(enter(|| self.0.sessions(options.into())))
    }

    /// The rows of the local cache that match a query, as the text of a JSON array.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn select<'env>(
        &self,
        env: &'env Env,
        query: String,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, Text>> {
        query::select(env, &self.0, query, timeout_ms, cancel)
    }

    /// A sync of the local cache; nothing starts yet.
    #[napi]
    pub fn sync(&self, options: NativeSyncOptions, timeout_ms: Option<f64>) -> NativeSync {
        NativeSync::new(&self.0, options, timeout_ms)
    }

    /// What the local cache holds, as JSON text.
    #[napi]
    pub fn cache_info<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        promise(env, cancel, self.0.cache_info().timeout_opt(millis(timeout_ms)), |info| to_json(&info))
    }

    /// What the account uses of its plan, as JSON text.
    #[napi]
    pub fn quota<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        promise(env, cancel, self.0.quota().timeout_opt(millis(timeout_ms)), |quota| to_json(&quota))
    }

    /// What this client has done so far, as JSON text.
    #[napi]
    pub fn metrics(&self) -> napi::Result<String> {
        to_json(&self.0.metrics())
    }

    /// The latest requests, as the text of a JSON array.
    #[napi]
    pub fn recent_requests(&self) -> napi::Result<String> {
        to_json(&self.0.recent_requests())
    }

    /// Stops everything that is under way; later calls fail.
    #[napi]
    pub fn close<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, ()>> {
        let client = self.0.clone();
        env.spawn_future(async move {
            client.close().await;
            Ok(())
        })
    }
}
