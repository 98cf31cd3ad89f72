//! The scenario format: what a YAML file may say. Turning steps into activities is `wire.rs`, playing them `agent.rs`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// A scripted agent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) description: String,
    /// Title of sessions that were created without one.
    #[serde(default)]
    pub(crate) title: Option<String>,
    pub(crate) steps: Vec<Step>,
    /// One approval by a person gives two planApproved activities.
    #[serde(default)]
    pub(crate) double_approval: bool,
    /// Played for each message that no `wait: message` takes.
    #[serde(default)]
    pub(crate) on_message: Vec<Step>,
    /// Played for each message to the completed session; without it nothing wakes the session.
    #[serde(default)]
    pub(crate) on_wake: Vec<Step>,
}

/// One step: waits `after`, then for `wait`; then sets `state`, posts one activity and adds `outputs`, all at once.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Step {
    pub(crate) after: Option<Pause>,
    pub(crate) wait: Option<Wait>,
    pub(crate) state: Option<String>,
    pub(crate) plan: Option<Plan>,
    pub(crate) progress: Option<Progress>,
    pub(crate) message: Option<String>,
    pub(crate) user_message: Option<String>,
    /// An activity without an event.
    pub(crate) note: Option<String>,
    /// A wire activity as it is.
    pub(crate) raw: Option<Value>,
    /// `true` posts sessionCompleted and sets COMPLETED.
    pub(crate) completed: Option<bool>,
    /// Posts sessionFailed with this reason and sets FAILED.
    pub(crate) failed: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) originator: Option<String>,
    pub(crate) artifacts: Vec<Artifact>,
    /// The activity has the time of the one before.
    pub(crate) equal_time: bool,
    /// The activity keeps its time but becomes visible so much later.
    pub(crate) late: Option<Pause>,
    /// The activity is listed without its content for so long.
    pub(crate) empty_for: Option<Pause>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) repeat: Option<Repeat>,
}

/// What a step waits for.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Wait {
    /// Until the plan is approved; at once when the session needs no approval.
    Approval,
    /// Until a message comes, and takes it as `{{message}}`.
    Message,
    /// Until so many messages have come in all.
    Messages(u32),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Repeat {
    pub(crate) times: u32,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<PlanStep>,
    /// `false` leaves the plan's createTime out, as the service often does.
    #[serde(default = "yes")]
    pub(crate) create_time: bool,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PlanStep {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Progress {
    #[serde(default)]
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Artifact {
    Bash(Bash),
    ChangeSet(ChangeSet),
    Media(Media),
    /// A wire artifact as it is.
    Raw(Value),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Output {
    PullRequest(PullRequest),
    ChangeSet(ChangeSet),
    /// A wire output as it is.
    Raw(Value),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Bash {
    #[serde(default)]
    pub(crate) command: String,
    #[serde(default)]
    pub(crate) output: String,
    #[serde(default)]
    pub(crate) exit_code: i32,
}

/// Either a ready `patch`, or `files` that the patch creates.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct ChangeSet {
    pub(crate) patch: String,
    pub(crate) files: Vec<CreatedFile>,
    pub(crate) base_commit: Option<String>,
    pub(crate) commit_message: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreatedFile {
    pub(crate) path: String,
    pub(crate) content: String,
}

/// Base64 `data`, or `bytes` of made-up data, or neither for a tiny PNG.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Media {
    #[serde(default = "png")]
    pub(crate) mime_type: String,
    #[serde(default)]
    pub(crate) data: Option<String>,
    #[serde(default)]
    pub(crate) bytes: Option<usize>,
}

fn png() -> String {
    "image/png".to_owned()
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PullRequest {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) url: Option<String>,
    #[serde(default)]
    pub(crate) base_ref: Option<String>,
    #[serde(default)]
    pub(crate) head_ref: Option<String>,
}

/// A scripted duration: `250ms`, `2s`, `1m`, or a number of seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pause(pub(crate) Duration);

impl<'de> Deserialize<'de> for Pause {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Seconds(f64),
            Text(String),
        }
        let seconds = match Written::deserialize(deserializer)? {
            Written::Seconds(seconds) => Some(seconds),
            Written::Text(text) => parse_pause(&text),
        };
        seconds
            .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
            .map(Self)
            .ok_or_else(|| de::Error::custom("a duration is 250ms, 2s, 1m or a number of seconds"))
    }
}

fn parse_pause(text: &str) -> Option<f64> {
    let end = text.find(char::is_alphabetic).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: f64 = number.trim().parse().ok()?;
    match unit {
        "ms" => Some(number / 1000.0),
        "s" | "" => Some(number),
        "m" => Some(number * 60.0),
        _ => None,
    }
}

impl Scenario {
    /// Reads a YAML scenario; the error says where and why not.
    pub(crate) fn parse(yaml: &str) -> Result<Self, String> {
        let scenario: Self = serde_saphyr::from_str(yaml).map_err(|error| error.to_string())?;
        for steps in [&scenario.steps, &scenario.on_message, &scenario.on_wake] {
            check(steps).map_err(|why| format!("scenario '{}': {why}", scenario.name))?;
        }
        Ok(scenario)
    }
}

fn check(steps: &[Step]) -> Result<(), String> {
    for (index, step) in steps.iter().enumerate() {
        let activities = step.activity_count();
        if activities > 1 {
            return Err(format!("step {} posts {activities} activities, one is allowed", index + 1));
        }
        if let Some(repeat) = &step.repeat {
            if activities > 0 {
                return Err(format!("step {} repeats steps and posts an activity", index + 1));
            }
            check(&repeat.steps)?;
        }
    }
    Ok(())
}

impl Step {
    fn activity_count(&self) -> usize {
        [
            self.plan.is_some(),
            self.progress.is_some(),
            self.message.is_some(),
            self.user_message.is_some(),
            self.note.is_some(),
            self.raw.is_some(),
            self.completed == Some(true),
            self.failed.is_some(),
        ]
        .into_iter()
        .filter(|present| *present)
        .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_in_their_units() {
        let read = |text: &str| parse_pause(text).map(|s| (s * 1000.0).round());
        assert_eq!(read("250ms"), Some(250.0));
        assert_eq!(read("2s"), Some(2000.0));
        assert_eq!(read("1.5"), Some(1500.0));
        assert_eq!(read("1m"), Some(60000.0));
        assert_eq!(read("soon"), None);
    }

    #[test]
    fn a_step_with_two_activities_is_refused_with_its_number() {
        let error = Scenario::parse("name: x\nsteps:\n  - message: a\n  - message: b\n    note: c\n").unwrap_err();
        assert!(error.contains("step 2"), "{error}");
    }

    #[test]
    fn a_word_nobody_knows_is_refused_with_its_line() {
        let error = Scenario::parse("name: x\nsteps:\n  - mesage: a\n").unwrap_err();
        assert!(error.contains("mesage"), "{error}");
    }
}
