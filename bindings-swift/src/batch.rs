//! Many sessions, a few at a time: what core's `all` asks of Swift, and what it tells.

use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use jules::ffi::Drive;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use crate::cancel::CancelToken;
use crate::failure::Failure;
use crate::json::to_json;
use crate::living::Counted;
use crate::options::{AllOptions, RunConfig, duration};
use crate::runtime::call;
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

/// The status of an item.
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

/// What the next item's session is to do. Swift keeps the items: here they are only counted.
type Described = Option<((), jules::Result<jules::RunConfig>)>;
type Answer = oneshot::Sender<Described>;

/// Core's work: it asks for the next item when there is room for its session.
#[derive(uniffi::Object)]
pub(crate) struct Batch {
    drive: Arc<Drive<()>>,
    /// Its questions, until there are no more items.
    asked: Arc<AsyncMutex<Option<UnboundedReceiver<Answer>>>>,
    /// Where the answer to the question goes that was taken last.
    answer: Arc<Mutex<Option<Answer>>>,
    _counted: Counted,
}

impl Batch {
    pub(crate) fn new(
        jules: &jules::Jules,
        options: AllOptions,
        listener: Option<Box<dyn ProgressListener>>,
    ) -> Result<Arc<Self>, Failure> {
        let (sender, asked) = unbounded_channel();
        let describe = move || {
            let (answer, answered) = oneshot::channel();
            // Where nobody listens any more, the answer is lost with the question.
            drop(sender.send(answer));
            async move { answered.await.ok().flatten() }.boxed()
        };
        let mut drive = Drive::new(jules, options.into(), Box::new(describe), false)?;
        if let Some(listener) = listener {
            drive = drive.on_progress(move |progress| {
                if let Ok(json) = to_json(progress) {
                    listener.stepped(json);
                }
            });
        }
        let asked = Arc::new(AsyncMutex::new(Some(asked)));
        Ok(Arc::new(Self { drive: Arc::new(drive), asked, answer: Arc::default(), _counted: Counted::new() }))
    }

    fn answer(&self, described: Described) {
        let answer = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(answer) = answer {
            // It may have ended meanwhile.
            drop(answer.send(described));
        }
    }
}

#[uniffi::export]
impl Batch {
    /// Waits until core asks for the next item. `false`: no more are wanted.
    pub(crate) async fn ready(&self, cancel: Arc<CancelToken>) -> Result<bool, Failure> {
        let (asked, answer) = (Arc::clone(&self.asked), Arc::clone(&self.answer));
        call(cancel, async move {
            let question = match asked.lock().await.as_mut() {
                Some(asked) => asked.recv().await,
                None => None,
            };
            let is_asked = question.is_some();
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = question;
            Ok(is_asked)
        })
        .await
    }

    /// The next item is to be run so.
    pub(crate) fn start(&self, config: RunConfig) -> Result<(), Failure> {
        self.answer(Some(((), Ok(config.into()))));
        Ok(())
    }

    /// The next item can't be run.
    pub(crate) fn fail(&self, message: String) {
        self.answer(Some(((), Err(jules::Error::custom(message)))));
    }

    /// There are no more items.
    pub(crate) fn finish(&self) {
        self.answer(None);
        // The question that comes next finds nobody.
        if let Ok(mut asked) = self.asked.try_lock() {
            *asked = None;
        }
    }

    /// Stops watching; nothing starts any more. Sessions keep running on the server.
    pub(crate) fn stop(&self) {
        self.drive.close();
    }

    /// Says before it begins that all results are wanted together and within this time, and nobody has one in hand before.
    pub(crate) fn awaited(&self, timeout: Option<u64>) {
        self.drive.awaited();
        if let Some(limit) = duration(timeout) {
            self.drive.within(limit);
        }
    }

    /// The next item that is done; nothing at the end.
    pub(crate) async fn next(&self, cancel: Arc<CancelToken>) -> Result<Option<BatchResult>, Failure> {
        let drive = Arc::clone(&self.drive);
        let next = call(cancel, async move { drive.next().await }).await?;
        next.map(BatchResult::try_from).transpose()
    }
}

type Done = jules::Finished<(), jules::ffi::ItemEnd>;

impl TryFrom<Done> for BatchResult {
    type Error = Failure;

    fn try_from(one: Done) -> Result<Self, Failure> {
        let end = match one.result {
            Ok(jules::ffi::ItemEnd::Outcome(outcome)) => ItemEnd::Outcome { json: to_json(&outcome)? },
            Ok(jules::ffi::ItemEnd::Session(session)) => ItemEnd::Session { session: Session::new(session) },
            // Core has no other end.
            Ok(_) => ItemEnd::Cancelled,
            Err(error) if error.kind() == jules::ErrorKind::Cancelled => ItemEnd::Cancelled,
            Err(error) => ItemEnd::Failed { fields: jules::ffi::error_envelope(&error).to_string() },
        };
        Ok(Self { index: u64::try_from(one.index).unwrap_or(u64::MAX), end })
    }
}
