//! A session as the server describes it.

use pyo3::prelude::*;

use super::activity::Activity;
use super::outcome::Outcome;
use super::output::{PullRequest, SessionOutput};
use super::plan::Plan;
use super::restore::restorable;
use super::shared::{Shared, match_args, shown_in_notebooks, to_python, value_methods};
use super::source::Source;
use crate::convert::{State, Time, Tuple, shape};

/// A session, with what is known of it.
#[pyclass(frozen, module = "jules")]
pub(crate) struct SessionInfo(Shared<jules::SessionInfo>);
to_python!(jules::SessionInfo => SessionInfo);
value_methods!(SessionInfo, key = |data| data.id, repr = ["id", "state", "title", "pull_request", "activities"]);
restorable!(SessionInfo, jules::SessionInfo, |py, data| SessionInfo::wrap(py, data), |data| whole(data));
shown_in_notebooks!(SessionInfo);
match_args!(SessionInfo, "state");

/// What is shown of a session, with what its outcome doesn't show.
fn whole(info: &jules::SessionInfo) -> serde_json::Value {
    let mut shape = shape(info);
    if let (Some(fields), Some(outcome)) = (shape.as_object_mut(), &info.outcome) {
        fields.insert("outcome".to_owned(), crate::convert::shape(&jules::ffi::outcome_envelope(outcome)));
    }
    shape
}

impl SessionInfo {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::SessionInfo>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::SessionInfo {
        self.0.get()
    }
}

#[pymethods]
impl SessionInfo {
    /// Unique among the account's sessions.
    #[getter]
    fn id(&self) -> &str {
        &self.data().id
    }

    /// The resource name, `sessions/<id>`.
    #[getter]
    fn name(&self) -> &str {
        &self.data().name
    }

    /// The title, given by the user or the server.
    #[getter]
    fn title(&self) -> &str {
        &self.data().title
    }

    /// The prompt.
    #[getter]
    fn prompt(&self) -> &str {
        &self.data().prompt
    }

    /// The session's state.
    #[getter]
    fn state(&self) -> State<'_> {
        State(&self.data().state)
    }

    /// What the server says its state is, where it differs from `state`: the activities say that the session ended long ago.
    #[getter]
    fn server_state(&self) -> Option<State<'_>> {
        self.data().server_state.as_ref().map(State)
    }

    /// The session's page in the web app; may be empty.
    #[getter]
    fn url(&self) -> &str {
        &self.data().url
    }

    /// When it was created, in UTC by the server's clock.
    #[getter]
    fn create_time(&self) -> Option<Time> {
        self.data().create_time.map(Time)
    }

    /// When it was created, in nanoseconds since 1970.
    #[getter]
    fn create_time_ns(&self) -> Option<i128> {
        self.data().create_time.map(jules::Timestamp::as_nanosecond)
    }

    /// When it last changed, in UTC by the server's clock.
    #[getter]
    fn update_time(&self) -> Option<Time> {
        self.data().update_time.map(Time)
    }

    /// When it last changed, in nanoseconds since 1970.
    #[getter]
    fn update_time_ns(&self) -> Option<i128> {
        self.data().update_time.map(jules::Timestamp::as_nanosecond)
    }

    /// Whether it is archived.
    #[getter]
    fn archived(&self) -> bool {
        self.data().archived
    }

    /// What it works on.
    #[getter]
    fn source_context<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, SourceContext>>> {
        let context = self.data().source_context.clone();
        context.map(|context| Bound::new(py, SourceContext(Shared::new(context)))).transpose()
    }

    /// The source itself, where the server sends it along.
    #[getter]
    fn source<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, Source>>> {
        self.data().source.clone().map(|source| Source::wrap(py, Shared::new(source))).transpose()
    }

    /// Whether plans wait for approval.
    #[getter]
    fn require_plan_approval(&self) -> Option<bool> {
        self.data().require_plan_approval
    }

    /// The server's word for what happens at the end, such as `AUTO_CREATE_PR`.
    #[getter]
    fn automation_mode(&self) -> Option<&str> {
        self.data().automation_mode.as_deref()
    }

    /// Its outputs so far.
    #[getter]
    fn outputs<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, SessionOutput>> {
        self.0
            .each(|info| info.outputs.as_slice())
            .map(|output| SessionOutput::wrap(py, output))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }

    /// The pull request among the outputs.
    #[getter]
    fn pull_request<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PullRequest>>> {
        self.data().pull_request.clone().map(|made| PullRequest::wrap(py, made)).transpose()
    }

    /// The latest plan among the activities.
    #[getter]
    fn plan<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, Plan>>> {
        self.data().plan.clone().map(|plan| Plan::wrap(py, Shared::new(plan))).transpose()
    }

    /// The activities that are known; none in listings.
    #[getter]
    fn activities<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, Activity>> {
        self.0
            .each(|info| info.activities.as_slice())
            .map(|activity| Activity::wrap(py, activity))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }

    /// How it ended, when it has.
    #[getter]
    fn outcome<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, Outcome>>> {
        self.data().outcome.clone().map(|outcome| Outcome::wrap(py, Shared::new(outcome))).transpose()
    }
}

/// What a session works on.
#[pyclass(frozen, module = "jules")]
pub(crate) struct SourceContext(Shared<jules::SourceContext>);
value_methods!(SourceContext, key = |data| data.source, repr = ["source", "starting_branch", "working_branch"]);
restorable!(SourceContext, jules::SourceContext);
match_args!(SourceContext, "source", "starting_branch");

impl SourceContext {
    fn data(&self) -> &jules::SourceContext {
        self.0.get()
    }
}

#[pymethods]
impl SourceContext {
    /// The source's name, `sources/github/owner/repo`.
    #[getter]
    fn source(&self) -> &str {
        &self.data().source
    }

    /// The branch that the work starts from.
    #[getter]
    fn starting_branch(&self) -> Option<&str> {
        self.data().starting_branch.as_deref()
    }

    /// The branch that the agent works on.
    #[getter]
    fn working_branch(&self) -> Option<&str> {
        self.data().working_branch.as_deref()
    }

    /// Whether the agent has the environment variables that are set up for the source; `None` where the server doesn't say.
    #[getter]
    fn environment_variables_enabled(&self) -> Option<bool> {
        self.data().environment_variables_enabled
    }
}
