//! The client: one per API key. Cheap to clone; clones share connections, watchers and the cache.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::all::All;
use super::batch::AllOptions;
use super::cache::Cache;
use super::config::{ActivityBudget, ClientOptions, RetryOptions};
use super::handle::{Client, Inner, PERHAPS_CREATED};
use super::headers::Headers;
use super::pending::Pending;
use super::resolve::Config;
use super::run::Run;
use super::session::Session;
use super::sessions::{SessionList, SessionsOptions};
use super::sources::{SourceList, SourcesOptions};
use crate::api::transport::{RequestInfo, Transport};
use crate::api::{ApiKey, Branches, Proxy, Service, find_source};
use crate::engine::Hub;
use crate::engine::effects::{self, Defaults, RunConfig};
use crate::engine::sync::{self, SyncOptions, SyncReport};
use crate::ground::error::{Error, Result};
use crate::ground::metrics::{Metrics, RecorderHandle};
use crate::ground::model::{SessionId, Source};
use crate::ground::query::Query;
use crate::ground::surroundings::Surroundings;
use crate::store::{CacheInfo, Store};

/// The client for the Jules API.
///
/// ```
/// use jules::{Jules, RunConfig};
/// # use jules_emulator::Emulator;
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = Emulator::start().await?;
/// let jules = Jules::builder().api_key("my-key")
/// #   .base_url(emulator.url()).cache(jules::Cache::Memory)
///     .build()?;
/// let outcome = jules.run(RunConfig::new("Fix the typo in the README").source("octocat/hello-world")).await?;
/// println!("{} {:?}", outcome.state, outcome.pull_request.map(|pull| pull.url));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Jules {
    pub(crate) client: Client,
}

impl Jules {
    // only rust: elsewhere the ready-made client is from the environment
    /// A client from the environment: `JULES_API_KEY`, `JULES_BASE_URL`, `JULES_CACHE_DIR`.
    ///
    /// # Errors
    /// [`MissingApiKey`](crate::ErrorKind::MissingApiKey) when there is no key.
    pub fn from_env() -> Result<Self> {
        Self::new(ClientOptions::default())
    }

    // only rust: elsewhere options are arguments
    /// Begins building a client.
    pub fn builder() -> JulesBuilder {
        JulesBuilder::default()
    }

    // only rust: elsewhere it is the constructor
    /// A client with these options. Nothing is sent yet.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) or [`MissingApiKey`](crate::ErrorKind::MissingApiKey).
    pub fn new(options: ClientOptions) -> Result<Self> {
        let config = options.resolve()?;
        let surroundings = Surroundings::default();
        let store = config.site.clone().open(config.account(), config.cache_limit, surroundings.clone());
        let transport = Transport::new(&config.api)?;
        Ok(Self::assemble(options, &config, transport, store, surroundings))
    }

    /// A client of these parts.
    pub(crate) fn assemble(
        options: ClientOptions,
        config: &Config,
        transport: Transport,
        store: Arc<dyn Store>,
        surroundings: Surroundings,
    ) -> Self {
        let service = Service::new(Arc::new(transport));
        let hub = Arc::new(Hub::new(service, store, surroundings, config.limits()));
        Self { client: Arc::new(Inner { options, hub }) }
    }

    // only rust: a binding keeps what it was given in its own form
    /// The options of this client.
    pub fn options(&self) -> &ClientOptions {
        &self.client.options
    }

    // only rust: elsewhere it is one of the options
    /// Where the service is, with its version.
    pub fn base_url(&self) -> &str {
        self.client.hub.service.transport.base_url().as_str()
    }

    /// Another client with changed options.
    ///
    /// # Errors
    /// As for [`Jules::new`].
    pub fn with(&self, change: impl FnOnce(&mut ClientOptions)) -> Result<Self> {
        let mut options = self.client.options.clone();
        change(&mut options);
        Self::new(options)
    }

    /// Starts a session at once (`sessions.create`) and gives a handle that can be awaited for its [`Outcome`](crate::Outcome).
    /// Defaults: `auto_pr` true, `require_approval` false. Call it inside a Tokio runtime.
    pub fn run(&self, config: RunConfig) -> Run {
        Run::start(&self.client, config)
    }

    /// Creates a session (`sessions.create`), exactly one. Defaults: `auto_pr` false, `require_approval` true.
    ///
    /// # Errors
    /// [`SourceNotFound`](crate::ErrorKind::SourceNotFound) when Jules has no access to the repository.
    pub fn create_session(&self, config: RunConfig) -> Pending<Session> {
        let client = Arc::clone(&self.client);
        let creating = self.client.call("creating a session", async move {
            let watched = effects::create(&client.hub, config, Defaults::SESSION, None).await?;
            Ok(Session::new(client, watched.id.clone()))
        });
        creating.about(|error| error.with_hint(PERHAPS_CREATED))
    }

    /// Runs many sessions, at most `concurrency` of them at a time, each to its outcome. `map` makes an item's session.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a concurrency of 0.
    ///
    /// ```
    /// use futures::StreamExt;
    /// use jules::{AllOptions, Jules, RunConfig};
    /// # use jules_emulator::Emulator;
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().speed(50.0).start().await?;
    /// # let jules = Jules::builder().api_key("k").base_url(emulator.url()).cache(jules::Cache::Memory).build()?;
    /// let map = |package: &str| {
    ///     let config = RunConfig::new(format!("Update {package} [scenario:quick]"));
    ///     async move { Ok(config) }
    /// };
    /// let mut finished = jules.all(["serde", "tokio"], map, AllOptions::default())?;
    /// while let Some(one) = finished.next().await {
    ///     println!("{}: {:?}", one.item, one.result?.state);
    /// }
    /// # Ok(()) }
    /// ```
    pub fn all<T, M, F>(
        &self,
        items: impl IntoIterator<Item = T, IntoIter: Send + 'static>,
        map: M,
        options: AllOptions,
    ) -> Result<All<T>>
    where
        T: Clone + Send + 'static,
        M: FnMut(T) -> F + Send + 'static,
        F: Future<Output = Result<RunConfig>> + Send + 'static,
    {
        All::new(&self.client, items.into_iter(), map, options)
    }

    /// The session with this id: `123`, `sessions/123`, or the URL of its page. No request is made.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) when it is not an id.
    pub fn session(&self, id: &str) -> Result<Session> {
        if id.trim() == self.client.hub.service.transport.key().reveal() {
            return Err(Error::config("the API key was given as a session id"));
        }
        let id = SessionId::read(id).map_err(|error| self.client.clean(error))?;
        Ok(Session::new(Arc::clone(&self.client), id))
    }

    /// The source of a repository (`sources.get`), named `owner/repo` or `sources/github/owner/repo`.
    ///
    /// # Errors
    /// [`SourceNotFound`](crate::ErrorKind::SourceNotFound) when Jules has no access to it.
    pub fn source(&self, github: &str) -> Pending<Source> {
        let (service, github) = (self.client.hub.service.clone(), github.to_owned());
        self.client.call("reading the source", async move { find_source(&service, &github, Branches::Wanted).await })
    }

    /// All sources (`sources.list`), page by page as they are asked for.
    pub fn sources(&self, options: SourcesOptions) -> SourceList {
        SourceList::new(Arc::clone(&self.client), options)
    }

    /// All sessions, newest first (`sessions.list`), page by page as they are asked for.
    pub fn sessions(&self, options: SessionsOptions) -> SessionList {
        SessionList::new(Arc::clone(&self.client), options)
    }

    /// The rows of the local cache that match a query: JSON objects in the shape that all languages share. The server is
    /// not asked; the cache has what this account has read and synced.
    ///
    /// # Errors
    /// [`Query`](crate::ErrorKind::Query) when the query is not valid, or begins at a row that the cache doesn't have.
    ///
    /// ```
    /// use jules::{Jules, Op, Query, RunConfig};
    /// # use jules_emulator::Emulator;
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::builder().speed(50.0).start().await?;
    /// # let jules = Jules::builder().api_key("k").base_url(emulator.url()).cache(jules::Cache::Memory).build()?;
    /// jules.run(RunConfig::new("Update serde [scenario:quick]").source("octocat/hello-world")).await?;
    /// let query = Query::sessions().filter("title", Op::contains("SERDE")).select(["id", "state"]).limit(10);
    /// let rows = jules.select(query).await?;
    /// assert_eq!(rows[0]["state"], "completed");
    /// # Ok(()) }
    /// ```
    pub fn select(&self, query: Query) -> Pending<Vec<Value>> {
        let store = Arc::clone(&self.client.hub.store);
        self.client.call("selecting from the cache", async move { store.select(query.plan()?).await })
    }

    /// Brings the cache up to date with the server (`sessions.list`, `sessions.get`, `activities.list`), so that all of it can
    /// be read and queried offline.
    ///
    /// Most of what is fresh is skipped ([`SyncOptions::incremental`]); what no longer exists on the server is hidden, unless
    /// there is a limit. One sync at a time uses a cache, in whichever process: a second one waits until the first is done.
    /// If it is dropped, killed or fails, what it has fetched stays, and the next one continues from there
    /// ([`SyncOptions::checkpoint`]).
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a bad option; [`NotFound`](crate::ErrorKind::NotFound) for a
    /// [`SyncOptions::session_id`] that nobody knows; whatever keeps it from continuing. A session that can't be fetched while
    /// others can is not an error: [`SyncReport::sessions_failed`] counts it.
    ///
    /// ```
    /// use jules::{Jules, SyncDepth, SyncOptions};
    /// # use jules_emulator::Emulator;
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::start().await?;
    /// # let jules = Jules::builder().api_key("k").base_url(emulator.url()).cache(jules::Cache::Memory).build()?;
    /// let report = jules.sync(SyncOptions::default().depth(SyncDepth::Activities)).await?;
    /// println!("{} new sessions, {} new activities", report.sessions_ingested, report.activities_ingested);
    /// assert!(report.is_complete);
    /// # Ok(()) }
    /// ```
    pub fn sync(&self, options: SyncOptions) -> Pending<SyncReport> {
        let hub = Arc::clone(&self.client.hub);
        self.client.call("syncing the local cache", async move { sync::sync(&hub, &options).await })
    }

    /// What is in the local cache, from stored totals: it takes no longer for a large cache.
    pub fn cache_info(&self) -> Pending<CacheInfo> {
        let store = Arc::clone(&self.client.hub.store);
        self.client.call("reading the cache", async move { store.info().await })
    }

    /// What this client has done so far, in numbers.
    pub fn metrics(&self) -> Metrics {
        self.client.hub.service.transport.meter.snapshot()
    }

    /// The latest requests that this client has made, at most 100, the oldest first: with the server's id of each, also of
    /// those that went well. No request is made.
    ///
    /// ```
    /// # use jules_emulator::Emulator;
    /// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let emulator = Emulator::start().await?;
    /// # let jules = jules::Jules::builder().api_key("k").base_url(emulator.url()).cache(jules::Cache::Memory).build()?;
    /// let session = jules.create_session(jules::RunConfig::new("Add a test")).await?;
    /// let created = jules.recent_requests().into_iter().rfind(|request| request.operation == "sessions.create");
    /// println!("{}: {:?}", session.id(), created.and_then(|request| request.request_id));
    /// # Ok(()) }
    /// ```
    pub fn recent_requests(&self) -> Vec<RequestInfo> {
        self.client.hub.service.transport.recent()
    }

    /// Stops everything that is under way; later calls, and those that wait, fail with [`Closed`](crate::ErrorKind::Closed). May be called twice.
    pub async fn close(&self) {
        self.client.hub.service.transport.close();
        self.client.hub.close();
        self.client.hub.presence.close().await;
    }
}

// only rust: elsewhere options are arguments
/// Options, one by one. See [`ClientOptions`] for what each does and its default.
///
/// ```
/// use std::time::Duration;
/// let jules = jules::Jules::builder().api_key("my-key").request_timeout(Duration::from_secs(10)).build()?;
/// # Ok::<(), jules::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct JulesBuilder {
    options: ClientOptions,
}

impl JulesBuilder {
    // surface: setters ClientOptions
    /// See [`ClientOptions::api_key`].
    pub fn api_key(mut self, api_key: impl Into<ApiKey>) -> Self {
        self.options.api_key = Some(api_key.into());
        self
    }

    /// See [`ClientOptions::base_url`].
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        self.options.base_url = Some(base_url.into());
        self
    }

    /// See [`ClientOptions::polling_interval`].
    pub fn polling_interval(mut self, polling_interval: Duration) -> Self {
        self.options.polling_interval = Some(polling_interval);
        self
    }

    /// See [`ClientOptions::request_timeout`].
    pub fn request_timeout(mut self, request_timeout: Duration) -> Self {
        self.options.request_timeout = Some(request_timeout);
        self
    }

    /// See [`ClientOptions::connect_timeout`].
    pub fn connect_timeout(mut self, connect_timeout: Duration) -> Self {
        self.options.connect_timeout = Some(connect_timeout);
        self
    }

    /// See [`ClientOptions::retry`].
    pub fn retry(mut self, retry: RetryOptions) -> Self {
        self.options.retry = retry;
        self
    }

    /// See [`ClientOptions::max_concurrent_requests`].
    pub fn max_concurrent_requests(mut self, max_concurrent_requests: usize) -> Self {
        self.options.max_concurrent_requests = Some(max_concurrent_requests);
        self
    }

    /// See [`ClientOptions::cache`].
    pub fn cache(mut self, cache: Cache) -> Self {
        self.options.cache = Some(cache);
        self
    }

    /// See [`ClientOptions::cache_limit`].
    pub fn cache_limit(mut self, cache_limit: u64) -> Self {
        self.options.cache_limit = Some(cache_limit);
        self
    }

    /// See [`ClientOptions::account`].
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.options.account = Some(account.into());
        self
    }

    /// See [`ClientOptions::slots`].
    pub fn slots(mut self, slots: u64) -> Self {
        self.options.slots = Some(slots);
        self
    }

    /// See [`ClientOptions::per_day`].
    pub fn per_day(mut self, per_day: u64) -> Self {
        self.options.per_day = Some(per_day);
        self
    }

    /// See [`ClientOptions::activity_budget`].
    pub fn activity_budget(mut self, activity_budget: impl Into<ActivityBudget>) -> Self {
        self.options.activity_budget = Some(activity_budget.into());
        self
    }

    /// See [`ClientOptions::allow_insecure_http`].
    pub fn allow_insecure_http(mut self, allow_insecure_http: bool) -> Self {
        self.options.allow_insecure_http = Some(allow_insecure_http);
        self
    }

    /// See [`ClientOptions::user_agent`].
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.options.user_agent = Some(user_agent.into());
        self
    }

    /// See [`ClientOptions::ca`].
    pub fn ca(mut self, ca: impl Into<String>) -> Self {
        self.options.ca = Some(ca.into());
        self
    }

    /// See [`ClientOptions::proxy`].
    pub fn proxy(mut self, proxy: impl Into<Proxy>) -> Self {
        self.options.proxy = Some(proxy.into());
        self
    }

    /// See [`ClientOptions::headers`].
    pub fn headers(mut self, headers: impl Into<Headers>) -> Self {
        self.options.headers = Some(headers.into());
        self
    }

    /// See [`ClientOptions::recorder`].
    pub fn recorder(mut self, recorder: impl Into<RecorderHandle>) -> Self {
        self.options.recorder = Some(recorder.into());
        self
    }
    // surface: end

    /// Keeps the cache in this directory; short for [`Cache::Directory`].
    pub fn cache_dir(self, directory: impl Into<PathBuf>) -> Self {
        self.cache(Cache::Directory(directory.into()))
    }

    /// The client.
    ///
    /// # Errors
    /// As for [`Jules::new`].
    pub fn build(self) -> Result<Jules> {
        Jules::new(self.options)
    }
}
