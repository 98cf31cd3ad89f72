//! The handle of a snapshot: its JSON, and what the core makes of it.

use std::sync::Arc;

use crate::failure::Failure;
use crate::json::{json, to_json};
use crate::living::Counted;

#[derive(uniffi::Object)]
pub(crate) struct Snapshot {
    snapshot: jules::Snapshot,
    _counted: Counted,
}

impl Snapshot {
    pub(crate) fn new(snapshot: jules::Snapshot) -> Arc<Self> {
        Arc::new(Self { snapshot, _counted: Counted::new() })
    }
}

#[uniffi::export]
impl Snapshot {
    /// The snapshot that this JSON is of.
    #[uniffi::constructor]
    pub(crate) fn from_json(text: &str) -> Result<Arc<Self>, Failure> {
        Ok(Self::new(json(text)?))
    }

    /// A snapshot of the session of this JSON.
    #[uniffi::constructor]
    pub(crate) fn of_session(text: &str) -> Result<Arc<Self>, Failure> {
        Ok(Self::new(jules::ffi::snapshot(json(text)?)))
    }

    /// The whole of it as JSON.
    pub(crate) fn json(&self) -> Result<String, Failure> {
        to_json(&self.snapshot)
    }

    /// Some of its fields as JSON.
    pub(crate) fn fields(&self, include: Option<Vec<String>>, exclude: Vec<String>) -> Result<String, Failure> {
        let mut fields = jules::SnapshotFields::default();
        fields.include = include;
        fields.exclude = exclude;
        to_json(&self.snapshot.to_json(&fields)?)
    }

    pub(crate) fn markdown(&self) -> String {
        self.snapshot.to_markdown()
    }

    /// The changes as JSON.
    pub(crate) fn change_set(&self) -> Result<Option<String>, Failure> {
        self.snapshot.change_set().map(to_json).transpose()
    }
}
