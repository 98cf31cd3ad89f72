//! The gate before the interpreter: a Rust thread passes it before it attaches, and it is closed for good when Python
//! exits. Without it a thread that attaches while the interpreter is taken down crashes the process.
//!
//! Never enter it while attached: `close` waits, detached, for those inside, who may be waiting to attach.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

#[derive(Debug, Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Debug, Default)]
struct State {
    inside: usize,
    closed: bool,
}

/// Proof that the interpreter stays up; hold it while attached.
#[derive(Debug)]
pub(crate) struct Pass(&'static Gate);

impl Gate {
    /// Nothing once the gate is closed.
    pub(crate) fn enter(&'static self) -> Option<Pass> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.inside += 1;
        Some(Pass(self))
    }

    /// Lets nobody in any more and waits until all are out.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
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
