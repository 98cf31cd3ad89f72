//! A call that is described but not yet made.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::ground::error::{Error, ErrorKind, Result};

/// A call that is made when it is awaited. Dropping it stops the work.
///
/// ```no_run
/// # async fn example(session: jules::Session) -> jules::Result<()> {
/// use std::time::Duration;
/// let outcome = session.result().timeout(Duration::from_secs(3600)).await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is done until it is awaited"]
pub struct Pending<T> {
    doing: &'static str,
    work: BoxFuture<'static, Result<T>>,
}

impl<T: Send + 'static> Pending<T> {
    pub(crate) fn new(doing: &'static str, work: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self { doing, work: work.boxed() }
    }

    /// Gives up with [`ErrorKind::Timeout`], this long after it was first awaited. What the server has begun goes on.
    pub fn timeout(self, limit: Duration) -> Self {
        let Self { doing, work } = self;
        Self::new(doing, async move {
            tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Timeout, format!("not done within {limit:?}"))
                    .while_doing(doing)
                    .with_hint("What runs at the server goes on; ask again, or allow more time."))
            })
        })
    }

    /// [`Pending::timeout`], when there is one.
    pub fn timeout_opt(self, limit: Option<Duration>) -> Self {
        match limit {
            Some(limit) => self.timeout(limit),
            None => self,
        }
    }
}

impl<T> Future for Pending<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.work.poll_unpin(context)
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("doing", &self.doing).finish_non_exhaustive()
    }
}
