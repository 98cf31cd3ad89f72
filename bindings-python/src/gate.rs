//! The gate before the interpreter: a thread passes it before it attaches, or calls Python from Rust, and it is closed for
//! good when Python exits. Without it a thread that attaches while the interpreter is taken down crashes the process; and before
//! Python 3.14 one that loses the GIL then is ended where it stands, in the middle of Rust.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use pyo3::prelude::*;

#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    /// The thread that takes the interpreter down: for it alone Python goes on.
    closed_by: Option<ThreadId>,
}

/// Proof that the interpreter stays up; hold it while attached.
#[derive(Debug)]
pub(crate) struct Pass(&'static Gate);

impl Gate {
    /// Nothing once the gate is closed.
    pub(crate) fn enter(&'static self) -> Option<Pass> {
        let mut state = self.lock();
        if state.closed_by.is_some_and(|thread| thread != thread::current().id()) {
            return None;
        }
        state.inside += 1;
        Some(Pass(self))
    }

    /// The same for a thread that must go on; once the gate is closed it waits for the end of the process. Not for one that
    /// is attached.
    pub(crate) fn pass(&'static self) -> Pass {
        loop {
            match self.enter() {
                Some(pass) => return pass,
                None => thread::park(),
            }
        }
    }

    /// The same for a thread that is attached, and about to call Python from Rust.
    pub(crate) fn pass_attached(&'static self, py: Python<'_>) -> Pass {
        self.enter().unwrap_or_else(|| py.detach(|| self.pass()))
    }

    /// Lets nobody in any more and waits, detached, until all are out.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed_by = Some(thread::current().id());
        while state.inside > 0 {
            state = self.left.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.lock().inside -= 1;
        self.0.left.notify_all();
    }
}
