//! What each process of the operating system has once: the runtime, the gate, the courier and the backlog of log lines.
//! The hooks of the interpreter's exit and of `os.fork` are here too.

use std::cell::RefCell;
use std::sync::Arc;

use jules::ffi::{Paused, pause_for_fork};
use pyo3::exceptions::{PyImportError, PyRuntimeError};
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

use crate::delivery::Courier;
use crate::gate::Gate;
use crate::local::PerProcess;
use crate::logs::Backlog;

/// What the binding needs once a process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) runtime: Runtime,
    pub(crate) gate: &'static Gate,
    pub(crate) courier: Courier,
    pub(crate) backlog: Arc<Backlog>,
}

static PROCESS: PerProcess<Process> = PerProcess::new();

impl Process {
    /// This process's runtime, started when first asked for.
    pub(crate) fn current() -> PyResult<&'static Self> {
        PROCESS
            .get_or_try_make(Self::start)
            .map_err(|cause| PyRuntimeError::new_err(format!("cannot start the background threads: {cause}")))
    }

    /// This process's, if it was ever needed.
    pub(crate) fn peek() -> Option<&'static Self> {
        PROCESS.peek()
    }

    fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("jules").enable_all().build()?;
        // Leaked on purpose: threads may look at it until the very end of the process.
        let gate: &'static Gate = Box::leak(Box::default());
        let backlog = Arc::<Backlog>::default();
        Ok(Self { runtime, gate, courier: Courier::start(gate, Arc::clone(&backlog))?, backlog })
    }
}

/// The runtime's threads attach to the main interpreter: in another one nobody would hear of them, and it would wait for
/// ever when it ends.
pub(crate) fn refuse_other_interpreters(py: Python<'_>) -> PyResult<()> {
    // The first from Python 3.13 on, the second before.
    let module = py.import("_interpreters").or_else(|_| py.import("_xxsubinterpreters"));
    let Ok(module) = module else { return Ok(()) };
    if module.call_method0("get_current")?.eq(module.call_method0("get_main")?)? {
        return Ok(());
    }
    Err(PyImportError::new_err("jules can't be used in a sub-interpreter. Use a thread or a process instead."))
}

/// Closes the gate of this process; called by `atexit`.
#[pyfunction]
pub(crate) fn close_gate(py: Python<'_>) {
    if let Some(process) = Process::peek() {
        py.detach(|| process.gate.close());
    }
}

thread_local! {
    static HELD: RefCell<Option<Paused>> = const { RefCell::new(None) };
}

/// Called by `os.fork` before it copies this thread and everybody's locks: no thread may be inside a store then.
#[pyfunction]
pub(crate) fn before_fork() {
    // Waits with the GIL held, for threads that never ask for it.
    HELD.with(|held| *held.borrow_mut() = Some(pause_for_fork()));
}

/// Called by `os.fork` when it is done, in the parent and in the child.
#[pyfunction]
pub(crate) fn after_fork() {
    HELD.with(|held| held.borrow_mut().take());
}
