//! One emulated session: what the service would store, and the agent's side of it (inbox, approval, wake-up).

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::clock::{Nanos, format_time};

/// A session as stored.
#[derive(Debug)]
pub(crate) struct SessionRecord {
    pub(crate) id: String,
    /// Creation order, to break ties of time.
    pub(crate) order: u64,
    pub(crate) created: Nanos,
    pub(crate) updated: Nanos,
    /// Real moment of creation, for the 404 window.
    pub(crate) born: Instant,
    pub(crate) prompt: String,
    pub(crate) title: String,
    pub(crate) source_context: Option<Value>,
    pub(crate) require_plan_approval: bool,
    pub(crate) automation_mode: Option<String>,
    pub(crate) archived: bool,
    pub(crate) state: String,
    pub(crate) outputs: Vec<Value>,
    /// Wire fields laid over the answer as they are: for what no document names.
    pub(crate) extra: Map<String, Value>,
    pub(crate) scenario: Option<String>,
    /// Sorted by (time, order).
    pub(crate) activities: Vec<ActivityRecord>,
    pub(crate) agent: AgentSide,
}

/// What the scripted agent looks at and is woken by.
#[derive(Debug, Default)]
pub(crate) struct AgentSide {
    /// Messages that no step has taken yet.
    pub(crate) inbox: VecDeque<String>,
    /// Messages ever received.
    pub(crate) messages: u32,
    /// The plan that was last asked about is approved.
    pub(crate) approved: bool,
    /// A message came to the completed session, and wasn't taken yet.
    pub(crate) woken: bool,
    /// A completed session goes on when a message comes.
    pub(crate) wakes: bool,
    pub(crate) news: Arc<Notify>,
    pub(crate) task: Option<AbortHandle>,
}

impl Drop for AgentSide {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// An activity as stored: its JSON and where it stands in the list.
#[derive(Debug, Clone)]
pub(crate) struct ActivityRecord {
    pub(crate) time: Nanos,
    pub(crate) order: u64,
    pub(crate) id: String,
    pub(crate) value: Value,
    /// Lists leave it out until then.
    pub(crate) visible_at: Instant,
    /// The same moment by the emulator's clock.
    pub(crate) visible_time: Nanos,
}

impl SessionRecord {
    pub(crate) fn name(&self) -> String {
        format!("sessions/{}", self.id)
    }

    /// The activities that can be seen now, oldest first.
    pub(crate) fn visible(&self) -> impl Iterator<Item = &ActivityRecord> {
        let now = Instant::now();
        self.activities.iter().filter(move |activity| activity.visible_at <= now)
    }

    /// The newest activity time, or just before the creation: new activities come after it.
    pub(crate) fn newest_time(&self) -> Nanos {
        self.activities.last().map_or(self.created - 1, |activity| activity.time)
    }

    pub(crate) fn is_active(&self) -> bool {
        !matches!(self.state.as_str(), "COMPLETED" | "FAILED")
    }

    /// The plan that waits for approval, or the last one generated.
    pub(crate) fn latest_plan_id(&self) -> Option<String> {
        self.activities
            .iter()
            .rev()
            .find_map(|activity| activity.value["planGenerated"]["plan"]["id"].as_str().map(str::to_owned))
    }

    /// The session as `sessions.get` and `sessions.list` show it, defaults left out.
    pub(crate) fn resource(&self) -> Value {
        let mut value = self.created_answer();
        value["createTime"] = json!(format_time(self.created));
        value["updateTime"] = json!(format_time(self.updated));
        if !self.state.is_empty() {
            value["state"] = json!(self.state);
        }
        if !self.outputs.is_empty() {
            value["outputs"] = Value::Array(self.outputs.clone());
        }
        if self.archived {
            value["archived"] = Value::Bool(true);
        }
        for (key, extra) in &self.extra {
            value[key] = extra.clone();
        }
        value
    }

    /// The session as `sessions.create` answers it: no state and no times yet.
    pub(crate) fn created_answer(&self) -> Value {
        let mut value = json!({
            "name": self.name(),
            "id": self.id,
            "url": format!("https://jules.google.com/session/{}", self.id),
        });
        if !self.title.is_empty() {
            value["title"] = json!(self.title);
        }
        if !self.prompt.is_empty() {
            value["prompt"] = json!(self.prompt);
        }
        if let Some(context) = &self.source_context {
            value["sourceContext"] = context.clone();
        }
        value
    }

    pub(crate) fn view(&self) -> SessionView {
        SessionView {
            id: self.id.clone(),
            state: self.state.clone(),
            prompt: self.prompt.clone(),
            title: self.title.clone(),
            scenario: self.scenario.clone(),
            require_plan_approval: self.require_plan_approval,
            automation_mode: self.automation_mode.clone(),
            archived: self.archived,
            resource: self.resource(),
            activities: self.activities.iter().map(|a| a.value.clone()).collect(),
            visible_times: self.activities.iter().map(|a| format_time(a.visible_time)).collect(),
        }
    }
}

/// Everything the emulator knows about a session, also what the API doesn't show.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionView {
    /// The session's id.
    pub id: String,
    /// The wire word, `IN_PROGRESS` for instance.
    pub state: String,
    /// The prompt as it was sent.
    pub prompt: String,
    /// The title sent or generated.
    pub title: String,
    /// The scenario that plays, if one does.
    pub scenario: Option<String>,
    /// As asked for at creation.
    pub require_plan_approval: bool,
    /// As asked for at creation.
    pub automation_mode: Option<String>,
    /// Put away by `:archive`.
    pub archived: bool,
    /// The session as the API shows it.
    pub resource: Value,
    /// All activities in the server's order, also those not visible yet.
    pub activities: Vec<Value>,
    /// When each of them becomes visible, to the nanosecond: for measuring delays.
    pub visible_times: Vec<String>,
}
