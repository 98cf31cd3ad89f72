//! Settings that are a choice of several forms, all of which the live service has been seen to take.

use serde::{Deserialize, Serialize};

/// How a create beyond a plan is refused, for want of a slot or of a session in the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum LimitAnswer {
    /// 400 FAILED_PRECONDITION `Precondition check failed.`, as recorded: not a word about sessions.
    Bare,
    /// 429 RESOURCE_EXHAUSTED in the general words of any quota.
    GenericQuota,
    /// 429 RESOURCE_EXHAUSTED that says which limit it is.
    ResourceExhausted,
    /// 400 FAILED_PRECONDITION that says that sessions are active; a spent day as `ResourceExhausted`.
    FailedPrecondition,
}

/// How much of the new session `sessions.create` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CreateAnswer {
    /// As `Queued`, and each fourth time as `Minimal`. The default.
    MostlyQueued,
    /// With `state: QUEUED` and both times.
    Queued,
    /// Without state and times.
    Minimal,
}

/// What sessions show as `updateTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum UpdateTime {
    /// The moment of the last change. The default: with one that lags, what a test sees depends on when it looks.
    Prompt,
    /// Each change moves it only so many real milliseconds later (at most an hour), to that later moment.
    LagsMs(u64),
    /// Whatever time it is now, also when nothing has changed.
    Now,
}

/// The form of activities' ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ActivityIds {
    /// 32 hexadecimal digits.
    Hex,
    /// Every other one `task-…-activity-step-…`. The default.
    Mixed,
}

/// What a refusal by a quota a minute says in its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum QuotaDetails {
    /// A google.rpc.QuotaFailure. The default.
    QuotaFailure,
    /// A google.rpc.ErrorInfo with the quota's name and value.
    ErrorInfo,
    /// No details, and the general words of any quota.
    None,
}

/// What full items of the heavy lists cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ListWeight {
    /// Of sessions.list; `outputs` are what is heavy.
    pub sessions: ItemWeight,
    /// Of sources.list; `githubRepo.branches` are what is heavy.
    pub sources: ItemWeight,
}

/// What one full item of a list costs. An item is light when `fields` leaves out what is heavy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ItemWeight {
    /// Scripted milliseconds (divided by `speed`) before the page's answer begins. Default 0.
    pub ms: f64,
    /// Made-up bytes in the answer. Default 0.
    pub bytes: usize,
    /// Scripted milliseconds for a light item. Default 0.
    pub light_ms: f64,
}
