//! What one client's calls need to know: where to, with which key, how long, how often.

use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

use super::{ApiKey, ProxyUrl, Trust};
use crate::ground::log_scope::Scope;

/// How failed requests are retried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RetryPolicy {
    pub(crate) max_elapsed: Duration,
    pub(crate) base_delay: Duration,
    pub(crate) max_delay: Duration,
}

/// A header's name and value.
pub(crate) type Header = (HeaderName, HeaderValue);

/// Everything about the calls of one client: nothing is absent and everything is checked.
#[derive(Clone, Debug)]
pub(crate) struct ApiSettings {
    pub(crate) key: ApiKey,
    pub(crate) base_url: Url,
    pub(crate) request_timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) retry: RetryPolicy,
    pub(crate) max_concurrent_requests: usize,
    pub(crate) user_agent: String,
    /// Sent with each request, besides our own.
    pub(crate) headers: Vec<Header>,
    pub(crate) trust: Trust,
    pub(crate) proxy: Option<ProxyUrl>,
    /// Whose log lines and counts they are.
    pub(crate) log: Scope,
}
