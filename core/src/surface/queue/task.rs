//! A task as it is in the cache, and lists of them.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::engine::effects::TaskNotes;
use crate::engine::queue;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::flow::{Feed, Flow, stream_of};
use crate::ground::model::{Outcome, Plan, TaskState, Timestamp};
use crate::store::{TaskPage, TaskRecord, TaskRecordPlace};
use crate::surface::handle::Client;
use crate::surface::session::Session;

/// So many are read at once.
const PAGE: u32 = 200;

/// A task as it was when it was read. Times are of the cache's clock.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Task {
    /// Its name.
    pub key: String,
    /// The queue that it is in.
    pub queue: String,
    /// Where it is.
    pub state: TaskState,
    /// The latest session that was made for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// How many sessions were made for it.
    pub attempts: u32,
    /// Higher ones go first.
    pub priority: i64,
    /// It isn't started earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// When it was added.
    pub create_time: Timestamp,
    /// When a worker first began with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Timestamp>,
    /// When it was finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_time: Option<Timestamp>,
    /// The worker that took it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// How its session ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Why it has no outcome: the fields of an error, as [`Error::to_json`] gives them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
    /// The plan that waits for an approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What the agent asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    #[serde(skip)]
    client: Client,
}

impl Task {
    pub(crate) fn new(client: &Client, record: TaskRecord) -> Self {
        let notes = TaskNotes::of(&record);
        Self {
            outcome: notes.outcome(),
            error: notes.error,
            plan: notes.plan,
            question: notes.question,
            key: record.key,
            queue: record.queue.unwrap_or_default(),
            state: record.state,
            session_id: record.session.map(|session| session.as_str().to_owned()),
            attempts: record.attempts,
            priority: record.priority,
            not_before: record.not_before,
            create_time: record.created,
            start_time: record.started,
            end_time: record.ended,
            worker: record.worker,
            client: Arc::clone(client),
        }
    }

    /// Its latest session: to read it, answer it, approve its plan or stop it.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) while there is none.
    pub fn session(&self) -> Result<Session> {
        session_of(&self.client, &self.key, self.session_id.as_deref())
    }
}

/// The latest session of a task.
pub(crate) fn session_of(client: &Client, key: &str, session_id: Option<&str>) -> Result<Session> {
    let id = session_id.ok_or_else(|| {
        Error::new(ErrorKind::NotFound, format!("the task {key:?} has no session yet"))
            .with_hint("It has one once it is working.")
    })?;
    Ok(Session::new(Arc::clone(client), crate::ground::model::SessionId::parse(id)?))
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("key", &self.key)
            .field("queue", &self.queue)
            .field("state", &self.state)
            .field("session_id", &self.session_id)
            .field("attempts", &self.attempts)
            .finish_non_exhaustive()
    }
}

/// What came of adding tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Added {
    /// How many were added.
    pub added: u64,
    /// How many were known, for the same.
    pub known: u64,
    /// Those whose key is known for something else; they stay as they are.
    pub conflicts: Vec<Conflict>,
}

/// A key that is known for something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Conflict {
    /// The key.
    pub key: String,
    /// The first option that differs.
    pub field: String,
}

impl From<queue::Added> for Added {
    fn from(added: queue::Added) -> Self {
        let conflict = |(key, field): (String, &str)| Conflict { key, field: field.to_owned() };
        Self { added: added.added, known: added.known, conflicts: added.conflicts.into_iter().map(conflict).collect() }
    }
}

/// Tasks, page by page as they are asked for.
#[derive(Debug)]
pub struct TaskList(Flow<Task>);

stream_of!(TaskList, Task);

impl TaskList {
    pub(super) fn new(client: &Client, queue: &str, states: Vec<TaskState>, finished: bool) -> Self {
        let page = TaskPage { queue: queue.to_owned(), states, finished, after: None, limit: PAGE };
        Self(Flow::new(
            client.scope("reading the queue's tasks"),
            Pages { client: Arc::clone(client), page, over: false },
        ))
    }
}

struct Pages {
    client: Client,
    page: TaskPage,
    over: bool,
}

#[async_trait]
impl Feed<Task> for Pages {
    async fn next_batch(&mut self) -> Result<Option<Vec<Task>>> {
        if self.over {
            return Ok(None);
        }
        self.client.hub.service.transport.check_open()?;
        let records = self.client.hub.store.tasks(self.page.clone()).await?;
        self.over = records.len() < PAGE as usize;
        self.page.after = records.last().map(TaskRecordPlace::from);
        Ok(Some(records.into_iter().map(|record| Task::new(&self.client, record)).collect()))
    }
}
