//! What all streams of this crate have in common: items come in batches, and nothing is lost when a wait is dropped.

use std::collections::VecDeque;
use std::fmt;
use std::future::{self, poll_fn};
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use futures::FutureExt;
use futures::future::BoxFuture;

use crate::ground::error::Result;
use crate::ground::log_scope::Scope;
use crate::ground::runtime;

/// Where batches come from.
#[async_trait]
pub(crate) trait Feed<T>: Send {
    /// The next batch, which may be empty; nothing at the end. It is not asked again after an error.
    async fn next_batch(&mut self) -> Result<Option<Vec<T>>>;

    /// Whether the next batch is at hand, so that having it makes no request. It is fetched while the one before is used.
    fn is_ahead(&self) -> bool {
        false
    }
}

/// A stream over a feed. It owns the batch in hand and the wait for the next one, so that dropping a pending `next` loses
/// nothing. The next batch is fetched by a task of its own: were it polled by whoever waits, a wait that is dropped would
/// leave it standing with what it holds, such as its turn at the store, and everybody else would wait for ever.
pub(crate) struct Flow<T> {
    /// Whose work it is, whoever polls.
    scope: Scope,
    ready: VecDeque<T>,
    state: State<T>,
}

type Step<T> = (Box<dyn Feed<T>>, Result<Option<Vec<T>>>);

enum State<T> {
    Idle(Box<dyn Feed<T>>),
    Waiting(BoxFuture<'static, Result<Step<T>>>),
    Ended,
}

impl<T: Send + 'static> State<T> {
    fn fetching(scope: &Scope, mut feed: Box<dyn Feed<T>>) -> Self {
        let _scope = scope.enter();
        let fetched = runtime::start(async move {
            let batch = feed.next_batch().await;
            (feed, batch)
        });
        Self::Waiting(fetched.unwrap_or_else(|error| future::ready(Err(error)).boxed()))
    }
}

impl<T: Send + 'static> Flow<T> {
    pub(crate) fn new(scope: Scope, feed: impl Feed<T> + 'static) -> Self {
        Self { scope, ready: VecDeque::new(), state: State::Idle(Box::new(feed)) }
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
            Poll::Ready(ready.map(|ready| ready.map(|()| self.take(most))))
        })
        .await
    }

    fn take(&mut self, most: usize) -> Vec<T> {
        let rest = self.ready.split_off(most.max(1).min(self.ready.len()));
        std::mem::replace(&mut self.ready, rest).into()
    }

    /// Waits until there is an item in hand.
    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<()>>> {
        while self.ready.is_empty() {
            match std::mem::replace(&mut self.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Idle(feed) => self.state = State::fetching(&self.scope, feed),
                State::Waiting(mut wait) => match wait.poll_unpin(context) {
                    Poll::Pending => {
                        self.state = State::Waiting(wait);
                        return Poll::Pending;
                    }
                    Poll::Ready(Err(error) | Ok((_, Err(error)))) => return Poll::Ready(Some(Err(error))),
                    Poll::Ready(Ok((_, Ok(None)))) => return Poll::Ready(None),
                    Poll::Ready(Ok((feed, Ok(Some(batch))))) => {
                        self.ready = batch.into();
                        self.state =
                            if feed.is_ahead() { State::fetching(&self.scope, feed) } else { State::Idle(feed) };
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
            type Item = $crate::ground::error::Result<$item>;

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
            /// Dropping the wait loses nothing. An error comes after all items that came before it, and ends the stream.
            pub async fn next_chunk(&mut self, most: usize) -> Option<$crate::ground::error::Result<Vec<$item>>> {
                self.0.next_chunk(most).await
            }
        }
    };
}
pub(crate) use stream_of;

// The flow never hands out a pin to what it owns.
impl<T> Unpin for Flow<T> {}

#[cfg(test)]
mod tests {
    use tokio::sync::watch;

    use super::*;
    use crate::ground::error::Error;

    /// Gives what it has, one batch after the other, and tells how many were asked for; then fails.
    struct Batches {
        rest: std::vec::IntoIter<Vec<u32>>,
        asked: watch::Sender<usize>,
        ahead: bool,
    }

    #[async_trait]
    impl Feed<u32> for Batches {
        async fn next_batch(&mut self) -> Result<Option<Vec<u32>>> {
            self.asked.send_modify(|asked| *asked += 1);
            self.rest.next().map(Some).ok_or_else(|| Error::config("no more"))
        }

        fn is_ahead(&self) -> bool {
            self.ahead
        }
    }

    fn flow(batches: Vec<Vec<u32>>, ahead: bool) -> (Flow<u32>, watch::Receiver<usize>) {
        let (asked, told) = watch::channel(0);
        (Flow::new(Scope::default(), Batches { rest: batches.into_iter(), asked, ahead }), told)
    }

    async fn next(flow: &mut Flow<u32>) -> Option<Result<u32>> {
        poll_fn(|context| flow.poll_next(context)).await
    }

    #[tokio::test]
    async fn what_is_at_hand_is_fetched_while_the_batch_before_it_is_used() {
        let (mut flow, mut asked) = flow(vec![vec![1, 2], vec![3], vec![4]], true);
        assert_eq!(next(&mut flow).await.unwrap().unwrap(), 1);
        asked.wait_for(|asked| *asked == 2).await.unwrap();
        assert_eq!(flow.next_chunk(9).await.unwrap().unwrap(), [2]);
        tokio::task::yield_now().await;
        assert_eq!(*asked.borrow(), 2, "one batch ahead, not more");
    }

    #[tokio::test]
    async fn what_must_be_asked_for_is_asked_for_when_it_is_needed() {
        let (mut flow, asked) = flow(vec![vec![1, 2], vec![3]], false);
        for expected in [1, 2] {
            assert_eq!(next(&mut flow).await.unwrap().unwrap(), expected);
            tokio::task::yield_now().await;
            assert_eq!(*asked.borrow(), 1);
        }
        assert_eq!(next(&mut flow).await.unwrap().unwrap(), 3);
    }

    #[tokio::test]
    async fn empty_batches_are_passed_over_and_an_error_comes_behind_all_items() {
        for ahead in [true, false] {
            let (mut flow, _asked) = flow(vec![vec![], vec![1, 2, 3], vec![], vec![4]], ahead);
            assert_eq!(flow.next_chunk(2).await.unwrap().unwrap(), [1, 2]);
            assert_eq!(flow.next_chunk(2).await.unwrap().unwrap(), [3]);
            assert_eq!(flow.next_chunk(2).await.unwrap().unwrap(), [4]);
            assert_eq!(flow.next_chunk(2).await.unwrap().unwrap_err().message(), "no more");
            assert!(flow.next_chunk(2).await.is_none());
        }
    }
}
