//! Many sessions, a few at a time: core's pool, fed by Python. It keeps each item, and what `map` raised for it, until
//! the item's result is taken.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jules::ffi::{BatchResult, ItemEnd};
use jules::{AllOptions, Error};
use pyo3::exceptions::PyTypeError;
use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyMapping};
use pyo3::{PyTypeInfo, type_hint_identifier, type_hint_subscript, type_hint_union};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Mutex as AsyncMutex, watch};

use crate::call::Pending;
use crate::connection::Connection;
use crate::convert::{self, ToPython};
use crate::error::to_py_err;
use crate::local::Local;
use crate::options;
use crate::process::Process;
use crate::session::Opened;
use crate::values::{ItemReport, Progress};

/// The native half of `jules.AsyncAll` and `jules.All`. Feed it: wait for `ready()`, then `start` or `fail` the next
/// item, at the end `finish()`. Take results with `next()`.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Batch {
    work: Mutex<Option<Local<Work>>>,
    items: Items,
    client: Arc<Connection>,
    report: Local<jules::ffi::BatchReport>,
}

/// What calls in flight hold: they end when the batch is closed.
#[derive(Clone)]
struct Work {
    pool: jules::ffi::Batch,
    progress: Arc<AsyncMutex<UnboundedReceiver<jules::Progress>>>,
    fed: Arc<AtomicBool>,
    closed: Arc<watch::Sender<bool>>,
}

/// The items whose results were not yet taken, by index.
type Items = Arc<Mutex<HashMap<usize, Item>>>;

struct Item {
    value: Py<PyAny>,
    /// What `map` raised.
    raised: Option<Py<PyAny>>,
}

/// An item's result on its way to Python.
pub(crate) struct Taken {
    result: BatchResult,
    items: Items,
    client: Arc<Connection>,
}

/// What the blocking form has to do next.
pub(crate) enum Turn {
    /// Another item may start.
    Feed,
    Progress(jules::Progress),
    Taken(Box<Taken>),
}

impl Batch {
    pub(crate) fn new(py: Python<'_>, client: &Arc<Connection>, options: &AllOptions, reports: bool) -> PyResult<Self> {
        let (sender, progress) = unbounded_channel();
        // Without a receiver there is nobody left to tell.
        let tell = move |step: &jules::Progress| drop(sender.send(step.clone()));
        let pool =
            jules::ffi::batch(client.jules(py)?, options, reports.then(|| Box::new(tell) as jules::ffi::OnProgress))
                .map_err(|error| to_py_err(py, &error))?;
        let report = pool.reports();
        let work = Work {
            pool,
            progress: Arc::new(AsyncMutex::new(progress)),
            fed: Arc::default(),
            closed: Arc::new(watch::Sender::new(false)),
        };
        let (work, client) = (Mutex::new(Some(Local::new(work))), Arc::clone(client));
        Ok(Self { work, items: Arc::default(), client, report: Local::new(report) })
    }

    /// Nothing once it is closed.
    fn work(&self) -> PyResult<Option<Work>> {
        lock(&self.work).as_ref().map(|work| work.here().cloned()).transpose()
    }

    /// Puts the next item into the pool; without a session to create, as one that can't be run.
    fn admit(&self, item: Py<PyAny>, config: Result<jules::RunConfig, PyErr>, py: Python<'_>) -> PyResult<()> {
        let Some(work) = self.work()? else { return Ok(()) };
        let config = config.map_err(|raised| (Error::custom(raised.to_string()), raised.into_value(py).into_any()));
        let _runtime = Process::current()?.runtime.enter();
        // Held until the item is in its place: its result may be there at once.
        let mut items = lock(&self.items);
        let (index, raised) = match config {
            Ok(config) => (work.pool.start(config), None),
            Err((error, raised)) => (work.pool.fail(error), Some(raised)),
        };
        items.insert(index, Item { value: item, raised });
        Ok(())
    }
}

#[pymethods]
impl Batch {
    /// Waits until another item may start; false when no more are wanted.
    fn ready(&self) -> PyResult<Pending<bool>> {
        let work = self.work()?;
        Ok(Pending::new(async move {
            let Some(work) = work else { return Ok(false) };
            Ok(work.unless_closed(async { Some(work.pool.ready().await) }).await.unwrap_or(false))
        }))
    }

    /// Starts the next item, as `map` describes it. What is no description makes it an item that can't be run.
    #[pyo3(signature = (item: "object", config: "object"))]
    fn start(&self, py: Python<'_>, item: Py<PyAny>, config: &Bound<'_, PyAny>) -> PyResult<()> {
        let config = match config.cast::<PyMapping>() {
            Ok(mapping) => convert::dict(mapping).and_then(|config| options::run_config(&config)),
            Err(_) => config.get_type().name().and_then(|name| {
                Err(PyTypeError::new_err(format!("map must give a dict of run's keywords, and gave a {name}")))
            }),
        };
        self.admit(item, config, py)
    }

    /// Counts the next item as one that can't be run.
    #[pyo3(signature = (item: "object", error: "Exception"))]
    fn fail(&self, py: Python<'_>, item: Py<PyAny>, error: Bound<'_, PyAny>) -> PyResult<()> {
        self.admit(item, Err(PyErr::from_value(error)), py)
    }

    /// All results are wanted together.
    fn awaited(&self) -> PyResult<()> {
        if let Some(work) = self.work()? {
            work.pool.awaited();
        }
        Ok(())
    }

    /// Where every item stands that was started.
    #[pyo3(signature = () -> "list[ItemReport]")]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let reports = self.report.here()?.report();
        let reports = reports
            .iter()
            .map(|report| Bound::new(py, ItemReport::new(py, report, raised_for(py, &self.items, report.index))?));
        PyList::new(py, reports.collect::<PyResult<Vec<_>>>()?)
    }

    /// There are no more items.
    fn finish(&self) -> PyResult<()> {
        if let Some(work) = self.work()? {
            work.finish();
        }
        Ok(())
    }

    /// The next item that is done; nothing at the end.
    fn next(&self) -> PyResult<Pending<Option<Taken>>> {
        let work = self.work()?;
        let (items, client) = (Arc::clone(&self.items), Arc::clone(&self.client));
        Ok(Pending::new(async move {
            let Some(work) = work else { return Ok(None) };
            let result = work.unless_closed(work.pool.next()).await;
            Ok(result.map(|result| Taken { result, items, client }))
        }))
    }

    /// The next step of an item; nothing at the end.
    fn progress(&self) -> PyResult<Pending<Option<jules::Progress>>> {
        let work = self.work()?.map(|Work { progress, closed, .. }| (progress, closed.subscribe()));
        Ok(Pending::new(async move {
            let Some((progress, mut closed)) = work else { return Ok(None) };
            let mut progress = progress.lock().await;
            tokio::select! {
                biased;
                step = progress.recv() => Ok(step),
                _ = closed.wait_for(|closed| *closed) => Ok(None),
            }
        }))
    }

    /// What the blocking form has to do next; nothing at the end.
    fn turn(&self) -> PyResult<Pending<Option<Turn>>> {
        let work = self.work()?;
        let (items, client) = (Arc::clone(&self.items), Arc::clone(&self.client));
        Ok(Pending::new(async move {
            let Some(work) = work else { return Ok(None) };
            Ok(work.unless_closed(work.turn(items, client)).await)
        }))
    }

    /// Ends it, and whoever waits for it. Sessions go on at the server.
    fn close(&self) -> PyResult<()> {
        let work = lock(&self.work).take().and_then(Local::take);
        // Let go of outside the lock: an item's end may run any code.
        let items = std::mem::take(&mut *lock(&self.items));
        drop(items);
        if let Some(work) = work {
            let _runtime = Process::current()?.runtime.enter();
            work.closed.send_replace(true);
        }
        Ok(())
    }
}

impl Work {
    async fn unless_closed<T>(&self, wait: impl Future<Output = Option<T>>) -> Option<T> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => None,
            value = wait => value,
        }
    }

    fn finish(&self) {
        self.fed.store(true, Ordering::Relaxed);
        self.pool.finish();
    }

    /// Progress first, so that an item's last step is told before its result.
    async fn turn(&self, items: Items, client: Arc<Connection>) -> Option<Turn> {
        let mut progress = self.progress.lock().await;
        loop {
            tokio::select! {
                biased;
                Some(step) = progress.recv() => return Some(Turn::Progress(step)),
                result = self.pool.next() => return result.map(|result| Turn::Taken(Box::new(Taken { result, items, client }))),
                ready = self.pool.ready(), if !self.fed.load(Ordering::Relaxed) => match ready {
                    true => return Some(Turn::Feed),
                    false => self.finish(),
                },
            }
        }
    }
}

impl ToPython for Taken {
    const HINT: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("jules._all", "Finished"), type_hint_identifier!("typing", "Any"));

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let BatchResult { index, result, .. } = self.result;
        let item = lock(&self.items).remove(&index);
        let (value, raised) = item.map_or_else(|| (py.None(), None), |item| (item.value, item.raised));
        let (mut outcome, mut session, mut failed) = (None, None, None);
        match result {
            Ok(ItemEnd::Outcome(end)) => outcome = Some((*end).to_python(py)?),
            Ok(ItemEnd::Session(made)) => session = Some(Opened { client: self.client, session: made }.to_python(py)?),
            Ok(_) => {}
            Err(error) => {
                let exception = failure(py, &error, raised, &self.items)?;
                // An exception of the user's that takes no attributes does without them.
                let _ = exception.setattr(py, "index", index);
                let _ = exception.setattr(py, "item", &value);
                failed = Some(exception);
            }
        }
        Ok(CLASS.import(py, "jules._all", "Finished")?.call1((index, value, outcome, failed, session))?.unbind())
    }
}

/// The exception for an item that could not be run: what `map` raised, else core's; with the report on the others.
fn failure(py: Python<'_>, error: &Error, raised: Option<Py<PyAny>>, items: &Items) -> PyResult<Py<PyAny>> {
    let exception = raised.unwrap_or_else(|| to_py_err(py, error).into_value(py).into_any());
    let mut reports = Vec::with_capacity(error.results().len());
    for report in error.results() {
        let raised = raised_for(py, items, report.index);
        reports.push(Bound::new(py, ItemReport::new(py, report, raised)?)?);
    }
    if !reports.is_empty() {
        // An exception of the user's that takes no attributes does without it.
        let _ = exception.setattr(py, "results", PyList::new(py, reports)?);
    }
    Ok(exception)
}

/// What `map` raised for an item.
fn raised_for(py: Python<'_>, items: &Items, index: usize) -> Option<Py<PyAny>> {
    lock(items).get(&index).and_then(|item| Some(item.raised.as_ref()?.clone_ref(py)))
}

impl ToPython for Turn {
    const HINT: PyStaticExpr =
        type_hint_union!(Taken::HINT, Progress::TYPE_HINT, type_hint_identifier!("builtins", "bool"));

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self {
            Self::Feed => true.to_python(py),
            Self::Progress(step) => step.to_python(py),
            Self::Taken(taken) => taken.to_python(py),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
