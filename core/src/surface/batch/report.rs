//! What is reported of an item while it runs and when it is done, and what an error carries of the others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ground::error::{Attachment, Error, Result};
use crate::ground::model::Outcome;
use crate::surface::session::Session;

/// How far an item has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Stage {
    /// It has its place in the pool.
    Queued,
    /// Its session is created.
    Started,
    /// No session slot is free; it waits for one.
    Waiting,
    /// It has its outcome or its error.
    Finished,
}

/// A step of one item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Progress {
    /// Which item, from 0.
    pub index: usize,
    /// Its progress.
    pub stage: Stage,
    /// Its session, once there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// How many items are finished, this one included.
    pub finished: usize,
}

/// One item of [`Jules::all`](crate::Jules::all) that is done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finished<T, R = Outcome> {
    /// Its place among the items, from 0.
    pub index: usize,
    /// The item.
    pub item: T,
    /// The outcome of its session, or why it could not be run; with [`All::created`](crate::All::created) the session itself.
    pub result: Result<R>,
}

/// The result of an item.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ItemEnd {
    /// Its outcome.
    Outcome(Box<Outcome>),
    /// Its session, with [`Until::Created`](crate::Until::Created).
    Session(Session),
}

/// The status of one item when a batch stopped.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ItemReport {
    /// Which item, from 0.
    pub index: usize,
    /// Its session, if it was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Its status.
    #[serde(flatten)]
    pub status: ItemStatus,
}

/// The status of an item.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "status", rename_all = "camelCase")]
#[non_exhaustive]
pub enum ItemStatus {
    /// It keeps running on the server; [`Jules::session`](crate::Jules::session) finds it by its id.
    Running,
    /// It has ended.
    Finished {
        /// How.
        outcome: Box<Outcome>,
    },
    /// It could not be run.
    Failed {
        /// Why.
        #[serde(serialize_with = "as_json")]
        error: Box<Error>,
    },
}

fn as_json<S: serde::Serializer>(error: &Error, serializer: S) -> Result<S::Ok, S::Error> {
    error.to_json().serialize(serializer)
}

/// The status of the items, while they run and at the end.
#[derive(Clone, Debug, Default)]
pub struct BatchReport(Arc<Mutex<BTreeMap<usize, ItemReport>>>);

impl BatchReport {
    /// Every item that was started: what finished, what failed, what still runs.
    pub fn report(&self) -> Vec<ItemReport> {
        self.items().values().cloned().collect()
    }

    /// The same as JSON, with what is in it in its envelope.
    pub fn report_envelope(&self) -> Value {
        self.items().values().map(ItemReport::envelope).collect()
    }

    pub(super) fn began(&self, index: usize) {
        self.items().insert(index, ItemReport { index, session_id: None, status: ItemStatus::Running });
    }

    pub(super) fn created(&self, index: usize, session_id: &str) {
        if let Some(item) = self.items().get_mut(&index) {
            item.session_id = Some(session_id.to_owned());
        }
    }

    pub(super) fn ended(&self, index: usize, status: ItemStatus) {
        if let Some(item) = self.items().get_mut(&index) {
            if let ItemStatus::Failed { error } = &status
                && item.session_id.is_none()
            {
                item.session_id = error.session_id().map(str::to_owned);
            }
            item.status = status;
        }
    }

    pub(super) fn session_of(&self, index: usize) -> Option<String> {
        self.items().get(&index)?.session_id.clone()
    }

    pub(super) fn others(&self, index: usize) -> Vec<ItemReport> {
        self.items().values().filter(|item| item.index != index).cloned().collect()
    }

    fn items(&self) -> MutexGuard<'_, BTreeMap<usize, ItemReport>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The other items, as an error carries them.
#[derive(Debug)]
pub(crate) struct Results(pub(crate) Vec<ItemReport>);

impl Attachment for Results {
    fn name(&self) -> &'static str {
        "results"
    }

    fn to_json(&self) -> Value {
        serde_json::to_value(&self.0).unwrap_or_default()
    }

    fn to_envelope(&self) -> Value {
        self.0.iter().map(ItemReport::envelope).collect()
    }
}

impl ItemReport {
    /// Its JSON, with what is in it in its envelope.
    fn envelope(&self) -> Value {
        let mut fields = serde_json::to_value(self).unwrap_or_default();
        match &self.status {
            ItemStatus::Finished { outcome } => {
                fields["outcome"] = serde_json::to_value(outcome.envelope()).unwrap_or_default();
            }
            ItemStatus::Failed { error } => fields["error"] = error.to_envelope(),
            ItemStatus::Running => {}
        }
        fields
    }
}

/// Which item an error is about.
#[derive(Debug)]
pub(super) struct Index(pub(super) usize);

impl Attachment for Index {
    fn name(&self) -> &'static str {
        "index"
    }

    fn to_json(&self) -> Value {
        self.0.into()
    }

    fn to_envelope(&self) -> Value {
        self.to_json()
    }
}

impl Error {
    /// The index of the item of [`Jules::all`](crate::Jules::all) that the error is about, from 0.
    pub fn index(&self) -> Option<usize> {
        self.attached::<Index>().map(|index| index.0)
    }

    /// The status of the other items when [`Jules::all`](crate::Jules::all) stopped: what finished and what still runs.
    pub fn results(&self) -> &[ItemReport] {
        self.attached::<Results>().map_or(&[], |results| &results.0)
    }
}

/// What is called for each step of an item.
pub(crate) type OnProgress = Box<dyn Fn(&Progress) + Send + Sync>;
