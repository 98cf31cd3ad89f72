//! What went wrong last while a call was trying again: when its time limit ends it, that is why it took so long.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Error;

tokio::task_local! {
    static LAST: LastError;
}

/// The latest failure of a call's requests.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastError(Arc<Mutex<Option<Error>>>);

/// Notes why a request is made again, for the call that this task is at.
pub(crate) fn note(error: &Error, attempts: u32) {
    // Nobody asks where no time limit was given.
    let _ = LAST.try_with(|last| {
        *last.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone().spent(attempts));
    });
}

impl LastError {
    /// Does the work and hears of its failures.
    pub(crate) async fn during<F: Future>(&self, work: F) -> F::Output {
        LAST.scope(self.clone(), work).await
    }

    /// Adds it to the error of a time limit: as what stands behind it, with the number of attempts.
    pub(crate) fn explain(&self, error: Error) -> Error {
        match self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(last) => error.because_of(last),
            None => error,
        }
    }
}
