//! A worker: its results, buffered as those of any stream, and the plans that it asks Python about.

use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use jules::{Approve, Error, Worked};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::call::Pending;
use crate::convert::ToPython;
use crate::error::to_py_err;
#[cfg(feature = "stubs")]
use crate::hints::*;
use crate::local::Local;
use crate::stream::{Convert, Feed, Stream};
use crate::task::{Form, TaskData, TaskIn};
use crate::values::{Plan, Shared};

type Questions = Arc<AsyncMutex<UnboundedReceiver<Asked>>>;

/// The native half of `jules.AsyncWork` and `jules.Work`. As an iterator it gives the results that are ready.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Work {
    results: Stream,
    questions: Local<Questions>,
    form: Arc<Form>,
}

/// A plan that core asks about.
pub(crate) struct Asked {
    task: Box<TaskData>,
    plan: jules::Plan,
    answer: oneshot::Sender<bool>,
}

/// The callback that asks Python, and where its questions come out. What is never answered is a no.
pub(crate) fn questions() -> (Approve, UnboundedReceiver<Asked>) {
    let (sender, questions) = unbounded_channel();
    let ask = Approve::ask(move |task: jules::Task, plan| {
        let (answer, answered) = oneshot::channel();
        // Where nobody listens any more, the answer is lost with the question.
        let _ = sender.send(Asked { task: Box::new(task.into()), plan, answer });
        async move { answered.await.unwrap_or(false) }
    });
    (ask, questions)
}

impl Work {
    pub(crate) fn new(work: jules::Work, questions: UnboundedReceiver<Asked>, form: Arc<Form>) -> Self {
        let finished = Arc::clone(&form);
        let convert = move |worked| -> Vec<Convert> {
            let one = Finished::new(worked, Arc::clone(&finished));
            vec![Box::new(move |py| one.to_python(py))]
        };
        let results = Stream::new(Feed::Other(work.map(move |worked| worked.map(&convert)).boxed()));
        Self { results, questions: Local::new(Arc::new(AsyncMutex::new(questions))), form }
    }
}

#[pymethods]
impl Work {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.results.__next__(py)
    }

    /// Waits for the next result and buffers it; false at the end. Cancelling it loses nothing.
    fn fill(&self) -> PyResult<Pending<bool>> {
        self.results.fill()
    }

    /// The next plan that is asked about; nothing when the worker has ended.
    fn asked(&self) -> PyResult<Pending<Option<Question>>> {
        let (questions, form) = (Arc::clone(self.questions.here()?), Arc::clone(&self.form));
        Ok(Pending::new(async move {
            let asked = questions.lock().await.recv().await;
            Ok(asked.map(|asked| Question { asked, form }))
        }))
    }

    /// What the blocking form has to do next: a plan that is asked about, or what `fill()` gives.
    fn turn(&self) -> PyResult<Pending<Turn>> {
        let (questions, form) = (Arc::clone(self.questions.here()?), Arc::clone(&self.form));
        let more = self.results.more()?;
        Ok(Pending::new(async move {
            let mut questions = questions.lock().await;
            tokio::select! {
                biased;
                Some(asked) = questions.recv() => Ok(Turn::Asked(Box::new(Question { asked, form }))),
                more = more => more.map(Turn::Filled),
            }
        }))
    }

    /// Ends the worker; its sessions keep running, and another worker takes over.
    fn close(&self) -> PyResult<()> {
        self.results.close()
    }
}

/// A plan that is asked about, on its way to Python.
pub(crate) struct Question {
    asked: Asked,
    form: Arc<Form>,
}

/// What the blocking form has to do next.
pub(crate) enum Turn {
    Filled(bool),
    Asked(Box<Question>),
}

/// A plan that a worker asks about; what is never answered is left to a person.
#[pyclass(frozen, name = "Question", module = "jules._native")]
pub(crate) struct Pose {
    task: Py<PyAny>,
    plan: Py<Plan>,
    answer: Mutex<Option<Local<oneshot::Sender<bool>>>>,
}

#[pymethods]
impl Pose {
    /// The task.
    #[getter]
    fn task(&self, py: Python<'_>) -> Py<PyAny> {
        self.task.clone_ref(py)
    }

    /// Its plan.
    #[getter]
    fn plan<'py>(&self, py: Python<'py>) -> Bound<'py, Plan> {
        self.plan.bind(py).clone()
    }

    /// Approves it, or leaves it to a person.
    fn answer(&self, approved: bool) {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(answer) = answer.and_then(Local::take) {
            // The task may have gone to another worker meanwhile.
            let _ = answer.send(approved);
        }
    }
}

impl ToPython for Question {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = Pose::TYPE_HINT;

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Asked { task, plan, answer } = self.asked;
        let task = TaskIn { data: task, form: self.form }.to_python(py)?;
        let plan = Plan::wrap(py, Shared::new(plan))?.unbind();
        let pose = Pose { task, plan, answer: Mutex::new(Some(Local::new(answer))) };
        Ok(Py::new(py, pose)?.into_any())
    }
}

impl ToPython for Turn {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = type_hint_union!(Question::HINT, type_hint_identifier!("builtins", "bool"));

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self {
            Self::Filled(more) => more.to_python(py),
            Self::Asked(question) => question.to_python(py),
        }
    }
}

/// A task that the worker has brought to its end, on its way to Python.
struct Finished {
    task: Box<TaskData>,
    outcome: Result<jules::Outcome, Error>,
    form: Arc<Form>,
}

impl Finished {
    fn new(worked: Worked, form: Arc<Form>) -> Self {
        Self { outcome: worked.result, task: Box::new(worked.task.into()), form }
    }
}

impl ToPython for Finished {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr = type_hint_identifier!("typing", "Any");

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let task = TaskIn { data: self.task, form: self.form }.to_python(py)?;
        let (outcome, error) = match self.outcome {
            Ok(outcome) => (Some(outcome.to_python(py)?), None),
            Err(error) => (None, Some(to_py_err(py, &error).into_value(py))),
        };
        Ok(CLASS.import(py, "jules._work", "Worked")?.call1((task, outcome, error))?.unbind())
    }
}
