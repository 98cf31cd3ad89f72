//! Many sessions, a few at a time: Swift feeds the pool from its own items and takes the results.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cancel::CancelToken;
use crate::failure::Failure;
use crate::json::to_json;
use crate::living::Counted;
use crate::options::{AllOptions, RunConfig, duration};
use crate::runtime::{call, runtime};
use crate::session::Session;

/// Hears of each step of a batch or a sync, on whatever thread it happens.
#[uniffi::export(callback_interface)]
pub(crate) trait ProgressListener: Send + Sync {
    /// `progress` is the JSON of [`jules::Progress`] or [`jules::SyncProgress`].
    fn stepped(&self, progress: String);
}

/// One item that is done.
#[derive(uniffi::Record)]
pub(crate) struct BatchResult {
    index: u64,
    end: ItemEnd,
}

/// What became of an item.
#[derive(uniffi::Enum)]
pub(crate) enum ItemEnd {
    /// Its session has ended: the JSON of the outcome.
    Outcome { json: String },
    /// Its session is created, which is what was asked for.
    Session { session: Arc<Session> },
    /// It could not be run: the fields of the error.
    Failed { fields: String },
    /// The client was closed.
    Cancelled,
}

/// The pool, until it is stopped.
#[derive(uniffi::Object)]
pub(crate) struct Batch {
    batch: Mutex<Option<jules::ffi::Batch>>,
    _counted: Counted,
}

impl Batch {
    pub(crate) fn new(
        jules: &jules::Jules,
        options: AllOptions,
        listener: Option<Box<dyn ProgressListener>>,
    ) -> Result<Arc<Self>, Failure> {
        let on_progress = listener.map(|listener| {
            let tell = move |progress: &jules::Progress| {
                if let Ok(json) = to_json(progress) {
                    listener.stepped(json);
                }
            };
            Box::new(tell) as jules::ffi::OnProgress
        });
        let batch = jules::ffi::batch(jules, &options.into(), on_progress)?;
        Ok(Arc::new(Self { batch: Mutex::new(Some(batch)), _counted: Counted::new() }))
    }

    fn batch(&self) -> Option<jules::ffi::Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[uniffi::export]
impl Batch {
    /// All results are wanted together, and nobody has one in hand before.
    pub(crate) fn awaited(&self) {
        if let Some(batch) = self.batch() {
            batch.awaited();
        }
    }

    /// Waits until another item may start. `false`: no more are wanted.
    pub(crate) async fn ready(&self, cancel: Arc<CancelToken>) -> Result<bool, Failure> {
        let Some(batch) = self.batch() else { return Ok(false) };
        call(cancel, async move { Ok(batch.ready().await) }).await
    }

    /// Starts the next item.
    pub(crate) fn start(&self, config: RunConfig) -> Result<(), Failure> {
        let _inside = runtime()?.enter();
        if let Some(batch) = self.batch() {
            batch.start(config.into());
        }
        Ok(())
    }

    /// Counts the next item as one that can't be run.
    pub(crate) fn fail(&self, message: String) {
        if let Some(batch) = self.batch() {
            batch.fail(jules::Error::custom(message));
        }
    }

    /// There are no more items.
    pub(crate) fn finish(&self) {
        if let Some(batch) = self.batch() {
            batch.finish();
        }
    }

    /// Stops watching; nothing starts any more. Sessions go on at the server.
    pub(crate) fn stop(&self) {
        let batch = self.batch.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(batch);
    }

    /// The next result, in the order in which items finish; nothing when all have.
    pub(crate) async fn next(
        &self,
        timeout: Option<u64>,
        cancel: Arc<CancelToken>,
    ) -> Result<Option<BatchResult>, Failure> {
        let Some(batch) = self.batch() else { return Ok(None) };
        let next = call(cancel, async move { batch.next_within(duration(timeout)).await }).await?;
        next.map(BatchResult::try_from).transpose()
    }
}

impl TryFrom<jules::ffi::BatchResult> for BatchResult {
    type Error = Failure;

    fn try_from(one: jules::ffi::BatchResult) -> Result<Self, Failure> {
        let end = match one.result {
            Ok(jules::ffi::ItemEnd::Outcome(outcome)) => {
                ItemEnd::Outcome { json: to_json(&outcome)? }
            }
            Ok(jules::ffi::ItemEnd::Session(session)) => ItemEnd::Session { session: Session::new(session) },
            // Core has no other end.
            Ok(_) => ItemEnd::Cancelled,
            Err(error) if error.kind() == jules::ErrorKind::Cancelled => ItemEnd::Cancelled,
            Err(error) => ItemEnd::Failed { fields: jules::ffi::error_envelope(&error).to_string() },
        };
        Ok(Self { index: u64::try_from(one.index).unwrap_or(u64::MAX), end })
    }
}
