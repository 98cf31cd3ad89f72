//! Where the work runs: one Tokio runtime for the process, started with the first client. Swift's threads only ever
//! poll a join handle; no thread blocks while a call waits.

use std::future::IntoFuture;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::cancel::CancelToken;
use crate::failure::Failure;
use crate::json::to_json;

/// The runtime; it fails only where the system refuses threads.
pub(crate) fn runtime() -> Result<&'static Runtime, Failure> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    RUNTIME
        .get_or_init(|| {
            jules::ffi::speak(jules::ffi::Language::Swift);
            Builder::new_multi_thread().worker_threads(2).thread_name("jules").enable_all().build()
        })
        .as_ref()
        .map_err(|cause| Failure::internal(format!("the runtime could not be started: {cause}")))
}

/// Runs `work` on the runtime until it is done or the token is pulled. Either way it is gone when this returns.
pub(crate) async fn call<T, W>(cancel: Arc<CancelToken>, work: W) -> Result<T, Failure>
where
    T: Send + 'static,
    W: IntoFuture<Output = jules::Result<T>> + Send + 'static,
    W::IntoFuture: Send,
{
    spawn(async move {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Failure::Cancelled),
            result = work.into_future() => result.map_err(Failure::from),
        }
    })
    .await
}

/// As [`call`], and writes the result as JSON while still on the runtime.
pub(crate) async fn call_json<T, W>(cancel: Arc<CancelToken>, work: W) -> Result<String, Failure>
where
    T: Serialize + Send + 'static,
    W: IntoFuture<Output = jules::Result<T>> + Send + 'static,
    W::IntoFuture: Send,
{
    spawn(async move {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Failure::Cancelled),
            result = work.into_future() => to_json(&result?),
        }
    })
    .await
}

/// Runs what blocks on a thread for that. Who cancels waits no longer; what was begun is finished.
pub(crate) async fn aside<T: Send + 'static>(
    cancel: Arc<CancelToken>,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    spawn(async move {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(Failure::Cancelled),
            done = tokio::task::spawn_blocking(work) => done.map_err(Failure::internal)?,
        }
    })
    .await
}

/// Runs a future on the runtime and waits; dropped, it stops the future too.
async fn spawn<T: Send + 'static>(
    work: impl Future<Output = Result<T, Failure>> + Send + 'static,
) -> Result<T, Failure> {
    let mut task = AbortOnDrop(runtime()?.spawn(work));
    match (&mut task.0).await {
        Ok(result) => result,
        Err(stopped) if stopped.is_cancelled() => Err(Failure::Cancelled),
        Err(panicked) => Err(Failure::internal(format!("internal error: {panicked}"))),
    }
}

struct AbortOnDrop<T>(JoinHandle<T>);

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How many tasks the runtime has: calls under way, watchers, connections. Tests look for leaks with it.
#[uniffi::export]
fn living_tasks() -> Result<u64, Failure> {
    let tasks = runtime()?.metrics().num_alive_tasks();
    Ok(u64::try_from(tasks).unwrap_or(u64::MAX))
}
