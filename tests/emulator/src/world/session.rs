//! One emulated session: what the service would store, and the agent's side of it (inbox, approval, wake-up).

use std::collections::VecDeque;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use super::clock::{Nanos, format_time};
use super::config::Config;
use super::heavy;
use super::touches::Touches;

/// A session as stored.
#[derive(Debug)]
pub(crate) struct SessionRecord {
    pub(crate) id: String,
    /// Creation order, to break ties of time.
    pub(crate) order: u64,
    /// Whose it is; the default account has no name.
    pub(crate) account: String,
    pub(crate) created: Nanos,
    pub(crate) touches: Touches,
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
    /// Bytes of one output more, made up as it is shown in full.
    pub(crate) weight: usize,
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
    /// An approval gives two planApproved.
    pub(crate) double_approval: bool,
    /// Archived at work: the state that it was in then. The agent stands still.
    pub(crate) paused_in: Option<String>,
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
    /// Until then it is shown without its content.
    pub(crate) whole_at: Instant,
}

/// What an activity shows before its content does.
const SHOWN_WHEN_EMPTY: &[&str] = &["name", "id", "createTime", "originator"];

impl ActivityRecord {
    /// As the API shows it now.
    pub(crate) fn shown(&self) -> Value {
        let mut value = self.value.clone();
        if self.whole_at > Instant::now()
            && let Some(fields) = value.as_object_mut()
        {
            fields.retain(|name, _| SHOWN_WHEN_EMPTY.contains(&name.as_str()));
        }
        value
    }
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
        value["updateTime"] = json!(format_time(self.touches.last()));
        if !self.state.is_empty() {
            value["state"] = json!(self.state);
        }
        if !self.outputs.is_empty() {
            value["outputs"] = Value::Array(self.outputs.clone());
        }
        if self.archived {
            value["archived"] = Value::Bool(true);
        }
        self.lay_over(&mut value);
        value
    }

    /// The session as a client sees it now; heavy: with the outputs that are made up for it.
    pub(crate) fn shown(&self, config: &Config, now: Nanos, heavy: bool, more_bytes: usize) -> Value {
        let mut value = self.resource();
        value["updateTime"] = json!(format_time(self.touches.shown(config.update_time, now)));
        if heavy {
            let source = self.source_context.as_ref().and_then(|context| context["source"].as_str());
            heavy::add_output(&mut value, source, self.weight + more_bytes);
        }
        self.lay_over(&mut value);
        value
    }

    /// What a test wants as it is; `null` leaves a field out.
    fn lay_over(&self, value: &mut Value) {
        for (key, extra) in &self.extra {
            value[key] = extra.clone();
        }
        if let Some(fields) = value.as_object_mut() {
            fields.retain(|_, inner| !inner.is_null());
        }
    }

    /// Archived at work: it stands still.
    pub(crate) fn pause(&mut self) {
        let before = std::mem::replace(&mut self.state, "PAUSED".to_owned());
        self.agent.paused_in.get_or_insert(before);
        self.agent.news.notify_one();
    }

    /// A message came: it goes on where it stood.
    pub(crate) fn resume(&mut self) {
        let before = self.agent.paused_in.take();
        let waits = before.filter(|state| state == "AWAITING_PLAN_APPROVAL");
        self.state = waits.unwrap_or_else(|| "IN_PROGRESS".to_owned());
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
            account: self.account.clone(),
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
    /// Whose it is; absent for the default account.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub account: String,
    /// The session as the API shows it.
    pub resource: Value,
    /// All activities in the server's order, also those not visible yet.
    pub activities: Vec<Value>,
    /// When each of them becomes visible, to the nanosecond: for measuring delays.
    pub visible_times: Vec<String>,
}
