//! What is iterated: activities, sources, sessions, tasks and what comes of them, each as chunks of JSON texts.
//!
//! A chunk is what is ready, so one crossing carries many items and a quiet stream delivers each at once.

use std::sync::Arc;

use jules::{ActivityStream, SessionList, SourceList, TaskList, Work};
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{Receiver, channel};
use tokio_util::sync::CancellationToken;

use crate::call::promise;
use crate::cancel::CancelToken;
use crate::chunk::{Chunks, Part, Reader};
use crate::error::cancelled;
use crate::options::millis;
use crate::values;

/// How many chunks lie ready, so that reading goes on while JavaScript works on the one it has.
const AHEAD: usize = 1;

/// A stream that one reader at a time takes chunks from, until it is closed and dropped.
#[derive(Debug)]
struct Feed<S> {
    reading: Arc<Mutex<Option<Reading<S>>>>,
    closed: CancellationToken,
}

#[derive(Debug)]
enum Reading<S> {
    /// Nothing is read before it is asked for.
    Asked(Reader<S>),
    /// A task reads; it waits when enough lies ready.
    Ahead(Receiver<napi::Result<Vec<Part>>>),
}

impl<S: Chunks> Feed<S> {
    fn new(stream: S) -> Self {
        let reading = Reading::Asked(Reader::new(stream));
        Self { reading: Arc::new(Mutex::new(Some(reading))), closed: CancellationToken::new() }
    }

    /// The next chunk; nothing at the end and after `close`. With `ahead` the ones behind it are read already.
    fn next<'env>(&self, env: &'env Env, ahead: bool) -> napi::Result<PromiseRaw<'env, Option<Vec<Part>>>> {
        let slot = Arc::clone(&self.reading);
        let closed = self.closed.clone();
        env.spawn_future(async move {
            let next = async {
                let mut slot = slot.lock().await;
                if ahead
                    && let Some(Reading::Asked(reader)) = slot.take_if(|reading| matches!(reading, Reading::Asked(_)))
                {
                    *slot = Some(Reading::Ahead(read_ahead(reader, closed.clone())));
                }
                match slot.as_mut() {
                    Some(Reading::Asked(reader)) => reader.next().await,
                    Some(Reading::Ahead(chunks)) => chunks.recv().await.transpose(),
                    None => Ok(None),
                }
            };
            closed.run_until_cancelled(next).await.unwrap_or(Ok(None))
        })
    }

    /// Drops the stream: at once when nobody waits on it, else as soon as the waiter has let go.
    fn close(&self) {
        self.closed.cancel();
        let reading = Arc::clone(&self.reading);
        napi::bindgen_prelude::spawn(async move { drop(reading.lock().await.take()) });
    }
}

/// Reads on in a task of its own, until the end, an error, or the feed's end.
fn read_ahead<S: Chunks>(mut reader: Reader<S>, closed: CancellationToken) -> Receiver<napi::Result<Vec<Part>>> {
    let (ready, chunks) = channel(AHEAD);
    let read = async move {
        while let Some(chunk) = reader.next().await.transpose() {
            let last = chunk.is_err();
            if ready.send(chunk).await.is_err() || last {
                break;
            }
        }
    };
    napi::bindgen_prelude::spawn(async move {
        closed.run_until_cancelled_owned(read).await;
    });
    chunks
}

impl<S> Drop for Feed<S> {
    /// The iterator was forgotten without being left: what reads for it must not outlive it.
    fn drop(&mut self) {
        self.closed.cancel();
    }
}

/// Writes the two methods that every kind of feed has.
macro_rules! feed {
    ($(#[$doc:meta])* $class:ident of $stream:ty, ahead: $ahead:literal) => {
        $(#[$doc])*
        #[napi]
        #[derive(Debug)]
        pub struct $class(Feed<$stream>);

        #[napi]
        impl $class {
            /// The next items: texts of JSON arrays, each with the long texts that were taken out of it; null at the end and
            /// after `close`.
            #[napi(ts_return_type = "Promise<string[][] | null>")]
            pub fn next_chunk<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Option<Vec<Part>>>> {
                self.0.next(env, $ahead)
            }

            /// Stops the work behind the stream. A read that waits ends with null.
            #[napi]
            pub fn close(&self) {
                self.0.close();
            }

            pub(crate) fn new(stream: $stream) -> Self {
                Self(Feed::new(stream))
            }
        }
    };
}

feed! {
    /// Activities of a session.
    ActivityFeed of ActivityStream, ahead: true
}

feed! {
    /// Sources that the account can use; a page is fetched when it is asked for.
    SourceFeed of SourceList, ahead: false
}

feed! {
    /// Sessions of the account; a page is fetched when it is asked for.
    SessionFeed of SessionList, ahead: false
}

feed! {
    /// Tasks of a queue; a page is read when it is asked for.
    TaskFeed of TaskList, ahead: false
}

feed! {
    /// What a worker has brought to its end. It works until the feed is closed.
    WorkFeed of Work, ahead: false
}

/// Writes what a feed has that can also give one page.
macro_rules! first_page {
    ($class:ident) => {
        #[napi]
        impl $class {
            /// The page at this place, as the text of `{ items, nextPageToken? }`.
            #[napi]
            pub fn page<'env>(
                &self,
                env: &'env Env,
                timeout_ms: Option<f64>,
                cancel: Option<&CancelToken>,
            ) -> napi::Result<PromiseRaw<'env, String>> {
                let reading = self.0.reading.try_lock().map_err(|_| cancelled())?;
                let Some(Reading::Asked(list)) = reading.as_ref() else { return Err(cancelled()) };
                promise(env, cancel, list.stream.page().timeout_opt(millis(timeout_ms)), |page| values::page(&page))
            }
        }
    };
}

first_page!(SourceFeed);
first_page!(SessionFeed);
