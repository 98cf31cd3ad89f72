//! What comes out of a session: pull requests and change sets.

use pyo3::PyClassInitializer;
use pyo3::prelude::*;

use super::artifact::ChangeSet;
use super::restore::restorable;
use super::shared::{Shared, match_args, shown_in_notebooks, value_methods};
use crate::convert::Json;

/// A pull request that a session made.
#[pyclass(frozen, module = "jules")]
pub(crate) struct PullRequest(Shared<jules::PullRequest>);
value_methods!(PullRequest, key = |data| data.url, repr = ["url", "title", "number"]);
restorable!(PullRequest, jules::PullRequest);
shown_in_notebooks!(PullRequest);
match_args!(PullRequest, "url", "title");

impl PullRequest {
    pub(super) fn wrap<'py>(py: Python<'py>, data: jules::PullRequest) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(Shared::new(data)))
    }

    fn data(&self) -> &jules::PullRequest {
        self.0.get()
    }
}

#[pymethods]
impl PullRequest {
    /// Its page.
    #[getter]
    fn url(&self) -> &str {
        &self.data().url
    }

    /// Its title.
    #[getter]
    fn title(&self) -> &str {
        &self.data().title
    }

    /// Its description.
    #[getter]
    fn description(&self) -> &str {
        &self.data().description
    }

    /// The branch it would be merged into.
    #[getter]
    fn base_ref(&self) -> Option<&str> {
        self.data().base_ref.as_deref()
    }

    /// The branch it comes from.
    #[getter]
    fn head_ref(&self) -> Option<&str> {
        self.data().head_ref.as_deref()
    }

    /// Its number, taken from the URL.
    #[getter]
    fn number(&self) -> Option<u64> {
        self.data().number
    }
}

/// One thing that came out of a session: a `PullRequestOutput`, a `ChangeSetOutput` or an `UnknownOutput`.
#[pyclass(frozen, subclass, module = "jules")]
pub(crate) struct SessionOutput(Shared<jules::SessionOutput>);
value_methods!(SessionOutput, key = |data| data.pull_request().map(|made| &made.url), repr = ["type"]);
restorable!(SessionOutput, jules::SessionOutput, |py, data| SessionOutput::wrap(py, data));

impl SessionOutput {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::SessionOutput>) -> PyResult<Bound<'py, Self>> {
        let whole = data.clone();
        let base = PyClassInitializer::from(Self(data));
        Ok(match whole.get() {
            jules::SessionOutput::PullRequest { .. } => {
                Bound::new(py, base.add_subclass(PullRequestOutput))?.into_super()
            }
            jules::SessionOutput::ChangeSet { .. } => Bound::new(py, base.add_subclass(ChangeSetOutput))?.into_super(),
            _ => Bound::new(py, base.add_subclass(UnknownOutput))?.into_super(),
        })
    }

    fn data(&self) -> &jules::SessionOutput {
        self.0.get()
    }
}

#[pymethods]
impl SessionOutput {
    /// The type's name: `"pullRequest"`, `"changeSet"` or `"unknown"`.
    #[getter]
    fn r#type(&self) -> &'static str {
        match self.data() {
            jules::SessionOutput::PullRequest { .. } => "pullRequest",
            jules::SessionOutput::ChangeSet { .. } => "changeSet",
            _ => "unknown",
        }
    }
}

/// A pull request among the outputs.
#[pyclass(frozen, extends = SessionOutput, module = "jules")]
pub(crate) struct PullRequestOutput;
match_args!(PullRequestOutput, "pull_request");

#[pymethods]
impl PullRequestOutput {
    /// The pull request.
    #[getter]
    fn pull_request<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PullRequest>> {
        let made = slf.as_super().get().data().pull_request().cloned();
        PullRequest::wrap(slf.py(), made.unwrap_or_default())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        crate::convert::repr(slf.as_any(), &["pull_request"])
    }
}

/// Changes that are not in a pull request.
#[pyclass(frozen, extends = SessionOutput, module = "jules")]
pub(crate) struct ChangeSetOutput;
match_args!(ChangeSetOutput, "change_set");

#[pymethods]
impl ChangeSetOutput {
    /// The changes.
    #[getter]
    fn change_set<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, ChangeSet>> {
        let changes = slf.as_super().get().data().change_set().cloned();
        ChangeSet::alone(slf.py(), changes.unwrap_or_default())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        crate::convert::repr(slf.as_any(), &["change_set"])
    }
}

/// An output of a kind that this version does not know.
#[pyclass(frozen, extends = SessionOutput, module = "jules")]
pub(crate) struct UnknownOutput;
match_args!(UnknownOutput, "raw");

#[pymethods]
impl UnknownOutput {
    /// The output as the server sent it.
    #[getter]
    fn raw<'a>(slf: &'a Bound<'_, Self>) -> Json<'a, serde_json::Value> {
        match slf.as_super().get().data() {
            jules::SessionOutput::Unknown { raw } => Json(raw),
            _ => Json(&serde_json::Value::Null),
        }
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        crate::convert::repr(slf.as_any(), &["raw"])
    }
}
