//! A session at one moment: its fields as JSON, and what can be made of it, in Rust.

use jules::{Snapshot, SnapshotFields};
use napi_derive::napi;

use crate::error::{to_json, to_napi};
use crate::text::{Text, text};

/// A snapshot.
#[napi]
#[derive(Debug)]
pub struct NativeSnapshot(Snapshot);

#[napi]
impl NativeSnapshot {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        Self(snapshot)
    }

    /// The snapshot that this JSON text is of.
    #[napi(factory)]
    pub fn from_json(text: String) -> napi::Result<Self> {
        serde_json::from_str(&text).map(Self).map_err(|error| napi::Error::from_reason(error.to_string()))
    }

    /// All of it, as JSON text: the fields, and the changes.
    #[napi(ts_return_type = "string")]
    pub fn fields(&self) -> napi::Result<Text> {
        to_json(&self.0).map(text)
    }

    /// Some fields, as JSON text.
    #[napi(ts_return_type = "string")]
    pub fn some_fields(&self, include: Option<Vec<String>>, exclude: Option<Vec<String>>) -> napi::Result<Text> {
        let mut fields = SnapshotFields::default().exclude(exclude.unwrap_or_default());
        fields.include = include;
        to_json(&self.0.to_json(&fields).map_err(to_napi)?).map(text)
    }

    /// The changes, as JSON text; null when there are none.
    #[napi]
    pub fn change_set(&self) -> napi::Result<Option<String>> {
        self.0.change_set().map(to_json).transpose()
    }

    /// A page to read.
    #[napi]
    pub fn to_markdown(&self) -> String {
        self.0.to_markdown()
    }
}
