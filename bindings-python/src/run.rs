//! A run that was started. It belongs to the process that started it.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::call::Pending;
use crate::connection::Connection;
use crate::keywords;
use crate::local::Local;
use crate::options;
use crate::process::Process;
use crate::session::Opened;
use crate::stream::{Feed, Stream};

/// The native half of `jules.AsyncRun`.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Run {
    client: Arc<Connection>,
    run: Local<jules::Run>,
}

impl Run {
    pub(crate) fn new(client: Arc<Connection>, run: jules::Run) -> Self {
        Self { client, run: Local::new(run) }
    }
}

#[pymethods]
impl Run {
    /// The session, once it is created.
    #[pyo3(signature = (timeout))]
    fn session(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<Opened>> {
        let pending = self.run.here()?.session().timeout_opt(options::timeout(py, timeout)?);
        let client = Arc::clone(&self.client);
        Ok(Pending::new(async move { pending.await.map(|session| Opened { client, session }) }))
    }

    /// Its session's id, once that is created.
    #[getter]
    fn session_id(&self) -> PyResult<Option<String>> {
        Ok(self.run.here()?.session_id())
    }

    /// The session's activities.
    #[pyo3(signature = (options: "dict[str, object]"))]
    fn stream(&self, options: &Bound<'_, PyDict>) -> PyResult<Stream> {
        let options = keywords::stream(options)?;
        let run = self.run.here()?;
        let _runtime = Process::current()?.runtime.enter();
        Ok(Stream::new(Feed::Activities(run.stream(options))))
    }

    /// The outcome, once the session has ended.
    #[pyo3(signature = (timeout))]
    fn outcome(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<jules::Outcome>> {
        let timeout = options::timeout(py, timeout)?;
        Ok(Pending::new(self.run.here()?.outcome().timeout_opt(timeout).into_future()))
    }
}
