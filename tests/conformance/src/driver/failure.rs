//! What a step gives when it fails: the error's public fields, or what the driver didn't understand.

use std::path::Path;

use serde_json::{Value, json};

/// Why a step has no value.
#[derive(Debug)]
pub(super) enum Failure {
    /// The client's own error; with the items that came before it, when an iteration failed.
    Jules(Box<jules::Error>, Option<Vec<Value>>),
    /// The client's own error about a directory whose name differs from run to run.
    Directory(Box<jules::Error>, String),
    /// The step makes no sense to this driver.
    Unsupported(String),
}

impl Failure {
    pub(super) fn unsupported(why: impl Into<String>) -> Self {
        Self::Unsupported(why.into())
    }

    pub(super) fn in_directory(error: jules::Error, directory: &Path) -> Self {
        Self::Directory(Box::new(error), directory.display().to_string())
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Directory(error, directory) => {
                let mut fields = Self::Jules(error.clone(), None).to_json();
                fields["message"] = json!(error.message().replace(directory, "DIRECTORY"));
                fields
            }
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

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Unsupported(format!("the step's directory: {error}"))
    }
}
