//! A call that has not been made yet.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::last_error::LastError;
use crate::ground::outage::waited_out;
use crate::store::Store;

// only rust: elsewhere calls take these as arguments
/// A call that is made once it is awaited. Dropping it stops the work; a request that was already sent is finished in the
/// background, so that its effect is known.
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
    /// Set by the caller before the work begins, where the work waits for a session's news.
    stall: Option<Stall>,
    about: Option<About>,
    /// What it may wait for.
    store: Option<Arc<dyn Store>>,
}

/// Adds to an error of a time limit what it was about.
type About = Arc<dyn Fn(Error) -> Error + Send + Sync>;

/// What all items of a batch together are said to be.
pub(crate) const RUNNING_ALL: &str = "running many sessions";

/// The error of a time limit that the caller gave.
pub(crate) fn timed_out(doing: &'static str, limit: Duration) -> Error {
    Error::new(ErrorKind::Timeout, format!("timed out after {limit:?}"))
        .with_retryable(true)
        .while_doing(doing)
        .with_hint("The session keeps running on the server; call again or raise the timeout.")
}

/// The error of a time limit that the caller gave, where what kept the call is that the store can't be reached.
pub(crate) fn out_of_reach(doing: &'static str, store: &dyn Store) -> Option<Error> {
    store.outage().map(|error| error.with_retryable(true).while_doing(doing))
}

/// How long a wait may go without news, if the caller said so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stall(Arc<OnceLock<Duration>>);

impl Stall {
    pub(crate) fn limit(&self) -> Option<Duration> {
        self.0.get().copied()
    }
}

impl<T: Send + 'static> Pending<T> {
    pub(crate) fn new(doing: &'static str, work: impl Future<Output = Result<T>> + Send + 'static) -> Self {
        Self { doing, work: work.boxed(), stall: None, about: None, store: None }
    }

    /// One that waits for what comes of a session: it may be given a [`stall_timeout`](Self::stall_timeout).
    pub(crate) fn waiting<F>(doing: &'static str, work: impl FnOnce(Stall) -> F) -> Self
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let stall = Stall::default();
        Self { stall: Some(stall.clone()), ..Self::new(doing, waited_out(work(stall))) }
    }

    /// Says in the place of a time limit's error why this store can't be reached, where that is so then.
    pub(crate) fn over(self, store: &Arc<dyn Store>) -> Self {
        Self { store: Some(Arc::clone(store)), ..self }
    }

    /// Says in errors of a time limit what it was about.
    pub(crate) fn about(self, about: impl Fn(Error) -> Error + Send + Sync + 'static) -> Self {
        Self { about: Some(Arc::new(about)), ..self }
    }

    /// Says in every error which session it was about.
    pub(crate) fn about_session(self, id: &str) -> Self {
        let (Self { doing, work, stall, store, .. }, id) = (self, id.to_owned());
        let of_work = id.clone();
        let work = async move { work.await.map_err(|error| error.in_session(of_work)) };
        Self { stall, store, ..Self::new(doing, work) }.about(move |error| error.in_session(id.clone()))
    }

    /// Gives up with [`ErrorKind::Timeout`], this long after it was first awaited. The session keeps running on the server.
    /// Where the cache can't be reached then, it is an [`ErrorKind::Store`] that says so; until then it is waited for.
    pub fn timeout(self, limit: Duration) -> Self {
        let Self { doing, work, stall, about, store } = self;
        let (say, over) = (about.clone(), store.clone());
        let limited = async move {
            let last_error = LastError::default();
            let limited = tokio::time::timeout(limit, waited_out(last_error.during(work)));
            limited.await.unwrap_or_else(|_| {
                let outage = over.as_deref().and_then(|store| out_of_reach(doing, store));
                let error = outage.unwrap_or_else(|| last_error.explain(timed_out(doing, limit)));
                Err(say.map_or(error.clone(), |say| say(error)))
            })
        };
        Self { stall, about, store, ..Self::new(doing, limited) }
    }

    /// [`Pending::timeout`], when there is one: what bindings are given.
    #[doc(hidden)]
    pub fn timeout_opt(self, limit: Option<Duration>) -> Self {
        match limit {
            Some(limit) => self.timeout(limit),
            None => self,
        }
    }

    /// Gives up with [`ErrorKind::Timeout`] when the session has shown nothing new for that long: no activity and no change of
    /// state. Time in which this process was stopped, or the session was queued or waited for a person, doesn't count.
    /// The error has [`since`](Error::since) and [`last_activity`](Error::last_activity). For [`Session::result`] and
    /// [`Session::wait_for`]; any other call fails with [`ErrorKind::Config`].
    ///
    /// [`Session::result`]: crate::Session::result
    /// [`Session::wait_for`]: crate::Session::wait_for
    pub fn stall_timeout(self, limit: Duration) -> Self {
        match &self.stall {
            // What was said first holds.
            Some(stall) => drop(stall.0.set(limit)),
            None => {
                let error = Error::config(
                    "this call doesn't wait for a session's activities: a stall_timeout has no effect here",
                );
                return Self::new(self.doing, async { Err(error) });
            }
        }
        self
    }

    /// [`Pending::stall_timeout`], when there is one: what bindings are given.
    #[doc(hidden)]
    pub fn stall_timeout_opt(self, limit: Option<Duration>) -> Self {
        match limit {
            Some(limit) => self.stall_timeout(limit),
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
