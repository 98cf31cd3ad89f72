//! A task as it was when it was read. Its session is opened by whoever holds it: in this process, in this form.

use std::sync::Arc;

use jules::{TaskState, Timestamp};
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::type_hint_identifier;
use serde_json::Value;

use crate::connection::Connection;
use crate::convert::{TaskWord, Time, ToPython, shape};
use crate::error::{restored, to_py_err};
use crate::session::Session;
use crate::values::{Outcome, Plan, Shared, value_methods};

/// The form in which Python gets tasks: whose they are, and their class, `jules.AsyncTask` or `jules.Task`.
pub(crate) struct Form {
    pub(crate) client: Arc<Connection>,
    pub(crate) class: Py<PyAny>,
}

/// What a task is without the process that read it.
pub(crate) struct TaskData {
    state: TaskState,
    not_before: Option<Timestamp>,
    create_time: Timestamp,
    start_time: Option<Timestamp>,
    end_time: Option<Timestamp>,
    outcome: Option<Shared<jules::Outcome>>,
    plan: Option<Shared<jules::Plan>>,
    session: Result<String, jules::Error>,
    shape: Value,
}

impl From<jules::Task> for TaskData {
    fn from(task: jules::Task) -> Self {
        Self {
            state: task.state,
            not_before: task.not_before,
            create_time: task.create_time,
            start_time: task.start_time,
            end_time: task.end_time,
            session: task.session().map(|session| session.id().to_owned()),
            shape: shape(&task),
            outcome: task.outcome.map(Shared::new),
            plan: task.plan.map(Shared::new),
        }
    }
}

/// A task on its way to Python.
pub(crate) struct TaskIn {
    pub(crate) data: Box<TaskData>,
    pub(crate) form: Arc<Form>,
}

impl ToPython for TaskIn {
    // Python's half knows which of the two classes it is.
    const HINT: PyStaticExpr = type_hint_identifier!("typing", "Any");

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let base = BaseTask { data: Arc::from(self.data), client: Arc::clone(&self.form.client) };
        self.form.class.call1(py, (Bound::new(py, base)?,))
    }
}

/// What `jules.AsyncTask` and `jules.Task` have in common.
#[pyclass(frozen, subclass, module = "jules._native")]
pub(crate) struct BaseTask {
    data: Arc<TaskData>,
    client: Arc<Connection>,
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
}

#[pymethods]
impl BaseTask {
    /// The same task in this form.
    #[new]
    #[pyo3(signature = (of, /))]
    fn new(of: PyRef<'_, Self>) -> Self {
        Self { data: Arc::clone(&of.data), client: Arc::clone(&of.client) }
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
        TaskWord(&self.data.state)
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
        self.data.not_before.map(Time)
    }

    /// When it was added, in UTC by the store's clock.
    #[getter]
    fn create_time(&self) -> Time {
        Time(self.data.create_time)
    }

    /// When a worker first began with it, in UTC by the store's clock.
    #[getter]
    fn start_time(&self) -> Option<Time> {
        self.data.start_time.map(Time)
    }

    /// When it was finished, in UTC by the store's clock.
    #[getter]
    fn end_time(&self) -> Option<Time> {
        self.data.end_time.map(Time)
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
        let id = self.data.session.as_ref().map_err(|error| to_py_err(py, error))?;
        let session = self.client.jules(py)?.session(id).map_err(|error| to_py_err(py, &error))?;
        Ok(Session::new(Arc::clone(&self.client), session))
    }
}

/// An error of the package, for the stubs.
pub(crate) struct Kept(Py<PyAny>);

impl<'py> IntoPyObject<'py> for Kept {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    const OUTPUT_TYPE: PyStaticExpr = type_hint_identifier!("jules._errors", "JulesError");

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Ok(self.0.into_bound(py))
    }
}
