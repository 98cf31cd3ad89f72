//! How far the items of `all` have come.

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::type_hint_identifier;
use serde::Serialize;

use super::convert::to_python;
use super::outcome::Outcome;
use super::shared::{Shared, value_methods};
use crate::error::to_py_err;

/// A step of one item of `all`, as `on_progress` gets it.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Progress(Shared<jules::Progress>);
to_python!(jules::Progress => Progress);
value_methods!(Progress, key = |data| data.index, repr = ["index", "stage", "session_id", "finished"]);

impl Progress {
    pub(super) fn wrap<'py>(py: Python<'py>, data: Shared<jules::Progress>) -> PyResult<Bound<'py, Self>> {
        Bound::new(py, Self(data))
    }

    fn data(&self) -> &jules::Progress {
        self.0.get()
    }
}

#[pymethods]
impl Progress {
    /// Which item, from 0.
    #[getter]
    fn index(&self) -> usize {
        self.data().index
    }

    /// How far it has come: `"queued"`, `"started"` (its session is created), `"waiting"` (no session slot is free) or
    /// `"finished"`.
    #[getter]
    fn stage(&self) -> String {
        word(self.data(), "stage")
    }

    /// Its session's id, once there is one.
    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.data().session_id.as_deref()
    }

    /// How many items are finished, this one included.
    #[getter]
    fn finished(&self) -> usize {
        self.data().finished
    }
}

/// Where one item of `all` stood when an error ended it: an element of the error's `results`.
#[pyclass(frozen, module = "jules")]
pub(crate) struct ItemReport {
    report: Report,
    error: Option<Py<PyAny>>,
}
value_methods!(ItemReport, key = |data| data.0.index, repr = ["index", "status", "session_id"]);

/// Two reports are the same when they say the same.
#[derive(Serialize)]
#[serde(transparent)]
struct Report(jules::ItemReport);

impl PartialEq for Report {
    fn eq(&self, other: &Self) -> bool {
        serde_json::to_value(self).ok() == serde_json::to_value(other).ok()
    }
}

impl ItemReport {
    /// With what `map` raised for the item, if it did.
    pub(crate) fn new(py: Python<'_>, report: jules::ItemReport, raised: Option<Py<PyAny>>) -> Self {
        let error = match &report.status {
            jules::ItemStatus::Failed { error } => {
                raised.or_else(|| Some(to_py_err(py, error).into_value(py).into_any()))
            }
            _ => None,
        };
        Self { report: Report(report), error }
    }

    fn data(&self) -> &Report {
        &self.report
    }
}

#[pymethods]
impl ItemReport {
    /// Which item, from 0.
    #[getter]
    fn index(&self) -> usize {
        self.report.0.index
    }

    /// `"running"` (it goes on at the server), `"finished"` or `"failed"` (it could not be run).
    #[getter]
    fn status(&self) -> String {
        word(&self.report, "status")
    }

    /// Its session's id, if it was created: `client.session(id)` finds it.
    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.report.0.session_id.as_deref()
    }

    /// How it ended, if it is finished.
    #[getter]
    fn outcome<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, Outcome>>> {
        match &self.report.0.status {
            jules::ItemStatus::Finished { outcome } => {
                Outcome::wrap(py, Shared::new(jules::Outcome::clone(outcome))).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// Why it could not be run, if it failed.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Raised> {
        self.error.as_ref().map(|error| Raised(error.clone_ref(py)))
    }
}

/// An exception, for the stubs.
struct Raised(Py<PyAny>);

impl<'py> IntoPyObject<'py> for Raised {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("builtins", "BaseException");

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(self.0.into_bound(py))
    }
}

/// A field's word, as all languages have it.
fn word(data: &impl Serialize, field: &str) -> String {
    let word = serde_json::to_value(data).ok().and_then(|data| data.get(field)?.as_str().map(str::to_owned));
    word.unwrap_or_default()
}
