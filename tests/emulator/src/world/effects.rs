//! What people and the agent do to a session: create it, write to it, approve its plan, change its state.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::clock::{Nanos, format_time};
use super::limits::Creation;
use super::session::{AgentSide, SessionRecord};
use super::stored::{Draft, Stored, When};
use super::touches::Touches;
use crate::api::ApiError;
use crate::script::Variables;

/// What a create request says.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewSession {
    pub(crate) prompt: String,
    pub(crate) title: String,
    pub(crate) source_context: Option<Value>,
    pub(crate) require_plan_approval: bool,
    pub(crate) automation_mode: Option<String>,
    pub(crate) scenario: Option<String>,
    pub(crate) account: String,
}

impl Stored {
    /// Stores a new session, queued and without activities.
    pub(crate) fn create_session(&mut self, new: NewSession, now: Nanos) -> &SessionRecord {
        let record = SessionRecord {
            id: self.new_session_id(),
            order: self.next_order(),
            account: new.account.clone(),
            created: now - now.rem_euclid(1000),
            touches: Touches::starting(now),
            born: Instant::now(),
            prompt: new.prompt,
            title: new.title,
            source_context: new.source_context,
            require_plan_approval: new.require_plan_approval,
            automation_mode: new.automation_mode,
            archived: false,
            state: "QUEUED".to_owned(),
            outputs: Vec::new(),
            weight: 0,
            extra: Map::new(),
            scenario: new.scenario,
            activities: Vec::new(),
            agent: AgentSide::default(),
        };
        self.creations.push(Creation { account: new.account, time: now });
        self.sessions.insert(record)
    }

    pub(crate) fn set_state(&mut self, session: &str, state: &str, now: Nanos) {
        if let Some(record) = self.sessions.get_mut(session) {
            record.state = state.to_owned();
            record.touches.add(now);
        }
    }

    pub(crate) fn add_output(&mut self, session: &str, output: Value, now: Nanos) {
        if let Some(record) = self.sessions.get_mut(session) {
            record.outputs.push(output);
            record.touches.add(now);
        }
    }

    /// A person's message: an activity at once, and news for the agent. It resumes a paused session that isn't archived.
    pub(crate) fn send_message(&mut self, session: &str, message: &str, now: Nanos) -> Result<(), ApiError> {
        let queued = self.sessions.get(session).is_some_and(|record| record.state == "QUEUED");
        if queued && self.config.refuse_queued_messages {
            return Err(ApiError::not_found());
        }
        let activity = json!({ "originator": "user", "userMessaged": { "userMessage": message } });
        self.add_activity(session, Draft::now(activity), now).ok_or_else(ApiError::not_found)?;
        let record = self.sessions.get_mut(session).ok_or_else(ApiError::not_found)?;
        record.agent.messages += 1;
        let woken = record.state == "COMPLETED" && record.agent.wakes;
        if record.is_active() || woken {
            record.agent.woken |= woken;
            record.agent.inbox.push_back(message.to_owned());
            if woken || record.state == "AWAITING_USER_FEEDBACK" {
                record.state = "IN_PROGRESS".to_owned();
            }
            if record.state == "PAUSED" && !record.archived {
                record.resume();
            }
        }
        record.agent.news.notify_one();
        Ok(())
    }

    /// Puts a session away, or back. One that hasn't ended is paused by it, and stays so when it is put back.
    pub(crate) fn archive(&mut self, session: &str, archived: bool, now: Nanos) -> Result<(), ApiError> {
        let record = self.sessions.get_mut(session).ok_or_else(ApiError::not_found)?;
        if archived && record.is_active() {
            record.pause();
        }
        record.archived = archived;
        record.touches.add(now);
        Ok(())
    }

    /// A person's approval of the plan that waits for one.
    pub(crate) fn approve_plan(&mut self, session: &str, now: Nanos) -> Result<(), ApiError> {
        let record = self.sessions.get(session).ok_or_else(ApiError::not_found)?;
        if record.state != "AWAITING_PLAN_APPROVAL" {
            return Err(ApiError::precondition(format!(
                "No plan is waiting for approval: the session is {}.",
                record.state
            )));
        }
        if record.agent.double_approval || self.config.double_approval {
            let id = self.new_task_id(session);
            self.post_approval(session, "user", Some(id), now);
        }
        self.post_approval(session, "user", None, now);
        if let Some(record) = self.sessions.get_mut(session) {
            record.agent.approved = true;
            record.agent.news.notify_one();
        }
        Ok(())
    }

    fn post_approval(&mut self, session: &str, originator: &str, id: Option<String>, now: Nanos) {
        let plan = self.sessions.get(session).and_then(SessionRecord::latest_plan_id);
        let event = plan.map_or_else(|| json!({}), |plan| json!({ "planId": plan }));
        let mut activity = json!({ "originator": originator, "planApproved": event });
        if let Some(id) = id {
            activity["id"] = json!(id);
        }
        self.add_activity(session, Draft::now(activity), now);
        self.set_state(session, "IN_PROGRESS", now);
    }

    /// The agent's side: whether it has to wait for a person. If not, the plan is approved at once.
    pub(crate) fn ask_for_approval(&mut self, session: &str, now: Nanos) -> Option<bool> {
        let record = self.sessions.get_mut(session)?;
        record.agent.approved = false;
        if record.require_plan_approval {
            self.set_state(session, "AWAITING_PLAN_APPROVAL", now);
            return Some(true);
        }
        self.post_approval(session, "system", None, now);
        Some(false)
    }

    pub(crate) fn is_approved(&self, session: &str) -> Option<bool> {
        Some(self.sessions.get(session)?.agent.approved)
    }

    /// The oldest message that the agent hasn't taken. The outer `None`: no such session.
    pub(crate) fn take_message(&mut self, session: &str) -> Option<Option<String>> {
        let record = self.sessions.get_mut(session)?;
        if record.agent.paused_in.is_some() {
            return Some(None);
        }
        record.agent.woken = false;
        Some(record.agent.inbox.pop_front())
    }

    /// Whether a message came to the completed session and hasn't been taken.
    pub(crate) fn was_woken(&self, session: &str) -> Option<bool> {
        Some(self.sessions.get(session)?.agent.woken)
    }

    /// Whether the agent has to stand still, because the session was archived at work.
    pub(crate) fn is_paused(&self, session: &str) -> Option<bool> {
        Some(self.sessions.get(session)?.agent.paused_in.is_some())
    }

    /// Sets the variables that scenario texts may use about their session.
    pub(crate) fn describe(&self, session: &str, now: Nanos, variables: &mut Variables) -> Option<()> {
        let record = self.sessions.get(session)?;
        let context = record.source_context.as_ref();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let source = text(context.and_then(|context| context.get("source")));
        let branch = text(context.and_then(|context| context.pointer("/githubRepoContext/startingBranch")));
        let repository = source.strip_prefix("sources/github/").unwrap_or("octocat/hello-world");
        variables.set("repository", repository);
        variables.set("source", source.clone());
        variables.set("branch", if branch.is_empty() { "main".to_owned() } else { branch });
        variables.set("session", record.id.clone());
        variables.set("number", record.order.to_string());
        variables.set("prompt", record.prompt.clone());
        variables.set("title", record.title.clone());
        variables.set("now", format_time(now));
        Some(())
    }
}

impl Draft {
    /// An activity that happens now and is seen at once.
    pub(crate) fn now(activity: Value) -> Self {
        Self { activity, when: When::Now, late: Duration::ZERO, empty: Duration::ZERO }
    }
}
