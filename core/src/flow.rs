//! What all streams of this crate have in common: items come in batches, and nothing is lost when a wait is dropped.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::error::Result;
use crate::runtime;

/// Where batches come from.
#[async_trait]
pub(crate) trait Feed<T>: Send {
    /// The next batch, not empty; nothing at the end. It is not asked again after an error.
    async fn next_batch(&mut self) -> Result<Option<Vec<T>>>;
}

/// A stream over a feed. It owns the batch in hand and the wait for the next one, so that dropping a pending `next` loses
/// nothing. The next batch is fetched by a task of its own: were it polled by whoever waits, a wait that is dropped would
/// leave it standing with what it holds, such as its turn at the store, and everybody else would wait for ever.
pub(crate) struct Flow<T> {
    ready: VecDeque<T>,
    state: State<T>,
}

type Step<T> = (Box<dyn Feed<T>>, Result<Option<Vec<T>>>);

enum State<T> {
    Idle(Box<dyn Feed<T>>),
    Waiting(BoxFuture<'static, Result<Step<T>>>),
    Ended,
}

impl<T: Send + 'static> Flow<T> {
    pub(crate) fn new(feed: impl Feed<T> + 'static) -> Self {
        Self { ready: VecDeque::new(), state: State::Idle(Box::new(feed)) }
    }

    pub(crate) fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        match ready!(self.poll_ready(context)) {
            Some(Ok(())) => Poll::Ready(self.ready.pop_front().map(Ok)),
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            None => Poll::Ready(None),
        }
    }

    pub(crate) async fn next_chunk(&mut self, most: usize) -> Option<Result<Vec<T>>> {
        poll_fn(|context| {
            let ready = ready!(self.poll_ready(context));
            Poll::Ready(
                ready.map(|ready| ready.map(|()| self.ready.drain(..most.max(1).min(self.ready.len())).collect())),
            )
        })
        .await
    }

    /// Waits until there is an item in hand.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<()>>> {
        while self.ready.is_empty() {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Idle(mut feed) => {
                    let fetched = runtime::start(async move {
                        let batch = feed.next_batch().await;
                        (feed, batch)
                    });
                    match fetched {
                        Ok(wait) => self.state = State::Waiting(wait),
                        Err(error) => return Poll::Ready(Some(Err(error))),
                    }
                }
                State::Waiting(mut wait) => match wait.poll_unpin(context) {
                    Poll::Pending => {
                        self.state = State::Waiting(wait);
                        return Poll::Pending;
                    }
                    Poll::Ready(Err(error) | Ok((_, Err(error)))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok((_, Ok(None)))) => return Poll::Ready(None),
                    Poll::Ready(Ok((feed, Ok(Some(batch))))) => {
                        self.ready.extend(batch);
                        self.state = State::Idle(feed);
                    }
                },
            }
        }
        Poll::Ready(Some(Ok(())))
    }
}

impl<T> fmt::Debug for Flow<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flow").field("ready", &self.ready.len()).finish_non_exhaustive()
    }
}

/// Gives a public stream type its `Stream` implementation and its chunks.
macro_rules! stream_of {
    ($name:ident, $item:ty) => {
        impl futures::Stream for $name {
            type Item = $crate::Result<$item>;

            fn poll_next(
                mut self: std::pin::Pin<&mut Self>,
                context: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Option<Self::Item>> {
                self.0.poll_next(context)
            }
        }

        impl $name {
            /// Waits for the first item, then takes what is ready, at most `most`. `None` is the end.
            ///
            /// Dropping the wait loses nothing. An error comes behind all items that came before it, and ends the stream.
            pub async fn next_chunk(&mut self, most: usize) -> Option<$crate::Result<Vec<$item>>> {
                self.0.next_chunk(most).await
            }
        }
    };
}
pub(crate) use stream_of;

// The flow never hands out a pin to what it owns.
impl<T> Unpin for Flow<T> {}
