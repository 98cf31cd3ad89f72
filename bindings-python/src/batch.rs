//! Many sessions, a few at a time: what core's `all` asks of Python, and what it tells.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use jules::ffi::{BatchReport, Drive, Event, ItemEnd};
use jules::{AllOptions, Error, Finished, RunConfig};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyList, PyMapping};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::call::Pending;
use crate::convert::{self, ToPython};
use crate::error::{raised, to_py_err};
#[cfg(feature = "stubs")]
use crate::hints::*;
use crate::keywords;
use crate::local::Local;
use crate::options;
use crate::process::Process;
use crate::session::Opened;
use crate::task::Form;
use crate::values::ItemReport;

type Item = Py<PyAny>;
type Answer = oneshot::Sender<Option<(Item, Result<RunConfig, Error>)>>;

/// The native half of `jules.AsyncAll` and `jules.All`.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Batch {
    work: Local<Work>,
    report: Local<BatchReport>,
    form: Arc<Form>,
}

/// What calls in flight hold.
#[derive(Clone)]
struct Work {
    drive: Arc<Drive<Item>>,
    asked: Arc<AsyncMutex<UnboundedReceiver<Answer>>>,
}

impl Batch {
    pub(crate) fn new(py: Python<'_>, options: AllOptions, reports: bool, form: Form) -> PyResult<Self> {
        let (sender, asked) = unbounded_channel();
        let describe = move || {
            let (answer, answered) = oneshot::channel();
            // Where nobody listens any more, the answer is lost with the question.
            drop(sender.send(answer));
            async move { answered.await.ok().flatten() }.boxed()
        };
        let drive = Drive::new(form.client.jules(py)?, options, Box::new(describe), reports);
        let drive = drive.map_err(|error| to_py_err(py, &error))?;
        let report = Local::new(drive.reports());
        let work = Work { drive: Arc::new(drive), asked: Arc::new(AsyncMutex::new(asked)) };
        Ok(Self { work: Local::new(work), report, form: Arc::new(form) })
    }
}

#[pymethods]
impl Batch {
    /// All results are wanted together, and within this time.
    #[pyo3(signature = (timeout))]
    fn awaited(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        let drive = &self.work.here()?.drive;
        drive.awaited();
        if let Some(limit) = options::timeout(py, timeout)? {
            drive.within(limit);
        }
        Ok(())
    }

    /// Waits until another item may start; nothing when no more are wanted.
    fn asked(&self) -> PyResult<Pending<Option<Answer>>> {
        let asked = Arc::clone(&self.work.here()?.asked);
        Ok(Pending::new(async move { Ok(asked.lock().await.recv().await) }))
    }

    /// The next item that is done; nothing at the end.
    fn next(&self) -> PyResult<Pending<Option<Ended>>> {
        let (drive, form) = (Arc::clone(&self.work.here()?.drive), Arc::clone(&self.form));
        Ok(Pending::new(async move { Ok(ended(drive.next().await, form)) }))
    }

    /// The next step of an item; nothing at the end.
    fn progress(&self) -> PyResult<Pending<Option<jules::Progress>>> {
        let drive = Arc::clone(&self.work.here()?.drive);
        Ok(Pending::new(async move { Ok(drive.step().await) }))
    }

    /// What the blocking form has to do next: any of these; nothing at the end.
    fn turn(&self) -> PyResult<Pending<Option<Turn>>> {
        let (Work { drive, asked }, form) = (self.work.here()?.clone(), Arc::clone(&self.form));
        Ok(Pending::new(async move {
            let mut asked = asked.lock().await;
            Ok(tokio::select! {
                biased;
                event = drive.event() => match event {
                    Ok(Some(Event::Step(step))) => Some(Turn::Progress(step)),
                    Ok(Some(Event::Done(done))) => ended(Ok(Some(done)), form).map(Box::new).map(Turn::Ended),
                    Ok(None) => None,
                    Err(error) => ended(Err(error), form).map(Box::new).map(Turn::Ended),
                },
                Some(answer) = asked.recv() => Some(Turn::Asked(answer)),
            })
        }))
    }

    /// Where every item stands that was started.
    #[pyo3(signature = () -> "list[ItemReport]")]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        reports(py, &self.report.here()?.report())
    }

    /// Ends it, and every wait for it. Sessions keep running on the server.
    fn close(&self) -> PyResult<()> {
        if let Some(work) = self.work.get() {
            let _runtime = Process::current()?.runtime.enter();
            work.drive.close();
        }
        Ok(())
    }
}

/// Another item may start: this tells what its session is to do.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Describe(Mutex<Option<Local<Answer>>>);

#[pymethods]
impl Describe {
    /// As `map` describes it. Anything else makes it an item that can't be run.
    #[pyo3(signature = (item: "object", config: "object"))]
    fn start(&self, py: Python<'_>, item: Item, config: &Bound<'_, PyAny>) {
        let config = match config.cast::<PyMapping>() {
            Ok(mapping) => convert::dict(mapping).and_then(|config| keywords::run_config(&config)),
            Err(_) => config.get_type().name().and_then(|name| {
                Err(PyTypeError::new_err(format!("map must return a dict of run's keywords, got {name}")))
            }),
        };
        self.answer(Some((item, config.map_err(|error| raised(py, error)))));
    }

    /// `map` has raised this: it is an item that can't be run.
    #[pyo3(signature = (item: "object", error: "Exception"))]
    fn fail(&self, py: Python<'_>, item: Item, error: Bound<'_, PyAny>) {
        self.answer(Some((item, Err(raised(py, PyErr::from_value(error))))));
    }

    /// There are no more.
    fn finish(&self) {
        self.answer(None);
    }
}

impl Describe {
    fn answer(&self, described: Option<(Item, Result<RunConfig, Error>)>) {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(answer) = answer.and_then(Local::take) {
            // It may have ended meanwhile.
            drop(answer.send(described));
        }
    }
}

impl ToPython for Answer {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = Describe::TYPE_HINT;

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, Describe(Mutex::new(Some(Local::new(self)))))?.into_any())
    }
}

/// An item that is done, on its way to Python.
pub(crate) struct Taken {
    done: Finished<Item, ItemEnd>,
    form: Arc<Form>,
}

impl ToPython for Taken {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr =
        type_hint_subscript!(type_hint_identifier!("jules._all", "Finished"), type_hint_identifier!("typing", "Any"));

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let Finished { index, item, result, .. } = self.done;
        let (mut outcome, mut session, mut failed) = (None, None, None);
        match result {
            Ok(ItemEnd::Outcome(end)) => outcome = Some((*end).to_python(py)?),
            Ok(ItemEnd::Session(made)) => {
                let made = Opened { client: Arc::clone(&self.form.client), session: made }.to_python(py)?;
                session = Some(self.form.class.call1(py, (made,))?);
            }
            Ok(_) => {}
            Err(error) => failed = Some(failure(py, &error, index, &item)?),
        }
        Ok(CLASS.import(py, "jules._all", "Finished")?.call1((index, item, outcome, failed, session))?.unbind())
    }
}

/// An item that is done, or why there is no other one: the time is over.
pub(crate) struct Ended(Result<Taken, Error>);

fn ended(next: Result<Option<Finished<Item, ItemEnd>>, Error>, form: Arc<Form>) -> Option<Ended> {
    match next {
        Ok(done) => done.map(|done| Ended(Ok(Taken { done, form }))),
        Err(error) => Some(Ended(Err(error))),
    }
}

impl ToPython for Ended {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = Taken::HINT;

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self.0 {
            Ok(taken) => taken.to_python(py),
            Err(error) => {
                let exception = to_py_err(py, &error).into_value(py).into_any();
                exception.setattr(py, "results", reports(py, error.results())?)?;
                Err(PyErr::from_value(exception.into_bound(py)))
            }
        }
    }
}

/// The exception for an item that could not be run, with the item and the report on the others.
fn failure(py: Python<'_>, error: &Error, index: usize, item: &Item) -> PyResult<Py<PyAny>> {
    let exception = to_py_err(py, error).into_value(py).into_any();
    // An exception of the user's that takes no attributes does without them.
    let _ = exception.setattr(py, "index", index);
    let _ = exception.setattr(py, "item", item);
    if !error.results().is_empty() {
        let _ = exception.setattr(py, "results", reports(py, error.results())?);
    }
    Ok(exception)
}

fn reports<'py>(py: Python<'py>, reports: &[jules::ItemReport]) -> PyResult<Bound<'py, PyList>> {
    let reports = reports.iter().map(|report| Bound::new(py, ItemReport::new(py, report)?));
    PyList::new(py, reports.collect::<PyResult<Vec<_>>>()?)
}

/// What the blocking form has to do next.
pub(crate) enum Turn {
    Asked(Answer),
    Progress(jules::Progress),
    Ended(Box<Ended>),
}

impl ToPython for Turn {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = type_hint_union!(Taken::HINT, crate::values::Progress::TYPE_HINT, Describe::TYPE_HINT);

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self {
            Self::Asked(answer) => answer.to_python(py),
            Self::Progress(step) => step.to_python(py),
            Self::Ended(ended) => ended.to_python(py),
        }
    }
}
