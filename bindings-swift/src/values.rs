//! Values that need a little more than the shared JSON shape. They know nothing of calls and errors, which carry them.

use serde::Serialize;

/// An outcome with the changes that its own JSON doesn't show: those that stand only among the activities.
#[derive(Serialize)]
pub(crate) struct OutcomeValue {
    #[serde(flatten)]
    outcome: jules::Outcome,
    #[serde(rename = "latestChangeSet", skip_serializing_if = "Option::is_none")]
    latest_change_set: Option<jules::ChangeSet>,
}

impl From<jules::Outcome> for OutcomeValue {
    fn from(outcome: jules::Outcome) -> Self {
        // They are in its own JSON.
        Self { latest_change_set: None, outcome }
    }
}

/// A session, with the same addition for its outcome.
#[derive(Serialize)]
pub(crate) struct InfoValue {
    #[serde(flatten)]
    info: jules::SessionInfo,
    #[serde(rename = "latestChangeSet", skip_serializing_if = "Option::is_none")]
    latest_change_set: Option<jules::ChangeSet>,
}

impl From<jules::SessionInfo> for InfoValue {
    fn from(info: jules::SessionInfo) -> Self {
        Self { latest_change_set: info.outcome.as_ref().and_then(hidden_changes), info }
    }
}

/// The changes that an outcome knows beyond its outputs.
pub(crate) fn hidden_changes(outcome: &jules::Outcome) -> Option<jules::ChangeSet> {
    let visible = outcome.outputs.iter().any(|output| output.change_set().is_some());
    (!visible).then(|| outcome.change_set().cloned()).flatten()
}

/// One page of a listing.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageValue<T> {
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

impl<T> From<jules::Page<T>> for PageValue<T> {
    fn from(page: jules::Page<T>) -> Self {
        Self { items: page.items, next_page_token: page.next_page_token }
    }
}
