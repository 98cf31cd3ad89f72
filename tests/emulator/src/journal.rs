//! What was asked and what was answered, request by request. Keys never get in here.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

/// One request to the API. Control requests aren't recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JournalEntry {
    /// Counts from 1 since the start or the last reset.
    pub seq: u64,
    /// When it came, by the emulator's clock.
    pub time: String,
    /// Milliseconds until its answer was ready; absent while it isn't.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<f64>,
    /// HTTP method.
    pub method: String,
    /// Path, with the version.
    pub path: String,
    /// Query string, without keys.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// `activities.list` and so on; absent when there is no such operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<&'static str>,
    /// Whether an API key came with it.
    pub key: bool,
    /// Whose key it was; absent for the default account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// Which connection it came on, counted from 1.
    pub connection: u64,
    /// The request's body: JSON, or a text if it isn't JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// What was answered; absent when nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Bytes of the request's body.
    pub request_bytes: usize,
    /// Bytes of the answer's body as they travel (compressed, cut short).
    pub response_bytes: usize,
    /// Faults that met it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) status: Option<u16>,
    pub(crate) response_bytes: usize,
    pub(crate) milliseconds: f64,
}

/// So many entries are kept; older ones go.
const MOST_ENTRIES: usize = 200_000;

/// The newest requests.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    last_seq: u64,
    entries: VecDeque<JournalEntry>,
}

impl Journal {
    /// Writes a request down as it comes; `entry.seq` is set here and answered.
    pub(crate) fn open(&mut self, mut entry: JournalEntry) -> u64 {
        self.last_seq += 1;
        entry.seq = self.last_seq;
        if self.entries.len() >= MOST_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.last_seq
    }

    /// Adds what came of it.
    pub(crate) fn close(&mut self, seq: u64, ending: Ending) {
        let entry = self.entries.iter_mut().rev().find(|entry| entry.seq == seq);
        if let Some(entry) = entry {
            entry.status = ending.status;
            entry.response_bytes = ending.response_bytes;
            entry.milliseconds = Some(ending.milliseconds);
        }
    }

    pub(crate) fn entries(&self) -> Vec<JournalEntry> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.last_seq = 0;
    }
}
