//! A session: its operations, each as a call that is not yet made.

use std::sync::Arc;

use jules::SessionState;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::call::Pending;
use crate::connection::Connection;
use crate::convert::ToPython;
use crate::error::to_py_err;
#[cfg(feature = "stubs")]
use crate::hints::*;
use crate::keywords;
use crate::local::PerProcess;
use crate::options;
use crate::process::Process;
use crate::stream::{Feed, Stream};
use crate::values::Rows;

/// The native half of `jules.AsyncSession` and `jules.Session`.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Session {
    client: Arc<Connection>,
    id: String,
    here: PerProcess<jules::Session>,
}

/// A session that core opened, on its way to Python.
pub(crate) struct Opened {
    pub(crate) client: Arc<Connection>,
    pub(crate) session: jules::Session,
}

impl ToPython for Opened {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = Session::TYPE_HINT;

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, Session::new(self.client, self.session))?.into_any())
    }
}

/// The answer to `ask`: core promises that it is an agent's message.
pub(crate) struct Reply(jules::Activity);

impl ToPython for Reply {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = crate::values::AgentMessaged::TYPE_HINT;

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.0.to_python(py)
    }
}

impl Session {
    pub(crate) fn new(client: Arc<Connection>, session: jules::Session) -> Self {
        Self { client, id: session.id().to_owned(), here: PerProcess::with(session) }
    }

    fn session(&self, py: Python<'_>) -> PyResult<&jules::Session> {
        self.here.get_or_try_make(|| self.client.jules(py)?.session(&self.id).map_err(|error| to_py_err(py, &error)))
    }

    /// A call of this session, perhaps with a time limit in seconds.
    fn call<T: ToPython>(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
        make: impl FnOnce(&jules::Session) -> jules::Pending<T>,
    ) -> PyResult<Pending<T>> {
        let timeout = options::timeout(py, timeout)?;
        Ok(Pending::new(make(self.session(py)?).timeout_opt(timeout).into_future()))
    }

    fn open(&self, py: Python<'_>, make: impl FnOnce(&jules::Session) -> jules::ActivityStream) -> PyResult<Stream> {
        let _runtime = Process::current()?.runtime.enter();
        Ok(Stream::new(Feed::Activities(make(self.session(py)?))))
    }
}

#[pymethods]
impl Session {
    #[getter]
    fn id(&self) -> &str {
        &self.id
    }

    #[pyo3(signature = (options: "dict[str, object]"))]
    fn stream(&self, py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Stream> {
        let options = keywords::stream(options)?;
        self.open(py, |session| session.stream(options))
    }

    #[pyo3(signature = (options: "dict[str, object]"))]
    fn history(&self, py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Stream> {
        let options = keywords::history(options)?;
        self.open(py, |session| session.history(options))
    }

    #[pyo3(signature = (options: "dict[str, object]"))]
    fn updates(&self, py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Stream> {
        let options = keywords::stream(options)?;
        self.open(py, |session| session.updates(options))
    }

    #[pyo3(signature = (states, timeout, stall_timeout))]
    fn wait_for(
        &self,
        py: Python<'_>,
        states: Vec<String>,
        timeout: Option<f64>,
        stall_timeout: Option<f64>,
    ) -> PyResult<Pending<jules::SessionInfo>> {
        let states: Vec<SessionState> = states
            .iter()
            .map(|state| state.parse())
            .collect::<Result<_, _>>()
            .map_err(|error| to_py_err(py, &error))?;
        let stall = options::stall_timeout(py, stall_timeout)?;
        self.call(py, timeout, |session| session.wait_for(states).stall_timeout_opt(stall))
    }

    // surface: acts Session
    #[pyo3(signature = (timeout))]
    fn approve(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<()>> {
        self.call(py, timeout, jules::Session::approve)
    }

    #[pyo3(signature = (text, timeout))]
    fn send(&self, py: Python<'_>, text: String, timeout: Option<f64>) -> PyResult<Pending<()>> {
        self.call(py, timeout, |session| session.send(text))
    }

    #[pyo3(signature = (timeout))]
    fn archive(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<()>> {
        self.call(py, timeout, jules::Session::archive)
    }

    #[pyo3(signature = (timeout))]
    fn stop(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<()>> {
        self.call(py, timeout, jules::Session::stop)
    }

    #[pyo3(signature = (timeout))]
    fn unarchive(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<()>> {
        self.call(py, timeout, jules::Session::unarchive)
    }

    #[pyo3(signature = (timeout))]
    fn delete(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<()>> {
        self.call(py, timeout, jules::Session::delete)
    }
    // surface: end

    #[pyo3(signature = (text, timeout))]
    fn ask(&self, py: Python<'_>, text: String, timeout: Option<f64>) -> PyResult<Pending<Reply>> {
        let timeout = options::timeout(py, timeout)?;
        let reply = self.session(py)?.ask(text).timeout_opt(timeout);
        Ok(Pending::new(async move { reply.await.map(Reply) }))
    }

    #[pyo3(signature = (cached, timeout))]
    fn info(&self, py: Python<'_>, cached: bool, timeout: Option<f64>) -> PyResult<Pending<jules::SessionInfo>> {
        self.call(py, timeout, if cached { jules::Session::cached_info } else { jules::Session::info })
    }

    #[pyo3(signature = (timeout))]
    fn cache_info(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<jules::SessionCacheInfo>> {
        self.call(py, timeout, jules::Session::cache_info)
    }

    #[pyo3(signature = (cached, timeout))]
    fn snapshot(&self, py: Python<'_>, cached: bool, timeout: Option<f64>) -> PyResult<Pending<jules::Snapshot>> {
        self.call(py, timeout, if cached { jules::Session::cached_snapshot } else { jules::Session::snapshot })
    }

    #[pyo3(signature = (timeout, stall_timeout))]
    fn result(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
        stall_timeout: Option<f64>,
    ) -> PyResult<Pending<jules::Outcome>> {
        let stall = options::stall_timeout(py, stall_timeout)?;
        self.call(py, timeout, |session| session.result().stall_timeout_opt(stall))
    }

    #[pyo3(signature = (options: "dict[str, object]", timeout))]
    fn list_activities(
        &self,
        py: Python<'_>,
        options: &Bound<'_, PyDict>,
        timeout: Option<f64>,
    ) -> PyResult<Pending<jules::Page<jules::Activity>>> {
        let options = keywords::activities(options)?;
        self.call(py, timeout, |session| session.activities().list(options))
    }

    #[pyo3(signature = (id, timeout))]
    fn get_activity(&self, py: Python<'_>, id: &str, timeout: Option<f64>) -> PyResult<Pending<jules::Activity>> {
        self.call(py, timeout, |session| session.activities().get(id))
    }

    /// The session's rows of the local cache that a query, written as JSON, asks for.
    #[pyo3(signature = (query, timeout))]
    fn select(&self, py: Python<'_>, query: &str, timeout: Option<f64>) -> PyResult<Pending<Rows>> {
        let query = options::query(query, jules::Query::activities_from_json).map_err(|error| to_py_err(py, &error))?;
        let rows = self.session(py)?.activities().select(query).timeout_opt(options::timeout(py, timeout)?);
        Ok(Pending::new(async move { rows.await.map(Rows) }))
    }

    #[pyo3(signature = (timeout))]
    fn hydrate(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<u64>> {
        self.call(py, timeout, |session| session.activities().hydrate())
    }
}
