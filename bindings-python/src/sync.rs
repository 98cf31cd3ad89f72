//! A sync that goes on while Python hears of its steps.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jules::{Jules, SyncOptions, SyncProgress, SyncReport};
use pyo3::prelude::*;
use tokio::sync::Mutex as AsyncMutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::AbortHandle;

use crate::call::Pending;
use crate::convert::ToPython;
#[cfg(feature = "stubs")]
use crate::hints::*;
use crate::local::Local;
use crate::process::Process;

/// The native half of `client.sync(…)`: it runs from the start; take what it says with `next()`, the report comes last.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Sync {
    said: Local<Arc<AsyncMutex<UnboundedReceiver<Said>>>>,
    running: Mutex<Option<Local<Running>>>,
}

/// What a sync says.
pub(crate) enum Said {
    Step(SyncProgress),
    End(Result<SyncReport, jules::Error>),
}

/// Ends the sync when it is dropped; what it has fetched stays.
struct Running(AbortHandle);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Sync {
    pub(crate) fn start(
        jules: &Jules,
        mut options: SyncOptions,
        reports: bool,
        timeout: Option<Duration>,
    ) -> PyResult<Self> {
        let (sender, said) = unbounded_channel();
        if reports {
            let sender = sender.clone();
            // Without a receiver there is nobody left to tell.
            options = options.on_progress(move |step| drop(sender.send(Said::Step(step.clone()))));
        }
        let report = jules.sync(options).timeout_opt(timeout);
        let task = Process::current()?.runtime.spawn(async move { drop(sender.send(Said::End(report.await))) });
        Ok(Self {
            said: Local::new(Arc::new(AsyncMutex::new(said))),
            running: Mutex::new(Some(Local::new(Running(task.abort_handle())))),
        })
    }
}

#[pymethods]
impl Sync {
    /// The next step, or at last the report.
    fn next(&self) -> PyResult<Pending<Said>> {
        let said = Arc::clone(self.said.here()?);
        Ok(Pending::new(async move {
            match said.lock().await.recv().await {
                Some(Said::End(Err(error))) => Err(error),
                Some(said) => Ok(said),
                None => Err(jules::Error::custom("the sync has ended already")),
            }
        }))
    }

    /// Ends it. What it has fetched stays.
    fn close(&self) {
        drop(self.running.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

impl ToPython for Said {
    #[cfg(feature = "stubs")]
    const HINT: PyStaticExpr =
        type_hint_union!(crate::values::SyncProgress::TYPE_HINT, crate::values::SyncReport::TYPE_HINT);

    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match self {
            Self::Step(step) => step.to_python(py),
            Self::End(report) => report.unwrap_or_default().to_python(py),
        }
    }
}
