//! The transport: attempts, their time limit, and the loop that repeats them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use url::Url;

use super::answer;
use super::http::{Http, HttpFailure, HttpRequest, HttpResponse, Network, Sent};
use super::limiter::Limiter;
use super::request::{Operation, Request};
use super::retry::{self, Budget, Failed};
use crate::api::{ApiKey, ApiSettings, RetryPolicy};
use crate::ground::error::{Answer, Error, ErrorKind, Limit, Result};
use crate::ground::metrics::{Counter, Meter};
use crate::ground::model::Timestamp;
use crate::ground::surroundings::Chance;

/// How long a server that was never reached is tried.
const FIRST_CONTACT: Duration = Duration::from_secs(2);

/// Everything that goes to the server goes through here.
#[derive(Debug)]
pub(crate) struct Transport {
    http: Arc<dyn Http>,
    chance: Chance,
    base_url: Url,
    key: ApiKey,
    request_timeout: Duration,
    policy: RetryPolicy,
    limiter: Limiter,
    budget: Budget,
    /// Whether the server was ever reached.
    reached: AtomicBool,
    pub(crate) meter: Meter,
}

/// An answer that was understood.
#[derive(Debug)]
pub(crate) struct Reply<T> {
    pub(crate) value: T,
    /// The server's clock when it answered, to the second.
    pub(crate) date: Option<Timestamp>,
}

/// Why an attempt failed, and what that means for the effect that was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) effect: Uncertain,
}

/// What a failed attempt may have done at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uncertain {
    /// Nothing, and asking again is no use.
    Refused,
    /// Nothing; asking again may work.
    NotTaken,
    /// Perhaps everything.
    Perhaps,
}

impl Transport {
    pub(crate) fn new(settings: &ApiSettings) -> Result<Self> {
        Ok(Self::over(Arc::new(Network::new(settings)?), settings, Chance::default()))
    }

    pub(crate) fn over(http: Arc<dyn Http>, settings: &ApiSettings, chance: Chance) -> Self {
        Self {
            http,
            chance,
            base_url: settings.base_url.clone(),
            key: settings.key.clone(),
            request_timeout: settings.request_timeout,
            policy: settings.retry,
            limiter: Limiter::new(settings.max_concurrent_requests),
            budget: Budget::new(),
            reached: AtomicBool::new(false),
            meter: Meter::new(settings.recorder.clone()),
        }
    }

    /// How often this client's calls of an operation were refused with 429, and the quota a minute that the latest named.
    pub(crate) fn refusals(&self, _: Operation) -> (u64, Option<u64>) {
        self.limiter.refusals()
    }

    /// How much the server has slowed this client down.
    pub(crate) fn throttled_by(&self) -> Duration {
        self.limiter.gap()
    }

    /// How a failure is retried. A server that was never reached is more likely misspelt than in trouble: the user should
    /// hear of that soon.
    fn policy(&self) -> RetryPolicy {
        if self.reached.load(Ordering::Relaxed) {
            return self.policy;
        }
        RetryPolicy {
            max_elapsed: self.policy.max_elapsed.min(FIRST_CONTACT),
            base_delay: self.policy.base_delay.min(FIRST_CONTACT / 4),
            ..self.policy
        }
    }

    /// How long to leave the server alone before looking whether a lost request had its effect.
    pub(crate) fn settling_time(&self) -> Duration {
        self.policy.base_delay.min(self.policy.max_delay)
    }

    /// Later calls fail with [`ErrorKind::Cancelled`].
    pub(crate) fn close(&self) {
        self.limiter.close();
    }

    /// Whether later calls fail with [`ErrorKind::Cancelled`].
    pub(crate) fn is_closed(&self) -> bool {
        self.limiter.is_closed()
    }

    /// Makes a call that may be repeated safely, and repeats it while that may help.
    pub(crate) async fn call<T: DeserializeOwned>(&self, request: &Request) -> Result<Reply<T>> {
        debug_assert!(request.operation.is_idempotent());
        let mut retrier = self.retrier();
        loop {
            match self.attempt(request).await {
                Ok(reply) => return Ok(reply),
                Err(failure) if failure.effect == Uncertain::Refused => return Err(retrier.final_error(failure.error)),
                Err(failure) => retrier.wait(failure.error, Duration::ZERO).await?,
            }
        }
    }

    /// One attempt, all of it inside the time limit.
    pub(crate) async fn attempt<T: DeserializeOwned>(&self, request: &Request) -> Result<Reply<T>, Failure> {
        let refused = |error| Failure { error, effect: Uncertain::Refused };
        let permit = self.limiter.start().await.map_err(refused)?;
        let started = Instant::now();
        let url = request.url(&self.base_url);
        let outgoing = HttpRequest {
            method: request.method(),
            url: url.clone(),
            body: request.body.as_ref().map(|body| Bytes::from(body.to_string())),
        };
        self.meter.add(Counter::Requests, 1);
        let exchange = tokio::time::timeout(self.request_timeout, self.http.exchange(outgoing)).await;
        drop(permit);
        let exchange = exchange.unwrap_or_else(|_| Err(self.too_slow()));
        if exchange.as_ref().map_or_else(|failure| failure.sent == Sent::Perhaps, |_| true) {
            self.reached.store(true, Ordering::Relaxed);
        }
        let operation = request.operation.name();
        let milliseconds = started.elapsed().as_millis();
        match exchange {
            Ok(response) => {
                let (status, bytes) = (response.status, response.body.len());
                self.meter.add(Counter::Bytes, bytes);
                tracing::debug!(target: "jules::http", operation, status, bytes, milliseconds, "answered");
                self.judge(request, &url, started, response)
            }
            Err(failure) => {
                let reason = failure.message.as_str();
                tracing::debug!(target: "jules::http", operation, reason, milliseconds, "no answer");
                Err(self.broken(request, &url, failure))
            }
        }
    }

    pub(crate) fn retrier(&self) -> Retrier<'_> {
        Retrier { transport: self, started: Instant::now(), attempts: 0 }
    }

    fn judge<T: DeserializeOwned>(
        &self,
        request: &Request,
        url: &Url,
        started: Instant,
        response: HttpResponse,
    ) -> Result<Reply<T>, Failure> {
        if !(200..300).contains(&response.status) {
            let error = answer::error_of(&response, request, url.as_str(), &self.key);
            if response.status == 429 && error.limit().is_none() {
                self.meter.add(Counter::Throttles, 1);
                self.limiter.throttled(started, error.retry_after());
            }
            let effect = match response.status {
                429 if error.limit() == Some(Limit::Unknown) && !request.reports_full => Uncertain::NotTaken,
                _ if error.limit().is_some() => Uncertain::Refused,
                429 if error.retryable() => Uncertain::NotTaken,
                _ if !error.retryable() => Uncertain::Refused,
                _ => Uncertain::Perhaps,
            };
            return Err(Failure { error, effect });
        }
        self.limiter.succeeded();
        self.budget.succeeded();
        let body: &[u8] = if response.body.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &response.body };
        match serde_json::from_slice(body) {
            Ok(value) => Ok(Reply { value, date: answer::date(&response.headers) }),
            Err(cause) => Err(Failure {
                error: Error::new(ErrorKind::Decode, format!("the answer is not the JSON it should be: {cause}"))
                    .with_source(cause)
                    .with_answer(Answer { status: Some(response.status), ..self.asked(request, url) })
                    .while_doing(request.operation.doing()),
                effect: Uncertain::Perhaps,
            }),
        }
    }

    fn broken(&self, request: &Request, url: &Url, failure: HttpFailure) -> Failure {
        let kind = if failure.timeout { ErrorKind::Timeout } else { ErrorKind::Network };
        let message = match (failure.sent, failure.root_cause()) {
            (Sent::Never, Some(cause)) if !failure.timeout => format!("{}: {cause}", failure.message),
            _ => failure.message,
        };
        let mut error = Error::new(kind, message)
            .with_retryable(true)
            .with_answer(self.asked(request, url))
            .while_doing(request.operation.doing());
        if failure.sent == Sent::Never {
            error = error.with_hint("Check the network, and the base URL if one is set.");
        }
        if let Some(cause) = failure.cause {
            error = error.with_source(cause);
        }
        Failure {
            error,
            effect: match failure.sent {
                Sent::Never => Uncertain::NotTaken,
                Sent::Perhaps => Uncertain::Perhaps,
            },
        }
    }

    fn asked(&self, request: &Request, url: &Url) -> Answer {
        Answer { method: Some(request.method().to_string()), url: Some(url.to_string()), ..Answer::default() }
    }

    fn too_slow(&self) -> HttpFailure {
        HttpFailure {
            sent: Sent::Perhaps,
            timeout: true,
            message: format!("the server did not answer within {:?}", self.request_timeout),
            cause: None,
        }
    }
}

/// Counts the attempts of one call and waits between them.
#[derive(Debug)]
pub(crate) struct Retrier<'a> {
    transport: &'a Transport,
    started: Instant,
    attempts: u32,
}

impl Retrier<'_> {
    /// When the first attempt began.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Waits until it is time for the next attempt, at least `least`; gives the error back when there is none.
    pub(crate) async fn wait(&mut self, error: Error, least: Duration) -> Result<()> {
        self.attempts += 1;
        let failed = Failed {
            attempts: self.attempts,
            elapsed: self.started.elapsed(),
            retry_after: error.retry_after(),
            over_budget: self.transport.budget.spend(),
        };
        match retry::delay(self.transport.policy(), failed, self.transport.chance.draw()) {
            Some(delay) => {
                let delay = delay.max(least);
                let milliseconds = delay.as_millis();
                tracing::info!(target: "jules::retry", attempt = self.attempts, milliseconds, kind = %error.kind(), "trying again");
                self.transport.meter.add(Counter::Retries, 1);
                tokio::time::sleep(delay).await;
                Ok(())
            }
            None => Err(error.with_attempts(self.attempts)),
        }
    }

    pub(crate) fn final_error(&mut self, error: Error) -> Error {
        self.attempts += 1;
        error.with_attempts(self.attempts)
    }
}
