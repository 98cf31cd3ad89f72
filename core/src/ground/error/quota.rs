//! What an answer says of a quota: Google's QuotaFailure, ErrorInfo and RetryInfo details, read into figures. Their fields
//! are optional and their spelling varies, so everything here may be absent.

use std::time::Duration;

use serde_json::Value;

/// The quota that a request exceeded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Quota {
    /// The operation that was refused, as the service's documentation names it.
    pub(crate) operation: &'static str,
    /// The service's name of what is counted.
    pub(crate) metric: Option<String>,
    /// How many are allowed, per whatever the quota's unit is.
    pub(crate) limit: Option<u64>,
    /// How many are allowed in a minute, where the quota is one of a minute.
    pub(crate) per_minute: Option<u64>,
    /// How long the server asked to wait.
    pub(crate) retry_delay: Option<Duration>,
}

impl Quota {
    /// Reads `error.details`; nothing when they name no quota.
    pub(crate) fn read(operation: &'static str, details: &[Value]) -> Option<Self> {
        let mut quota = Self { operation, ..Self::default() };
        let mut of_a_minute = false;
        for detail in details {
            quota.retry_delay = quota.retry_delay.or_else(|| seconds(detail.get("retryDelay")?.as_str()?));
            let violations = detail.get("violations").and_then(Value::as_array);
            let info = detail.get("metadata").filter(|_| detail.get("reason").is_some());
            for place in violations.into_iter().flatten().chain(info) {
                let text = |names: &[&str]| names.iter().find_map(|name| place.get(*name)?.as_str());
                let metric = text(&["quotaMetric", "quota_metric", "quota_limit", "subject"]);
                quota.metric = quota.metric.or_else(|| metric.map(str::to_owned));
                let figure = ["quotaValue", "quota_limit_value"].iter().find_map(|name| whole(place.get(*name)?));
                quota.limit = quota.limit.or(figure);
                let unit = text(&["quotaId", "quota_limit", "quota_unit"]).into_iter().chain(text(&["quota_unit"]));
                let unit = unit.chain(text(&["description"]));
                of_a_minute |= unit.into_iter().any(is_of_a_minute);
                let said = text(&["description"]).and_then(in_words);
                quota.limit = quota.limit.or(said);
            }
        }
        quota.per_minute = quota.limit.filter(|_| of_a_minute);
        (quota.metric.is_some() || quota.limit.is_some() || quota.retry_delay.is_some()).then_some(quota)
    }
}

fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// `1/min/{project}`, `RequestsPerMinutePerProject`, "120 requests per minute".
fn is_of_a_minute(text: &str) -> bool {
    let plain: String = text.to_lowercase().chars().filter(|character| !character.is_whitespace()).collect();
    plain.contains("perminute") || plain.contains("/min")
}

/// The number that stands before "per minute" in a sentence.
fn in_words(text: &str) -> Option<u64> {
    let text = text.to_lowercase();
    let (before, _) = text.split_once("per minute")?;
    before.split(|character: char| !character.is_ascii_digit()).rfind(|word| !word.is_empty())?.parse().ok()
}

/// A protobuf duration: `"30s"`, `"1.5s"`.
fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_form_of_details_gives_its_figures() {
        let failure = json!({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [
            {"subject": "project:1", "description": "Limit of 120 requests per minute", "quotaMetric": "jules/activities"}]});
        let info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED",
            "metadata": {"quota_metric": "jules/list", "quota_limit": "ListPerMinutePerProject",
                "quota_limit_value": "120", "quota_unit": "1/min/{project}"}});
        let day = json!({"violations": [{"quotaId": "CreatesPerDay", "quotaValue": 100}]});
        let retry = json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"});
        let read = |details: &[Value]| Quota::read("activities.list", details).unwrap();
        let quota = read(&[failure, retry]);
        assert_eq!((quota.metric.as_deref(), quota.per_minute), (Some("jules/activities"), Some(120)));
        assert_eq!(quota.retry_delay, Some(Duration::from_millis(1_500)));
        let quota = read(&[info]);
        assert_eq!(
            (quota.metric.as_deref(), quota.limit, quota.per_minute),
            (Some("jules/list"), Some(120), Some(120))
        );
        let quota = read(&[day]);
        assert_eq!((quota.limit, quota.per_minute), (Some(100), None));
    }

    #[test]
    fn other_details_name_no_quota() {
        let other = json!({"fieldViolations": [{"field": "x"}]});
        assert_eq!(Quota::read("sessions.get", &[other, json!(3), json!({"retryDelay": "-1s"})]), None);
    }
}
