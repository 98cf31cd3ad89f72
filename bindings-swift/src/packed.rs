//! Activities in bulk. They come by the thousand, and reading JSON would be most of what they cost in Swift, so a chunk of
//! them crosses as packed fields instead; `Bridge/Packed.swift` reads them in the same order. What has no packed form (an
//! event or artifact that only a later version of the core knows, or nobody) stays the JSON that it is elsewhere.
//!
//! Numbers are little-endian; a text is its length in 8 bytes and its UTF-8; what may be absent has a byte before it.

use jules::{Activity, Artifact, Event, Plan, Timestamp};

use crate::failure::Failure;
use crate::json::to_json;

/// The first byte of an activity or an artifact that follows as JSON.
const JSON: u8 = 0;

/// A chunk: how many activities, and then each.
pub(crate) fn packed(activities: &[Activity]) -> Result<Vec<u8>, Failure> {
    let mut fields = Fields(Vec::with_capacity(activities.len() * 1024));
    fields.count(activities.len());
    for activity in activities {
        fields.activity(activity)?;
    }
    Ok(fields.0)
}

struct Fields(Vec<u8>);

impl Fields {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&(count as u64).to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.byte(text.is_some().into());
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn time(&mut self, time: Option<Timestamp>) {
        self.optional(time.map(|time| time.to_string()).as_deref());
    }

    fn activity(&mut self, activity: &Activity) -> Result<(), Failure> {
        let Some(kind) = number_of(&activity.event) else {
            self.byte(JSON);
            self.text(&to_json(activity)?);
            return Ok(());
        };
        self.byte(kind);
        self.text(&activity.name);
        self.text(&activity.id);
        self.time(activity.create_time);
        self.text(&activity.originator);
        self.optional(description_of(activity));
        self.event(&activity.event);
        self.count(activity.artifacts.len());
        activity.artifacts.iter().try_for_each(|artifact| self.artifact(artifact))
    }

    fn event(&mut self, event: &Event) {
        match event {
            Event::AgentMessaged { message } | Event::UserMessaged { message } => self.text(message),
            Event::PlanGenerated { plan } => self.plan(plan),
            Event::PlanApproved { plan_id } => self.text(plan_id),
            Event::ProgressUpdated { title, .. } => self.text(title),
            Event::SessionFailed { reason } => self.text(reason),
            _ => {}
        }
    }

    fn plan(&mut self, plan: &Plan) {
        self.text(&plan.id);
        self.time(plan.create_time);
        self.count(plan.steps.len());
        for step in &plan.steps {
            self.text(&step.id);
            self.text(&step.title);
            self.optional(step.description.as_deref());
            self.0.extend_from_slice(&step.index.to_le_bytes());
        }
    }

    fn artifact(&mut self, artifact: &Artifact) -> Result<(), Failure> {
        match artifact {
            Artifact::ChangeSet(changes) => {
                self.byte(1);
                self.text(&changes.source);
                self.text(&changes.git_patch.unidiff_patch);
                self.text(&changes.git_patch.base_commit_id);
                self.text(&changes.git_patch.suggested_commit_message);
            }
            Artifact::BashOutput(bash) => {
                self.byte(2);
                self.text(&bash.command);
                self.text(&bash.output);
                self.0.extend_from_slice(&bash.exit_code.to_le_bytes());
            }
            Artifact::Media(media) => {
                self.byte(3);
                self.text(&media.data);
                self.text(&media.format);
            }
            other => {
                self.byte(JSON);
                self.text(&to_json(other)?);
            }
        }
        Ok(())
    }
}

/// The first byte of an activity with this event; none where it follows as JSON.
fn number_of(event: &Event) -> Option<u8> {
    match event {
        Event::AgentMessaged { .. } => Some(1),
        Event::UserMessaged { .. } => Some(2),
        Event::PlanGenerated { .. } => Some(3),
        Event::PlanApproved { .. } => Some(4),
        Event::ProgressUpdated { .. } => Some(5),
        Event::SessionCompleted => Some(6),
        Event::SessionFailed { .. } => Some(7),
        _ => None,
    }
}

/// The description as the JSON shape has it: progress has one of its own.
fn description_of(activity: &Activity) -> Option<&str> {
    match &activity.event {
        Event::ProgressUpdated { description, .. } => Some(description),
        _ => activity.description.as_deref(),
    }
}
