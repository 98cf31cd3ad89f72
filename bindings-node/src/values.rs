//! Values on their way to JavaScript: the JSON that core's `Serialize` gives.
//!
//! An outcome also knows the latest changes among the activities, which its JSON leaves out: where one can be inside, core's
//! envelope has them as `latestChangeSet`. `ts/values/revive.ts` is the other end.

use jules::ffi::{info_envelope, outcome_envelope};
use jules::{Activity, Outcome, Page, SessionInfo};
use serde::Serialize;

use crate::error::to_json;

pub(crate) fn outcome(outcome: &Outcome) -> napi::Result<String> {
    to_json(&outcome_envelope(outcome))
}

pub(crate) fn info(info: &SessionInfo) -> napi::Result<String> {
    to_json(&info_envelope(info))
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
