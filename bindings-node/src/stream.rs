//! What is iterated: activities, sources and sessions, each as chunks of JSON text.
//!
//! A chunk is what is ready, so one crossing carries many items and a quiet stream delivers each at once.

use std::sync::Arc;

use jules::{ActivityStream, SessionList, SourceList};
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::call::promise;
use crate::cancel::CancelToken;
use crate::error::{cancelled, to_json, to_napi};
use crate::options::millis;
use crate::values;

/// A stream that one reader at a time takes chunks from, until it is closed and dropped.
#[derive(Debug)]
struct Feed<S> {
    stream: Arc<Mutex<Option<S>>>,
    closed: CancellationToken,
}

impl<S: Send + 'static> Feed<S> {
    fn new(stream: S) -> Self {
        Self { stream: Arc::new(Mutex::new(Some(stream))), closed: CancellationToken::new() }
    }

    /// Drops the stream: at once when nobody waits on it, else as soon as the waiter has let go.
    fn close(&self) {
        self.closed.cancel();
        let stream = Arc::clone(&self.stream);
        napi::bindgen_prelude::spawn(async move { drop(stream.lock().await.take()) });
    }
}

impl<S> Drop for Feed<S> {
    /// The iterator was forgotten without being left: a waiting read must not outlive it.
    fn drop(&mut self) {
        self.closed.cancel();
    }
}

/// Writes the two methods that every kind of feed has.
macro_rules! feed {
    ($(#[$doc:meta])* $class:ident of $stream:ty) => {
        $(#[$doc])*
        #[napi]
        #[derive(Debug)]
        pub struct $class(Feed<$stream>);

        #[napi]
        impl $class {
            /// The next items as the text of a JSON array, at most `max`; null at the end and after `close`.
            #[napi]
            pub fn next_chunk<'env>(&self, env: &'env Env, max: u32) -> napi::Result<PromiseRaw<'env, Option<String>>> {
                let stream = Arc::clone(&self.0.stream);
                let closed = self.0.closed.clone();
                env.spawn_future(async move {
                    let mut slot = tokio::select! {
                        biased;
                        () = closed.cancelled() => return Ok(None),
                        slot = stream.lock() => slot,
                    };
                    let Some(stream) = slot.as_mut() else { return Ok(None) };
                    match closed.run_until_cancelled(stream.next_chunk(max as usize)).await {
                        None | Some(None) => Ok(None),
                        Some(Some(chunk)) => to_json(&chunk.map_err(to_napi)?).map(Some),
                    }
                })
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
    ActivityFeed of ActivityStream
}

feed! {
    /// Sources that the account can use.
    SourceFeed of SourceList
}

feed! {
    /// Sessions of the account.
    SessionFeed of SessionList
}

#[napi]
impl SessionFeed {
    /// The page at this place, as the text of `{ items, nextPageToken? }`.
    #[napi]
    pub fn page<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let list = self.0.stream.try_lock().map_err(|_| cancelled())?;
        let page = list.as_ref().ok_or_else(cancelled)?.page().timeout_opt(millis(timeout_ms));
        promise(env, cancel, page, |page| values::page(&page))
    }
}
