//! The kinds of failure: one list for all languages.

use std::fmt;

/// The kinds of failure, the same in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A bad option, a bad id, or plain `http` to a remote host. Nothing was sent.
    Config,
    // not swift: it is a `config` there, so that who catches that catches both
    /// No API key was given and `JULES_API_KEY` is not set. A special case of [`ErrorKind::Config`].
    MissingApiKey,
    /// The server could not be reached, or the connection broke.
    Network,
    /// A time limit ran out.
    Timeout,
    /// The server refused the API key (401, 403, or 400 with `API_KEY_INVALID`).
    Authentication,
    /// What was asked for does not exist (404).
    NotFound,
    /// Too many requests or sessions (429).
    RateLimit,
    /// The server refused the request as invalid (400 and other 4xx).
    InvalidRequest,
    /// The server refused because of the current state (`FAILED_PRECONDITION`, `ABORTED`).
    Precondition,
    /// The server failed (5xx), redirected (3xx), or a proxy gave up (425, 499).
    Server,
    /// The response could not be understood.
    Decode,
    /// Jules has no access to the repository that was named.
    SourceNotFound,
    /// The session ended in another state than the one waited for; [`Error::info`](crate::Error::info) has it.
    UnexpectedState,
    /// The session ended before what was awaited came; [`Error::reason`](crate::Error::reason) has why, and
    /// [`Error::outcome`](crate::Error::outcome) how.
    SessionEnded,
    /// The cache could not be read or written.
    Store,
    /// A patch could not be parsed or applied.
    Patch,
    /// A query is not valid.
    Query,
    /// The client was closed, before the call or while it waited.
    Closed,
    // only rust: a language has an error of its own for what was cancelled
    /// The operation was cancelled.
    Cancelled,
}

impl ErrorKind {
    /// The kind's name, the same in every language: `"NotFound"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Config => "Config",
            Self::MissingApiKey => "MissingApiKey",
            Self::Network => "Network",
            Self::Timeout => "Timeout",
            Self::Authentication => "Authentication",
            Self::NotFound => "NotFound",
            Self::RateLimit => "RateLimit",
            Self::InvalidRequest => "InvalidRequest",
            Self::Precondition => "Precondition",
            Self::Server => "Server",
            Self::Decode => "Decode",
            Self::SourceNotFound => "SourceNotFound",
            Self::UnexpectedState => "UnexpectedState",
            Self::SessionEnded => "SessionEnded",
            Self::Store => "Store",
            Self::Patch => "Patch",
            Self::Query => "Query",
            Self::Closed => "Closed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// Whether this kind is an answer of the server: the ones under `ApiError` in Python and TypeScript.
    pub fn is_api(self) -> bool {
        matches!(
            self,
            Self::Authentication
                | Self::NotFound
                | Self::RateLimit
                | Self::InvalidRequest
                | Self::Precondition
                | Self::Server
        )
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
