//! How far the items of `all` have come.

use jules::{ItemStatus, Stage};
use pyo3::intern;
use pyo3::prelude::*;
use serde_json::Value;

use super::outcome::Outcome;
use super::restore::{Plain, restorable};
use super::shared::{Shared, to_python, value_methods};
use crate::convert::{Dict, shape};
use crate::error::to_py_err;
#[cfg(feature = "stubs")]
use crate::hints::*;

/// A step of one item of `all`, as `on_progress` gets it.
#[pyclass(frozen, module = "jules")]
pub(crate) struct Progress(Shared<jules::Progress>);
to_python!(jules::Progress => Progress);
value_methods!(Progress, key = |data| data.index, repr = ["index", "stage", "session_id", "finished"]);
restorable!(Progress, jules::Progress);

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

    /// Its progress: `"queued"`, `"started"` (its session is created), `"waiting"` (no session slot is free) or
    /// `"finished"`.
    #[getter]
    fn stage(&self) -> &'static str {
        match self.data().stage {
            Stage::Queued => "queued",
            Stage::Started => "started",
            Stage::Waiting => "waiting",
            _ => "finished",
        }
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
    shape: Value,
    outcome: Option<Py<Outcome>>,
    error: Option<Py<PyAny>>,
}
value_methods!(ItemReport, key = |data| data["index"].as_u64(), repr = ["index", "status", "session_id"]);

impl ItemReport {
    pub(crate) fn new(py: Python<'_>, report: &jules::ItemReport) -> PyResult<Self> {
        let (outcome, error) = match &report.status {
            ItemStatus::Finished { outcome } => {
                (Some(Outcome::wrap(py, Shared::new(jules::Outcome::clone(outcome)))?.unbind()), None)
            }
            ItemStatus::Failed { error } => (None, Some(to_py_err(py, error).into_value(py).into_any())),
            _ => (None, None),
        };
        Ok(Self { shape: shape(report), outcome, error })
    }

    fn data(&self) -> &Value {
        &self.shape
    }
}

#[pymethods]
impl ItemReport {
    /// Which item, from 0.
    #[getter]
    fn index(&self) -> u64 {
        self.shape["index"].as_u64().unwrap_or_default()
    }

    /// `"running"` (it keeps running on the server), `"finished"` or `"failed"` (it could not be run).
    #[getter]
    fn status(&self) -> &str {
        self.shape["status"].as_str().unwrap_or_default()
    }

    /// Its session's id, if it was created: `client.session(id)` finds it.
    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.shape["sessionId"].as_str()
    }

    /// How it ended, if it is finished.
    #[getter]
    fn outcome<'py>(&self, py: Python<'py>) -> Option<Bound<'py, Outcome>> {
        self.outcome.as_ref().map(|outcome| outcome.bind(py).clone())
    }

    /// Why it could not be run, if it failed.
    #[getter]
    fn error(&self, py: Python<'_>) -> Option<Raised> {
        self.error.as_ref().map(|error| Raised(error.clone_ref(py)))
    }

    #[staticmethod]
    #[pyo3(signature = (shape, outcome, error: "BaseException | None"))]
    fn _restore(shape: Plain<'_>, outcome: Option<Py<Outcome>>, error: Option<Py<PyAny>>) -> PyResult<Self> {
        Ok(Self { shape: shape.read("ItemReport")?, outcome, error })
    }

    #[pyo3(signature = () -> "tuple[object, ...]")]
    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Parts<'py>)> {
        let restore = py.get_type::<Self>().getattr(intern!(py, "_restore"))?;
        let error = self.error.as_ref().map(|error| error.bind(py).clone());
        Ok((restore, (Dict::of(py, &self.shape)?, self.outcome(py), error)))
    }
}

type Parts<'py> = (Dict<'py>, Option<Bound<'py, Outcome>>, Option<Bound<'py, PyAny>>);

/// An exception, for the stubs.
struct Raised(Py<PyAny>);

impl<'py> IntoPyObject<'py> for Raised {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("builtins", "BaseException");

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(self.0.into_bound(py))
    }
}
