//! What people and the agent do to a session: create it, write to it, approve its plan, change its state.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::clock::{Nanos, format_time};
use super::config::LimitAnswer;
use super::session::{AgentSide, SessionRecord};
use super::stored::{Draft, Stored, When};
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
}

const DAY: Nanos = 86_400_000_000_000;

impl Stored {
    /// Refuses a create when the account has no slot or no session left.
    pub(crate) fn check_limits(&self, now: Nanos) -> Result<(), ApiError> {
        let active = self.sessions.values().filter(|one| one.is_active()).count();
        if self.config.concurrent_sessions.is_some_and(|limit| active >= limit) {
            let message = format!("Too many active sessions: {active} are running. Wait for one to finish.");
            return Err(match self.config.limit_answer {
                LimitAnswer::ResourceExhausted => ApiError::new(429, "RESOURCE_EXHAUSTED", message),
                LimitAnswer::FailedPrecondition => ApiError::precondition(message),
            });
        }
        let today = self.creations.iter().filter(|time| now - **time < DAY).count();
        if self.config.daily_sessions.is_some_and(|limit| today >= limit) {
            let message = format!("Daily session limit reached: {today} sessions in 24 hours.");
            return Err(ApiError::new(429, "RESOURCE_EXHAUSTED", message).with_detail(json!({
                "@type": "type.googleapis.com/google.rpc.QuotaFailure",
                "violations": [{ "subject": "sessions_per_day", "description": "Daily session limit" }],
            })));
        }
        Ok(())
    }

    /// Stores a new session, queued and without activities.
    pub(crate) fn create_session(&mut self, new: NewSession, now: Nanos) -> &SessionRecord {
        let id = self.new_session_id();
        let record = SessionRecord {
            id: id.clone(),
            order: self.next_order(),
            created: now - now.rem_euclid(1000),
            updated: now,
            born: Instant::now(),
            prompt: new.prompt,
            title: new.title,
            source_context: new.source_context,
            require_plan_approval: new.require_plan_approval,
            automation_mode: new.automation_mode,
            archived: false,
            state: "QUEUED".to_owned(),
            outputs: Vec::new(),
            extra: Map::new(),
            scenario: new.scenario,
            activities: Vec::new(),
            agent: AgentSide::default(),
        };
        self.creations.push(now);
        self.sessions.entry(id).insert_entry(record).into_mut()
    }

    pub(crate) fn set_state(&mut self, session: &str, state: &str, now: Nanos) {
        if let Some(record) = self.sessions.get_mut(session) {
            record.state = state.to_owned();
            record.updated = record.updated.max(now);
        }
    }

    pub(crate) fn add_output(&mut self, session: &str, output: Value, now: Nanos) {
        if let Some(record) = self.sessions.get_mut(session) {
            record.outputs.push(output);
            record.updated = record.updated.max(now);
        }
    }

    /// A person's message: an activity at once, and news for the agent.
    pub(crate) fn send_message(&mut self, session: &str, message: &str, now: Nanos) -> Result<(), ApiError> {
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
        }
        record.agent.news.notify_one();
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
        self.post_approval(session, "user", now);
        if let Some(record) = self.sessions.get_mut(session) {
            record.agent.approved = true;
            record.agent.news.notify_one();
        }
        Ok(())
    }

    fn post_approval(&mut self, session: &str, originator: &str, now: Nanos) {
        let plan = self.sessions.get(session).and_then(SessionRecord::latest_plan_id);
        let event = plan.map_or_else(|| json!({}), |plan| json!({ "planId": plan }));
        let activity = json!({ "originator": originator, "planApproved": event });
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
        self.post_approval(session, "system", now);
        Some(false)
    }

    pub(crate) fn is_approved(&self, session: &str) -> Option<bool> {
        Some(self.sessions.get(session)?.agent.approved)
    }

    /// The oldest message that the agent hasn't taken. The outer `None`: no such session.
    pub(crate) fn take_message(&mut self, session: &str) -> Option<Option<String>> {
        let record = self.sessions.get_mut(session)?;
        record.agent.woken = false;
        Some(record.agent.inbox.pop_front())
    }

    /// Whether a message came to the completed session and hasn't been taken.
    pub(crate) fn was_woken(&self, session: &str) -> Option<bool> {
        Some(self.sessions.get(session)?.agent.woken)
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
        Self { activity, when: When::Now, late: Duration::ZERO }
    }
}
