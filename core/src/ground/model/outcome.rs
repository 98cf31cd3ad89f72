//! How a session ended, and what it left.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{
    Activity, Artifact, ChangeSet, EndReason, Event, GeneratedFiles, PullRequest, SessionInfo, SessionOutput,
    SessionState,
};
use crate::ground::error::{Error, ErrorKind, Result};

/// How a session ended. A failed session is an outcome too, not an error.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Outcome {
    /// Which session.
    pub session_id: String,
    /// Its title.
    #[serde(default)]
    pub title: String,
    /// `Completed` or `Failed`.
    pub state: SessionState,
    /// The pull request, when it made one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequest>,
    /// All its outputs.
    #[serde(default)]
    pub outputs: Vec<SessionOutput>,
    /// Why it failed, when the agent said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// The session's page in the web app; may be empty.
    #[serde(default)]
    pub url: String,
    /// Milliseconds from its creation to its end, by the server's clock.
    #[serde(default)]
    pub duration_ms: u64,
    /// How many sessions it took: more than one where failed ones were started again.
    #[serde(default = "one")]
    pub attempts: u32,
    /// All of them in their order; the last is `session_id`.
    #[serde(default)]
    pub session_ids: Vec<String>,
    /// The latest changes among the activities, for a session whose outputs have none: so that nothing is lost where an
    /// outcome is kept as JSON.
    #[serde(default, alias = "changeSet", skip_serializing_if = "Option::is_none")]
    pub(crate) latest_change_set: Option<ChangeSet>,
}

impl Outcome {
    /// The outcome of a session that has ended; nothing while it runs.
    pub(crate) fn of(info: &SessionInfo, activities: &[Activity]) -> Option<Self> {
        info.state.is_terminal().then(|| Self::so_far(info, activities))
    }

    /// What would be its outcome if it ended now.
    pub(crate) fn so_far(info: &SessionInfo, activities: &[Activity]) -> Self {
        let ending = activities.iter().rev().find(|activity| activity.is_end());
        let end = ending.and_then(|activity| activity.create_time).or(info.update_time);
        Self {
            session_id: info.id.clone(),
            title: info.title.clone(),
            state: info.state.clone(),
            pull_request: info.pull_request.clone(),
            outputs: info.outputs.clone(),
            failure_reason: (info.state == SessionState::Failed)
                .then(|| activities.iter().rev().find_map(failure_reason))
                .flatten(),
            url: info.url.clone(),
            duration_ms: match (info.create_time, end) {
                (Some(start), Some(end)) => end.millis_since(start),
                _ => 0,
            },
            attempts: 1,
            session_ids: vec![info.id.clone()],
            latest_change_set: match info.outputs.iter().any(|output| output.change_set().is_some()) {
                true => None,
                false => activities.iter().rev().find_map(latest_change_set),
            },
        }
    }

    /// The same as the outcome of so many sessions, the last of which it is.
    pub(crate) fn after(self, attempts: u32, session_ids: Vec<String>) -> Self {
        Self { attempts, session_ids, ..self }
    }

    /// This outcome, when the session has completed; else an error, for programs that want one.
    ///
    /// # Errors
    /// [`SessionEnded`](crate::ErrorKind::SessionEnded), with this outcome as [`Error::outcome`].
    ///
    /// ```no_run
    /// # async fn example(jules: jules::Jules) -> jules::Result<()> {
    /// let outcome = jules.run(jules::RunConfig::new("Add a changelog")).await?.completed()?;
    /// # Ok(()) }
    /// ```
    pub fn completed(self) -> Result<Self> {
        if self.state == SessionState::Completed {
            return Ok(self);
        }
        let error = not_completed(&self.session_id, self.state.as_str(), self.failure_reason.as_deref());
        Err(error.with(self))
    }

    /// The changes: those among the outputs, else the latest among the activities.
    pub fn change_set(&self) -> Option<&ChangeSet> {
        self.outputs.iter().find_map(SessionOutput::change_set).or(self.latest_change_set.as_ref())
    }

    /// The files that the changes create or touch: of a created file the whole content, of any other the added lines.
    pub fn generated_files(&self) -> GeneratedFiles {
        self.change_set().map(ChangeSet::generated_files).unwrap_or_default()
    }

    /// The files that the changes create or touch, with their full new content, made from the files that the directory
    /// has now; nothing is written. A directory that has the changes already does as well.
    ///
    /// # Errors
    /// As for [`ChangeSet::generated_files_in`].
    pub fn generated_files_in(&self, directory: impl AsRef<Path>) -> Result<GeneratedFiles> {
        self.change_set().map_or_else(|| Ok(GeneratedFiles::default()), |changes| changes.generated_files_in(directory))
    }
}

/// The error of a session that ended in another state than `Completed`, without its outcome.
pub(crate) fn not_completed(session_id: &str, state: &str, failure_reason: Option<&str>) -> Error {
    let reason = failure_reason.unwrap_or("the agent gave no reason");
    let message = format!("session {session_id} ended as {state}: {reason}");
    Error::new(ErrorKind::SessionEnded, message).with(EndReason::Ended).in_session(session_id)
}

fn one() -> u32 {
    1
}

pub(crate) fn failure_reason(activity: &Activity) -> Option<String> {
    match &activity.event {
        Event::SessionFailed { reason } if !reason.is_empty() => Some(reason.clone()),
        _ => None,
    }
}

fn latest_change_set(activity: &Activity) -> Option<ChangeSet> {
    activity.artifacts.iter().rev().find_map(|artifact| match artifact {
        Artifact::ChangeSet(changes) if !changes.git_patch.unidiff_patch.is_empty() => Some(changes.clone()),
        _ => None,
    })
}
