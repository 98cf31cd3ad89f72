//! What went wrong last while a call was trying again, and what it waits for: when its time limit ends it, that is why it took
//! so long.

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::Error;

tokio::task_local! {
    static LAST: LastError;
}

/// The latest failure of a call's requests, and what the call waits for.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastError(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    last: Option<Error>,
    waits_for: Option<&'static str>,
}

/// Notes why a request is made again, for the call that this task is at.
pub(crate) fn note(error: &Error, attempts: u32) {
    change(|state| state.last = Some(error.clone().spent(attempts)));
}

/// Notes what the call waits for. A wait that is cut short stays noted.
pub(super) fn waits(what: Option<&'static str>) {
    change(|state| state.waits_for = what);
}

fn change(change: impl FnOnce(&mut State)) {
    // Nobody asks where no time limit was given.
    let _ = LAST.try_with(|last| change(&mut last.state()));
}

/// Does the work as a part of this task's call, in whatever task it is done then.
pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    LAST.scope(LAST.try_with(Clone::clone).unwrap_or_default(), work)
}

impl LastError {
    /// Does the work and hears of its failures.
    pub(crate) fn during<F: Future>(&self, work: F) -> impl Future<Output = F::Output> {
        LAST.scope(self.clone(), work)
    }

    /// Adds it to the error of a time limit: as what stands behind it, with the number of attempts.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let State { last, waits_for } = std::mem::take(&mut *self.state());
        let error = match waits_for {
            Some(what) => error.while_waiting_for(what),
            None => error,
        };
        match last {
            Some(last) => error.because_of(last),
            None => error,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
