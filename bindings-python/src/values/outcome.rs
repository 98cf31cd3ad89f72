//! How a session ended, and what it left.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::artifact::ChangeSet;
use super::files::GeneratedFiles;
use super::output::{PullRequest, SessionOutput};
use super::restore::restorable;
use super::shared::{Shared, match_args, shown_in_notebooks, to_python, value_methods};
use crate::convert::{State, Tuple, Words};

/// How a session ended. A failed session is an outcome too, not an error.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Outcome(Shared<jules::Outcome>);
to_python!(jules::Outcome => Outcome);
value_methods!(
    Outcome,
    key = |data| data.session_id,
    repr = ["session_id", "state", "title", "pull_request", "failure_reason"]
);
restorable!(Outcome, jules::Outcome, |py, data| Outcome::wrap(py, data), |data| jules::ffi::outcome_envelope(data));
shown_in_notebooks!(Outcome);
match_args!(Outcome, "state");

impl Outcome {
    pub(crate) fn wrap<'py>(py: Python<'py>, data: Shared<jules::Outcome>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::Outcome {
        self.0.get()
    }
}

#[pymethods]
impl Outcome {
    /// Which session.
    #[getter]
    fn session_id(&self) -> &str {
        &self.data().session_id
    }

    /// Its title.
    #[getter]
    fn title(&self) -> &str {
        &self.data().title
    }

    /// `SessionState.COMPLETED` or `SessionState.FAILED`.
    #[getter]
    fn state(&self) -> State<'_> {
        State(&self.data().state)
    }

    /// The pull request, when it made one.
    #[getter]
    fn pull_request<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PullRequest>>> {
        self.data().pull_request.clone().map(|made| PullRequest::wrap(py, made)).transpose()
    }

    /// All its outputs.
    #[getter]
    fn outputs<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, SessionOutput>> {
        self.0
            .each(|outcome| outcome.outputs.as_slice())
            .map(|output| SessionOutput::wrap(py, output))
            .collect::<PyResult<_>>()
            .map(Tuple)
    }

    /// Why it failed, when the agent said so.
    #[getter]
    fn failure_reason(&self) -> Option<&str> {
        self.data().failure_reason.as_deref()
    }

    /// The session's page in the web app; may be empty.
    #[getter]
    fn url(&self) -> &str {
        &self.data().url
    }

    /// Milliseconds from its creation to its end, by the server's clock.
    #[getter]
    fn duration_ms(&self) -> u64 {
        self.data().duration_ms
    }

    /// How many sessions it took: more than one where failed ones were started again (`retry_failed`).
    #[getter]
    fn attempts(&self) -> u32 {
        self.data().attempts
    }

    /// The ids of all of them in their order; the last is `session_id`.
    #[getter]
    fn session_ids(&self) -> Words<'_> {
        Words(&self.data().session_ids)
    }

    /// This outcome, if the session has completed; else an exception, for programs that want one.
    ///
    /// ```python
    /// outcome = (await client.run(prompt="Fix the flaky test", source="octocat/hello-world")).raise_for_state()
    /// ```
    ///
    /// Raises `SessionFailedError`, which carries this outcome.
    fn raise_for_state(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        match slf.get().data().state {
            jules::SessionState::Completed => Ok(slf),
            _ => Err(failed(&slf)),
        }
    }

    /// The changes: those among the outputs, else the latest among the activities.
    fn change_set<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, ChangeSet>>> {
        self.data().change_set().map(|changes| ChangeSet::alone(py, changes.clone())).transpose()
    }

    /// The files that the changes create or touch: of a created file the whole content, of any other the added lines.
    ///
    /// ```python
    /// for file in outcome.generated_files():
    ///     print(file.path, file.change_type)
    /// ```
    ///
    /// Args:
    ///     directory: A checkout: each file comes with its full new content, made from what is there; nothing is written.
    ///
    /// Raises:
    ///     PatchError: The directory's files are not those that the changes were made for.
    #[pyo3(signature = (*, directory = None))]
    fn generated_files(&self, py: Python<'_>, directory: Option<PathBuf>) -> PyResult<GeneratedFiles> {
        GeneratedFiles::made(py, || match directory {
            Some(directory) => self.data().generated_files_in(directory),
            None => Ok(self.data().generated_files()),
        })
    }
}

/// A session that did not complete, as the exception that carries its outcome.
fn failed(outcome: &Bound<'_, Outcome>) -> PyErr {
    static FAILED: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let data = outcome.get().data();
    let reason = data.failure_reason.as_deref();
    let message = jules::ffi::failure_text(&data.session_id, data.state.as_str(), reason);
    let failed = FAILED.import(outcome.py(), "jules._errors", "failed");
    failed.and_then(|failed| failed.call1((outcome, message))).map_or_else(|error| error, PyErr::from_value)
}
