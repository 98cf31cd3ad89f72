//! Arguments: records as Swift sends them, and the core's types that they become. Durations cross as nanoseconds.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

#[derive(uniffi::Record)]
pub(crate) struct ClientOptions {
    // surface: record ClientOptions
    api_key: Option<String>,
    base_url: Option<String>,
    polling_interval: Option<u64>,
    request_timeout: Option<u64>,
    connect_timeout: Option<u64>,
    retry_max_elapsed: Option<u64>,
    retry_base_delay: Option<u64>,
    retry_max_delay: Option<u64>,
    max_concurrent_requests: Option<u64>,
    cache: Option<Cache>,
    cache_limit: Option<u64>,
    account: Option<String>,
    slots: Option<u64>,
    per_day: Option<u64>,
    activity_budget: Option<ActivityBudget>,
    allow_insecure_http: Option<bool>,
    user_agent: Option<String>,
    ca: Option<String>,
    proxy: Option<String>,
    headers: Option<HashMap<String, String>>,
    // surface: end
}

/// A task to be added.
#[derive(uniffi::Record)]
pub(crate) struct TaskConfig {
    run: RunConfig,
    priority: i64,
    /// RFC 3339.
    not_before: Option<String>,
    max_attempts: Option<u32>,
    retry_on: Option<String>,
}

#[derive(uniffi::Record)]
pub(crate) struct WorkOptions {
    concurrency: Option<u64>,
    follow: bool,
}

#[derive(uniffi::Record)]
pub(crate) struct QueueOptions {
    slots: Option<u64>,
    per_day: Option<u64>,
}

#[derive(uniffi::Enum)]
pub(crate) enum ActivityBudget {
    Standard,
    PerMinute { calls: u32 },
    Unlimited,
}

#[derive(uniffi::Enum)]
pub(crate) enum Cache {
    Standard,
    Memory,
    Directory { path: String },
}

#[derive(uniffi::Record)]
pub(crate) struct AllOptions {
    // surface: record AllOptions -until
    concurrency: Option<u64>,
    stop_on_error: Option<bool>,
    delay: Option<u64>,
    // surface: end
    /// Whether an item is done when its session is created.
    until_created: bool,
}

#[derive(uniffi::Record)]
pub(crate) struct RunConfig {
    // surface: record RunConfig
    prompt: String,
    source: Option<GitHubSource>,
    title: Option<String>,
    require_approval: Option<bool>,
    auto_pr: Option<bool>,
    wait_for_slot: Option<SlotWait>,
    stall_timeout: Option<u64>,
    retry_failed: Option<u32>,
    environment_variables: Option<bool>,
    key: Option<String>,
    // surface: end
}

#[derive(uniffi::Enum)]
pub(crate) enum SlotWait {
    Forever,
    AtMost { time: u64 },
}

#[derive(uniffi::Record)]
pub(crate) struct GitHubSource {
    repo: String,
    branch: Option<String>,
}

#[derive(uniffi::Record)]
pub(crate) struct StreamOptions {
    // surface: record StreamOptions
    follow: Option<bool>,
    after: Option<String>,
    types: Option<Vec<String>>,
    exclude_originator: Option<Vec<String>>,
    stall_timeout: Option<u64>,
    // surface: end
}

#[derive(uniffi::Record)]
pub(crate) struct HistoryOptions {
    // surface: record HistoryOptions
    offline: Option<bool>,
    after: Option<String>,
    types: Option<Vec<String>>,
    exclude_originator: Option<Vec<String>>,
    // surface: end
}

#[derive(uniffi::Record)]
pub(crate) struct ListOptions {
    filter: Option<String>,
    page_size: Option<u32>,
    limit: Option<u64>,
    page_token: Option<String>,
}

pub(crate) fn duration(nanoseconds: Option<u64>) -> Option<Duration> {
    nanoseconds.map(Duration::from_nanos)
}

pub(crate) fn size(number: Option<u64>) -> Option<usize> {
    number.map(|number| usize::try_from(number).unwrap_or(usize::MAX))
}

impl ClientOptions {
    /// Writes these options over the core's, all of them: what is absent here is absent there. The environment is the process's
    /// own, as it is for Swift, whose dictionary of it has no place for what isn't UTF-8.
    pub(crate) fn apply(self, options: &mut jules::ClientOptions) {
        // surface: take ClientOptions self options
        options.api_key = self.api_key.map(Into::into);
        options.base_url = self.base_url;
        options.polling_interval = duration(self.polling_interval);
        options.request_timeout = duration(self.request_timeout);
        options.connect_timeout = duration(self.connect_timeout);
        options.retry.max_elapsed = duration(self.retry_max_elapsed);
        options.retry.base_delay = duration(self.retry_base_delay);
        options.retry.max_delay = duration(self.retry_max_delay);
        options.max_concurrent_requests = size(self.max_concurrent_requests);
        options.cache = self.cache.map(Into::into);
        options.cache_limit = self.cache_limit;
        options.account = self.account;
        options.slots = self.slots;
        options.per_day = self.per_day;
        options.activity_budget = self.activity_budget.map(Into::into);
        options.allow_insecure_http = self.allow_insecure_http;
        options.user_agent = self.user_agent;
        options.ca = self.ca;
        options.proxy = self.proxy.map(Into::into);
        options.headers = self.headers.map(|headers| headers.into_iter().collect());
        // surface: end
    }
}

impl From<Cache> for jules::Cache {
    fn from(cache: Cache) -> Self {
        match cache {
            Cache::Standard => Self::Default,
            Cache::Memory => Self::Memory,
            Cache::Directory { path } => Self::Directory(PathBuf::from(path)),
        }
    }
}

impl From<ActivityBudget> for jules::ActivityBudget {
    fn from(budget: ActivityBudget) -> Self {
        match budget {
            ActivityBudget::Standard => Self::Default,
            ActivityBudget::PerMinute { calls } => Self::PerMinute(calls),
            ActivityBudget::Unlimited => Self::Unlimited,
        }
    }
}

impl From<AllOptions> for jules::AllOptions {
    fn from(options: AllOptions) -> Self {
        let mut core = Self::default();
        // surface: take AllOptions options core -until
        core.concurrency = size(options.concurrency);
        core.stop_on_error = options.stop_on_error;
        core.delay = duration(options.delay);
        // surface: end
        if options.until_created {
            core.until = jules::Until::Created;
        }
        core
    }
}

impl From<GitHubSource> for jules::GitHubSource {
    fn from(given: GitHubSource) -> Self {
        let mut source = Self::parse(&given.repo);
        source.branch = given.branch.or(source.branch);
        source
    }
}

impl From<SlotWait> for jules::SlotWait {
    fn from(wait: SlotWait) -> Self {
        match wait {
            SlotWait::Forever => Self::Forever,
            SlotWait::AtMost { time } => Self::For(Duration::from_nanos(time)),
        }
    }
}

impl From<RunConfig> for jules::RunConfig {
    fn from(config: RunConfig) -> Self {
        let mut core = Self::new(config.prompt);
        // surface: take RunConfig config core
        core.source = config.source.map(Into::into);
        core.title = config.title;
        core.require_approval = config.require_approval;
        core.auto_pr = config.auto_pr;
        core.wait_for_slot = config.wait_for_slot.map(Into::into);
        core.stall_timeout = duration(config.stall_timeout);
        core.retry_failed = config.retry_failed.unwrap_or(core.retry_failed);
        core.environment_variables = config.environment_variables;
        core.key = config.key;
        // surface: end
        core
    }
}

impl TryFrom<TaskConfig> for jules::TaskConfig {
    type Error = jules::Error;

    fn try_from(task: TaskConfig) -> Result<Self, jules::Error> {
        let mut core = Self::from(jules::RunConfig::from(task.run));
        core.priority = task.priority;
        core.not_before = task.not_before.map(|time| time.parse()).transpose()?;
        core.max_attempts = task.max_attempts;
        if let Some(failures) = task.retry_on {
            core.retry_on = failures.parse()?;
        }
        Ok(core)
    }
}

impl From<WorkOptions> for jules::WorkOptions {
    fn from(options: WorkOptions) -> Self {
        let mut core = Self::default();
        core.concurrency = size(options.concurrency);
        core.follow = options.follow;
        core
    }
}

impl From<QueueOptions> for jules::QueueOptions {
    fn from(options: QueueOptions) -> Self {
        let mut core = Self::default();
        core.slots = options.slots;
        core.per_day = options.per_day;
        core
    }
}

impl From<StreamOptions> for jules::StreamOptions {
    fn from(options: StreamOptions) -> Self {
        let mut core = Self::default();
        // surface: take StreamOptions options core
        core.follow = options.follow.unwrap_or(core.follow);
        core.after = options.after;
        core.types = options.types.unwrap_or_default();
        core.exclude_originator = options.exclude_originator.unwrap_or_default();
        core.stall_timeout = duration(options.stall_timeout);
        // surface: end
        core
    }
}

impl From<HistoryOptions> for jules::HistoryOptions {
    fn from(options: HistoryOptions) -> Self {
        let mut core = Self::default();
        // surface: take HistoryOptions options core
        core.offline = options.offline.unwrap_or(core.offline);
        core.after = options.after;
        core.types = options.types.unwrap_or_default();
        core.exclude_originator = options.exclude_originator.unwrap_or_default();
        // surface: end
        core
    }
}

impl From<ListOptions> for jules::SourcesOptions {
    fn from(options: ListOptions) -> Self {
        let mut core = Self::default();
        core.filter = options.filter;
        core.page_size = options.page_size;
        core.limit = size(options.limit);
        core
    }
}

impl From<ListOptions> for jules::SessionsOptions {
    fn from(options: ListOptions) -> Self {
        let mut core = Self::default();
        core.filter = options.filter;
        core.page_size = options.page_size;
        core.limit = size(options.limit);
        core.page_token = options.page_token;
        core
    }
}

impl From<ListOptions> for jules::ActivitiesOptions {
    fn from(options: ListOptions) -> Self {
        let mut core = Self::default();
        core.filter = options.filter;
        core.page_size = options.page_size;
        core.page_token = options.page_token;
        core
    }
}
