//! Queues: each operation as a call that is not yet made. A queue is its name: each process has core's own.

use std::sync::Arc;

use futures::StreamExt;
use jules::{Approve, QueueOptions, TaskConfig};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyMapping};

use crate::call::Pending;
use crate::connection::Connection;
use crate::convert::{self, ToPython};
use crate::error::to_py_err;
use crate::keywords;
use crate::options;
use crate::process::Process;
use crate::stream::{CHUNK, Convert, Feed, Stream};
use crate::task::{Form, TaskIn};
use crate::work::Work;

/// The native half of `jules.AsyncQueue` and `jules.Queue`.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Queue {
    form: Arc<Form>,
    name: String,
    options: QueueOptions,
}

impl Queue {
    pub(crate) fn open(
        py: Python<'_>,
        client: &Arc<Connection>,
        name: String,
        options: QueueOptions,
        class: Py<PyAny>,
    ) -> PyResult<Self> {
        let queue = Self { form: Arc::new(Form { client: Arc::clone(client), class }), name, options };
        queue.here(py)?;
        Ok(queue)
    }

    fn here(&self, py: Python<'_>) -> PyResult<jules::Queue> {
        self.form.client.jules(py)?.queue(&self.name, self.options).map_err(|error| to_py_err(py, &error))
    }

    /// A call that gives a task.
    fn task_of(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
        make: impl FnOnce(&jules::Queue) -> jules::Pending<jules::Task>,
    ) -> PyResult<Pending<TaskIn>> {
        let pending = make(&self.here(py)?).timeout_opt(options::timeout(py, timeout)?);
        let form = Arc::clone(&self.form);
        Ok(Pending::new(async move { Ok(TaskIn { data: Box::new(pending.await?.into()), form }) }))
    }

    fn call<T: ToPython>(
        &self,
        py: Python<'_>,
        timeout: Option<f64>,
        make: impl FnOnce(&jules::Queue) -> jules::Pending<T>,
    ) -> PyResult<Pending<T>> {
        let timeout = options::timeout(py, timeout)?;
        Ok(Pending::new(make(&self.here(py)?).timeout_opt(timeout).into_future()))
    }

    fn list(&self, py: Python<'_>, make: impl FnOnce(&jules::Queue) -> jules::TaskList) -> PyResult<Stream> {
        let (list, form) = (make(&self.here(py)?), Arc::clone(&self.form));
        let convert = move |task: jules::Task| -> Convert {
            let task = TaskIn { data: Box::new(task.into()), form: Arc::clone(&form) };
            Box::new(move |py| task.to_python(py))
        };
        let chunks = futures::stream::unfold((list, convert), |(mut list, convert)| async {
            let chunk = list.next_chunk(CHUNK).await?;
            Some((chunk.map(|tasks| tasks.into_iter().map(&convert).collect()), (list, convert)))
        });
        Ok(Stream::new(Feed::Other(chunks.boxed())))
    }
}

#[pymethods]
impl Queue {
    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    /// Adds a task.
    #[pyo3(signature = (config: "Mapping[str, object]", timeout))]
    fn add(&self, py: Python<'_>, config: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<Pending<TaskIn>> {
        let task = task(config)?;
        self.task_of(py, timeout, |queue| queue.add(task))
    }

    /// Adds tasks.
    #[pyo3(signature = (configs: "list[Mapping[str, object]]", timeout))]
    fn add_all(
        &self,
        py: Python<'_>,
        configs: Vec<Bound<'_, PyAny>>,
        timeout: Option<f64>,
    ) -> PyResult<Pending<jules::Added>> {
        let tasks = configs.iter().map(task).collect::<PyResult<Vec<_>>>()?;
        self.call(py, timeout, |queue| queue.add_all(tasks))
    }

    /// The task with this key.
    #[pyo3(signature = (key, timeout))]
    fn task(&self, py: Python<'_>, key: &str, timeout: Option<f64>) -> PyResult<Pending<TaskIn>> {
        self.task_of(py, timeout, |queue| queue.task(key))
    }

    /// Cancels the task with this key.
    #[pyo3(signature = (key, timeout))]
    fn cancel(&self, py: Python<'_>, key: &str, timeout: Option<f64>) -> PyResult<Pending<TaskIn>> {
        self.task_of(py, timeout, |queue| queue.cancel(key))
    }

    /// Has all workers start nothing more.
    #[pyo3(signature = (timeout))]
    fn pause(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<()>> {
        self.call(py, timeout, jules::Queue::pause)
    }

    /// Lets them start tasks again.
    #[pyo3(signature = (timeout))]
    fn resume(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<()>> {
        self.call(py, timeout, jules::Queue::resume)
    }

    /// How it stands.
    #[pyo3(signature = (timeout))]
    fn status(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Pending<jules::QueueStatus>> {
        self.call(py, timeout, jules::Queue::status)
    }

    /// Its tasks, optionally only those in some states.
    #[pyo3(signature = (states))]
    fn tasks(&self, py: Python<'_>, states: Vec<String>) -> PyResult<Stream> {
        let states = states.iter().map(|state| state.parse()).collect::<jules::Result<Vec<_>>>();
        let states = states.map_err(|error| to_py_err(py, &error))?;
        self.list(py, |queue| queue.tasks(states))
    }

    /// All finished tasks.
    fn results(&self, py: Python<'_>) -> PyResult<Stream> {
        self.list(py, jules::Queue::results)
    }

    /// The tasks that wait for a person.
    fn waiting_for_person(&self, py: Python<'_>) -> PyResult<Stream> {
        self.list(py, jules::Queue::waiting_for_person)
    }

    /// Works for it. Without a rule it asks whether plans are approved.
    #[pyo3(signature = (options: "dict[str, object]", approve))]
    fn work(&self, py: Python<'_>, options: &Bound<'_, PyDict>, approve: Option<&str>) -> PyResult<Work> {
        let mut wanted = keywords::work(options)?;
        let (ask, questions) = crate::work::questions();
        wanted.approve = match approve {
            Some(word) => word.parse::<Approve>().map_err(|error| to_py_err(py, &error))?,
            None => ask,
        };
        let queue = self.here(py)?;
        let _runtime = Process::current()?.runtime.enter();
        let work = queue.work(wanted).map_err(|error| to_py_err(py, &error))?;
        Ok(Work::new(work, questions, Arc::clone(&self.form)))
    }
}

fn task(given: &Bound<'_, PyAny>) -> PyResult<TaskConfig> {
    match given.cast::<PyMapping>() {
        Ok(mapping) => keywords::task(&convert::dict(mapping)?),
        Err(_) => {
            let name = given.get_type().name()?;
            Err(PyTypeError::new_err(format!("map must return a dict of add's keywords, got {name}")))
        }
    }
}
