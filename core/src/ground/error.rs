//! One error type for everything that can go wrong, with its kinds and its rendering.
//!
//! An error says what was tried, what happened and what the user can do; programs read its fields instead of its text.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use url::Url;

mod attachment;
mod build;
mod kind;
mod limit;
mod mistake;
mod quota;
mod text;

pub(crate) use attachment::Attachment;
pub use kind::ErrorKind;
pub use limit::Limit;
pub(crate) use limit::LimitFigures;
pub(crate) use mistake::{Mistake, about};
pub(crate) use quota::Quota;

/// What every fallible operation of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of this library.
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
    limit_figures: Option<Box<LimitFigures>>,
    answer: Answer,
    attempts: Option<u32>,
    session_id: Option<String>,
    too_large: Option<u64>,
    attachments: Vec<Arc<dyn Attachment>>,
    mistake: Option<Box<Mistake>>,
    file: Option<String>,
    hunk: Option<u64>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
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
    /// Whether the body was Google's error JSON, and not a proxy's page or nothing.
    pub(crate) is_googles: bool,
    /// The quota that was exceeded, where the answer names one.
    pub(crate) quota: Option<Box<Quota>>,
}

impl Answer {
    /// Scheme, host and port of what was asked.
    fn origin(&self) -> Option<String> {
        let url = Url::parse(self.url.as_deref()?).ok()?;
        Some(url.origin().ascii_serialization())
    }
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The whole text: what was tried, what happened, and what can be done.
    pub fn message(&self) -> String {
        self.to_string()
    }

    /// Whether calling again now is worthwhile. False once the client's own retries are spent, and for errors that repeating
    /// doesn't change; true for the caller's time limits, for [`ErrorKind::RateLimit`] with [`retry_after`](Self::retry_after),
    /// and for a create that was refused because of one of the plan's limits.
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

    /// How many times the request was sent.
    pub fn attempts(&self) -> Option<u32> {
        self.0.attempts
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.answer.retry_after
    }

    /// The server's id of the request, to quote in a report: that of the last attempt that was answered.
    pub fn request_id(&self) -> Option<&str> {
        self.0.answer.request_id.as_deref()
    }

    /// The session that the call was about, or that it created.
    pub fn session_id(&self) -> Option<&str> {
        self.0.session_id.as_deref()
    }

    /// The field or key of the query that is wrong, as it was written, with [`ErrorKind::Query`]; the option that is not
    /// valid, or that differs from what its key was used for, with [`ErrorKind::Config`].
    pub fn field(&self) -> Option<&str> {
        self.0.mistake.as_ref()?.field.as_deref()
    }

    /// The operator of the query that is wrong or is used wrongly, with [`ErrorKind::Query`].
    pub fn operator(&self) -> Option<&str> {
        self.0.mistake.as_ref()?.operator.as_deref()
    }

    /// What would be valid there, with [`ErrorKind::Query`]; empty where that can't be listed.
    pub fn valid(&self) -> &[String] {
        self.0.mistake.as_ref().map_or(&[], |mistake| &mistake.valid)
    }

    /// What was probably meant, with [`ErrorKind::Query`].
    pub fn suggestion(&self) -> Option<&str> {
        self.0.mistake.as_ref()?.suggestion.as_deref()
    }

    /// The file of a patch that cannot be applied, with [`ErrorKind::Patch`]: its path in the patch.
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// The hunk of that file that can't be applied, counted from 1.
    pub fn hunk(&self) -> Option<u64> {
        self.0.hunk
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
        optional("sessionId", self.session_id().map(Into::into));
        for attachment in &self.0.attachments {
            optional(attachment.name(), Some(attachment.to_json()).filter(|json| !json.is_null()));
        }
        optional("field", self.field().map(Into::into));
        optional("operator", self.operator().map(Into::into));
        let valid = self.valid();
        optional("valid", (!valid.is_empty()).then(|| json!(valid)));
        optional("suggestion", self.suggestion().map(Into::into));
        optional("file", self.file().map(Into::into));
        optional("hunk", self.hunk().map(Into::into));
        optional("cause", self.cause_message().map(Into::into));
        self.put_limit(&mut fields);
        Value::Object(fields)
    }

    pub(crate) fn to_envelope(&self) -> Value {
        let mut fields = self.to_json();
        for attachment in &self.0.attachments {
            let envelope = attachment.to_envelope();
            if !envelope.is_null() {
                fields[attachment.name()] = envelope;
            }
        }
        fields
    }
}
