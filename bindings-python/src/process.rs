//! What must not be carried over a `fork`: threads, sockets and database handles exist only in the process that made
//! them. Each process gets its own, made when first needed; what a child inherits is forgotten, never dropped. The hooks
//! of the interpreter's exit and of `os.fork` are here too.

use std::cell::RefCell;
use std::sync::OnceLock;
use std::{mem, process};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

use crate::delivery::Courier;
use crate::gate::Gate;
use crate::logs::Backlog;

/// A value that only exists in the process that made it.
#[derive(Debug)]
pub(crate) struct Local<T> {
    pid: u32,
    value: Option<T>,
}

impl<T> Local<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { pid: process::id(), value: Some(value) }
    }

    /// The value; nothing in another process.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref().filter(|_| self.pid == process::id())
    }

    /// The value, or the error that tells what went wrong.
    pub(crate) fn here(&self) -> PyResult<&T> {
        self.get().ok_or_else(|| {
            PyRuntimeError::new_err("this object belongs to the process that made it; make a new one after a fork")
        })
    }

    /// Takes the value out; nothing in another process.
    pub(crate) fn take(mut self) -> Option<T> {
        if self.pid == process::id() { self.value.take() } else { None }
    }
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        if self.pid != process::id() {
            mem::forget(self.value.take());
        }
    }
}

/// A value that each process makes for itself: a list with one entry a process, without locks that a fork could
/// leave locked.
#[derive(Debug)]
pub(crate) struct PerProcess<T>(OnceLock<Box<Entry<T>>>);

#[derive(Debug)]
struct Entry<T> {
    value: Local<T>,
    next: PerProcess<T>,
}

impl<T> PerProcess<T> {
    pub(crate) const fn new() -> Self {
        Self(OnceLock::new())
    }

    pub(crate) fn with(value: T) -> Self {
        let this = Self::new();
        let _ = this.0.set(Box::new(Entry { value: Local::new(value), next: Self::new() }));
        this
    }

    /// This process's value, if it has been made.
    pub(crate) fn peek(&self) -> Option<&T> {
        let entry = self.0.get()?;
        entry.value.get().or_else(|| entry.next.peek())
    }

    /// This process's value.
    pub(crate) fn get_or_try_make<E>(&self, make: impl Fn() -> Result<T, E>) -> Result<&T, E> {
        let mut list = self;
        loop {
            match list.0.get() {
                Some(entry) => match entry.value.get() {
                    Some(value) => return Ok(value),
                    None => list = &entry.next,
                },
                // Made before it is set, so that a fork finds the cell either empty or full. Whoever comes second
                // uses what the first one made.
                None => {
                    let _ = list.0.set(Box::new(Entry { value: Local::new(make()?), next: Self::new() }));
                }
            }
        }
    }
}

/// What the binding needs once a process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) runtime: Runtime,
    pub(crate) gate: &'static Gate,
    pub(crate) courier: Courier,
    pub(crate) backlog: Backlog,
}

static PROCESS: PerProcess<Process> = PerProcess::new();

impl Process {
    /// This process's runtime, started when first asked for.
    pub(crate) fn current() -> PyResult<&'static Self> {
        PROCESS
            .get_or_try_make(Self::start)
            .map_err(|cause| PyRuntimeError::new_err(format!("the background threads could not be started: {cause}")))
    }

    /// This process's, if it was ever needed.
    pub(crate) fn peek() -> Option<&'static Self> {
        PROCESS.peek()
    }

    fn start() -> std::io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("jules").enable_all().build()?;
        // Leaked on purpose: threads may look at it until the very end of the process.
        let gate: &'static Gate = Box::leak(Box::default());
        Ok(Self { runtime, gate, courier: Courier::start(gate)?, backlog: Backlog::default() })
    }
}

/// Closes the gate of this process; called by `atexit`.
#[pyfunction]
pub(crate) fn close_gate(py: Python<'_>) {
    if let Some(process) = Process::peek() {
        py.detach(|| process.gate.close());
    }
}

thread_local! {
    static HELD: RefCell<Option<jules::StoresHeld>> = const { RefCell::new(None) };
}

/// Called by `os.fork` before it copies this thread and everybody's locks: no thread may be inside a store then.
#[pyfunction]
pub(crate) fn before_fork() {
    // Waits with the GIL held, for threads that never ask for it.
    HELD.with(|held| *held.borrow_mut() = Some(jules::hold_stores()));
}

/// Called by `os.fork` when it is done, in the parent and in the child.
#[pyfunction]
pub(crate) fn after_fork() {
    HELD.with(|held| held.borrow_mut().take());
}
