//! How an error of core crosses to JavaScript: as a JSON object of its fields, in the message.
//!
//! `ts/errors/from-native.ts` is the other end: it reads the fields and builds the class.

use jules::ffi::error_envelope;
use serde_json::{Value, json};

/// The error as napi throws it. Its message is `jules::ffi::error_envelope` as text.
pub(crate) fn to_napi(error: jules::Error) -> napi::Error {
    reason(&error_envelope(&error))
}

/// What a call gives whose token was cancelled before it ended.
pub(crate) fn cancelled() -> napi::Error {
    reason(&json!({ "kind": "Cancelled", "message": "the operation was cancelled", "retryable": false }))
}

/// A value as the JSON text that `ts/` parses.
pub(crate) fn to_json(value: &impl serde::Serialize) -> napi::Result<String> {
    serde_json::to_string(value).map_err(|error| unwritable(&error))
}

/// The same at the end of what is written already.
pub(crate) fn write_json(written: &mut Vec<u8>, value: &impl serde::Serialize) -> napi::Result<()> {
    serde_json::to_writer(written, value).map_err(|error| unwritable(&error))
}

/// What has no JSON text.
pub(crate) fn unwritable(error: &dyn std::error::Error) -> napi::Error {
    let message = format!("a value could not be written as JSON: {error}");
    reason(&json!({ "kind": "Decode", "message": message, "retryable": false }))
}

fn reason(fields: &Value) -> napi::Error {
    napi::Error::from_reason(fields.to_string())
}
