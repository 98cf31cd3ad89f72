//! What can be changed while the emulator runs: pace, clock, limits, windows.

use serde::{Deserialize, Serialize};

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
    /// Most sessions that may be active (neither completed nor failed) at a time. Default: no limit.
    pub concurrent_sessions: Option<usize>,
    /// Most sessions that may be created within 24 hours. Default: no limit.
    pub daily_sessions: Option<usize>,
    /// How a create over the concurrent limit is refused.
    pub limit_answer: LimitAnswer,
    /// Scenario for sessions that don't name one. Default: chosen by the request (see the README).
    pub default_scenario: Option<String>,
    /// Exactly so many decimals in activities' times, 0 to 9. Default: varied, without trailing zeros.
    pub decimals: Option<u32>,
    /// Answer `sessions.create` with state and times, which the service often leaves out. Default false.
    pub full_create_answer: bool,
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
            limit_answer: LimitAnswer::ResourceExhausted,
            default_scenario: None,
            decimals: None,
            full_create_answer: false,
            gzip: true,
        }
    }
}

/// The two ways in which a session limit has been seen to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LimitAnswer {
    /// 429 RESOURCE_EXHAUSTED.
    ResourceExhausted,
    /// 400 FAILED_PRECONDITION.
    FailedPrecondition,
}

impl Config {
    /// Says what is wrong with a configuration that can't work.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(self.speed.is_finite() && self.speed > 0.0) {
            return Err(format!("speed must be a number above 0, got {}", self.speed));
        }
        if self.decimals.is_some_and(|decimals| decimals > 9) {
            return Err("decimals must be 0 to 9".to_owned());
        }
        Ok(())
    }
}
