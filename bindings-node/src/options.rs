//! Options as JavaScript passes them, and their way into core's. Names and kinds were checked
//! in `ts/options.ts`; what a value may be is core's business. Absent stays absent.

use std::collections::HashMap;
use std::time::Duration;

use jules::ffi::{Environment, set_environment};
use jules::{
    ActivitiesOptions, AllOptions, Cache, ClientOptions, GitHubSource, HistoryOptions, QueueOptions, RunConfig,
    SessionsOptions, SlotWait, SourcesOptions, StreamOptions, SyncDepth, SyncOptions, TaskConfig, Until, WorkOptions,
};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

/// Options of a client; times in milliseconds.
#[napi(object, object_to_js = false)]
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "it holds the key")]
pub struct NativeClientOptions {
    pub api_key: Option<String>,
    pub base_url: Option<String>,
    pub polling_interval_ms: Option<f64>,
    pub request_timeout_ms: Option<f64>,
    pub connect_timeout_ms: Option<f64>,
    pub retry: Option<NativeRetryOptions>,
    pub max_concurrent_requests: Option<u32>,
    pub cache: Option<Either<bool, String>>,
    pub cache_limit: Option<i64>,
    pub account: Option<String>,
    pub slots: Option<u32>,
    pub per_day: Option<u32>,
    pub activity_budget: Option<Either<bool, u32>>,
    pub allow_insecure_http: Option<bool>,
    pub user_agent: Option<String>,
    pub ca: Option<String>,
    pub proxy: Option<String>,
    pub headers: Option<HashMap<String, String>>,
    /// `process.env`, or what stands in its place: the variables that core looks up, and no others.
    pub environment: Option<HashMap<String, String>>,
}

/// How long and how often a failed request is tried again; times in milliseconds.
#[napi(object, object_to_js = false)]
#[derive(Debug, Default)]
pub struct NativeRetryOptions {
    pub max_elapsed_ms: Option<f64>,
    pub base_delay_ms: Option<f64>,
    pub max_delay_ms: Option<f64>,
}

impl NativeClientOptions {
    /// Lays what was given over `options`; the rest stays as it is.
    pub(crate) fn apply(self, options: &mut ClientOptions) {
        set(&mut options.api_key, self.api_key.map(Into::into));
        set(&mut options.base_url, self.base_url);
        set(&mut options.polling_interval, millis(self.polling_interval_ms));
        set(&mut options.request_timeout, millis(self.request_timeout_ms));
        set(&mut options.connect_timeout, millis(self.connect_timeout_ms));
        let retry = self.retry.unwrap_or_default();
        set(&mut options.retry.max_elapsed, millis(retry.max_elapsed_ms));
        set(&mut options.retry.base_delay, millis(retry.base_delay_ms));
        set(&mut options.retry.max_delay, millis(retry.max_delay_ms));
        set(&mut options.max_concurrent_requests, self.max_concurrent_requests.map(|n| n as usize));
        set(&mut options.cache, self.cache.map(cache));
        set(&mut options.cache_limit, self.cache_limit.and_then(|bytes| u64::try_from(bytes).ok()));
        set(&mut options.account, self.account);
        set(&mut options.slots, self.slots.map(u64::from));
        set(&mut options.per_day, self.per_day.map(u64::from));
        set(
            &mut options.activity_budget,
            self.activity_budget.map(|budget| match budget {
                Either::A(kept) => kept.into(),
                Either::B(per_minute) => per_minute.into(),
            }),
        );
        set(&mut options.allow_insecure_http, self.allow_insecure_http);
        set(&mut options.user_agent, self.user_agent);
        set(&mut options.ca, self.ca);
        set(&mut options.proxy, self.proxy.map(Into::into));
        set(&mut options.headers, self.headers.map(|headers| headers.into_iter().collect()));
        if let Some(variables) = self.environment {
            let variables = variables.into_iter().map(|(name, value)| (name, value.into()));
            set_environment(options, Environment::new(variables));
        }
    }
}

/// What to do and where, for `run` and `session`.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeRunConfig {
    pub prompt: String,
    pub source: Option<NativeSource>,
    pub title: Option<String>,
    pub require_approval: Option<bool>,
    pub auto_pr: Option<bool>,
    pub wait_for_slot: Option<Either<bool, f64>>,
    pub stall_timeout_ms: Option<f64>,
    pub retry_failed: Option<u32>,
    pub environment_variables: Option<bool>,
    pub key: Option<String>,
}

/// A repository and, where not its default one, the branch to start from.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeSource {
    pub github: String,
    pub branch: Option<String>,
}

impl From<NativeRunConfig> for RunConfig {
    fn from(given: NativeRunConfig) -> Self {
        let mut config = RunConfig::new(given.prompt);
        config.source = given.source.map(|source| {
            let mut target = GitHubSource::new(source.github);
            target.branch = source.branch;
            target
        });
        config.title = given.title;
        config.require_approval = given.require_approval;
        config.auto_pr = given.auto_pr;
        config.wait_for_slot = given.wait_for_slot.and_then(slot_wait);
        config.stall_timeout = millis(given.stall_timeout_ms);
        config.retry_failed = given.retry_failed.unwrap_or_default();
        config.environment_variables = given.environment_variables;
        config.key = given.key;
        config
    }
}

/// What bounds a queue.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeQueueOptions {
    pub slots: Option<u32>,
    pub per_day: Option<u32>,
}

impl From<&NativeQueueOptions> for QueueOptions {
    fn from(given: &NativeQueueOptions) -> Self {
        let mut options = Self::default();
        options.slots = given.slots.map(u64::from);
        options.per_day = given.per_day.map(u64::from);
        options
    }
}

/// A task to be added: what its session is told, and when.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeTaskConfig {
    pub run: NativeRunConfig,
    pub priority: Option<i64>,
    /// RFC 3339.
    pub not_before: Option<String>,
    pub max_attempts: Option<u32>,
    pub retry_on: Option<String>,
}

impl TryFrom<NativeTaskConfig> for TaskConfig {
    type Error = jules::Error;

    fn try_from(given: NativeTaskConfig) -> Result<Self, jules::Error> {
        let mut task = Self::from(RunConfig::from(given.run));
        task.priority = given.priority.unwrap_or_default();
        task.not_before = given.not_before.map(|time| time.parse()).transpose()?;
        task.max_attempts = given.max_attempts;
        if let Some(failures) = given.retry_on {
            task.retry_on = failures.parse()?;
        }
        Ok(task)
    }
}

/// How a worker works; how it goes about plans stands beside it.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeWorkOptions {
    pub concurrency: Option<u32>,
    pub follow: Option<bool>,
}

impl From<NativeWorkOptions> for WorkOptions {
    fn from(given: NativeWorkOptions) -> Self {
        let mut options = Self::default();
        options.concurrency = given.concurrency.map(|n| n as usize);
        options.follow = given.follow.unwrap_or(options.follow);
        options
    }
}

/// How many sessions run at once; times in milliseconds.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeBatchOptions {
    pub concurrency: Option<u32>,
    pub stop_on_error: Option<bool>,
    pub delay_ms: Option<f64>,
    #[napi(ts_type = "'ended' | 'created'")]
    pub until: Option<String>,
    /// Whether anybody wants to hear of the steps.
    pub progress: Option<bool>,
}

impl From<NativeBatchOptions> for AllOptions {
    fn from(given: NativeBatchOptions) -> Self {
        let mut options = AllOptions::default();
        options.concurrency = given.concurrency.map(|n| n as usize);
        options.stop_on_error = given.stop_on_error;
        options.delay = millis(given.delay_ms);
        if given.until.as_deref() == Some("created") {
            options.until = Until::Created;
        }
        options
    }
}

/// How a sync goes about it.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeSyncOptions {
    pub session_id: Option<String>,
    pub limit: Option<u32>,
    #[napi(ts_type = "'metadata' | 'activities'")]
    pub depth: Option<String>,
    pub incremental: Option<bool>,
    pub concurrency: Option<u32>,
    pub checkpoint: Option<bool>,
    /// Whether anybody wants to hear of the steps.
    pub progress: Option<bool>,
}

impl From<&NativeSyncOptions> for SyncOptions {
    fn from(given: &NativeSyncOptions) -> Self {
        let mut options = Self::default();
        options.session_id.clone_from(&given.session_id);
        options.limit = given.limit.map(|n| n as usize);
        if given.depth.as_deref() == Some("activities") {
            options.depth = SyncDepth::Activities;
        }
        options.incremental = given.incremental.unwrap_or(options.incremental);
        options.concurrency = given.concurrency.map_or(options.concurrency, |n| n as usize);
        options.checkpoint = given.checkpoint.unwrap_or(options.checkpoint);
        options
    }
}

/// Which activities a stream gives.
#[napi(object, object_to_js = false)]
#[derive(Debug, Default)]
pub struct NativeStreamOptions {
    pub follow: Option<bool>,
    pub offline: Option<bool>,
    pub after: Option<String>,
    pub types: Option<Vec<String>>,
    pub exclude_originator: Option<Vec<String>>,
    pub stall_timeout_ms: Option<f64>,
}

impl From<NativeStreamOptions> for StreamOptions {
    fn from(given: NativeStreamOptions) -> Self {
        let mut options = StreamOptions::default();
        options.follow = given.follow.unwrap_or(options.follow);
        options.stall_timeout = millis(given.stall_timeout_ms);
        options.after = given.after;
        options.types = given.types.unwrap_or_default();
        options.exclude_originator = given.exclude_originator.unwrap_or_default();
        options
    }
}

impl From<NativeStreamOptions> for HistoryOptions {
    fn from(given: NativeStreamOptions) -> Self {
        let mut options = HistoryOptions::default();
        options.offline = given.offline.unwrap_or(options.offline);
        options.after = given.after;
        options.types = given.types.unwrap_or_default();
        options.exclude_originator = given.exclude_originator.unwrap_or_default();
        options
    }
}

/// How a list is paged: `limit` ends an iteration, `page_token` starts a page.
#[napi(object, object_to_js = false)]
#[derive(Debug, Default)]
pub struct NativeListOptions {
    pub filter: Option<String>,
    pub page_size: Option<u32>,
    pub limit: Option<u32>,
    pub page_token: Option<String>,
}

impl From<NativeListOptions> for SourcesOptions {
    fn from(given: NativeListOptions) -> Self {
        let mut options = SourcesOptions::default();
        options.filter = given.filter;
        options.page_size = given.page_size;
        options.limit = given.limit.map(|n| n as usize);
        options
    }
}

impl From<NativeListOptions> for SessionsOptions {
    fn from(given: NativeListOptions) -> Self {
        let mut options = SessionsOptions::default();
        options.filter = given.filter;
        options.page_size = given.page_size;
        options.limit = given.limit.map(|n| n as usize);
        options.page_token = given.page_token;
        options
    }
}

impl From<NativeListOptions> for ActivitiesOptions {
    fn from(given: NativeListOptions) -> Self {
        let mut options = ActivitiesOptions::default();
        options.filter = given.filter;
        options.page_size = given.page_size;
        options.page_token = given.page_token;
        options
    }
}

/// Milliseconds as JavaScript counts them. `ts/options.ts` lets only finite, non-negative ones
/// through; what is too long for a `Duration` is as long as one can be.
pub(crate) fn millis(value: Option<f64>) -> Option<Duration> {
    value.map(|ms| Duration::try_from_secs_f64(ms / 1000.0).unwrap_or(Duration::MAX))
}

/// False is as if nothing were said.
fn slot_wait(given: Either<bool, f64>) -> Option<SlotWait> {
    match given {
        Either::A(forever) => forever.then_some(SlotWait::Forever),
        Either::B(ms) => millis(Some(ms)).map(Into::into),
    }
}

fn cache(given: Either<bool, String>) -> Cache {
    match given {
        Either::A(true) => Cache::Default,
        Either::A(false) => Cache::Memory,
        Either::B(directory) => Cache::Directory(directory.into()),
    }
}

fn set<T>(option: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *option = given;
    }
}
