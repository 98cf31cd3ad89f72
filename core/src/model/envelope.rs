//! Values as they cross a language boundary: their public JSON, and beside it what only methods of the value tell.

use serde::Serialize;
use serde_json::Value;

use super::{ChangeSet, Outcome, SessionInfo};
use crate::batch::{ItemReport, ItemStatus};

/// A value for another language. Its JSON is the value's public one; an outcome whose changes stand in none of its outputs
/// has `latestChangeSet` besides, for [`Outcome::change_set`]. The other side takes that out before users see the
/// value. [`Outcome`] reads it back.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope<'a, T> {
    #[serde(flatten)]
    value: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest_change_set: Option<&'a ChangeSet>,
}

impl Outcome {
    /// The outcome with all that it knows, to cross a language boundary as JSON: `{ sessionId, …, latestChangeSet? }`.
    ///
    /// ```
    /// # let json = serde_json::json!({"sessionId": "1", "state": "completed",
    /// #     "latestChangeSet": {"gitPatch": {"unidiffPatch": "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"}}});
    /// # let outcome: jules::Outcome = serde_json::from_value(json)?;
    /// let text = serde_json::to_string(&outcome.envelope())?;
    /// let same: jules::Outcome = serde_json::from_str(&text)?;
    /// assert_eq!(same.change_set(), outcome.change_set());
    /// # assert!(same.change_set().is_some());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn envelope(&self) -> Envelope<'_, Self> {
        Envelope { value: self, latest_change_set: self.hidden_changes() }
    }

    /// The changes that stand in none of the outputs.
    fn hidden_changes(&self) -> Option<&ChangeSet> {
        let visible = self.outputs.iter().any(|output| output.change_set().is_some());
        if visible { None } else { self.change_set() }
    }
}

impl SessionInfo {
    /// The session with all that its outcome knows, to cross a language boundary as JSON: `{ id, …, outcome?,
    /// latestChangeSet? }`. The changes stand beside the info's own fields and belong to its outcome.
    pub fn envelope(&self) -> Envelope<'_, Self> {
        Envelope { value: self, latest_change_set: self.outcome.as_ref().and_then(Outcome::hidden_changes) }
    }
}

/// Puts an error's values into their envelopes: `info`, `outcome`, and the outcome of each finished item of `results`.
pub(crate) fn enclose(
    fields: &mut Value,
    info: Option<&SessionInfo>,
    outcome: Option<&Outcome>,
    results: &[ItemReport],
) {
    put(fields, "info", info.and_then(|info| info.outcome.as_ref()));
    put(fields, "outcome", outcome);
    let reports = fields.get_mut("results").and_then(Value::as_array_mut).into_iter().flatten();
    for (fields, report) in reports.zip(results) {
        match &report.status {
            ItemStatus::Finished { outcome } => put(fields, "outcome", Some(outcome)),
            ItemStatus::Failed { error } => fields["error"] = error.to_envelope(),
            ItemStatus::Running => {}
        }
    }
}

fn put(fields: &mut Value, name: &str, outcome: Option<&Outcome>) {
    let changes = outcome.and_then(Outcome::hidden_changes).and_then(|changes| serde_json::to_value(changes).ok());
    if let (Some(changes), Some(inner)) = (changes, fields.get_mut(name).and_then(Value::as_object_mut)) {
        inner.insert("latestChangeSet".to_owned(), changes);
    }
}
