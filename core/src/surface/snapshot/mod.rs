//! A session at one moment: itself, its activities, and what can be derived from both.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{
    Activity, Artifact, ChangeSet, GeneratedFiles, Outcome, PullRequest, SessionInfo, SessionState, Timestamp,
    failure_reason,
};
use crate::ground::suggestion;

mod escape;
mod markdown;

/// A session at one moment, whole: [`Session::snapshot`](crate::Session::snapshot) takes it.
///
/// Serialized, it has the JSON shape that all languages share; [`Snapshot::to_json`] gives parts of it, and
/// [`Snapshot::to_markdown`] something to read.
///
/// ```
/// use jules::{Jules, RunConfig};
/// # use jules_emulator::Emulator;
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = Emulator::builder().speed(100.0).start().await?;
/// # let jules = Jules::builder().api_key("k").base_url(emulator.url()).cache(jules::Cache::Memory).build()?;
/// let run = jules.run(RunConfig::new("Fix the typo").source("octocat/hello-world"));
/// let outcome = run.clone().await?;
/// let snapshot = run.session().await?.snapshot().await?;
/// assert_eq!(snapshot.state, outcome.state);
/// assert!(snapshot.to_markdown().starts_with("# "));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Snapshot {
    /// The session's id.
    pub id: String,
    /// Where it is in its life.
    pub state: SessionState,
    /// Its page in the web app; may be empty.
    pub url: String,
    /// When it was created, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When it last changed, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Milliseconds from its creation to its end; while it runs, to its last known activity.
    pub duration_ms: u64,
    /// The prompt.
    pub prompt: String,
    /// Its title.
    pub title: String,
    /// The pull request, when it made one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pr: Option<PullRequest>,
    /// Its activities, in order.
    pub activities: Vec<Activity>,
    /// How many activities there are of each type; types that don't occur are absent.
    pub activity_counts: BTreeMap<String, u64>,
    /// What happened, a line an activity.
    pub timeline: Vec<TimelineEntry>,
    /// What stands out.
    pub insights: Insights,
    /// The files that its changes create or touch.
    pub generated_files: GeneratedFiles,
    /// Not one of the fields that it is asked for by name: here so that nothing is lost where a snapshot is kept as JSON.
    #[serde(default, rename = "changeSet", skip_serializing_if = "Option::is_none")]
    changes: Option<ChangeSet>,
}

/// One line of a [`Snapshot`]'s timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TimelineEntry {
    /// When it happened, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The activity's type, one of [`ACTIVITY_TYPES`](crate::ACTIVITY_TYPES).
    #[serde(rename = "type")]
    pub kind: String,
    /// What happened, as [`Activity::summary`] says it.
    pub summary: String,
}

/// What stands out in a [`Snapshot`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Insights {
    /// How often the agent said that it was done; more than once when a message woke the session.
    pub completion_attempts: u64,
    /// How often the agent made a new plan after its first one.
    pub plan_regenerations: u64,
    /// How many messages the user wrote.
    pub user_interventions: u64,
    /// The commands that exited with another code than 0, in order.
    pub failed_commands: Vec<FailedCommand>,
}

/// A command that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FailedCommand {
    /// The activity that it belongs to.
    pub activity_id: String,
    /// When that was, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// The command line.
    pub command: String,
    /// What it wrote to stdout and stderr.
    pub output: String,
    /// How it exited; never 0.
    pub exit_code: i32,
}

// only rust: elsewhere arguments of what takes them
/// Which fields of a [`Snapshot`] its JSON shall have, by their names there; snake_case is understood too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotFields {
    /// Only these. Default: all.
    pub include: Option<Vec<String>>,
    /// Without these. Default: none are left out.
    pub exclude: Vec<String>,
}

impl SnapshotFields {
    /// Only these fields.
    pub fn include<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.include = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// All but these fields; with [`SnapshotFields::include`], all of those but these.
    pub fn exclude<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.exclude = names.into_iter().map(Into::into).collect();
        self
    }
}

/// The names of a snapshot's fields, as they stand in its JSON.
const FIELDS: [&str; 14] = [
    "id",
    "state",
    "url",
    "createdAt",
    "updatedAt",
    "durationMs",
    "prompt",
    "title",
    "pr",
    "activities",
    "activityCounts",
    "timeline",
    "insights",
    "generatedFiles",
];

impl Snapshot {
    /// A snapshot of a session whose activities are filled in.
    pub(crate) fn of(mut info: SessionInfo) -> Self {
        let activities = std::mem::take(&mut info.activities);
        let outcome = Outcome::so_far(&info, &activities);
        Self {
            id: info.id,
            url: info.url,
            created_at: info.create_time,
            updated_at: info.update_time,
            duration_ms: match (info.state.is_terminal(), info.create_time) {
                (true, _) => outcome.duration_ms,
                (false, start) => milliseconds(start, last_known(info.update_time, &activities)),
            },
            state: info.state,
            prompt: info.prompt,
            title: info.title,
            pr: info.pull_request,
            activity_counts: counts(&activities),
            timeline: activities.iter().map(TimelineEntry::of).collect(),
            insights: Insights::of(&activities),
            generated_files: outcome.generated_files(),
            activities,
            changes: outcome.change_set().cloned(),
        }
    }

    /// Why it failed, when the agent said so.
    fn failure_reason(&self) -> Option<String> {
        if self.state != SessionState::Failed {
            return None;
        }
        self.activities.iter().rev().find_map(failure_reason)
    }

    /// The changes: those among the session's outputs, else the latest among its activities.
    pub fn change_set(&self) -> Option<&ChangeSet> {
        self.changes.as_ref()
    }

    /// The files that the changes create or touch, with their full new content, made from the files that the directory
    /// has now; nothing is written. Blocks while it reads files.
    ///
    /// # Errors
    /// As for [`ChangeSet::generated_files_in`].
    pub fn generated_files_in(&self, directory: impl AsRef<std::path::Path>) -> Result<GeneratedFiles> {
        self.changes
            .as_ref()
            .map_or_else(|| Ok(GeneratedFiles::default()), |changes| changes.generated_files_in(directory))
    }

    /// The snapshot as JSON, or some fields of it.
    ///
    /// # Errors
    /// [`Query`](ErrorKind::Query) when a name is not one of a field.
    ///
    /// ```no_run
    /// # fn example(snapshot: jules::Snapshot) -> jules::Result<()> {
    /// use jules::SnapshotFields;
    /// let brief = snapshot.to_json(&SnapshotFields::default().exclude(["activities", "generatedFiles"]))?;
    /// println!("{}", brief["insights"]["planRegenerations"]);
    /// # Ok(()) }
    /// ```
    pub fn to_json(&self, fields: &SnapshotFields) -> Result<Value> {
        let include = fields.include.as_ref().map(|names| known(names)).transpose()?;
        let exclude = known(&fields.exclude)?;
        let mut json = serde_json::to_value(self).map_err(|cause| {
            Error::new(ErrorKind::Decode, "the snapshot can't be written as JSON").with_source(cause)
        })?;
        if let Some(map) = json.as_object_mut() {
            let wanted = |name: &str| include.as_deref().unwrap_or(&FIELDS).contains(&name);
            map.retain(|name, _| wanted(name) && !exclude.contains(&name.as_str()));
        }
        Ok(json)
    }

    /// The snapshot as a Markdown page: what was asked, the plan, the messages, the commands, the files, and a line for
    /// each activity. What the agent wrote can't break out of its place on the page. Long outputs are shortened.
    pub fn to_markdown(&self) -> String {
        markdown::page(self)
    }
}

/// The fields that these names stand for.
fn known(names: &[String]) -> Result<Vec<&'static str>> {
    let plain = |name: &str| name.replace('_', "").to_lowercase();
    let find = |name: &String| {
        let found =
            FIELDS.into_iter().find(|field| *field == name || (name.contains('_') && plain(field) == plain(name)));
        found.ok_or_else(|| {
            let meant =
                suggestion::closest(name, FIELDS).map(|field| format!("Did you mean {field:?}? ")).unwrap_or_default();
            Error::new(ErrorKind::Query, format!("a snapshot has no field {name:?}"))
                .with_hint(format!("{meant}Its fields are {}.", FIELDS.join(", ")))
        })
    };
    names.iter().map(find).collect()
}

fn counts(activities: &[Activity]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for activity in activities {
        *counts.entry(activity.kind().to_owned()).or_default() += 1;
    }
    counts
}

/// The last moment that is known of a session that goes on: its update time may stand still.
fn last_known(updated: Option<Timestamp>, activities: &[Activity]) -> Option<Timestamp> {
    activities.iter().filter_map(|activity| activity.create_time).chain(updated).max()
}

fn milliseconds(start: Option<Timestamp>, end: Option<Timestamp>) -> u64 {
    start.zip(end).map_or(0, |(start, end)| end.millis_since(start))
}

impl TimelineEntry {
    fn of(activity: &Activity) -> Self {
        Self { time: activity.create_time, kind: activity.kind().to_owned(), summary: activity.summary() }
    }
}

impl Insights {
    fn of(activities: &[Activity]) -> Self {
        let count = |kind: &str| activities.iter().map(|activity| u64::from(activity.kind() == kind)).sum::<u64>();
        Self {
            completion_attempts: count("sessionCompleted"),
            plan_regenerations: count("planGenerated").saturating_sub(1),
            user_interventions: count("userMessaged"),
            failed_commands: activities.iter().flat_map(FailedCommand::among).collect(),
        }
    }
}

impl FailedCommand {
    fn among(activity: &Activity) -> Vec<Self> {
        let failed = activity.artifacts.iter().filter_map(|artifact| match artifact {
            Artifact::BashOutput(bash) if bash.exit_code != 0 => Some(bash),
            _ => None,
        });
        failed
            .map(|bash| Self {
                activity_id: activity.id.clone(),
                time: activity.create_time,
                command: bash.command.clone(),
                output: bash.output.clone(),
                exit_code: bash.exit_code,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
