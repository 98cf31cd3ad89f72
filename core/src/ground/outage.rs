//! Whether work waits for a store that can't be reached until it is back. Whoever waits for something anyhow does: a stream, a
//! result, a call with a time limit of its user's. Any other call is told of it after a while.

use std::future::Future;

tokio::task_local! {
    static WAITED_OUT: bool;
}

/// Does work that waits until the store is back, however long that takes.
pub(crate) fn waited_out<F: Future>(work: F) -> impl Future<Output = F::Output> {
    // On the heap, and at once: see `Scope::around`.
    WAITED_OUT.scope(true, Box::pin(work))
}

/// Does work that fails when the store stays away for too long, as a part of work that would wait.
pub(crate) fn not_waited_out<F: Future>(work: F) -> impl Future<Output = F::Output> {
    WAITED_OUT.scope(false, Box::pin(work))
}

/// Does the work as this task's, in whatever task it is done then.
pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    WAITED_OUT.scope(is_waited_out(), work)
}

/// Whether this task waits until the store is back.
pub(crate) fn is_waited_out() -> bool {
    WAITED_OUT.try_with(|waited_out| *waited_out).unwrap_or(false)
}
