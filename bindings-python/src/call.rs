//! One call into core, described but not yet made. The asyncio form starts it and gets a future, the blocking form
//! waits for it: the only place where the two differ.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use tokio::task::AbortHandle;

use crate::convert::ToPython;
use crate::delivery::Parcel;
use crate::error::Failure;
#[cfg(feature = "stubs")]
use crate::hints::*;
use crate::local::Local;
use crate::logs;
use crate::process::Process;

/// How often a blocking wait looks for Ctrl-C.
const TICK: Duration = Duration::from_millis(50);

type Converter = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;
type Answer = Result<Converter, Failure>;
type Job = BoxFuture<'static, Answer>;

/// A call described but not yet made, with the type of its result for the stubs.
pub(crate) struct Pending<T>(Call, PhantomData<fn() -> T>);

/// A call described but not yet made: `start()` it for asyncio, or `wait()` for it.
#[pyclass(frozen, name = "PendingCall", module = "jules._native")]
pub(crate) struct Call {
    job: Mutex<Option<Local<Job>>>,
    running: Mutex<Option<Local<AbortHandle>>>,
}

impl<T: ToPython> Pending<T> {
    pub(crate) fn new<F>(work: F) -> Self
    where
        F: Future<Output = Result<T, jules::Error>> + Send + 'static,
    {
        let job = async move {
            match AssertUnwindSafe(work).catch_unwind().await {
                Ok(Ok(value)) => Ok(Box::new(move |py: Python<'_>| value.to_python(py)) as Converter),
                Ok(Err(error)) => Err(Failure::Core(error)),
                Err(panic) => Err(Failure::Panic(panic_text(panic.as_ref()))),
            }
        };
        let job = Mutex::new(Some(Local::new(job.boxed())));
        Self(Call { job, running: Mutex::new(None) }, PhantomData)
    }
}

impl<'py, T: ToPython> IntoPyObject<'py> for Pending<T> {
    type Target = Call;
    type Output = Bound<'py, Call>;
    type Error = PyErr;

    #[cfg(feature = "stubs")]
    const OUTPUT_TYPE: PyStaticExpr = type_hint_subscript!(type_hint_identifier!("jules._bridge", "Call"), T::HINT);

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Bound::new(py, self.0)
    }
}

#[pymethods]
impl Call {
    /// Makes the call and gives an asyncio future of the running loop for its result.
    #[pyo3(signature = () -> "object")]
    fn start<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let process = Process::current()?;
        let _pass = process.gate.pass_attached(py);
        static RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
        let event_loop = RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?.call0().map_err(|_| no_loop())?;
        let future = event_loop.call_method0(intern!(py, "create_future"))?;
        let slot = Arc::new(Mutex::new(None));
        let callback = Completion { future: future.clone().unbind(), answer: Arc::clone(&slot) };
        let parcel = Parcel { event_loop: event_loop.unbind(), callback: Py::new(py, callback)?.into_any() };
        let job = self.take()?;
        logs::refresh(py);
        self.spawn(process, async move {
            let answer = job.await;
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            process.courier.send(parcel);
        });
        Ok(future)
    }

    /// Makes the call and blocks until it has ended, with the GIL released. Ctrl-C ends it within 50 ms.
    #[pyo3(signature = () -> "object")]
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let process = Process::current()?;
        let mut pass = process.gate.pass_attached(py);
        let job = self.take()?;
        logs::refresh(py);
        let (sender, answers) = mpsc::sync_channel(1);
        self.spawn(process, async move {
            let answer = job.await;
            let _ = sender.send(answer);
        });
        let answers = Mutex::new(answers);
        loop {
            drop(pass);
            let answer;
            (answer, pass) = py.detach(|| {
                let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
                (answers.recv_timeout(TICK), process.gate.pass())
            });
            logs::hand_on(py, &process.backlog);
            match answer {
                Ok(answer) => return finish(py, answer),
                Err(RecvTimeoutError::Disconnected) => return Err(PyRuntimeError::new_err("the call was dropped")),
                Err(RecvTimeoutError::Timeout) => {
                    if let Err(interrupt) = py.check_signals() {
                        self.cancel();
                        return Err(interrupt);
                    }
                }
            }
        }
    }

    /// Drops the work behind the call, if it still runs.
    fn cancel(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(handle) = running.as_ref().and_then(Local::get) {
            handle.abort();
        }
    }
}

impl Call {
    fn take(&self) -> PyResult<Job> {
        let job = self.job.lock().unwrap_or_else(PoisonError::into_inner).take();
        job.and_then(Local::take)
            .ok_or_else(|| PyRuntimeError::new_err("this call was already made, or belongs to another process"))
    }

    fn spawn(&self, process: &'static Process, work: impl Future<Output = ()> + Send + 'static) {
        let handle = process.runtime.spawn(work).abort_handle();
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(Local::new(handle));
    }
}

/// What is awaited where asyncio isn't: under trio, say, also by way of anyio.
fn no_loop() -> PyErr {
    PyRuntimeError::new_err(
        "jules needs an asyncio event loop, but none is running here. Under trio, await it by trio_asyncio.aio_as_trio(...), or call \
         the blocking jules.Jules in a thread: await trio.to_thread.run_sync(...)",
    )
}

fn finish(py: Python<'_>, answer: Answer) -> PyResult<Py<PyAny>> {
    match answer {
        Ok(convert) => convert(py),
        Err(failure) => Err(failure.into_py_err(py)),
    }
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown".to_owned())
}

/// Called on the loop's thread when the answer is there; converts it and resolves the future.
#[pyclass(frozen, module = "jules._native")]
struct Completion {
    future: Py<PyAny>,
    answer: Arc<Mutex<Option<Answer>>>,
}

#[pymethods]
impl Completion {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        let _pass = Process::current()?.gate.pass_attached(py);
        let future = self.future.bind(py);
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(answer) = answer else { return Ok(()) };
        if future.call_method0(intern!(py, "done"))?.is_truthy()? {
            return Ok(());
        }
        match finish(py, answer) {
            Ok(value) => future.call_method1(intern!(py, "set_result"), (value,))?,
            Err(error) => {
                // A future refuses StopIteration and its like; nothing here raises them.
                future.call_method1(intern!(py, "set_exception"), (error.into_value(py),))?
            }
        };
        Ok(())
    }
}
