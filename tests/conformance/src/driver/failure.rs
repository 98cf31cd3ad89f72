//! What a step gives when it fails: the error's public fields, or what the driver didn't understand.

use serde_json::{Value, json};

/// Why a step has no value.
#[derive(Debug)]
pub(super) enum Failure {
    /// The client's own error; with the items that came before it, when an iteration failed.
    Jules(Box<jules::Error>, Option<Vec<Value>>),
    /// The step makes no sense to this driver.
    Unsupported(String),
}

impl Failure {
    pub(super) fn unsupported(why: impl Into<String>) -> Self {
        Self::Unsupported(why.into())
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Jules(error, items) => {
                let mut fields = error.to_json();
                fields["class"] = json!(format!("ErrorKind::{}", error.kind()));
                if let Some(items) = items {
                    fields["items"] = json!(items);
                }
                fields
            }
            Self::Unsupported(why) => json!({ "kind": "Unsupported", "message": why }),
        }
    }
}

impl From<jules::Error> for Failure {
    fn from(error: jules::Error) -> Self {
        Self::Jules(Box::new(error), None)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Unsupported(error.to_string())
    }
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        Self::Unsupported(format!("control: {error}"))
    }
}
