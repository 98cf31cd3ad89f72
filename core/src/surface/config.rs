//! The options of a client, as they are given.

use std::time::Duration;

use super::cache::Cache;
use super::environment::Environment;
use super::headers::Headers;
use crate::api::{ApiKey, Proxy};
use crate::ground::log_scope::LoggerHandle;
use crate::ground::metrics::RecorderHandle;

/// How failed requests are retried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryOptions {
    /// The time limit of one call, all attempts together. Default: 300 s.
    pub max_elapsed: Option<Duration>,
    /// The longest first wait; each next one may be twice as long. Default: 1 s.
    pub base_delay: Option<Duration>,
    /// No wait is longer, except one that the server asks for. Default: 30 s.
    pub max_delay: Option<Duration>,
}

/// How many calls of `activities.list` all clients of a cache make within a minute, all together: the service allows 120 in a
/// project, and refuses what is beyond.
///
/// ```
/// use jules::ActivityBudget;
/// let shared = jules::Jules::builder().api_key("k").activity_budget(ActivityBudget::PerMinute(60)).build()?;
/// let unbounded = jules::Jules::builder().api_key("k").activity_budget(false).build()?;
/// # Ok::<(), jules::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ActivityBudget {
    /// 120: ten at once, and 110 a minute; fewer for a while after the service has refused some.
    #[default]
    Default,
    /// So many.
    PerMinute(u32),
    /// No limit.
    Unlimited,
}

impl ActivityBudget {
    pub(super) fn per_minute(self) -> Option<u32> {
        match self {
            Self::Default => Some(120),
            Self::PerMinute(most) => Some(most),
            Self::Unlimited => None,
        }
    }
}

impl From<bool> for ActivityBudget {
    /// `true`: the default; `false`: none.
    fn from(kept: bool) -> Self {
        if kept { Self::Default } else { Self::Unlimited }
    }
}

impl From<u32> for ActivityBudget {
    fn from(per_minute: u32) -> Self {
        Self::PerMinute(per_minute)
    }
}

/// The options of a client. What is absent is taken from the environment, then from the default.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ClientOptions {
    /// The API key. Default: the environment variable `JULES_API_KEY`.
    pub api_key: Option<ApiKey>,
    /// The service with its version. Default: `JULES_BASE_URL`, else `https://jules.googleapis.com/v1alpha`;
    /// `/v1alpha` is added to a URL without a path.
    pub base_url: Option<String>,
    /// A fixed time between two polls of a session. Default: adaptive.
    pub polling_interval: Option<Duration>,
    /// How long the server may be silent in an HTTP exchange, before its answer and within it. The whole exchange may
    /// take ten times that. Default: 30 s.
    pub request_timeout: Option<Duration>,
    /// The time limit of connecting. Default: 10 s.
    pub connect_timeout: Option<Duration>,
    // bindings: How failed requests are retried. Default: 300 s in all, 1 s at first, 30 s at most.
    /// How failed requests are retried.
    pub retry: RetryOptions,
    /// How many requests may be under way at once. Default: 16.
    pub max_concurrent_requests: Option<usize>,
    // bindings: Where the cache is kept: `true` for the platform's cache directory or `JULES_CACHE_DIR`, `false`
    // for memory only, a directory, or the URL of a PostgreSQL database, `postgres://…`, which clients on several machines may
    // share. Default: `true`.
    /// Where the cache is kept. Default: [`Cache::Default`].
    pub cache: Option<Cache>,
    /// The maximum size of the cache in bytes; beyond that the sessions that ended first are removed. A PostgreSQL database has no
    /// limit. Default: 1 GiB.
    pub cache_limit: Option<u64>,
    /// A name that stands for the key in the cache: several keys of one account, or a key that is replaced, then share
    /// the cache and the budgets. Default: the key itself.
    pub account: Option<String>,
    /// How many sessions may hold a slot of the plan at a time, if known: then no create is sent that would be
    /// refused. Default: learned from refusals.
    pub slots: Option<u64>,
    /// How many sessions may be created within 24 hours, if known. Default: learned from refusals.
    pub per_day: Option<u64>,
    // bindings: How many calls of `activities.list` all clients of this cache make within a minute: the service allows 120 and
    // refuses what is beyond. `true` for 120 (ten at once, then 110 a minute), a number, or `false` for no limit. Default:
    // `true`.
    /// How many calls of `activities.list` are made within a minute. Default: [`ActivityBudget::Default`].
    pub activity_budget: Option<ActivityBudget>,
    /// Whether plain `http` is allowed to other machines than this one. Default: no.
    pub allow_insecure_http: Option<bool>,
    /// What to add to the `User-Agent` header. Default: nothing.
    pub user_agent: Option<String>,
    // python: Certificates of authorities to trust besides the system's: a PEM file, or the PEM text itself. In place
    // of the system's stand those of `SSL_CERT_FILE`, `SSL_CERT_DIR`, `REQUESTS_CA_BUNDLE` and `CURL_CA_BUNDLE`; a system that
    // has none gets Mozilla's. Default: none.
    // node: Certificates of authorities to trust besides the system's: a PEM file, or the PEM text itself. In place
    // of the system's stand those of `SSL_CERT_FILE` and `SSL_CERT_DIR`, and those of `NODE_EXTRA_CA_CERTS` are added; a system
    // that has none gets Mozilla's. Default: none.
    /// Certificates of authorities to trust besides the system's: a PEM file, or the PEM text itself. `SSL_CERT_FILE` and
    /// `SSL_CERT_DIR` replace the system's; where the system has none, Mozilla's are used. Default: none.
    pub ca: Option<String>,
    /// The proxy for requests to the service, `http://HOST:PORT`, optionally with `USER:PASSWORD@`; `socks5://` works too.
    /// It is never used for this machine itself. Default: `HTTPS_PROXY`, else `ALL_PROXY`, but not for hosts in `NO_PROXY`.
    pub proxy: Option<Proxy>,
    /// Headers to send with each request. The key's header can't be among them. Default: none.
    pub headers: Option<Headers>,
    // only rust: who counts is called for each count, which is too often to cross into a language
    /// Called with every count. Default: none; [`Jules::metrics`](crate::Jules::metrics) has the sums.
    pub recorder: Option<RecorderHandle>,
    /// The environment, where it isn't the process's own: as a language binding sees it.
    pub(crate) environment: Option<Environment>,
    /// Who gets the log lines of this client besides the process's subscriber.
    pub(crate) logger: Option<LoggerHandle>,
}
