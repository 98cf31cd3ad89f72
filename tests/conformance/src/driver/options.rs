//! A plan's JSON options as the core's options.

use std::time::Duration;

use jules::{
    ActivityBudget, Cache, ClientOptions, GitHubSource, HistoryOptions, RetryOptions, RunConfig, SlotWait,
    SnapshotFields, StreamOptions, SyncDepth, SyncOptions,
};
use serde_json::{Map, Value};

use super::failure::Failure;

type Fields = Map<String, Value>;

/// Reads a client's options; a word that isn't known is a mistake in the case.
pub(super) fn client(fields: &Fields) -> Result<ClientOptions, Failure> {
    let mut options = ClientOptions::default();
    // Most cases look more often than a project's quota allows.
    options.activity_budget = Some(false.into());
    for (name, value) in fields {
        match name.as_str() {
            "apiKey" => options.api_key = value.as_str().map(Into::into),
            "baseUrl" => options.base_url = text(value),
            "cache" => options.cache = Some(cache(value)),
            "cacheLimit" => options.cache_limit = value.as_u64(),
            "pollingIntervalMs" => options.polling_interval = milliseconds(value),
            "requestTimeoutMs" => options.request_timeout = milliseconds(value),
            "connectTimeoutMs" => options.connect_timeout = milliseconds(value),
            "retry" => options.retry = retry(value),
            "maxConcurrentRequests" => options.max_concurrent_requests = size(value),
            "account" => options.account = text(value),
            "slots" => options.slots = value.as_u64(),
            "perDay" => options.per_day = value.as_u64(),
            "activityBudget" => options.activity_budget = budget(value),
            "allowInsecureHttp" => options.allow_insecure_http = value.as_bool(),
            "userAgent" => options.user_agent = text(value),
            other => return Err(Failure::unsupported(format!("there is no option {other}"))),
        }
    }
    Ok(options)
}

fn budget(value: &Value) -> Option<ActivityBudget> {
    match value {
        Value::Bool(kept) => Some((*kept).into()),
        _ => value.as_u64().and_then(|calls| u32::try_from(calls).ok()).map(Into::into),
    }
}

fn cache(value: &Value) -> Cache {
    match value {
        Value::String(directory) => Cache::Directory(directory.into()),
        Value::Bool(false) => Cache::Memory,
        _ => Cache::Default,
    }
}

fn retry(value: &Value) -> RetryOptions {
    let mut retry = RetryOptions::default();
    retry.max_elapsed = milliseconds(&value["maxElapsedMs"]);
    retry.base_delay = milliseconds(&value["baseDelayMs"]);
    retry.max_delay = milliseconds(&value["maxDelayMs"]);
    retry
}

pub(super) fn run(fields: &Fields) -> RunConfig {
    let mut config = RunConfig::new(string(fields, "prompt"));
    if let Some(source) = fields.get("source") {
        let mut github = GitHubSource::new(source["github"].as_str().unwrap_or_default());
        github.branch = text(&source["branch"]);
        config.source = Some(github);
    }
    config.title = fields.get("title").and_then(text);
    config.require_approval = fields.get("requireApproval").and_then(Value::as_bool);
    config.auto_pr = fields.get("autoPr").and_then(Value::as_bool);
    config.wait_for_slot = fields.get("waitForSlot").and_then(slot_wait);
    config.stall_timeout = stall_timeout(fields);
    config.retry_failed =
        fields.get("retryFailed").and_then(Value::as_u64).and_then(|times| u32::try_from(times).ok()).unwrap_or(0);
    config.environment_variables = fields.get("environmentVariables").and_then(Value::as_bool);
    config.key = fields.get("key").and_then(text);
    config
}

fn slot_wait(value: &Value) -> Option<SlotWait> {
    match value {
        Value::Bool(waits) => waits.then_some(SlotWait::Forever),
        _ => milliseconds(value).map(SlotWait::For),
    }
}

pub(super) fn stream(fields: &Fields) -> StreamOptions {
    let mut options = StreamOptions::default();
    options.follow = flag(fields, "follow");
    options.after = fields.get("after").and_then(text);
    options.types = texts(fields.get("types"));
    options.exclude_originator = texts(fields.get("exclude").and_then(|exclude| exclude.get("originator")));
    options.stall_timeout = stall_timeout(fields);
    options
}

pub(super) fn history(fields: &Fields) -> HistoryOptions {
    let StreamOptions { after, types, exclude_originator, .. } = stream(fields);
    let mut options = HistoryOptions::default();
    options.offline = flag(fields, "offline");
    (options.after, options.types, options.exclude_originator) = (after, types, exclude_originator);
    options
}

pub(super) fn snapshot_fields(fields: &Fields) -> SnapshotFields {
    let mut wanted = SnapshotFields::default();
    wanted.include = fields.get("include").map(|names| texts(Some(names)));
    wanted.exclude = texts(fields.get("exclude"));
    wanted
}

pub(super) fn sync(fields: &Fields) -> Result<SyncOptions, Failure> {
    let mut options = SyncOptions::default();
    options.session_id = fields.get("sessionId").and_then(text);
    options.limit = fields.get("limit").and_then(size);
    options.depth = match string(fields, "depth").as_str() {
        "" | "metadata" => SyncDepth::Metadata,
        "activities" => SyncDepth::Activities,
        other => return Err(Failure::unsupported(format!("there is no depth {other:?}"))),
    };
    let flag = |name: &str, default| fields.get(name).and_then(Value::as_bool).unwrap_or(default);
    options.incremental = flag("incremental", options.incremental);
    options.checkpoint = flag("checkpoint", options.checkpoint);
    options.concurrency = fields.get("concurrency").and_then(size).unwrap_or(options.concurrency);
    Ok(options)
}

pub(super) fn timeout(fields: &Fields) -> Option<Duration> {
    fields.get("timeoutMs").and_then(milliseconds)
}

pub(super) fn stall_timeout(fields: &Fields) -> Option<Duration> {
    fields.get("stallTimeoutMs").and_then(milliseconds)
}

pub(super) fn milliseconds(value: &Value) -> Option<Duration> {
    value.as_u64().map(Duration::from_millis)
}

pub(super) fn size(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|number| usize::try_from(number).ok())
}

pub(super) fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(super) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

pub(super) fn string(fields: &Fields, name: &str) -> String {
    fields.get(name).and_then(text).unwrap_or_default()
}

/// A value as it stands there; null when it doesn't.
pub(super) fn value(fields: &Fields, name: &str) -> Value {
    fields.get(name).cloned().unwrap_or_default()
}

pub(super) fn flag(fields: &Fields, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool).unwrap_or(false)
}
