//! Background work: started where a Tokio runtime is, stopped when its handle goes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};

use super::log_scope::Scope;
use super::surroundings::Threads;
use crate::ground::error::{Error, Result};

/// Work in the background. Dropping it stops the work; it can be waited for.
#[derive(Debug)]
pub(crate) struct Task<T = ()>(JoinHandle<T>);

impl<T> Task<T> {
    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<T> Future for Task<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        let ended = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(ended.map_err(|cause| match cause.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Error::closed(),
        }))
    }
}

/// Starts work in the background.
pub(crate) fn spawn<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Result<Task<T>> {
    let handle = Handle::try_current().map_err(|cause| {
        Error::config("no Tokio runtime with timers and I/O is running here")
            .with_source(cause)
            .with_hint("Call it from async code under #[tokio::main], or enter a runtime first.")
    })?;
    Ok(Task(handle.spawn(in_scope(Box::pin(work)))))
}

/// The work, done for the client for which it is started. Boxed, for each type of work would get a copy of Tokio's tasks.
fn in_scope<T>(work: BoxFuture<'static, T>) -> impl Future<Output = T> {
    let scope = Scope::here();
    async move {
        match scope {
            Some(scope) => scope.around(work).await,
            None => work.await,
        }
    }
}

/// Starts work that goes on by itself; where there is no runtime it isn't done.
pub(crate) fn detach(work: impl Future<Output = ()> + Send + 'static) {
    if let Ok(handle) = Handle::try_current() {
        handle.spawn(in_scope(Box::pin(work)));
    }
}

/// Starts work that goes on whether somebody waits for it or not, until what is given back is dropped.
pub(crate) fn start<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<BoxFuture<'static, Result<T>>> {
    spawn(work).map(FutureExt::boxed)
}

/// Does work that would hold up a thread where that hurts nobody.
pub(crate) async fn blocking<T: Send + 'static>(
    threads: Threads,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, JoinError> {
    match threads {
        Threads::Pool => {
            let (sender, mut done) = oneshot::channel();
            let work: Box<dyn FnOnce() + Send> = Box::new(move || drop(sender.send(work())));
            tokio::task::spawn_blocking(work).await?;
            Ok(done.try_recv().unwrap_or_else(|_| unreachable!("work that has ended has said what came of it")))
        }
        #[cfg(any(test, fuzzing))]
        Threads::Inline => {
            tokio::task::yield_now().await;
            Ok(work())
        }
    }
}
