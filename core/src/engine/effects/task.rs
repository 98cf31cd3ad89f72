//! The create of a task: its intent is in the store before anything is sent, and its session with it as soon as it is known,
//! under the task's lease. So it is made once, wherever the process is stopped.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use crate::api::Listing;
use crate::engine::Hub;
use crate::engine::presence::Held;
use crate::ground::error::{Attachment, Error, ErrorKind, Result};
use crate::ground::model::{Outcome, Plan, SessionId, TaskState, Timestamp};
use crate::store::{TaskChange, TaskChanged, TaskRecord};

/// A date of the server is good for so long; clocks go apart slowly.
const GOOD: Duration = Duration::from_secs(600);

/// How far a task has come, as the store keeps it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct TaskNotes {
    /// A create may have been sent since then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) intent: Option<Sent>,
    /// All sessions that were made for it.
    pub(crate) sessions: Vec<String>,
    /// How it ended, in its envelope.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Value>,
    /// What a person is to look at: a plan that waits for its approval, or a question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) question: Option<String>,
    /// Why it could not be run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Value>,
}

/// When a create was about to be sent, by the server's clock as far as it was known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) date: Option<Timestamp>,
    /// When it was refused without a word of why, by the same clock: it may have been taken all the same, and be seen later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<Timestamp>,
}

impl Sent {
    /// A session that it has made is seen by then, counted from now.
    pub(super) fn settles(self, hub: &Hub, settling: Duration) -> Duration {
        let since = self.refused.zip(server_clock(hub)).map_or(0, |(refused, now)| now.millis_since(refused));
        settling.saturating_sub(Duration::from_millis(since))
    }
}

impl TaskNotes {
    pub(crate) fn of(record: &TaskRecord) -> Self {
        serde_json::from_str(&record.data).unwrap_or_default()
    }

    pub(crate) fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.outcome.clone().and_then(|outcome| serde_json::from_value(outcome).ok())
    }

    pub(crate) fn with_outcome(mut self, outcome: &Outcome) -> Self {
        self.outcome = serde_json::to_value(outcome.envelope()).ok();
        self
    }
}

/// Somebody else is at the task: whoever was slow has nothing more to say. Never shown to a user.
#[derive(Debug)]
struct TaskLost;

impl Attachment for TaskLost {
    fn name(&self) -> &'static str {
        "taskLost"
    }

    fn to_json(&self) -> Value {
        true.into()
    }
}

pub(crate) fn lost() -> Error {
    Error::new(ErrorKind::Cancelled, "another worker has taken the task over").with(TaskLost)
}

pub(crate) fn is_lost(error: &Error) -> bool {
    error.attached::<TaskLost>().is_some()
}

/// A task that is to have a session, under its lease.
#[derive(Clone, Debug)]
pub(crate) struct OfTask {
    held: Held,
    pub(crate) notes: TaskNotes,
    /// Whether its place was taken when it was started.
    pub(super) has_place: bool,
    /// Whether its intent is this worker's own: nothing was sent for it yet.
    pub(super) intended: bool,
}

impl OfTask {
    pub(crate) fn new(held: Held, record: &TaskRecord) -> Self {
        Self { held, notes: TaskNotes::of(record), has_place: record.queue.is_some(), intended: false }
    }

    /// The same when it was written down with the claim that a create is about to be sent.
    pub(crate) fn intended(self, intended: bool) -> Self {
        Self { intended, ..self }
    }

    /// Changes the task, unless somebody else is at it.
    pub(crate) async fn change(&self, hub: &Hub, change: TaskChange) -> Result<TaskRecord> {
        let done = self.change_unless_claimed(hub, change).await?;
        done.ok_or_else(|| self.lose())
    }

    /// The same; nothing where the session that the change brings is another task's.
    async fn change_unless_claimed(&self, hub: &Hub, change: TaskChange) -> Result<Option<TaskRecord>> {
        match hub.store.change_task(self.held.grant(), change).await? {
            TaskChanged::Done(record) => Ok(Some(*record)),
            TaskChanged::Claimed => Ok(None),
            TaskChanged::Fenced => Err(self.lose()),
        }
    }

    fn lose(&self) -> Error {
        self.held.lose();
        lost()
    }

    /// Writes down that a create is about to be sent.
    pub(super) async fn intend(&mut self, hub: &Hub) -> Result<()> {
        if std::mem::take(&mut self.intended) {
            return Ok(());
        }
        let date = server_date(hub).await?;
        self.notes.intent = Some(Sent { date, refused: None });
        self.note(hub, Some(TaskState::Starting)).await
    }

    /// What was sent was refused without a word of why.
    pub(super) async fn refused(&mut self, hub: &Hub) -> Result<()> {
        let Some(sent) = &mut self.notes.intent else { return Ok(()) };
        sent.refused = Some(server_now(hub));
        self.note(hub, None).await
    }

    /// Nothing was made for it: the store forgets it.
    pub(super) async fn forget(self, hub: &Hub) -> Result<bool> {
        hub.store.forget_task(self.held.grant()).await
    }

    /// What was sent earlier has made nothing.
    pub(super) async fn nothing_was_made(&mut self, hub: &Hub) -> Result<()> {
        self.notes.intent = None;
        self.note(hub, None).await
    }

    async fn note(&self, hub: &Hub, state: Option<TaskState>) -> Result<()> {
        let data = Some(self.notes.to_text());
        self.change(hub, TaskChange { state, data, ..TaskChange::default() }).await.map(drop)
    }

    /// Makes the session the task's own; says whether it is. It is not when another create has it.
    pub(super) async fn adopt(&self, hub: &Hub, session: &SessionId) -> Result<bool> {
        let mut notes = TaskNotes { intent: None, ..self.notes.clone() };
        if notes.sessions.last().map(String::as_str) != Some(session.as_str()) {
            notes.sessions.push(session.as_str().to_owned());
        }
        let change = TaskChange {
            state: Some(TaskState::Working),
            data: Some(notes.to_text()),
            session: Some(session.clone()),
            ..TaskChange::default()
        };
        Ok(self.change_unless_claimed(hub, change).await?.is_some())
    }
}

/// Waits until the task's lease is lost: for ever where it is about none.
pub(super) fn taken_over(task: Option<&OfTask>) -> impl Future<Output = Error> + Send + use<> {
    let held = task.map(|task| task.held.clone());
    async move {
        match held {
            Some(held) => held.lost().await,
            None => std::future::pending().await,
        }
        lost()
    }
}

/// What the data of a task become with a claim by which a create is about to be sent, where nothing was done for it yet.
/// Nothing where the server's clock isn't known at the moment: a claim waits for no answer.
pub(crate) fn intents(hub: &Hub) -> Option<(String, String)> {
    let known = hub.server_date.try_lock().ok()?;
    let intent = Some(Sent { date: Some(as_it_goes_on(*known)?), refused: None });
    let fresh = TaskNotes::default();
    Some((fresh.to_text(), TaskNotes { intent, ..fresh }.to_text()))
}

/// What the server's clock shows by now; nothing where it was read too long ago.
fn as_it_goes_on(known: Option<(Timestamp, Instant)>) -> Option<Timestamp> {
    known.filter(|(_, at)| at.elapsed() < GOOD).map(|(date, at)| date.later(at.elapsed()))
}

/// What the server's clock shows, as far as it is known without asking.
fn server_clock(hub: &Hub) -> Option<Timestamp> {
    hub.server_date.try_lock().ok().and_then(|known| as_it_goes_on(*known))
}

/// The same; else what this machine's shows.
pub(crate) fn server_now(hub: &Hub) -> Timestamp {
    server_clock(hub).unwrap_or_else(|| hub.surroundings.clock.now())
}

/// What the server's clock shows, from an answer that is not old; nothing where it sends none. Many tasks that begin together
/// cost one request.
async fn server_date(hub: &Hub) -> Result<Option<Timestamp>> {
    let mut known = hub.server_date.lock().await;
    if let Some(date) = as_it_goes_on(*known) {
        return Ok(Some(date));
    }
    let listing = Listing { page_size: Some(1), ..Listing::default() };
    let date = hub.service.recent_sessions(&listing).await?.date;
    *known = date.map(|date| (date, Instant::now()));
    Ok(date)
}
