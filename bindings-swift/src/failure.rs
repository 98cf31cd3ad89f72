//! Errors on their way to Swift: every field as JSON, so that `JulesError` there has all of them.

use std::fmt;

use serde_json::json;

/// What a call throws across the boundary.
#[derive(Debug, uniffi::Error)]
pub(crate) enum Failure {
    /// Swift's `CancellationError`.
    Cancelled,
    /// Swift's `JulesError`, as the JSON of [`jules::ffi::error_envelope`].
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
            _ => Self::Failed { fields: jules::ffi::error_envelope(&error).to_string() },
        }
    }
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
