//! Rows as queries see them: the public JSON of a session or an activity, and what is computed from it.

use serde_json::Value;

use super::fold::fold_blanks;
use crate::ground::model::{Activity, Artifact, Event, SessionInfo};

/// A session with `durationMs`; without what only its activities tell.
pub(super) fn of_session(info: &SessionInfo) -> Value {
    let duration = match (info.create_time, info.update_time) {
        (Some(start), Some(end)) => end.millis_since(start),
        _ => 0,
    };
    let mut document = serde_json::to_value(info).unwrap_or_default();
    if let Some(fields) = document.as_object_mut() {
        fields.remove("activities");
        fields.insert("durationMs".into(), duration.into());
    }
    document
}

/// An activity with `sessionId`, `artifactCount` and `summary`.
pub(super) fn of_activity(session: &str, activity: &Activity) -> Value {
    let mut document = serde_json::to_value(activity).unwrap_or_default();
    if let Some(fields) = document.as_object_mut() {
        fields.insert("sessionId".into(), session.into());
        fields.insert("artifactCount".into(), activity.artifacts.len().into());
        fields.insert("summary".into(), activity.summary().into());
    }
    document
}

/// What a search looks through in a session, folded.
pub(crate) fn session_texts(info: &SessionInfo) -> Vec<String> {
    folded([info.title.as_str(), info.prompt.as_str()])
}

/// What a search looks through in an activity, folded: its message, its titles with what explains them, its commands.
pub(crate) fn activity_texts(activity: &Activity) -> Vec<String> {
    let mut texts = match &activity.event {
        Event::AgentMessaged { message } | Event::UserMessaged { message } => vec![message.as_str()],
        Event::PlanGenerated { plan } => plan.steps.iter().map(|step| step.title.as_str()).collect(),
        Event::ProgressUpdated { title, description } => vec![title.as_str(), description.as_str()],
        _ => Vec::new(),
    };
    texts.extend(activity.artifacts.iter().filter_map(|artifact| match artifact {
        Artifact::BashOutput(bash) => Some(bash.command.as_str()),
        _ => None,
    }));
    folded(texts)
}

fn folded<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    texts.into_iter().filter(|text| !text.is_empty()).map(fold_blanks).collect()
}
