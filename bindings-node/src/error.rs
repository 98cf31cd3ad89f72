//! How an error of core crosses to JavaScript: as a JSON object of its fields, in the message.
//!
//! `ts/errors/from-native.ts` is the other end: it reads the fields and builds the class.

use jules::{ItemStatus, Outcome};
use serde_json::{Value, json};

use crate::values::hidden_changes;

/// The error as napi throws it. Its message is `jules::Error::to_json()` as text.
pub(crate) fn to_napi(error: jules::Error) -> napi::Error {
    reason(&fields(&error))
}

/// `jules::Error::to_json()`, with the changes that outcomes in it know besides their JSON.
pub(crate) fn fields(error: &jules::Error) -> Value {
    let mut fields = error.to_json();
    note_changes(&mut fields, error.outcome().or_else(|| error.info()?.outcome.as_ref()));
    let reports = fields.get_mut("results").and_then(Value::as_array_mut).into_iter().flatten();
    for (fields, report) in reports.zip(error.results()) {
        if let ItemStatus::Finished { outcome } = &report.status {
            note_changes(fields, Some(outcome));
        }
    }
    fields
}

fn note_changes(fields: &mut Value, outcome: Option<&Outcome>) {
    if let Some(changes) = outcome.and_then(hidden_changes).and_then(|changes| serde_json::to_value(changes).ok()) {
        fields["latestChangeSet"] = changes;
    }
}

/// What a call gives whose token was cancelled before it ended.
pub(crate) fn cancelled() -> napi::Error {
    reason(&json!({ "kind": "Cancelled", "message": "the operation was cancelled", "retryable": false }))
}

/// A value as the JSON text that `ts/` parses.
pub(crate) fn to_json(value: &impl serde::Serialize) -> napi::Result<String> {
    serde_json::to_string(value).map_err(|error| {
        let message = format!("a value could not be written as JSON: {error}");
        reason(&json!({ "kind": "Decode", "message": message, "retryable": false }))
    })
}

fn reason(fields: &Value) -> napi::Error {
    napi::Error::from_reason(fields.to_string())
}
