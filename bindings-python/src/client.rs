//! The client: where sessions, runs and lists come from.

use std::sync::Arc;

use jules::ClientOptions;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::batch::Batch;
use crate::call::Pending;
use crate::connection::Connection;
use crate::convert::Tuple;
use crate::environment;
use crate::error::to_py_err;
use crate::keywords;
use crate::options;
use crate::process::Process;
use crate::queue::Queue;
use crate::run::Run;
use crate::session::{Opened, Session};
use crate::stream::{Feed, Stream};
use crate::sync::Sync;
use crate::task::{BaseTask, Form};
use crate::values::{Metrics, RequestInfo, Rows};

/// The native half of `jules.AsyncJules` and `jules.Jules`.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Client(Arc<Connection>);

#[pymethods]
impl Client {
    #[new]
    #[pyo3(signature = (options: "dict[str, object]"))]
    fn new(py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut defaults = ClientOptions::default();
        jules::ffi::set_environment(&mut defaults, environment::of_python(py)?);
        Self::with(py, defaults, options)
    }

    /// A client with these options changed.
    #[pyo3(signature = (changes: "dict[str, object]"))]
    fn with_options(&self, py: Python<'_>, changes: &Bound<'_, PyDict>) -> PyResult<Self> {
        Self::with(py, self.0.options().clone(), changes)
    }

    /// What this client uses: what was given, and the environment and the defaults for the rest.
    #[pyo3(signature = () -> "dict[str, object]")]
    fn effective_options<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        options::effective(py, self.0.options())
    }

    /// Starts a session and everything that leads to its outcome.
    #[pyo3(signature = (config: "dict[str, object]"))]
    fn run(&self, py: Python<'_>, config: &Bound<'_, PyDict>) -> PyResult<Run> {
        let config = keywords::run_config(config)?;
        let _runtime = Process::current()?.runtime.enter();
        Ok(Run::new(Arc::clone(&self.0), self.0.jules(py)?.run(config)))
    }

    /// Many sessions, a few at a time; nothing starts yet. Sessions become instances of this class.
    #[pyo3(signature = (options: "dict[str, object]", reports, session_class: "type"))]
    fn all(
        &self,
        py: Python<'_>,
        options: &Bound<'_, PyDict>,
        reports: bool,
        session_class: Py<PyAny>,
    ) -> PyResult<Batch> {
        let form = Form { client: Arc::clone(&self.0), class: session_class };
        Batch::new(py, keywords::all(options)?, reports, form)
    }

    /// The same task, whose session this client opens. No request.
    fn own(&self, task: PyRef<'_, BaseTask>) -> BaseTask {
        task.of(&self.0)
    }

    /// A queue; its tasks become instances of this class. No request.
    #[pyo3(signature = (name, options: "dict[str, object]", task_class: "type"))]
    fn queue(
        &self,
        py: Python<'_>,
        name: String,
        options: &Bound<'_, PyDict>,
        task_class: Py<PyAny>,
    ) -> PyResult<Queue> {
        Queue::open(py, &self.0, name, keywords::queue(options)?, task_class)
    }

    /// Creates a session.
    #[pyo3(signature = (config: "dict[str, object]", timeout))]
    fn create_session(
        &self,
        py: Python<'_>,
        config: &Bound<'_, PyDict>,
        timeout: Option<f64>,
    ) -> PyResult<Pending<Opened>> {
        let config = keywords::run_config(config)?;
        let client = Arc::clone(&self.0);
        let timeout = options::timeout(py, timeout)?;
        let pending = self.0.jules(py)?.create_session(config).timeout_opt(timeout);
        Ok(Pending::new(async move { pending.await.map(|session| Opened { client, session }) }))
    }

    /// A session that exists. No request.
    fn session(&self, py: Python<'_>, id: &str) -> PyResult<Session> {
        let session = self.0.jules(py)?.session(id).map_err(|error| to_py_err(py, &error))?;
        Ok(Session::new(Arc::clone(&self.0), session))
    }

    /// One source.
    #[pyo3(signature = (github, timeout))]
    fn source(&self, py: Python<'_>, github: &str, timeout: Option<f64>) -> PyResult<Pending<jules::Source>> {
        let timeout = options::timeout(py, timeout)?;
        Ok(Pending::new(self.0.jules(py)?.source(github).timeout_opt(timeout).into_future()))
    }

    /// All sources.
    #[pyo3(signature = (options: "dict[str, object]"))]
    fn sources(&self, py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Stream> {
        let list = self.0.jules(py)?.sources(keywords::sources(options)?);
        Ok(Stream::new(Feed::Sources(list)))
    }

    /// The first page of sources.
    #[pyo3(signature = (wanted: "dict[str, object]", timeout))]
    fn sources_page(
        &self,
        py: Python<'_>,
        wanted: &Bound<'_, PyDict>,
        timeout: Option<f64>,
    ) -> PyResult<Pending<jules::Page<jules::Source>>> {
        let list = self.0.jules(py)?.sources(keywords::sources(wanted)?);
        Ok(Pending::new(list.page().timeout_opt(options::timeout(py, timeout)?).into_future()))
    }

    /// All sessions, newest first.
    #[pyo3(signature = (options: "dict[str, object]"))]
    fn sessions(&self, py: Python<'_>, options: &Bound<'_, PyDict>) -> PyResult<Stream> {
        let list = self.0.jules(py)?.sessions(keywords::sessions(options)?);
        Ok(Stream::new(Feed::Sessions(list)))
    }

    /// One page of sessions.
    #[pyo3(signature = (wanted: "dict[str, object]", timeout))]
    fn sessions_page(
        &self,
        py: Python<'_>,
        wanted: &Bound<'_, PyDict>,
        timeout: Option<f64>,
    ) -> PyResult<Pending<jules::Page<jules::SessionInfo>>> {
        let list = self.0.jules(py)?.sessions(keywords::sessions(wanted)?);
        Ok(Pending::new(list.page().timeout_opt(options::timeout(py, timeout)?).into_future()))
    }

    /// The rows of the local cache that a query, written as JSON, asks for.
    #[pyo3(signature = (query, timeout))]
    fn select(&self, py: Python<'_>, query: &str, timeout: Option<f64>) -> PyResult<Pending<Rows>> {
        let query = options::query(query, jules::Query::from_json).map_err(|error| to_py_err(py, &error))?;
        let rows = self.0.jules(py)?.select(query).timeout_opt(options::timeout(py, timeout)?);
        Ok(Pending::new(async move { rows.await.map(Rows) }))
    }

    /// Starts to bring the cache up to date.
    #[pyo3(signature = (wanted: "dict[str, object]", reports, timeout))]
    fn sync(&self, py: Python<'_>, wanted: &Bound<'_, PyDict>, reports: bool, timeout: Option<f64>) -> PyResult<Sync> {
        Sync::start(self.0.jules(py)?, keywords::sync(wanted)?, reports, options::timeout(py, timeout)?)
    }

    /// What the local cache holds.
    #[pyo3(signature = (timeout))]
    fn cache_info(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<jules::CacheInfo>> {
        let timeout = options::timeout(py, timeout)?;
        Ok(Pending::new(self.0.jules(py)?.cache_info().timeout_opt(timeout).into_future()))
    }

    /// What the account uses of its plan.
    #[pyo3(signature = (timeout))]
    fn quota(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<jules::Quota>> {
        let timeout = options::timeout(py, timeout)?;
        Ok(Pending::new(self.0.jules(py)?.quota().timeout_opt(timeout).into_future()))
    }

    /// What was counted so far.
    fn metrics(&self, py: Python<'_>) -> PyResult<Metrics> {
        Ok(Metrics::new(self.0.jules(py)?.metrics()))
    }

    /// The latest requests.
    fn recent_requests<'py>(&self, py: Python<'py>) -> PyResult<Tuple<'py, RequestInfo>> {
        RequestInfo::all(py, self.0.jules(py)?.recent_requests())
    }

    /// Stops everything that is under way.
    fn close(&self) -> Pending<()> {
        let jules = self.0.peek().cloned();
        Pending::new(async move {
            if let Some(jules) = jules {
                jules.close().await;
            }
            Ok(())
        })
    }

    fn __repr__(&self) -> String {
        let of = self.0.peek().map(|jules| format!("base_url='{}'", jules.base_url()));
        format!("({})", of.unwrap_or_default())
    }
}

impl Client {
    fn with(py: Python<'_>, mut options: ClientOptions, changes: &Bound<'_, PyDict>) -> PyResult<Self> {
        options::change(&mut options, changes)?;
        Ok(Self(Arc::new(Connection::open(py, options)?)))
    }
}
