//! Streams and listings: a buffer that Python empties item by item without waiting, and a call that fills it again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use futures::stream::BoxStream;
use jules::{ActivityStream, Error, SessionList, SourceList};
use pyo3::prelude::*;
use tokio::sync::{Mutex as AsyncMutex, watch};

use crate::call::Pending;
use crate::convert::ToPython;
use crate::local::Local;
use crate::process::Process;

/// How many items one trip to core brings at most: with asyncio, the number of items between two turns of the loop.
pub(crate) const CHUNK: usize = 256;

/// Where a stream's items come from.
pub(crate) enum Feed {
    Activities(ActivityStream),
    Sources(SourceList),
    Sessions(SessionList),
    /// Items that bring their conversion along.
    Other(BoxStream<'static, Result<Vec<Convert>, Error>>),
}

/// What makes an item Python's.
pub(crate) type Convert = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

enum Item {
    Activity(jules::Activity),
    Source(jules::Source),
    Session(Box<jules::SessionInfo>),
    Other(Convert),
}

impl Feed {
    async fn next_chunk(&mut self) -> Option<Result<Vec<Item>, Error>> {
        fn wrap<T>(chunk: Option<Result<Vec<T>, Error>>, item: impl Fn(T) -> Item) -> Option<Result<Vec<Item>, Error>> {
            chunk.map(|chunk| chunk.map(|items| items.into_iter().map(item).collect()))
        }
        match self {
            Self::Activities(stream) => wrap(stream.next_chunk(CHUNK).await, Item::Activity),
            Self::Sources(list) => wrap(list.next_chunk(CHUNK).await, Item::Source),
            Self::Sessions(list) => wrap(list.next_chunk(CHUNK).await, |info| Item::Session(Box::new(info))),
            Self::Other(stream) => wrap(stream.next().await, Item::Other),
        }
    }
}

/// The native half of streams and listings. As an iterator it gives what is ready.
#[pyclass(frozen, module = "jules._native")]
pub(crate) struct Stream {
    buffer: Arc<Mutex<VecDeque<Item>>>,
    source: Mutex<Option<Local<Source>>>,
}

#[derive(Clone)]
struct Source {
    feed: Arc<AsyncMutex<Feed>>,
    closed: Arc<watch::Sender<bool>>,
}

impl Stream {
    pub(crate) fn new(feed: Feed) -> Self {
        let source = Source { feed: Arc::new(AsyncMutex::new(feed)), closed: Arc::new(watch::Sender::new(false)) };
        Self { buffer: Arc::default(), source: Mutex::new(Some(Local::new(source))) }
    }

    /// The wait for the next items, which are buffered then; false at the end.
    pub(crate) fn more(&self) -> PyResult<impl Future<Output = Result<bool, Error>> + Send + use<>> {
        let source = match &*lock(&self.source) {
            Some(source) => Some(source.here()?.clone()),
            None => None,
        };
        let buffer = Arc::clone(&self.buffer);
        Ok(async move {
            match source {
                Some(source) => source.fill(&buffer).await,
                None => Ok(false),
            }
        })
    }
}

#[pymethods]
impl Stream {
    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    pub(crate) fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let item = lock(&self.buffer).pop_front();
        item.map(|item| match item {
            Item::Activity(activity) => activity.to_python(py),
            Item::Source(source) => source.to_python(py),
            Item::Session(info) => info.to_python(py),
            Item::Other(convert) => convert(py),
        })
        .transpose()
    }

    /// Waits for the next items and buffers them; false at the end. Cancelling it loses nothing.
    pub(crate) fn fill(&self) -> PyResult<Pending<bool>> {
        self.more().map(Pending::new)
    }

    /// Ends the stream and the work behind it, and every wait for its next item.
    pub(crate) fn close(&self) -> PyResult<()> {
        let source = lock(&self.source).take().and_then(Local::take);
        lock(&self.buffer).clear();
        if let Some(source) = source {
            let _runtime = Process::current()?.runtime.enter();
            source.closed.send_replace(true);
        }
        Ok(())
    }
}

impl Source {
    async fn fill(&self, buffer: &Mutex<VecDeque<Item>>) -> Result<bool, Error> {
        let mut closed = self.closed.subscribe();
        let chunk = tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => None,
            chunk = async { self.feed.lock().await.next_chunk().await } => chunk,
        };
        match chunk {
            Some(items) => {
                lock(buffer).extend(items?);
                Ok(true)
            }
            None => Ok(false),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
