//! Errors on their way to Swift: every field as JSON, so that `JulesError` there has all of them.

use std::fmt;

use serde_json::{Value, json};

use crate::values::hidden_changes;

/// What a call throws across the boundary.
#[derive(Debug, uniffi::Error)]
pub(crate) enum Failure {
    /// Swift's `CancellationError`.
    Cancelled,
    /// Swift's `JulesError`, as the JSON of [`jules::Error::to_json`].
    Failed { fields: String },
}

impl Failure {
    /// Something that went wrong on this side of the core.
    pub(crate) fn internal(message: impl fmt::Display) -> Self {
        let fields = json!({"kind": "Decode", "message": message.to_string(), "retryable": false});
        Self::Failed { fields: fields.to_string() }
    }
}

impl From<jules::Error> for Failure {
    fn from(error: jules::Error) -> Self {
        match error.kind() {
            jules::ErrorKind::Cancelled => Self::Cancelled,
            _ => Self::Failed { fields: failed(&error).to_string() },
        }
    }
}

/// The error's own JSON, and the changes that the outcomes in it don't show.
pub(crate) fn failed(error: &jules::Error) -> Value {
    let mut fields = error.to_json();
    let outcome = error.outcome().or_else(|| error.info()?.outcome.as_ref());
    if let Some(changes) = outcome.and_then(hidden_changes) {
        fields["latestChangeSet"] = json!(changes);
    }
    for (position, item) in error.results().iter().enumerate() {
        match &item.status {
            jules::ItemStatus::Finished { outcome } => {
                if let Some(changes) = hidden_changes(outcome) {
                    fields["results"][position]["outcome"]["latestChangeSet"] = json!(changes);
                }
            }
            jules::ItemStatus::Failed { error } => fields["results"][position]["error"] = failed(error),
            _ => {}
        }
    }
    fields
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("cancelled"),
            Self::Failed { fields } => f.write_str(fields),
        }
    }
}

impl std::error::Error for Failure {}
