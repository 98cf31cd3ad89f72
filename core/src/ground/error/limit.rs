//! What an error says of a plan's limit: which one refused a create, how much of it is used, and when it may pass.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Error;
use crate::ground::timestamp::Timestamp;

/// Which of the plan's limits refused a create.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Limit {
    /// As many sessions hold a slot as may.
    Slots,
    /// As many sessions were created within 24 hours as may be.
    Day,
    /// One of the two, but the service doesn't say which, and the account's usage doesn't show it.
    Unknown,
}

impl Limit {
    /// The name, the same in every language: `"slots"`, `"day"` or `"unknown"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slots => "slots",
            Self::Day => "day",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a limit stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LimitFigures {
    pub(crate) used: Option<u64>,
    pub(crate) allowed: Option<u64>,
    pub(crate) next_at: Option<Timestamp>,
}

impl Error {
    pub(crate) fn with_limit(mut self, limit: Option<Limit>) -> Self {
        self.0.limit = limit;
        self
    }

    pub(crate) fn with_limit_figures(mut self, figures: LimitFigures) -> Self {
        self.0.limit_figures = Some(Box::new(figures));
        self
    }

    /// Which of the plan's limits refused a create.
    pub fn limit(&self) -> Option<Limit> {
        self.0.limit
    }

    /// How much of the plan's [`limit`](Self::limit) was in use: slots that are held, or sessions created within 24 hours.
    /// Slots where the limit isn't known.
    pub fn used(&self) -> Option<u64> {
        self.0.limit_figures.as_ref()?.used
    }

    /// How much the plan's [`limit`](Self::limit) allows, where that was said or learned.
    pub fn allowed(&self) -> Option<u64> {
        self.0.limit_figures.as_ref()?.allowed
    }

    /// When the next create is likely to pass, where a time is known. A slot is free when a session ends: that has none.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.0.limit_figures.as_ref()?.next_at
    }

    /// The fields that belong to the limit, into the error's JSON.
    pub(super) fn put_limit(&self, fields: &mut Map<String, Value>) {
        let values = [
            ("limit", self.limit().map(|limit| json!(limit))),
            ("used", self.used().map(Into::into)),
            ("allowed", self.allowed().map(Into::into)),
            ("nextAt", self.next_at().map(|time| json!(time))),
        ];
        // The server's own words name a limit without figures: then only that is there.
        fields.extend(values.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::ErrorKind;
    use super::*;

    #[test]
    fn the_figures_are_fields_of_the_json_and_absent_is_absent() {
        let next_at: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let figures = LimitFigures { used: Some(15), allowed: Some(15), next_at: Some(next_at) };
        let error =
            Error::new(ErrorKind::Precondition, "x").with_limit(Some(Limit::Day)).with_limit_figures(figures).to_json();
        assert_eq!((&error["limit"], &error["used"], &error["allowed"]), (&json!("day"), &json!(15), &json!(15)));
        assert_eq!(error["nextAt"], "2026-11-28T12:00:00Z");
        let error = Error::new(ErrorKind::Precondition, "x").to_json();
        assert!(["limit", "used", "allowed", "nextAt"].iter().all(|name| error.get(*name).is_none()), "{error}");
    }
}
