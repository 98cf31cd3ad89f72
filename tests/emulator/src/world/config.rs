//! What can be changed while the emulator runs: pace, clock, limits, windows, manners. The choices that
//! several settings share a form with are in `choices.rs`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::choices::{ActivityIds, CreateAnswer, LimitAnswer, ListWeight, QuotaDetails, UpdateTime};
use crate::api::OPERATION_NAMES;

/// How a full plan refuses when nothing is said: as the live service does.
const DEFAULT_LIMIT_ANSWER: LimitAnswer = LimitAnswer::Bare;

/// Whether a message to a QUEUED session is 404 when nothing is said. The live service does it.
const DEFAULT_REFUSE_QUEUED_MESSAGES: bool = true;

/// Whether an approval by a person shows twice when nothing is said. The live service has been recorded so.
const DEFAULT_DOUBLE_APPROVAL: bool = true;

/// Settings of a running emulator. Every field has a default, so `{}` is a valid configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Config {
    /// Scripted delays are divided by this. Default 1.
    pub speed: f64,
    /// Milliseconds that the emulator's clock is ahead (or, negative, behind). Default 0.
    pub clock_skew_ms: i64,
    /// For so many real milliseconds after its creation a session's activities answer 404. Default 0.
    pub not_found_window_ms: u64,
    /// Most sessions that may hold a slot (all that haven't ended) at a time. Default: no limit.
    pub concurrent_sessions: Option<usize>,
    /// Most sessions that may be created within a rolling day. Default: no limit.
    pub daily_sessions: Option<usize>,
    /// How a create beyond a plan is refused.
    pub limit_answer: LimitAnswer,
    /// Real milliseconds of the rolling day. Default: 24 hours, divided by `speed`.
    pub day_ms: Option<u64>,
    /// Whether an archived session that hasn't ended holds its slot. Default false.
    pub archived_holds_slot: bool,
    /// Requests that an account may make within any minute, by operation. Default: no quota.
    pub per_minute: BTreeMap<String, u32>,
    /// Real milliseconds of that sliding minute. Default 60,000.
    pub minute_ms: u64,
    /// What a refusal by that quota says in its details.
    pub quota_details: QuotaDetails,
    /// Scenario for sessions that don't name one. Default: chosen by the request (see the README).
    pub default_scenario: Option<String>,
    /// Exactly so many decimals in activities' times, 0 to 9. Default: varied, without trailing zeros.
    pub decimals: Option<u32>,
    /// How much of the session `sessions.create` answers.
    pub create_answer: CreateAnswer,
    /// `:approvePlan` and `:archive` answer the session (an approval's without sourceContext) instead of `{}`. Default false.
    pub effects_answer_session: bool,
    /// A message to a QUEUED session is 404.
    pub refuse_queued_messages: bool,
    /// One approval by a person gives two planApproved activities.
    pub double_approval: bool,
    /// The form of activities' ids.
    pub activity_ids: ActivityIds,
    /// What sessions show as `updateTime`.
    pub update_time: UpdateTime,
    /// What the full items of lists cost in time and bytes. Default: nothing.
    pub list_weight: ListWeight,
    /// Compress answers for clients that accept gzip. Default true.
    pub gzip: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            speed: 1.0,
            clock_skew_ms: 0,
            not_found_window_ms: 0,
            concurrent_sessions: None,
            daily_sessions: None,
            limit_answer: DEFAULT_LIMIT_ANSWER,
            day_ms: None,
            archived_holds_slot: false,
            per_minute: BTreeMap::new(),
            minute_ms: 60_000,
            quota_details: QuotaDetails::QuotaFailure,
            default_scenario: None,
            decimals: None,
            create_answer: CreateAnswer::MostlyQueued,
            effects_answer_session: false,
            refuse_queued_messages: DEFAULT_REFUSE_QUEUED_MESSAGES,
            double_approval: DEFAULT_DOUBLE_APPROVAL,
            activity_ids: ActivityIds::Mixed,
            update_time: UpdateTime::Prompt,
            list_weight: ListWeight::default(),
            gzip: true,
        }
    }
}

impl Config {
    /// This configuration with the settings of a JSON object in place of its own.
    ///
    /// # Errors
    /// Names the setting that doesn't exist or can't have such a value.
    pub fn with(&self, changes: Value) -> Result<Self, String> {
        let mut merged = json!(self);
        let (Some(target), Value::Object(changes)) = (merged.as_object_mut(), changes) else {
            return Err("a configuration is a JSON object".to_owned());
        };
        target.extend(changes);
        serde_json::from_value(merged).map_err(|error| error.to_string())
    }

    /// Says what is wrong with a configuration that can't work.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(self.speed.is_finite() && self.speed > 0.0) {
            return Err(format!("speed must be a number above 0, got {}", self.speed));
        }
        if self.decimals.is_some_and(|decimals| decimals > 9) {
            return Err("decimals must be 0 to 9".to_owned());
        }
        if self.minute_ms == 0 {
            return Err("minuteMs must be above 0".to_owned());
        }
        match self.per_minute.keys().find(|name| !OPERATION_NAMES.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(format!("perMinute: there is no operation '{name}'")),
        }
    }
}
