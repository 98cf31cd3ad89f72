//! A task as it was when it was read. Its session is opened by whoever holds it: in this process, in this form.

use std::sync::Arc;

use jules::{TaskState, Timestamp};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;
use serde::Deserialize;
use serde_json::Value;

use crate::connection::Connection;
use crate::convert::{Dict, TaskWord, Time, ToPython, shape};
use crate::error::{config, restored, to_py_err};
#[cfg(feature = "stubs")]
use crate::hints::*;
use crate::session::Session;
use crate::values::{Outcome, Plain, Plan, Shared, value_methods};

/// The form in which Python gets tasks: whose they are, and their class, `jules.AsyncTask` or `jules.Task`.
pub(crate) struct Form {
    pub(crate) client: Arc<Connection>,
    pub(crate) class: Py<PyAny>,
}

/// What a task is without the process that read it.
pub(crate) struct TaskData {
    known: Known,
    outcome: Option<Shared<jules::Outcome>>,
    plan: Option<Shared<jules::Plan>>,
    shape: Value,
}

/// What is more than JSON.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    key: String,
    state: TaskState,
    not_before: Option<Timestamp>,
    create_time: Timestamp,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    session_id: Option<String>,
}

/// What it came to, if it did.
#[derive(Deserialize)]
struct Made {
    outcome: Option<jules::Outcome>,
    plan: Option<jules::Plan>,
}

impl From<jules::Task> for TaskData {
    fn from(task: jules::Task) -> Self {
        let shape = shape(&task);
        let known = Known {
            key: task.key,
            state: task.state,
            not_before: task.not_before,
            create_time: task.create_time,
            start_time: task.start_time,
            end_time: task.end_time,
            session_id: task.session_id,
        };
        Self { known, shape, outcome: task.outcome.map(Shared::new), plan: task.plan.map(Shared::new) }
    }
}

/// A task on its way to Python.
pub(crate) struct TaskIn {
    pub(crate) data: Box<TaskData>,
    pub(crate) form: Arc<Form>,
}

impl ToPython for TaskIn {
    // Python's half knows which of the two classes it is.
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = type_hint_identifier!("typing", "Any");

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let base = BaseTask { data: Arc::from(self.data), client: Some(Arc::clone(&self.form.client)) };
        self.form.class.call1(py, (Bound::new(py, base)?,))
    }
}

/// What `jules.AsyncTask` and `jules.Task` have in common.
#[pyclass(frozen, subclass, module = "jules._native")]
pub(crate) struct BaseTask {
    data: Arc<TaskData>,
    /// None where it was read from plain data.
    client: Option<Arc<Connection>>,
}
value_methods!(
    BaseTask,
    key = |data| data["key"].as_str(),
    repr = ["key", "queue", "state", "session_id", "attempts", "outcome", "error", "plan", "question"]
);

impl BaseTask {
    fn data(&self) -> &Value {
        &self.data.shape
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.data.shape[name].as_str()
    }

    /// The same task, whose session this client opens.
    pub(crate) fn of(&self, client: &Arc<Connection>) -> Self {
        Self { data: Arc::clone(&self.data), client: Some(Arc::clone(client)) }
    }
}

#[pymethods]
impl BaseTask {
    /// The same task in this form.
    #[new]
    #[pyo3(signature = (of, /))]
    fn new(of: PyRef<'_, Self>) -> Self {
        Self { data: Arc::clone(&of.data), client: of.client.clone() }
    }

    /// Its name.
    #[getter]
    fn key(&self) -> &str {
        self.text("key").unwrap_or_default()
    }

    /// The queue that it is in.
    #[getter]
    fn queue(&self) -> &str {
        self.text("queue").unwrap_or_default()
    }

    /// Where it is.
    #[getter]
    fn state(&self) -> TaskWord<'_> {
        TaskWord(&self.data.known.state)
    }

    /// The latest session that was made for it.
    #[getter]
    fn session_id(&self) -> Option<&str> {
        self.text("sessionId")
    }

    /// How many sessions were made for it.
    #[getter]
    fn attempts(&self) -> u64 {
        self.data.shape["attempts"].as_u64().unwrap_or_default()
    }

    /// Higher ones go first.
    #[getter]
    fn priority(&self) -> i64 {
        self.data.shape["priority"].as_i64().unwrap_or_default()
    }

    /// It isn't started earlier, in UTC.
    #[getter]
    fn not_before(&self) -> Option<Time> {
        self.data.known.not_before.map(Time)
    }

    /// When it was added, in UTC by the cache's clock.
    #[getter]
    fn create_time(&self) -> Time {
        Time(self.data.known.create_time)
    }

    /// When a worker first began with it, in UTC by the cache's clock.
    #[getter]
    fn start_time(&self) -> Option<Time> {
        self.data.known.start_time.map(Time)
    }

    /// When it was finished, in UTC by the cache's clock.
    #[getter]
    fn end_time(&self) -> Option<Time> {
        self.data.known.end_time.map(Time)
    }

    /// The worker that took it last: its process's number, and some letters.
    #[getter]
    fn worker(&self) -> Option<&str> {
        self.text("worker")
    }

    /// How its session ended; a failed session is an outcome too.
    #[getter]
    fn outcome<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, Outcome>>> {
        self.data.outcome.clone().map(|outcome| Outcome::wrap(py, outcome)).transpose()
    }

    /// Why it has no outcome: a `JulesError` of the class that its kind has, with the fields that were kept.
    #[getter]
    fn error(&self, py: Python<'_>) -> PyResult<Option<Kept>> {
        let kept = self.data.shape.get("error");
        kept.map(|fields| restored(py, fields).map(|error| Kept(error.unbind()))).transpose()
    }

    /// The plan that waits for an approval.
    #[getter]
    fn plan<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, Plan>>> {
        self.data.plan.clone().map(|plan| Plan::wrap(py, plan)).transpose()
    }

    /// What the agent asks.
    #[getter]
    fn question(&self) -> Option<&str> {
        self.text("question")
    }

    fn _session(&self, py: Python<'_>) -> PyResult<Session> {
        let Some(client) = &self.client else {
            return Err(config(py, "this task was read by from_dict() without a client=, which its session needs"));
        };
        let Known { key, session_id, .. } = &self.data.known;
        let session = jules::ffi::task_session(client.jules(py)?, key, session_id.as_deref());
        Ok(Session::new(Arc::clone(client), session.map_err(|error| to_py_err(py, &error))?))
    }

    #[staticmethod]
    fn _read(data: Plain<'_>) -> PyResult<Self> {
        let Made { outcome, plan } = data.read("Task")?;
        let (known, shape) = (data.read("Task")?, data.read("Task")?);
        let data = TaskData { known, shape, outcome: outcome.map(Shared::new), plan: plan.map(Shared::new) };
        Ok(Self { data: Arc::new(data), client: None })
    }

    #[pyo3(signature = () -> "tuple[object, ...]")]
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Dict<'py>,))> {
        let read = slf.get_type().getattr(intern!(slf.py(), "from_dict"))?;
        Ok((read, (Dict::of(slf.py(), &slf.get().data.shape)?,)))
    }

    /// For pydantic and FastAPI: it validates the value or its dict, and writes that dict.
    #[classmethod]
    #[pyo3(signature = (source: "object", handler: "object", /) -> "object")]
    fn __get_pydantic_core_schema__<'py>(
        class: &Bound<'py, PyType>,
        source: &Bound<'py, PyAny>,
        handler: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _ = (source, handler);
        let module = class.py().import(intern!(class.py(), "jules._pydantic"))?;
        module.call_method1(intern!(class.py(), "schema"), (class,))
    }
}

/// An error of the package, for the stubs.
pub(crate) struct Kept(Py<PyAny>);

impl<'py> IntoPyObject<'py> for Kept {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("jules._errors", "JulesError");

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(self.0.into_bound(py))
    }
}
