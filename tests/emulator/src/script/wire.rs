//! Scenario words turned into the API's JSON: activities, artifacts, outputs, defaults left out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::scenario::{Artifact, ChangeSet, CreatedFile, Media, Output, Plan, PullRequest, Step};
use super::template::filler;

/// 8 × 8 pixels, a real PNG.
const TINY_PNG: &str = concat!(
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAGklEQVR42mP4jwScWr/AEQMVJZA5yIqo",
    "KAEA6e6XAYzl+o8AAAAASUVORK5CYII=",
);

/// The activity that a step posts, with its templates still in it; `None` when it posts none.
pub(crate) fn activity_of(step: &Step) -> Option<Value> {
    if let Some(raw) = &step.raw {
        return Some(raw.clone());
    }
    let (originator, event) = event_of(step)?;
    let mut activity = json!({ "originator": originator });
    if let Some((name, content)) = event {
        activity[name] = without_defaults(content);
    }
    if let Some(originator) = &step.originator {
        activity["originator"] = json!(originator);
    }
    if let Some(description) = step.description.as_ref().or(step.note.as_ref()) {
        activity["description"] = json!(description);
    }
    if !step.artifacts.is_empty() {
        activity["artifacts"] = step.artifacts.iter().map(artifact).collect();
    }
    Some(activity)
}

/// Who speaks, and the event's name and content.
type Event = (&'static str, Option<(&'static str, Value)>);

fn event_of(step: &Step) -> Option<Event> {
    let event = if let Some(plan) = &step.plan {
        ("agent", Some(("planGenerated", json!({ "plan": plan_of(plan) }))))
    } else if let Some(progress) = &step.progress {
        let content = json!({ "title": progress.title, "description": progress.description });
        ("agent", Some(("progressUpdated", content)))
    } else if let Some(text) = &step.message {
        ("agent", Some(("agentMessaged", json!({ "agentMessage": text }))))
    } else if let Some(text) = &step.user_message {
        ("user", Some(("userMessaged", json!({ "userMessage": text }))))
    } else if step.completed == Some(true) {
        ("system", Some(("sessionCompleted", json!({}))))
    } else if let Some(reason) = &step.failed {
        ("system", Some(("sessionFailed", json!({ "reason": reason }))))
    } else if step.note.is_some() {
        ("agent", None)
    } else {
        return None;
    };
    Some(event)
}

fn plan_of(plan: &Plan) -> Value {
    let steps: Vec<Value> = plan
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| {
            json!({
                "id": format!("{{{{planId}}}}{index:02}"),
                "title": step.title,
                "description": step.description,
                "index": index,
            })
        })
        .collect();
    let created = if plan.create_time { "{{now}}" } else { "" };
    json!({ "id": "{{planId}}", "steps": steps, "createTime": created })
}

fn artifact(artifact: &Artifact) -> Value {
    match artifact {
        Artifact::Raw(raw) => raw.clone(),
        Artifact::Bash(bash) => without_defaults(json!({ "bashOutput": {
            "command": bash.command,
            "output": bash.output,
            "exitCode": bash.exit_code,
        }})),
        Artifact::ChangeSet(changes) => json!({ "changeSet": change_set(changes) }),
        Artifact::Media(media) => json!({ "media": {
            "mimeType": media.mime_type,
            "data": media_data(media),
        }}),
    }
}

fn media_data(media: &Media) -> String {
    match (&media.data, media.bytes) {
        (Some(data), _) => data.clone(),
        (None, Some(bytes)) => STANDARD.encode(filler(bytes)),
        (None, None) => TINY_PNG.to_owned(),
    }
}

/// An element of a session's `outputs`.
pub(crate) fn output(output: &Output) -> Value {
    match output {
        Output::Raw(raw) => raw.clone(),
        Output::ChangeSet(changes) => json!({ "changeSet": change_set(changes) }),
        Output::PullRequest(pull_request) => {
            json!({ "pullRequest": pull_request_of(pull_request) })
        }
    }
}

fn pull_request_of(pull_request: &PullRequest) -> Value {
    let or = |text: &Option<String>, default: &str| text.clone().unwrap_or_else(|| default.to_owned());
    without_defaults(json!({
        "url": or(&pull_request.url, "https://github.com/{{repository}}/pull/{{number}}"),
        "title": pull_request.title,
        "description": pull_request.description,
        "baseRef": or(&pull_request.base_ref, "{{branch}}"),
        "headRef": or(&pull_request.head_ref, "jules/{{session}}"),
    }))
}

fn change_set(changes: &ChangeSet) -> Value {
    let mut patch = changes.patch.clone();
    for file in &changes.files {
        patch.push_str(&created_file(file));
    }
    let base = changes.base_commit.as_deref();
    without_defaults(json!({
        "source": "{{source}}",
        "gitPatch": {
            "unidiffPatch": patch,
            "baseCommitId": base.unwrap_or("7fd1a60b01f91b314f59955a4e4d4e80d8edf11d"),
            "suggestedCommitMessage": changes.commit_message,
        },
    }))
}

/// A git patch that creates one file.
fn created_file(file: &CreatedFile) -> String {
    let CreatedFile { path, content } = file;
    let lines: Vec<&str> = content.lines().collect();
    let mut patch = format!(
        "diff --git a/{path} b/{path}\nnew file mode 100644\nindex 0000000..3b18e51\n\
         --- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{} @@\n",
        lines.len()
    );
    for line in &lines {
        patch.push('+');
        patch.push_str(line);
        patch.push('\n');
    }
    if !content.ends_with('\n') {
        patch.push_str("\\ No newline at end of file\n");
    }
    patch
}

/// proto3 JSON leaves out what equals its default; messages stay, also empty ones.
pub(crate) fn without_defaults(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let kept: Map<String, Value> = object
                .into_iter()
                .filter(|(_, inner)| !is_default(inner))
                .map(|(name, inner)| (name, without_defaults(inner)))
                .collect();
            Value::Object(kept)
        }
        Value::Array(items) => items.into_iter().map(without_defaults).collect(),
        plain => plain,
    }
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(flag) => !flag,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_left_out_and_empty_messages_stay() {
        let value =
            json!({ "exitCode": 0, "output": "", "list": [], "sessionCompleted": {}, "flag": false, "text": "x" });
        assert_eq!(without_defaults(value), json!({ "sessionCompleted": {}, "text": "x" }));
    }

    #[test]
    fn a_created_file_is_a_patch_that_git_reads() {
        let patch = created_file(&CreatedFile { path: "a.txt".to_owned(), content: "one\ntwo".to_owned() });
        assert!(patch.ends_with("@@ -0,0 +1,2 @@\n+one\n+two\n\\ No newline at end of file\n"), "{patch}");
    }

    #[test]
    fn the_screenshot_is_a_png() {
        assert!(STANDARD.decode(TINY_PNG).unwrap().starts_with(b"\x89PNG"));
    }
}
