//! The attempts of one call: counted, timed, and with the waits between them.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::Instant;

use super::body::FromBody;
use super::call::{Failure, Reply, Transport};
use super::request::Request;
use super::retry::{self, Failed, RunningTime, SLICE};
use crate::ground::error::{Error, Result};
use crate::ground::last_error;
use crate::ground::metrics::Counter;
use crate::ground::waits::{Wait, WaitReason};

/// Counts the attempts of one call and waits between them.
#[derive(Debug)]
pub(crate) struct Retrier<'a> {
    transport: &'a Transport,
    started: Instant,
    ran: RunningTime,
    attempts: u32,
    /// What the log says of the call.
    asked: Asked,
    /// The server's name for the last attempt that was answered.
    request_id: Option<String>,
}

#[derive(Debug, Default)]
struct Asked {
    operation: &'static str,
    session: String,
    path: String,
}

impl<'a> Retrier<'a> {
    pub(super) fn new(transport: &'a Transport) -> Self {
        let (ran, asked) = (RunningTime::default(), Asked::default());
        Self { transport, started: Instant::now(), ran, attempts: 0, asked, request_id: None }
    }

    /// When the first attempt began.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// One attempt.
    pub(crate) async fn attempt<T: FromBody>(&mut self, request: &Request) -> Result<Reply<T>, Failure> {
        self.asked = Asked {
            operation: request.operation.name(),
            session: request.session().unwrap_or_default().to_owned(),
            path: request.url(self.transport.base_url()).path().to_owned(),
        };
        let transport = self.transport;
        let attempt = self.attempts + 1;
        let result = self.timed(transport.log.around(transport.attempt(request, attempt))).await;
        result.map_err(|failure| {
            self.request_id = failure.error.request_id().map(str::to_owned).or_else(|| self.request_id.take());
            Failure { error: failure.error.or_request_id(self.request_id.as_deref()), ..failure }
        })
    }

    /// Does something that belongs to the call, and counts the time of it.
    pub(crate) async fn timed<F: Future>(&mut self, work: F) -> F::Output {
        let mut work = pin!(work);
        loop {
            let began = Instant::now();
            let done = tokio::select! {
                biased;
                done = &mut work => Some(done),
                () = tokio::time::sleep(SLICE) => None,
            };
            self.ran.add(began.elapsed(), SLICE);
            if let Some(done) = done {
                return done;
            }
        }
    }

    /// Waits until it is time for the next attempt, at least `least`; gives the error back when there is none.
    pub(crate) async fn wait(&mut self, error: Error, least: Duration) -> Result<()> {
        let transport = self.transport;
        self.attempts += 1;
        let failed = Failed {
            attempts: self.attempts,
            elapsed: self.ran.time(),
            reached: transport.was_reached(),
            retry_after: error.retry_after(),
            over_budget: transport.budget.spend(),
        };
        let Some(delay) = retry::delay(transport.policy(), failed, transport.chance.draw()) else {
            return Err(error.spent(self.attempts));
        };
        let delay = delay.max(least);
        self.log(&error, delay);
        last_error::note(&error, self.attempts);
        transport.meter.add(Counter::Retries, 1);
        self.timed(tokio::time::sleep(delay)).await;
        Ok(())
    }

    /// Another attempt follows at once, for it asks for less.
    pub(super) fn again(&mut self) {
        self.attempts += 1;
        self.transport.meter.add(Counter::Retries, 1);
    }

    pub(crate) fn final_error(&mut self, error: Error) -> Error {
        self.attempts += 1;
        error.spent(self.attempts)
    }

    fn log(&self, error: &Error, delay: Duration) {
        let Asked { operation, session, path } = &self.asked;
        let _log = self.transport.log.enter();
        Wait::count(WaitReason::Retry, delay);
        tracing::info!(
            target: "jules::retry",
            operation,
            session,
            method = error.method(),
            path,
            status = error.status(),
            request_id = error.request_id(),
            attempt = self.attempts,
            milliseconds = delay.as_millis(),
            kind = %error.kind(),
            "trying again"
        );
    }
}
