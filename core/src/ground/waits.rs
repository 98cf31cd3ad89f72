//! Waits of the client's own, for a turn, a slot, the next attempt: each that lasts over a second is a line of the log, and is
//! counted. Whose it is, and what was called, is known from the [scope](super::log_scope).

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::last_error;
use super::log_scope;
pub(crate) use super::wait_reason::WaitReason;

/// Shorter waits are nobody's concern.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// A wait, with what it belongs to as far as the one who waits knows it.
#[derive(Clone, Debug)]
pub(crate) struct Wait {
    reason: WaitReason,
    session: Option<String>,
    operation: Option<&'static str>,
}

impl Wait {
    pub(crate) fn of(reason: WaitReason) -> Self {
        Self { reason, session: None, operation: None }
    }

    /// About this session.
    pub(crate) fn in_session(self, session: impl Into<String>) -> Self {
        Self { session: Some(session.into()), ..self }
    }

    /// Before this operation of the API.
    pub(crate) fn before(self, operation: &'static str) -> Self {
        Self { operation: Some(operation), ..self }
    }

    /// Waits until the work is done.
    pub(crate) fn during<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        // On the heap: a future that is handed on is in each that it is handed to, which would grow with every wrapping.
        let mut work = Box::pin(work);
        async move {
            let began = Instant::now();
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::time::sleep(WORTH_TELLING) => {}
            }
            self.tell(None);
            let done = work.await;
            last_error::waits(None);
            let (reason, milliseconds) = (self.reason.as_str(), began.elapsed().as_millis());
            tracing::debug!(target: "jules::wait", reason, milliseconds, "waited for {}", self.reason.text());
            done
        }
    }

    /// Waits so long.
    pub(crate) async fn pause(self, time: Duration) {
        self.about(time, tokio::time::sleep(time)).await;
    }

    /// Does what probably takes that long.
    pub(crate) async fn about<F: Future>(self, time: Duration, work: F) -> F::Output {
        let is_long = time > WORTH_TELLING;
        if is_long {
            self.tell(Some(time));
        }
        let done = work.await;
        if is_long {
            last_error::waits(None);
        }
        done
    }

    /// Counts a wait that has a line of its own.
    pub(crate) fn count(reason: WaitReason, time: Duration) {
        if time > WORTH_TELLING {
            log_scope::count_wait(reason);
        }
    }

    /// Begins a wait that isn't one piece of work.
    pub(crate) fn begin(self) -> Begun {
        Begun { wait: Some(self), since: Instant::now() }
    }

    /// One line for the wait, once it is known to be a long one.
    fn tell(&self, time: Option<Duration>) {
        log_scope::count_wait(self.reason);
        let (call, of_call) = log_scope::call().unzip();
        let session = self.session.as_deref().or(of_call.as_ref().and_then(Option::as_deref));
        let (reason, operation) = (self.reason.as_str(), self.operation);
        let milliseconds = time.map(|time| time.as_millis());
        let text = self.reason.text();
        tracing::info!(target: "jules::wait", reason, session, operation, call, milliseconds, "waiting for {text}");
        last_error::waits(Some(text));
    }
}

/// See [`Wait::begin`].
#[derive(Debug)]
pub(crate) struct Begun {
    wait: Option<Wait>,
    since: Instant,
}

impl Begun {
    /// It still lasts.
    pub(crate) fn lasts(&mut self) {
        if self.since.elapsed() > WORTH_TELLING
            && let Some(wait) = self.wait.take()
        {
            wait.tell(None);
        }
    }
}
