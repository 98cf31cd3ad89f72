//! The transport: one attempt with its time limit and what became of it, and the loop that repeats attempts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;
use url::Url;

use super::answer;
use super::body::FromBody;
use super::error_body::LONGEST_QUOTE;
use super::http::{Exchange, Http, HttpFailure, HttpRequest, HttpResponse, Network, Sent};
use super::json_text::{self, MOST_VALUES};
use super::limiter::{LONGEST_GAP, Limiter};
use super::recent::{Recent, RequestInfo};
use super::request::{Operation, Request};
use super::retrier::Retrier;
use super::retry::Budget;
use super::toll::{Counted, Toll};
use crate::api::trust::HOW_TO_TRUST;
use crate::api::{ApiKey, ApiSettings, RetryPolicy};
use crate::ground::error::{Answer, Error, ErrorKind, Quota, Result};
use crate::ground::log_scope::Scope;
use crate::ground::metrics::{Counter, Meter};
use crate::ground::model::Timestamp;
use crate::ground::printable::cut;
use crate::ground::surroundings::Random;

/// How long a server that was never reached is tried.
const FIRST_CONTACT: Duration = Duration::from_secs(2);
/// How many times as long as the server may be silent an exchange may take as a whole.
const WHOLE: u32 = 10;

/// Everything that goes to the server goes through here.
#[derive(Debug)]
pub(crate) struct Transport {
    http: Arc<dyn Http>,
    pub(super) chance: Random,
    base_url: Url,
    key: ApiKey,
    request_timeout: Duration,
    policy: RetryPolicy,
    limiter: Limiter,
    pub(super) budget: Budget,
    /// Whether the server was ever reached, and whether it ever answered as it should.
    reached: AtomicBool,
    known: AtomicBool,
    pub(crate) meter: Arc<Meter>,
    recent: Recent,
    counted: Counted,
    /// Whose log lines and counts they are.
    pub(crate) log: Scope,
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
    pub(crate) effect: Delivery,
}

/// What a failed attempt may have done at the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Nothing, and asking again doesn't help.
    Refused,
    /// Nothing; asking again may work.
    NotTaken,
    /// Perhaps everything.
    Perhaps,
}

impl Transport {
    pub(crate) fn new(settings: &ApiSettings) -> Result<Self> {
        Ok(Self::over(Arc::new(Network::new(settings)?), settings, Random::default()))
    }

    pub(crate) fn over(http: Arc<dyn Http>, settings: &ApiSettings, chance: Random) -> Self {
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
            known: AtomicBool::new(false),
            meter: Arc::clone(&settings.log.meter),
            recent: Recent::default(),
            counted: Counted::default(),
            log: settings.log.clone(),
        }
    }

    /// How much the server has slowed down what watchers ask for.
    pub(crate) fn throttled_by(&self) -> Duration {
        self.limiter.gap(Operation::ActivitiesList)
    }

    /// How often calls of an operation were refused with 429 so far, and the quota of a minute that the latest named.
    pub(crate) fn refusals(&self, operation: Operation) -> (u64, Option<u64>) {
        self.limiter.refusals(operation)
    }

    /// From now on whatever is asked further than once a call is counted there.
    pub(crate) fn counted_by(&self, toll: &Arc<impl Toll + 'static>) {
        self.counted.by(toll);
    }

    /// Another request follows in the place of one that failed.
    pub(crate) async fn again(&self, operation: Operation) {
        self.counted.again(operation).await;
    }

    /// The latest requests, the oldest in front.
    pub(crate) fn recent(&self) -> Vec<RequestInfo> {
        self.recent.list()
    }

    pub(crate) fn base_url(&self) -> &Url {
        &self.base_url
    }

    pub(crate) fn key(&self) -> &ApiKey {
        &self.key
    }

    /// Whether the server was ever reached.
    pub(super) fn was_reached(&self) -> bool {
        self.reached.load(Ordering::Relaxed)
    }

    /// How a failure is retried. A server that was never reached is more likely misspelt than in trouble: the user should
    /// hear of that soon.
    pub(super) fn policy(&self) -> RetryPolicy {
        if self.was_reached() {
            return self.policy;
        }
        RetryPolicy {
            max_elapsed: self.policy.max_elapsed.min(FIRST_CONTACT),
            base_delay: self.policy.base_delay.min(FIRST_CONTACT / 4),
            ..self.policy
        }
    }

    /// How long the server may be silent.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// How long to leave the server alone before looking whether a lost request had its effect.
    pub(crate) fn settling_time(&self) -> Duration {
        self.policy.base_delay.min(self.policy.max_delay)
    }

    /// Later calls fail with [`ErrorKind::Closed`].
    pub(crate) fn close(&self) {
        self.limiter.close();
    }

    /// # Errors
    /// [`ErrorKind::Closed`] once it is closed.
    pub(crate) fn check_open(&self) -> Result<()> {
        if self.limiter.is_closed() { Err(Error::closed()) } else { Ok(()) }
    }

    /// Makes a call that may be repeated safely, and repeats it while that may help.
    pub(crate) async fn call<T: FromBody>(&self, request: &Request) -> Result<Reply<T>> {
        self.call_lighter(request.clone(), |_, _| false).await
    }

    /// The same; after each failure `lighter` may change the request into one that asks for less, and says whether it did.
    ///
    /// Every other future holds one of these, in the end: on the heap, for they would all be as large.
    pub(crate) async fn call_lighter<T: FromBody>(
        &self,
        request: Request,
        lighter: impl FnMut(&mut Request, &Failure) -> bool,
    ) -> Result<Reply<T>> {
        Box::pin(self.attempts(request, lighter)).await
    }

    async fn attempts<T: FromBody>(
        &self,
        mut request: Request,
        mut lighter: impl FnMut(&mut Request, &Failure) -> bool,
    ) -> Result<Reply<T>> {
        debug_assert!(request.operation.is_idempotent());
        let mut retrier = self.retrier();
        loop {
            let failure = match retrier.attempt(&request).await {
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            let changed = lighter(&mut request, &failure);
            match failure.effect {
                Delivery::Refused if changed => retrier.again(),
                Delivery::Refused => return Err(retrier.final_error(failure.error)),
                _ => retrier.wait(failure.error, Duration::ZERO).await?,
            }
            self.again(request.operation).await;
        }
    }

    /// One attempt, the `attempt`-th from 1, all of it inside the time limits: on silence, and on the whole.
    pub(super) async fn attempt<T: FromBody>(&self, request: &Request, attempt: u32) -> Result<Reply<T>, Failure> {
        let about = |error: Error| match request.session() {
            Some(id) => error.while_doing(request.operation.doing()).in_session(id),
            None => error.while_doing(request.operation.doing()),
        };
        let permit = self.limiter.start(request.operation, self.policy().max_elapsed.max(LONGEST_GAP)).await;
        let permit = permit.map_err(|error| Failure { error: about(error), effect: Delivery::Refused })?;
        let started = Instant::now();
        let url = request.url(&self.base_url);
        let outgoing = HttpRequest {
            method: request.method(),
            url: url.clone(),
            body: request.body.as_ref().map(|body| Bytes::from(body.to_string())),
            silence: self.request_timeout,
        };
        self.meter.add(Counter::Requests, 1);
        let whole = self.request_timeout.saturating_mul(WHOLE);
        let exchange = tokio::time::timeout(whole, self.http.exchange(outgoing)).await;
        drop(permit);
        let exchange = exchange.unwrap_or_else(|_| Err(too_slow(whole)));
        if exchange.as_ref().map_or_else(|failure| failure.sent == Sent::Perhaps, |_| true) {
            self.reached.store(true, Ordering::Relaxed);
        }
        self.note(request, &url, &exchange, started, attempt);
        let result = match exchange {
            Ok(response) => {
                self.meter.add(Counter::Bytes, response.body.len());
                self.judge(request, &url, started, &response)
            }
            Err(failure) => Err(self.broken(request, &url, failure)),
        };
        result.map_err(|Failure { error, effect }| Failure { error: about(error), effect })
    }

    fn note(&self, request: &Request, url: &Url, exchange: &Exchange, started: Instant, attempt: u32) {
        let (operation, session) = (request.operation.name(), request.session());
        let (method, path, milliseconds) = (request.method().to_string(), url.path(), started.elapsed().as_millis());
        let request_id = exchange.as_ref().ok().and_then(|response| answer::request_id(&response.headers, &self.key));
        self.recent.add(RequestInfo {
            operation: operation.to_owned(),
            session_id: session.map(str::to_owned),
            status: exchange.as_ref().ok().map(|response| response.status),
            request_id: request_id.clone(),
            attempt,
            duration_ms: u64::try_from(milliseconds).unwrap_or(u64::MAX),
        });
        match exchange {
            Ok(response) => {
                let (status, bytes) = (response.status, response.body.len());
                tracing::debug!(target: "jules::http", operation, session, method, path, status, bytes, milliseconds, attempt, request_id, "answered");
            }
            Err(failure) => {
                let reason = failure.message.as_str();
                tracing::debug!(target: "jules::http", operation, session, method, path, reason, milliseconds, attempt, "no answer");
            }
        }
    }

    pub(crate) fn retrier(&self) -> Retrier<'_> {
        Retrier::new(self)
    }

    fn judge<T: FromBody>(
        &self,
        request: &Request,
        url: &Url,
        started: Instant,
        response: &HttpResponse,
    ) -> Result<Reply<T>, Failure> {
        if !(200..300).contains(&response.status) {
            let error = answer::error_of(response, request, url.as_str(), &self.key);
            if response.status == 429 {
                self.meter.add(Counter::Throttles, 1);
            }
            if response.status == 429 && error.limit().is_none() {
                self.limiter.throttled(request.operation, started, error.retry_after());
                if let Some(Quota { operation, metric, limit, per_minute, .. }) = error.quota() {
                    self.limiter.named(request.operation, *per_minute);
                    tracing::info!(target: "jules::retry", operation, metric, limit, per_minute, "a quota is exceeded");
                }
            }
            let effect = answer::effect(&error, request, self.known.load(Ordering::Relaxed));
            return Err(Failure { error: error.with_retryable(effect != Delivery::Refused), effect });
        }
        self.limiter.succeeded(request.operation);
        self.budget.succeeded();
        self.understood(request, url, response)
    }

    /// Reads an answer that says that it went well.
    fn understood<T: FromBody>(
        &self,
        request: &Request,
        url: &Url,
        response: &HttpResponse,
    ) -> Result<Reply<T>, Failure> {
        let answer = || Answer {
            status: Some(response.status),
            request_id: answer::request_id(&response.headers, &self.key),
            ..self.asked(request, url)
        };
        let Ok(text) = json_text::readable(&response.body, MOST_VALUES) else {
            let bytes = u64::try_from(response.body.len()).unwrap_or(u64::MAX);
            let message = format!("the response has more than {MOST_VALUES} values in {bytes} bytes");
            return Err(too_large(request, message, bytes, answer()));
        };
        match T::read(&text, request) {
            Ok(value) => {
                self.known.store(true, Ordering::Relaxed);
                Ok(Reply { value, date: answer::date(&response.headers) })
            }
            Err(cause) => {
                let cause = self.key.redact(&cause);
                let message = format!("the response is not valid JSON for this call: {}", cut(&cause, LONGEST_QUOTE));
                let error = Error::new(ErrorKind::Decode, message).with_retryable(true).with_answer(answer());
                Err(Failure { error, effect: Delivery::Perhaps })
            }
        }
    }

    fn broken(&self, request: &Request, url: &Url, failure: HttpFailure) -> Failure {
        if let Some(bytes) = failure.too_large {
            return too_large(request, failure.message, bytes, self.asked(request, url));
        }
        let kind = if failure.timeout { ErrorKind::Timeout } else { ErrorKind::Network };
        let cause = failure.root_cause().filter(|_| failure.sent == Sent::Never);
        let hint = unreached(&failure, cause.as_deref().unwrap_or_default());
        let message = match cause {
            Some(cause) if !failure.timeout => format!("{}: {cause}", failure.message),
            _ => failure.message,
        };
        let mut error = Error::new(kind, message).with_retryable(true).with_answer(self.asked(request, url));
        if failure.sent == Sent::Never {
            error = error.with_hint(hint);
        }
        if let Some(cause) = failure.cause {
            error = error.with_source(cause);
        }
        Failure {
            error,
            effect: match failure.sent {
                Sent::Never => Delivery::NotTaken,
                Sent::Perhaps => Delivery::Perhaps,
            },
        }
    }

    fn asked(&self, request: &Request, url: &Url) -> Answer {
        Answer { method: Some(request.method().to_string()), url: Some(url.to_string()), ..Answer::default() }
    }
}

/// What to do where no connection came about.
fn unreached(failure: &HttpFailure, cause: &str) -> String {
    let says = |words: &[&str]| cause.contains("certificate") && words.iter().any(|word| cause.contains(word));
    // A company's proxy that signs anew what it reads, or a server of one's own.
    if says(&["UnknownIssuer", "BadSignature"]) {
        return format!("This machine doesn't trust the issuer of the server's certificate. {HOW_TO_TRUST}");
    }
    if says(&["expired", "not valid yet"]) {
        return "Check this machine's clock; if it is right, the server needs a new certificate.".to_owned();
    }
    match failure.proxied {
        true if cause.contains("authorization required") => {
            "Put a valid user name and password into the proxy's URL: http://user:password@host:port.".to_owned()
        }
        true => {
            "Check the proxy (the proxy option, or HTTPS_PROXY); hosts in NO_PROXY are reached directly.".to_owned()
        }
        false => "Check the network, and the base URL if one is set.".to_owned(),
    }
}

fn too_slow(limit: Duration) -> HttpFailure {
    HttpFailure { message: format!("the response was not complete within {limit:?}"), ..HttpFailure::silent(limit) }
}

/// Asked for again as it was, it would be as large; whether an effect happened is another question.
fn too_large(request: &Request, message: String, bytes: u64, answer: Answer) -> Failure {
    let error = Error::new(ErrorKind::Decode, message).with_too_large(Some(bytes)).with_answer(answer);
    let effect = if request.operation.is_idempotent() { Delivery::Refused } else { Delivery::Perhaps };
    Failure { error, effect }
}
