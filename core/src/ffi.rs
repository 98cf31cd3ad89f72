//! What only the language bindings need: what drives their `all`, the form in which values cross a
//! boundary, the pause before a `fork`. Hidden from Rust's documentation: it may change with any version.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use crate::ground;
use crate::ground::error::{Attachment, Error, Result};
use crate::ground::model::{Outcome, SessionInfo, not_completed};
use crate::surface::client::Jules;
use crate::surface::config::ClientOptions;
use crate::surface::queue::session_of;
use crate::surface::session::Session;
use crate::surface::snapshot::Snapshot;

#[cfg(feature = "log")]
pub use crate::ground::log::{start_logging, stderr_layer};
pub use crate::ground::log_scope::{LogLine, Logger, LoggerHandle};
pub use crate::ground::model::Envelope;
pub use crate::ground::spelling::{Language, speak};
pub use crate::store::{Paused, pause_for_fork};
pub use crate::surface::batch::{BatchReport, Describe, ItemEnd};
pub use crate::surface::drive::{Drive, Event};
pub use crate::surface::environment::{Environment, VARIABLES};

/// The outcome with all that it knows, to cross a language boundary as JSON: `{ sessionId, …, latestChangeSet? }`.
///
/// ```
/// # let json = serde_json::json!({"sessionId": "1", "state": "completed",
/// #     "latestChangeSet": {"gitPatch": {"unidiffPatch": "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+x\n"}}});
/// # let outcome: jules::Outcome = serde_json::from_value(json)?;
/// let text = serde_json::to_string(&jules::ffi::outcome_envelope(&outcome))?;
/// let same: jules::Outcome = serde_json::from_str(&text)?;
/// assert_eq!(same.change_set(), outcome.change_set());
/// # assert!(same.change_set().is_some());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn outcome_envelope(outcome: &Outcome) -> Envelope<'_, Outcome> {
    outcome.envelope()
}

/// The session with all that its outcome knows, to cross a language boundary as JSON: `{ id, …, outcome?,
/// latestChangeSet? }`. The changes stand beside the info's own fields and belong to its outcome.
pub fn info_envelope(info: &SessionInfo) -> Envelope<'_, SessionInfo> {
    info.envelope()
}

/// [`Error::to_json`], with the session and the outcomes in it in their envelopes: the form in which errors cross a language
/// boundary.
pub fn error_envelope(error: &Error) -> Value {
    error.to_envelope()
}

/// What the error says that a language throws for an outcome of its own that isn't completed: the text of
/// [`Outcome::completed`]'s.
///
/// ```
/// let text = jules::ffi::failure_text("1", "failed", Some("no \u{1b}[2Jdisk"));
/// assert_eq!(text, "session 1 ended as failed: no \u{241b}[2Jdisk");
/// ```
pub fn failure_text(session_id: &str, state: &str, failure_reason: Option<&str>) -> String {
    not_completed(session_id, state, failure_reason).to_string()
}

/// The text with a sign for each character that a terminal would obey, for what a language prints of its own values.
///
/// ```
/// assert_eq!(jules::ffi::printable("a\u{7}\n"), "a\u{2407}\n");
/// ```
pub fn printable(text: &str) -> Cow<'_, str> {
    ground::printable::printable(text)
}

/// An error that stands for something of the binding's own, such as what the user's function has thrown. [`foreign`] gives
/// that back.
pub fn foreign_error(message: impl Into<String>, own: impl Any + Send + Sync) -> Error {
    Error::custom(message).with(Foreign(Box::new(own)))
}

/// What a [`foreign_error`] stands for, if it is of this type.
///
/// ```
/// let error = jules::ffi::foreign_error("the function failed", 42_u64);
/// assert_eq!(jules::ffi::foreign(&error), Some(&42_u64));
/// assert_eq!(jules::ffi::foreign::<String>(&error), None);
/// ```
pub fn foreign<T: Any>(error: &Error) -> Option<&T> {
    error.attached::<Foreign>()?.0.downcast_ref()
}

/// It is told apart by nobody but the binding.
struct Foreign(Box<dyn Any + Send + Sync>);

impl Attachment for Foreign {
    fn name(&self) -> &'static str {
        "foreign"
    }

    fn to_json(&self) -> Value {
        Value::Null
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Foreign")
    }
}

/// [`Task::session`](crate::Task::session) of a task that crossed as JSON.
///
/// # Errors
/// [`NotFound`](crate::ErrorKind::NotFound) while the task has no session.
///
/// ```
/// let jules = jules::Jules::builder().api_key("k").cache(jules::Cache::Memory).build()?;
/// assert_eq!(jules::ffi::task_session(&jules, "order-42", Some("123"))?.id(), "123");
/// let none = jules::ffi::task_session(&jules, "order-42", None).unwrap_err();
/// assert!(none.to_string().contains("order-42"));
/// # Ok::<(), jules::Error>(())
/// ```
pub fn task_session(jules: &Jules, key: &str, session_id: Option<&str>) -> Result<Session> {
    session_of(&jules.client, key, session_id)
}

/// A snapshot of a session whose activities are filled in, derived as for one that was asked for.
pub fn snapshot(info: SessionInfo) -> Snapshot {
    Snapshot::of(info)
}

/// Passes the log lines of clients with these options to this logger. They come once `start_logging` was called.
pub fn set_logger(options: &mut ClientOptions, logger: LoggerHandle) {
    options.logger = Some(logger);
}

/// Makes these options look everything up in this environment, and nowhere else.
pub fn set_environment(options: &mut ClientOptions, environment: Environment) {
    options.environment = Some(environment);
}

/// What these options find in the environment that they were given.
pub fn environment(options: &ClientOptions, name: &str) -> Option<std::ffi::OsString> {
    options.environment.as_ref().and_then(|environment| environment.read(name))
}

/// These options with everything that is absent filled in, from the environment and the defaults: what a client made now
/// would use. What has no value by default (the polling interval, the user agent's suffix) stays absent.
///
/// # Errors
/// As for [`Jules::new`](crate::Jules::new).
pub fn effective(options: &ClientOptions) -> Result<ClientOptions> {
    options.effective()
}
