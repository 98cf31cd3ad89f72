//! An effect whose request has left is seen to its end although its caller doesn't wait any more: what it did at the server
//! is known then, and a session that it made is in the store.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tracing::Instrument;

use crate::engine::Hub;
use crate::ground::error::Result;
use crate::ground::runtime::{self, Task};
use crate::ground::{last_error, outage};

tokio::task_local! {
    static WAY: Arc<Way>;
}

/// How far the effect is that this task is about.
#[derive(Debug, Default)]
struct Way {
    /// A request is on its way, or was and may have been taken.
    left: AtomicBool,
    /// The caller doesn't wait any more.
    alone: AtomicBool,
}

/// Notes whether a request of this task's effect may have been taken.
pub(super) fn note_left(left: bool) {
    // Outside such a task nobody asks.
    let _ = WAY.try_with(|way| way.left.store(left, Ordering::Relaxed));
}

/// Whether the caller has left: then nothing more is begun for it.
pub(super) fn is_alone() -> bool {
    WAY.try_with(|way| way.alone.load(Ordering::Relaxed)).unwrap_or(false)
}

/// Stops the effect with its caller, unless a request has left.
struct Caller<T: Send + 'static> {
    task: Option<Task<Result<T>>>,
    way: Arc<Way>,
    runtime: Handle,
    limit: Duration,
}

impl<T: Send + 'static> Drop for Caller<T> {
    fn drop(&mut self) {
        let Some(task) = self.task.take() else { return };
        if self.way.left.load(Ordering::Relaxed) {
            self.way.alone.store(true, Ordering::Relaxed);
            let limit = self.limit;
            self.runtime.spawn(async move {
                if tokio::time::timeout(limit, task).await.is_err() {
                    tracing::warn!(target: "jules::once", "cannot find out in time what a cancelled call has done");
                }
            });
        }
    }
}

/// Does the work to its end, as far as that takes no longer than one silent request, also when the caller leaves.
pub(crate) async fn to_its_end<T: Send + 'static>(
    hub: &Hub,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    let way = Arc::<Way>::default();
    let carried = outage::carried(last_error::carried(WAY.scope(Arc::clone(&way), work)));
    let task = runtime::spawn(carried.in_current_span())?;
    let limit = hub.service.transport.request_timeout();
    let mut caller = Caller { task: Some(task), way, runtime: Handle::current(), limit };
    let result = match caller.task.as_mut() {
        Some(task) => task.await,
        None => return Err(crate::ground::error::Error::closed()),
    };
    caller.task = None;
    result?
}
