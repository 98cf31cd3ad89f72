//! Values on their way to JavaScript: the JSON that core's `Serialize` gives.
//!
//! An outcome also knows the latest changes among the activities, which its JSON leaves out. Where one
//! can be inside, the text is `{ value, latestChangeSet? }`; `ts/values/revive.ts` is the other end.

use jules::{Activity, ChangeSet, Outcome, Page, SessionInfo};
use serde::Serialize;

use crate::error::to_json;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Envelope<'a, T> {
    value: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_change_set: Option<&'a ChangeSet>,
}

impl<'a> Envelope<'a, Outcome> {
    pub(crate) fn of(outcome: &'a Outcome) -> Self {
        Self { value: outcome, latest_change_set: hidden_changes(outcome) }
    }
}

pub(crate) fn outcome(outcome: &Outcome) -> napi::Result<String> {
    to_json(&Envelope::of(outcome))
}

pub(crate) fn info(info: &SessionInfo) -> napi::Result<String> {
    to_json(&Envelope { value: info, latest_change_set: info.outcome.as_ref().and_then(hidden_changes) })
}

/// The changes that stand in none of the outputs.
pub(crate) fn hidden_changes(outcome: &Outcome) -> Option<&ChangeSet> {
    let visible = outcome.outputs.iter().any(|output| output.change_set().is_some());
    if visible { None } else { outcome.change_set() }
}

pub(crate) fn activity(activity: &Activity) -> napi::Result<String> {
    to_json(activity)
}

/// `{ items, nextPageToken? }`.
pub(crate) fn page<T: Serialize>(page: &Page<T>) -> napi::Result<String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Shape<'a, T> {
        items: &'a [T],
        #[serde(skip_serializing_if = "Option::is_none")]
        next_page_token: Option<&'a str>,
    }
    to_json(&Shape { items: &page.items, next_page_token: page.next_page_token.as_deref() })
}
