//! Options as JavaScript passes them, and their way into core's. Names and kinds were checked
//! in `ts/options.ts`; what a value may be is core's business. Absent stays absent.

use std::collections::HashMap;
use std::time::Duration;

use jules::ffi::{Environment, set_environment};
use jules::{
    ActivitiesOptions, ActivityBudget, AllOptions, Cache, ClientOptions, GitHubSource, HistoryOptions, QueueOptions,
    RunConfig, SessionsOptions, SlotWait, SourcesOptions, StreamOptions, SyncDepth, SyncOptions, TaskConfig,
    WorkOptions,
};
use napi::bindgen_prelude::Either;
use napi_derive::napi;

/// Options of a client; times in milliseconds.
#[napi(object, object_to_js = false)]
#[derive(Default)]
#[expect(missing_debug_implementations, reason = "it holds the key")]
pub struct NativeClientOptions {
    // surface: record ClientOptions
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
    // surface: end
    /// `process.env`, or what stands in its place: the variables that core looks up, and no others.
    pub environment: Option<HashMap<String, String>>,
}

/// How long and how often a failed request is tried again; times in milliseconds.
#[napi(object, object_to_js = false)]
#[derive(Debug, Default)]
pub struct NativeRetryOptions {
    // surface: record RetryOptions
    pub max_elapsed_ms: Option<f64>,
    pub base_delay_ms: Option<f64>,
    pub max_delay_ms: Option<f64>,
    // surface: end
}

impl NativeClientOptions {
    /// Lays what was given over `options`; the rest stays as it is.
    pub(crate) fn apply(self, options: &mut ClientOptions) {
        // surface: take ClientOptions self options set
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
        set(&mut options.activity_budget, self.activity_budget.map(activity_budget));
        set(&mut options.allow_insecure_http, self.allow_insecure_http);
        set(&mut options.user_agent, self.user_agent);
        set(&mut options.ca, self.ca);
        set(&mut options.proxy, self.proxy.map(Into::into));
        set(&mut options.headers, self.headers.map(|headers| headers.into_iter().collect()));
        // surface: end
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
    // surface: record RunConfig
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
    // surface: end
}

/// A repository and, where not its default one, the branch to start from.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeSource {
    pub github: String,
    pub branch: Option<String>,
}

impl From<NativeSource> for GitHubSource {
    fn from(given: NativeSource) -> Self {
        let mut source = Self::new(given.github);
        source.branch = given.branch;
        source
    }
}

impl From<NativeRunConfig> for RunConfig {
    fn from(given: NativeRunConfig) -> Self {
        let mut config = RunConfig::new(given.prompt);
        // surface: take RunConfig given config
        config.source = given.source.map(Into::into);
        config.title = given.title;
        config.require_approval = given.require_approval;
        config.auto_pr = given.auto_pr;
        config.wait_for_slot = given.wait_for_slot.and_then(slot_wait);
        config.stall_timeout = millis(given.stall_timeout_ms);
        config.retry_failed = given.retry_failed.unwrap_or(config.retry_failed);
        config.environment_variables = given.environment_variables;
        config.key = given.key;
        // surface: end
        config
    }
}

/// What bounds a queue.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeQueueOptions {
    // surface: record QueueOptions
    pub slots: Option<u32>,
    pub per_day: Option<u32>,
    // surface: end
}

impl From<&NativeQueueOptions> for QueueOptions {
    fn from(given: &NativeQueueOptions) -> Self {
        let mut options = Self::default();
        // surface: take QueueOptions given options
        options.slots = given.slots.map(u64::from);
        options.per_day = given.per_day.map(u64::from);
        // surface: end
        options
    }
}

/// A task to be added: its session's options, and when.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeTaskConfig {
    pub run: NativeRunConfig,
    // surface: record TaskConfig -run -key
    pub priority: Option<i64>,
    pub not_before: Option<String>,
    pub max_attempts: Option<u32>,
    pub retry_on: Option<String>,
    // surface: end
}

impl TryFrom<NativeTaskConfig> for TaskConfig {
    type Error = jules::Error;

    fn try_from(given: NativeTaskConfig) -> Result<Self, jules::Error> {
        let mut task = Self::from(RunConfig::from(given.run));
        // surface: take TaskConfig given task -run -key
        task.priority = given.priority.unwrap_or(task.priority);
        task.not_before = given.not_before.map(|time| time.parse()).transpose()?;
        task.max_attempts = given.max_attempts;
        task.retry_on = given.retry_on.map(|word| word.parse()).transpose()?.unwrap_or(task.retry_on);
        // surface: end
        Ok(task)
    }
}

/// How a worker works; how it goes about plans stands beside it.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeWorkOptions {
    // surface: record WorkOptions -approve
    pub concurrency: Option<u32>,
    pub follow: Option<bool>,
    // surface: end
}

impl From<NativeWorkOptions> for WorkOptions {
    fn from(given: NativeWorkOptions) -> Self {
        let mut options = Self::default();
        // surface: take WorkOptions given options -approve
        options.concurrency = given.concurrency.map(|n| n as usize);
        options.follow = given.follow.unwrap_or(options.follow);
        // surface: end
        options
    }
}

/// How many sessions run at once; times in milliseconds.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeBatchOptions {
    // surface: record AllOptions -until
    pub concurrency: Option<u32>,
    pub stop_on_error: Option<bool>,
    pub delay_ms: Option<f64>,
    // surface: end
    #[napi(ts_type = "'ended' | 'created'")]
    pub until: Option<String>,
    /// Whether anybody wants to hear of the steps.
    pub progress: Option<bool>,
}

impl TryFrom<NativeBatchOptions> for AllOptions {
    type Error = jules::Error;

    fn try_from(given: NativeBatchOptions) -> Result<Self, jules::Error> {
        let mut options = AllOptions::default();
        // surface: take AllOptions given options
        options.concurrency = given.concurrency.map(|n| n as usize);
        options.stop_on_error = given.stop_on_error;
        options.delay = millis(given.delay_ms);
        options.until = given.until.map(|word| word.parse()).transpose()?.unwrap_or(options.until);
        // surface: end
        Ok(options)
    }
}

/// How a sync goes about it.
#[napi(object, object_to_js = false)]
#[derive(Debug)]
pub struct NativeSyncOptions {
    // surface: record SyncOptions -depth
    pub session_id: Option<String>,
    pub limit: Option<u32>,
    pub incremental: Option<bool>,
    pub concurrency: Option<u32>,
    pub checkpoint: Option<bool>,
    // surface: end
    #[napi(ts_type = "'metadata' | 'activities'")]
    pub depth: Option<String>,
    /// Whether anybody wants to hear of the steps.
    pub progress: Option<bool>,
}

impl From<NativeSyncOptions> for SyncOptions {
    fn from(given: NativeSyncOptions) -> Self {
        let mut options = Self::default();
        // surface: take SyncOptions given options -depth
        options.session_id = given.session_id;
        options.limit = given.limit.map(|n| n as usize);
        options.incremental = given.incremental.unwrap_or(options.incremental);
        options.concurrency = given.concurrency.map_or(options.concurrency, |n| n as usize);
        options.checkpoint = given.checkpoint.unwrap_or(options.checkpoint);
        // surface: end
        if given.depth.as_deref() == Some("activities") {
            options.depth = SyncDepth::Activities;
        }
        options
    }
}

/// Which activities a stream gives.
#[napi(object, object_to_js = false)]
#[derive(Debug, Default)]
pub struct NativeStreamOptions {
    // surface: record StreamOptions
    pub follow: Option<bool>,
    pub after: Option<String>,
    pub types: Option<Vec<String>>,
    pub exclude_originator: Option<Vec<String>>,
    pub stall_timeout_ms: Option<f64>,
    // surface: end
    pub offline: Option<bool>,
}

impl From<NativeStreamOptions> for StreamOptions {
    fn from(given: NativeStreamOptions) -> Self {
        let mut options = StreamOptions::default();
        // surface: take StreamOptions given options
        options.follow = given.follow.unwrap_or(options.follow);
        options.after = given.after;
        options.types = given.types.unwrap_or_default();
        options.exclude_originator = given.exclude_originator.unwrap_or_default();
        options.stall_timeout = millis(given.stall_timeout_ms);
        // surface: end
        options
    }
}

impl From<NativeStreamOptions> for HistoryOptions {
    fn from(given: NativeStreamOptions) -> Self {
        let mut options = HistoryOptions::default();
        // surface: take HistoryOptions given options
        options.offline = given.offline.unwrap_or(options.offline);
        options.after = given.after;
        options.types = given.types.unwrap_or_default();
        options.exclude_originator = given.exclude_originator.unwrap_or_default();
        // surface: end
        options
    }
}

/// How a list is paged: `limit` ends an iteration, `page_token` starts a page.
#[napi(object, object_to_js = false)]
#[derive(Debug, Default)]
pub struct NativeListOptions {
    // surface: record SessionsOptions
    pub page_size: Option<u32>,
    pub limit: Option<u32>,
    pub filter: Option<String>,
    pub page_token: Option<String>,
    // surface: end
}

impl From<NativeListOptions> for SourcesOptions {
    fn from(given: NativeListOptions) -> Self {
        let mut options = SourcesOptions::default();
        // surface: take SourcesOptions given options
        options.filter = given.filter;
        options.page_size = given.page_size;
        options.limit = given.limit.map(|n| n as usize);
        // surface: end
        options
    }
}

impl From<NativeListOptions> for SessionsOptions {
    fn from(given: NativeListOptions) -> Self {
        let mut options = SessionsOptions::default();
        // surface: take SessionsOptions given options
        options.page_size = given.page_size;
        options.limit = given.limit.map(|n| n as usize);
        options.filter = given.filter;
        options.page_token = given.page_token;
        // surface: end
        options
    }
}

impl From<NativeListOptions> for ActivitiesOptions {
    fn from(given: NativeListOptions) -> Self {
        let mut options = ActivitiesOptions::default();
        // surface: take ActivitiesOptions given options
        options.page_size = given.page_size;
        options.page_token = given.page_token;
        options.filter = given.filter;
        // surface: end
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

fn activity_budget(given: Either<bool, u32>) -> ActivityBudget {
    match given {
        Either::A(kept) => kept.into(),
        Either::B(per_minute) => per_minute.into(),
    }
}

fn set<T>(option: &mut Option<T>, given: Option<T>) {
    if given.is_some() {
        *option = given;
    }
}
