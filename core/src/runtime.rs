//! Background work: started where a Tokio runtime is, stopped when its handle goes.

use std::future::Future;

use tokio::runtime::Handle;
use tokio::task::{JoinError, JoinHandle};

use crate::error::{Error, Result};

/// Work in the background. Dropping it stops the work.
#[derive(Debug)]
pub(crate) struct Task(JoinHandle<()>);

impl Task {
    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts work in the background.
pub(crate) fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Result<Task> {
    let handle = Handle::try_current().map_err(|cause| {
        Error::config("this needs a Tokio runtime with timers and I/O, and there is none here")
            .with_source(cause)
            .with_hint("Call it from async code under #[tokio::main], or enter a runtime first.")
    })?;
    Ok(Task(handle.spawn(work)))
}

/// Does work that would hold up a thread where that hurts nobody.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    // In a simulation nothing may depend on how the system schedules threads.
    #[cfg(test)]
    if crate::simulation::is_on() {
        tokio::task::yield_now().await;
        return Ok(work());
    }
    tokio::task::spawn_blocking(work).await
}
