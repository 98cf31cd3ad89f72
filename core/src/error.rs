//! One error type for everything that can go wrong, with its kinds and its rendering.
//!
//! An error says what was tried, what happened and what the user can do; programs read its fields instead of its text.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use url::Url;

use crate::batch::ItemReport;
use crate::model::{Outcome, SessionInfo, enclose};
use crate::query::Mistake;

mod kind;

pub use kind::ErrorKind;

/// What every fallible operation of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Anything that went wrong.
///
/// ```
/// let error = jules::Jules::builder().api_key("k").base_url("http://example.com").build().unwrap_err();
/// assert_eq!(error.kind(), jules::ErrorKind::Config);
/// assert!(!error.retryable());
/// ```
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<Cow<'static, str>>,
    hint: Option<Cow<'static, str>>,
    retryable: bool,
    limit: Option<Limit>,
    answer: Answer,
    attempts: Option<u32>,
    results: Vec<ItemReport>,
    info: Option<SessionInfo>,
    outcome: Option<Outcome>,
    mistake: Option<Box<Mistake>>,
    file: Option<String>,
    hunk: Option<u64>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// Which of the plan's limits was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    /// So many sessions may run at a time, and do.
    Slots,
    /// So many sessions may be created in a day, and were.
    Day,
}

/// The part of an error that comes from one HTTP exchange.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    pub(crate) code: Option<String>,
    pub(crate) details: Vec<Value>,
    pub(crate) method: Option<String>,
    pub(crate) url: Option<String>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) request_id: Option<String>,
}

impl Answer {
    /// Scheme, host and port of what was asked.
    fn origin(&self) -> Option<String> {
        let url = Url::parse(self.url.as_deref()?).ok()?;
        Some(url.origin().ascii_serialization())
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            hint: None,
            retryable: matches!(kind, ErrorKind::Network | ErrorKind::RateLimit | ErrorKind::Server),
            limit: None,
            answer: Answer::default(),
            attempts: None,
            results: Vec::new(),
            info: None,
            outcome: None,
            mistake: None,
            file: None,
            hunk: None,
            source: None,
        }))
    }

    /// An error of one's own, such as [`Jules::all`](crate::Jules::all)'s `map` gives for an item that it can't describe:
    /// of the kind [`Config`](ErrorKind::Config).
    pub fn custom(message: impl Into<String>) -> Self {
        Self::config(message)
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) fn store(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Store, message)
    }

    pub(crate) fn closed() -> Self {
        Self::new(ErrorKind::Cancelled, "the client is closed")
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Says what was being done; the innermost wording wins, for it knows best.
    pub(crate) fn while_doing(mut self, operation: impl Into<Cow<'static, str>>) -> Self {
        if self.0.operation.is_none() {
            self.0.operation = Some(operation.into());
        }
        self
    }

    pub(crate) fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn with_answer(mut self, answer: Answer) -> Self {
        self.0.answer = answer;
        self
    }

    pub(crate) fn with_retryable(mut self, retryable: bool) -> Self {
        self.0.retryable = retryable;
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = Some(attempts);
        self
    }

    pub(crate) fn with_limit(mut self, limit: Option<Limit>) -> Self {
        self.0.limit = limit;
        self
    }

    /// Which of the plan's limits was met, as far as the server's words tell.
    pub(crate) fn limit(&self) -> Option<Limit> {
        self.0.limit
    }

    pub(crate) fn with_results(mut self, results: Vec<ItemReport>) -> Self {
        self.0.results = results;
        self
    }

    pub(crate) fn with_info(mut self, info: SessionInfo) -> Self {
        self.0.info = Some(info);
        self
    }

    pub(crate) fn with_outcome(mut self, outcome: Outcome) -> Self {
        self.0.outcome = Some(outcome);
        self
    }

    pub(crate) fn with_mistake(mut self, mistake: Mistake) -> Self {
        self.0.mistake = Some(Box::new(mistake));
        self
    }

    /// Says which file of a patch it is about.
    pub(crate) fn in_file(mut self, path: impl Into<String>) -> Self {
        self.0.file = Some(path.into());
        self
    }

    /// Says which hunk of the file it is about, from 1.
    pub(crate) fn in_hunk(mut self, number: u64) -> Self {
        self.0.hunk = Some(number);
        self
    }

    pub(crate) fn has_hint(&self) -> bool {
        self.0.hint.is_some()
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The whole text: what was tried, what happened, and what can be done.
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// Whether the same call may succeed later without any change.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// The HTTP status, when the server answered.
    pub fn status(&self) -> Option<u16> {
        self.0.answer.status
    }

    /// The server's gRPC code name, such as `"RESOURCE_EXHAUSTED"`.
    pub fn code(&self) -> Option<&str> {
        self.0.answer.code.as_deref()
    }

    /// The server's `error.details`, as it sent them.
    pub fn details(&self) -> &[Value] {
        &self.0.answer.details
    }

    /// The HTTP method of the request.
    pub fn method(&self) -> Option<&str> {
        self.0.answer.method.as_deref()
    }

    /// The URL of the request. It never contains the key.
    pub fn url(&self) -> Option<&str> {
        self.0.answer.url.as_deref()
    }

    /// How often the request was sent.
    pub fn attempts(&self) -> Option<u32> {
        self.0.attempts
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.answer.retry_after
    }

    /// The server's id of the request, to quote in a report.
    pub fn request_id(&self) -> Option<&str> {
        self.0.answer.request_id.as_deref()
    }

    /// The session, with [`ErrorKind::UnexpectedState`].
    pub fn info(&self) -> Option<&SessionInfo> {
        self.0.info.as_ref()
    }

    /// How the session ended, with [`ErrorKind::SessionEnded`].
    pub fn outcome(&self) -> Option<&Outcome> {
        self.0.outcome.as_ref()
    }

    /// What had become of the other items when [`Jules::all`](crate::Jules::all) stopped: what finished and what still runs.
    pub fn results(&self) -> &[ItemReport] {
        &self.0.results
    }

    /// The field or key of the query that is wrong, as it was written, with [`ErrorKind::Query`].
    pub fn field(&self) -> Option<&str> {
        self.0.mistake.as_ref()?.field.as_deref()
    }

    /// The operator of the query that is wrong or is used wrongly, with [`ErrorKind::Query`].
    pub fn operator(&self) -> Option<&str> {
        self.0.mistake.as_ref()?.operator.as_deref()
    }

    /// What could stand in the wrong thing's place, with [`ErrorKind::Query`]; empty when that is no list of words.
    pub fn valid(&self) -> &[String] {
        self.0.mistake.as_ref().map_or(&[], |mistake| &mistake.valid)
    }

    /// What was probably meant, with [`ErrorKind::Query`].
    pub fn suggestion(&self) -> Option<&str> {
        self.0.mistake.as_ref()?.suggestion.as_deref()
    }

    /// The file of a patch that can't be applied, with [`ErrorKind::Patch`]: its path in the patch.
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// The part of that file's changes that can't be applied, counted from 1: its so-and-so-many-eth `@@` line.
    pub fn hunk(&self) -> Option<u64> {
        self.0.hunk
    }

    /// The text of the underlying cause, when there is one.
    pub fn cause_message(&self) -> Option<String> {
        let mut source: &dyn std::error::Error = self.0.source.as_deref()?;
        let mut text = source.to_string();
        while let Some(next) = source.source() {
            let more = next.to_string();
            if !text.contains(&more) {
                text.push_str(": ");
                text.push_str(&more);
            }
            source = next;
        }
        Some(text)
    }

    /// Every field as JSON.
    pub fn to_json(&self) -> Value {
        let mut fields = Map::new();
        fields.insert("kind".into(), json!(self.0.kind.as_str()));
        fields.insert("message".into(), json!(self.to_string()));
        fields.insert("retryable".into(), json!(self.0.retryable));
        let mut optional = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                fields.insert(name.into(), value);
            }
        };
        optional("status", self.status().map(Into::into));
        optional("code", self.code().map(Into::into));
        let details = self.details();
        optional("details", (!details.is_empty()).then(|| Value::Array(details.to_vec())));
        optional("method", self.method().map(Into::into));
        optional("url", self.url().map(Into::into));
        optional("attempts", self.attempts().map(Into::into));
        optional(
            "retryAfterMs",
            self.retry_after().map(|wait| json!(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX))),
        );
        optional("requestId", self.request_id().map(Into::into));
        optional("info", self.info().and_then(|info| serde_json::to_value(info).ok()));
        optional("outcome", self.outcome().and_then(|outcome| serde_json::to_value(outcome).ok()));
        let results = self.results();
        optional("results", if results.is_empty() { None } else { serde_json::to_value(results).ok() });
        optional("field", self.field().map(Into::into));
        optional("operator", self.operator().map(Into::into));
        let valid = self.valid();
        optional("valid", (!valid.is_empty()).then(|| json!(valid)));
        optional("suggestion", self.suggestion().map(Into::into));
        optional("file", self.file().map(Into::into));
        optional("hunk", self.hunk().map(Into::into));
        optional("cause", self.cause_message().map(Into::into));
        Value::Object(fields)
    }

    /// [`to_json`](Self::to_json), with the session and the outcomes in it in their envelopes
    /// ([`Outcome::envelope`]): the form in which errors cross a language boundary.
    pub fn to_envelope(&self) -> Value {
        let mut fields = self.to_json();
        enclose(&mut fields, self.info(), self.outcome(), self.results());
        fields
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(operation) = &inner.operation {
            write!(f, "{operation}: ")?;
        }
        match (&inner.file, inner.hunk) {
            (Some(file), Some(hunk)) => write!(f, "{file}, hunk {hunk}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            _ => {}
        }
        f.write_str(&inner.message)?;
        let mut notes = Vec::new();
        match (inner.answer.status, &inner.answer.code) {
            (Some(status), Some(code)) => notes.push(format!("{status} {code}")),
            (Some(status), None) => notes.push(format!("HTTP {status}")),
            // Nobody answered: then it matters who was asked.
            (None, _) => notes.extend(inner.answer.origin()),
        }
        if let Some(attempts) = inner.attempts.filter(|attempts| *attempts > 1) {
            notes.push(format!("after {attempts} attempts"));
        }
        if !notes.is_empty() {
            write!(f, " ({})", notes.join(", "))?;
        }
        if let Some(hint) = &inner.hint {
            write!(f, ". {hint}")?;
        }
        Ok(())
    }
}

/// Kind and text, for that is what a `main` prints that returns an error; all fields with `{:#?}`.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return write!(f, "{}: {self}", self.0.kind);
        }
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.to_string())
            .field("answer", &self.0.answer)
            .field("cause", &self.cause_message())
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_says_what_was_tried_what_happened_and_what_to_do() {
        let error = Error::new(ErrorKind::RateLimit, "too many requests")
            .with_answer(Answer { status: Some(429), code: Some("RESOURCE_EXHAUSTED".into()), ..Answer::default() })
            .with_attempts(4)
            .while_doing("creating a session")
            .with_hint("Try again in a minute.");
        assert_eq!(
            error.to_string(),
            "creating a session: too many requests (429 RESOURCE_EXHAUSTED, after 4 attempts). Try again in a minute."
        );
    }

    #[test]
    fn when_nobody_answered_the_text_says_who_was_asked() {
        let url = Some("https://example.com:8443/v1alpha/sessions?pageSize=1".to_owned());
        let error =
            Error::new(ErrorKind::Network, "the connection broke").with_answer(Answer { url, ..Answer::default() });
        assert_eq!(error.to_string(), "the connection broke (https://example.com:8443)");
    }

    #[test]
    fn a_main_that_returns_it_prints_a_sentence() {
        let error = Error::config("bad id");
        assert_eq!(format!("{error:?}"), "Config: bad id");
        assert!(format!("{error:#?}").contains("answer: Answer"));
    }

    #[test]
    fn json_leaves_out_what_is_absent() {
        let fields = Error::config("bad id").to_json();
        assert_eq!(fields, json!({"kind": "Config", "message": "bad id", "retryable": false}));
    }

    #[test]
    fn the_innermost_operation_wins() {
        let error = Error::config("x").while_doing("inner").while_doing("outer");
        assert_eq!(error.to_string(), "inner: x");
    }
}
