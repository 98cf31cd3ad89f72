//! A call that is described but not yet made.

use std::fmt;
use std::future::{Future, IntoFuture};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::error::{Error, ErrorKind, Result};

/// A call that is made when it is awaited. Dropping the future stops the work.
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
    timeout: Option<Duration>,
}

impl<T: Send + 'static> Pending<T> {
    pub(crate) fn new(doing: &'static str, work: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self { doing, work: work.boxed(), timeout: None }
    }

    /// Gives up after this time with [`ErrorKind::Timeout`]. What the server has begun goes on.
    pub fn timeout(self, limit: Duration) -> Self {
        self.timeout_opt(Some(limit))
    }

    /// [`Pending::timeout`], when there is one.
    pub fn timeout_opt(mut self, limit: Option<Duration>) -> Self {
        self.timeout = limit;
        self
    }
}

impl<T: Send + 'static> IntoFuture for Pending<T> {
    type Output = Result<T>;
    type IntoFuture = BoxFuture<'static, Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { doing, work, timeout } = self;
        let Some(limit) = timeout else { return work };
        async move {
            tokio::time::timeout(limit, work).await.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Timeout, format!("not done within {limit:?}"))
                    .while_doing(doing)
                    .with_hint("What runs at the server goes on; ask again, or allow more time."))
            })
        }
        .boxed()
    }
}

impl<T> fmt::Debug for Pending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("doing", &self.doing).field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
