//! A session at one moment, with what can be derived from its activities.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jules::SnapshotFields;
use pyo3::prelude::*;

use super::activity::Activity;
use super::artifact::ChangeSet;
use super::files::GeneratedFiles;
use super::output::PullRequest;
use super::restore::restorable;
use super::shared::{Shared, match_args, shown_in_notebooks, to_python, value_methods};
use crate::convert::{Dict, State, Time, Tuple};
use crate::error::to_py_err;

/// A session at one moment, whole: `session.snapshot()` takes it.
///
/// ```python
/// snapshot = await session.snapshot()
/// print(snapshot.insights.failed_commands)
/// print(snapshot.to_markdown())
/// ```
#[pyclass(frozen, module = "jules")]
pub(crate) struct Snapshot(Shared<jules::Snapshot>);
to_python!(jules::Snapshot => Snapshot);
value_methods!(Snapshot, key = |data| data.id, repr = ["id", "state", "title", "pr", "activities", "insights"]);
match_args!(Snapshot, "state");
restorable!(Snapshot, jules::Snapshot, |py, data| Snapshot::wrap(py, data));
shown_in_notebooks!(Snapshot);

impl Snapshot {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::Snapshot>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::Snapshot {
        self.0.get()
    }
}

#[pymethods]
impl Snapshot {
    /// The session's id.
    #[getter]
    fn id(&self) -> &str {
        &self.data().id
    }

    /// Where it is in its life.
    #[getter]
    fn state(&self) -> State<'_> {
        State(&self.data().state)
    }

    /// Its page in the web app; may be empty.
    #[getter]
    fn url(&self) -> &str {
        &self.data().url
    }

    /// When it was created, in UTC by the server's clock.
    #[getter]
    fn created_at(&self) -> Option<Time> {
        self.data().created_at.map(Time)
    }

    /// When it last changed, in UTC by the server's clock.
    #[getter]
    fn updated_at(&self) -> Option<Time> {
        self.data().updated_at.map(Time)
    }

    /// Milliseconds from its creation to its end; while it runs, to its last known activity.
    #[getter]
    fn duration_ms(&self) -> u64 {
        self.data().duration_ms
    }

    /// The prompt.
    #[getter]
    fn prompt(&self) -> &str {
        &self.data().prompt
    }

    /// Its title.
    #[getter]
    fn title(&self) -> &str {
        &self.data().title
    }

    /// The pull request, when it made one.
    #[getter]
    fn pr<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PullRequest>>> {
        self.data().pr.clone().map(|made| PullRequest::wrap(py, made)).transpose()
    }

    /// Its activities, in order.
    #[getter]
    fn activities<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, Activity>> {
        self.0
            .each(|snapshot| snapshot.activities.as_slice())
            .map(|activity| Activity::wrap(py, activity))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }

    /// How many activities there are of each type; types that don't occur are absent.
    #[getter]
    fn activity_counts(&self) -> BTreeMap<String, u64> {
        self.data().activity_counts.clone()
    }

    /// What happened, a line an activity.
    #[getter]
    fn timeline<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, TimelineEntry>> {
        self.0
            .each(|snapshot| snapshot.timeline.as_slice())
            .map(|entry| Bound::new(py, TimelineEntry(entry)))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }

    /// What stands out.
    #[getter]
    fn insights<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, Insights>> {
        Bound::new(py, Insights(Shared::new(self.data().insights.clone())))
    }

    /// The files that its changes create or touch.
    #[getter]
    fn generated_files(&self) -> GeneratedFiles {
        GeneratedFiles::new(self.data().generated_files.clone())
    }

    /// `generated_files` with each file's full new content, made from the files that a checkout has now; nothing is written.
    ///
    /// Raises `PatchError` when the directory's files are not those that the changes were made for.
    fn generated_files_in(&self, py: Python<'_>, directory: PathBuf) -> PyResult<GeneratedFiles> {
        GeneratedFiles::made(py, || self.data().generated_files_in(directory))
    }

    /// The changes: those among the session's outputs, else the latest among its activities.
    fn change_set<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, ChangeSet>>> {
        self.data().change_set().map(|changes| ChangeSet::alone(py, changes.clone())).transpose()
    }

    /// The snapshot as plain data, or some of its fields.
    ///
    /// ```python
    /// brief = snapshot.to_json(exclude=["activities", "generated_files"])
    /// ```
    ///
    /// Args:
    ///     include: Only these fields, in camelCase or snake_case. Default: all.
    ///     exclude: All but these fields. Default: none are left out.
    ///
    /// Raises:
    ///     QueryError: A name is not one of a field.
    #[pyo3(signature = (*, include = None, exclude = None))]
    fn to_json<'py>(
        &self,
        py: Python<'py>,
        include: Option<Vec<String>>,
        exclude: Option<Vec<String>>,
    ) -> PyResult<Dict<'py>> {
        let mut fields = SnapshotFields::default();
        fields.include = include;
        fields.exclude = exclude.unwrap_or_default();
        Dict::of(py, &self.data().to_json(&fields).map_err(|error| to_py_err(py, &error))?)
    }

    /// The snapshot as a Markdown page: what was asked, the plan, the messages, the commands, the files, and a line for
    /// each activity. Long outputs are shortened.
    fn to_markdown(&self) -> String {
        self.data().to_markdown()
    }
}

/// One line of a snapshot's timeline.
#[pyclass(frozen, module = "jules")]
pub(crate) struct TimelineEntry(Shared<jules::TimelineEntry>);
value_methods!(TimelineEntry, key = |data| (&data.kind, &data.summary), repr = ["time", "type", "summary"]);
restorable!(TimelineEntry, jules::TimelineEntry);
match_args!(TimelineEntry, "type", "summary");

impl TimelineEntry {
    fn data(&self) -> &jules::TimelineEntry {
        self.0.get()
    }
}

#[pymethods]
impl TimelineEntry {
    /// When it happened, in UTC by the server's clock.
    #[getter]
    fn time(&self) -> Option<Time> {
        self.data().time.map(Time)
    }

    /// The activity's type, such as `"agentMessaged"`.
    #[getter]
    fn r#type(&self) -> &str {
        &self.data().kind
    }

    /// What happened, in a line.
    #[getter]
    fn summary(&self) -> &str {
        &self.data().summary
    }
}

/// What stands out in a snapshot.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Insights(Shared<jules::Insights>);
value_methods!(
    Insights,
    key = |data| data.completion_attempts,
    repr = ["completion_attempts", "plan_regenerations", "user_interventions", "failed_commands"]
);

restorable!(Insights, jules::Insights);

impl Insights {
    fn data(&self) -> &jules::Insights {
        self.0.get()
    }
}

#[pymethods]
impl Insights {
    /// How often the agent said that it was done; more than once when a message woke the session.
    #[getter]
    fn completion_attempts(&self) -> u64 {
        self.data().completion_attempts
    }

    /// How often the agent made a new plan after its first one.
    #[getter]
    fn plan_regenerations(&self) -> u64 {
        self.data().plan_regenerations
    }

    /// How many messages the user wrote.
    #[getter]
    fn user_interventions(&self) -> u64 {
        self.data().user_interventions
    }

    /// The commands that exited with another code than 0, in order.
    #[getter]
    fn failed_commands<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, FailedCommand>> {
        self.0
            .each(|insights| insights.failed_commands.as_slice())
            .map(|command| Bound::new(py, FailedCommand(command)))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }
}

/// A command that failed.
#[pyclass(frozen, module = "jules")]
pub(crate) struct FailedCommand(Shared<jules::FailedCommand>);
value_methods!(FailedCommand, key = |data| data.command, repr = ["command", "exit_code", "output", "activity_id"]);
restorable!(FailedCommand, jules::FailedCommand);
match_args!(FailedCommand, "command", "output", "exit_code");

impl FailedCommand {
    fn data(&self) -> &jules::FailedCommand {
        self.0.get()
    }
}

#[pymethods]
impl FailedCommand {
    /// The activity that it belongs to.
    #[getter]
    fn activity_id(&self) -> &str {
        &self.data().activity_id
    }

    /// When that was, in UTC by the server's clock.
    #[getter]
    fn time(&self) -> Option<Time> {
        self.data().time.map(Time)
    }

    /// The command line.
    #[getter]
    fn command(&self) -> &str {
        &self.data().command
    }

    /// What it wrote to stdout and stderr.
    #[getter]
    fn output(&self) -> &str {
        &self.data().output
    }

    /// How it exited; never 0.
    #[getter]
    fn exit_code(&self) -> i32 {
        self.data().exit_code
    }
}
