//! The one place where the options of a client are resolved and checked.

use std::ffi::OsString;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::base_url::base_url;
use super::cache::Cache;
use super::config::{ActivityBudget, ClientOptions, RetryOptions};
use super::environment;
use super::headers::checked;
use crate::api::{ApiKey, ApiSettings, RetryPolicy, Trust, certificates, proxy_for};
use crate::engine::Limits;
use crate::engine::quota::Given;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::log_scope::Scope;
use crate::ground::metrics::Meter;
use crate::ground::spelling::{option, passed};
use crate::store::Site;

/// The environment variable that the key is read from.
const KEY_VARIABLE: &str = "JULES_API_KEY";
const BASE_URL_VARIABLE: &str = "JULES_BASE_URL";
const CACHE_VARIABLE: &str = "JULES_CACHE_DIR";
const SERVICE: &str = "https://jules.googleapis.com/v1alpha";

/// The options after resolution: nothing is absent and everything is checked.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) api: ApiSettings,
    pub(crate) polling_interval: Option<Duration>,
    pub(crate) cache: Cache,
    /// Where the cache is.
    pub(crate) site: Site,
    pub(crate) cache_limit: u64,
    account: Option<String>,
    given: Given,
    activity_budget: ActivityBudget,
}

impl Config {
    /// What bounds the client.
    pub(crate) fn limits(&self) -> Limits {
        Limits {
            polling_interval: self.polling_interval,
            given: self.given,
            activities_per_minute: self.activity_budget.per_minute(),
        }
    }

    /// Whose rows are seen in the cache. It doesn't tell the key.
    pub(crate) fn account(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.api.base_url.as_str());
        hash.update([0]);
        hash.update(self.account.as_deref().unwrap_or_else(|| self.api.key.reveal()));
        hash.finalize().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl ClientOptions {
    /// With everything that is absent filled in; see [`crate::ffi::effective`].
    pub(crate) fn effective(&self) -> Result<Self> {
        let config = self.resolve()?;
        Ok(Self {
            api_key: Some(config.api.key),
            base_url: Some(config.api.base_url.into()),
            polling_interval: config.polling_interval,
            request_timeout: Some(config.api.request_timeout),
            connect_timeout: Some(config.api.connect_timeout),
            retry: RetryOptions {
                max_elapsed: Some(config.api.retry.max_elapsed),
                base_delay: Some(config.api.retry.base_delay),
                max_delay: Some(config.api.retry.max_delay),
            },
            max_concurrent_requests: Some(config.api.max_concurrent_requests),
            cache: Some(config.cache),
            cache_limit: Some(config.cache_limit),
            account: self.account.clone(),
            slots: config.given.slots,
            per_day: config.given.per_day,
            activity_budget: Some(config.activity_budget),
            allow_insecure_http: Some(self.allow_insecure_http.unwrap_or(false)),
            user_agent: self.user_agent.clone(),
            ca: self.ca.clone(),
            proxy: config.api.proxy.map(|proxy| proxy.to_string().into()),
            headers: self.headers.clone(),
            recorder: self.recorder.clone(),
            environment: self.environment.clone(),
            logger: self.logger.clone(),
        })
    }

    pub(crate) fn resolve(&self) -> Result<Config> {
        match &self.environment {
            Some(environment) => self.resolve_in(|name| environment.read(name)),
            None => self.resolve_in(environment::of_this_process),
        }
    }

    fn resolve_in(&self, read: impl Fn(&str) -> Option<OsString>) -> Result<Config> {
        let key = match &self.api_key {
            Some(key) => Ok(Some(key.clone())),
            None => environment::variable(KEY_VARIABLE, &read).map(|key| key.map(ApiKey::from)),
        };
        // Options change places, and errors quote them.
        let quoted = key.clone().ok().flatten();
        let clean = |text: &str| quoted.as_ref().map_or_else(|| text.to_owned(), |key| key.redact(text));
        self.resolve_with(key, read).map_err(|error| error.with_texts(clean))
    }

    fn resolve_with(&self, key: Result<Option<ApiKey>>, read: impl Fn(&str) -> Option<OsString>) -> Result<Config> {
        let variable = |name: &str| environment::variable(name, &read);
        let given = match &self.base_url {
            Some(url) => Some(url.clone()),
            None => variable(BASE_URL_VARIABLE)?,
        };
        let base_url = base_url(given.as_deref().unwrap_or(SERVICE), self.allow_insecure_http.unwrap_or(false))?;
        let api_key = key?.ok_or_else(missing_key)?;
        check_key(&api_key)?;
        let api = ApiSettings {
            key: api_key,
            request_timeout: required("request_timeout", self.request_timeout, Duration::from_secs(30))?,
            connect_timeout: required("connect_timeout", self.connect_timeout, Duration::from_secs(10))?,
            retry: RetryPolicy {
                max_elapsed: self.retry.max_elapsed.unwrap_or(Duration::from_secs(300)),
                base_delay: self.retry.base_delay.unwrap_or(Duration::from_secs(1)),
                max_delay: self.retry.max_delay.unwrap_or(Duration::from_secs(30)),
            },
            max_concurrent_requests: match self.max_concurrent_requests {
                Some(0) => return Err(too_small("max_concurrent_requests")),
                given => given.unwrap_or(16),
            },
            user_agent: user_agent(self.user_agent.as_deref())?,
            headers: self.headers.as_ref().map(checked).transpose()?.unwrap_or_default(),
            trust: if base_url.scheme() == "https" { self.trust(variable)? } else { Trust::default() },
            proxy: proxy_for(&base_url, self.proxy.as_ref(), variable)?,
            base_url,
            log: Scope::new(self.logger.clone(), Meter::new(self.recorder.clone())),
        };
        let cache = match self.cache.clone().unwrap_or(Cache::Default).or_postgres() {
            Cache::Default => match variable(CACHE_VARIABLE)? {
                Some(text) => {
                    let home = || environment::home(&read);
                    Cache::Directory(environment::directory(CACHE_VARIABLE, &text, home)?)
                }
                None => Cache::Default,
            },
            other => other,
        };
        Ok(Config {
            api,
            polling_interval: positive("polling_interval", self.polling_interval, None)?,
            site: cache.site(&read)?,
            cache,
            cache_limit: self.cache_limit.unwrap_or(1 << 30),
            account: match self.account.as_deref().map(str::trim) {
                Some("") => {
                    return Err(Error::config(format!("{} is empty", option("account")))
                        .with_hint("Leave it out to use the key."));
                }
                name => name.map(str::to_owned),
            },
            given: Given { slots: at_least_one("slots", self.slots)?, per_day: at_least_one("per_day", self.per_day)? },
            activity_budget: match self.activity_budget.unwrap_or_default() {
                ActivityBudget::PerMinute(0) => {
                    return Err(too_small("activity_budget")
                        .with_hint(format!("Turn the budget off with {}.", passed("activity_budget", "false"))));
                }
                budget => budget,
            },
        })
    }

    /// Whose certificates are believed.
    fn trust(&self, variable: impl Fn(&str) -> Result<Option<String>>) -> Result<Trust> {
        let mut trust = Trust::default();
        if let Some(ca) = &self.ca {
            trust.extra = certificates("the ca option", ca)?;
        }
        // What people of a language set for its own clients: a runtime goes on without such a file, and so do we.
        if let Some(path) = variable("NODE_EXTRA_CA_CERTS")? {
            match certificates("NODE_EXTRA_CA_CERTS", &path) {
                Ok(found) => trust.extra.extend(found),
                Err(error) => tracing::warn!(target: "jules::http", %error, "going without extra certificates"),
            }
        }
        for name in ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"] {
            if let Some(path) = variable(name)? {
                trust.instead.get_or_insert_default().extend(certificates(name, &path)?);
            }
        }
        if let Some(paths) = variable("SSL_CERT_DIR")? {
            let found =
                std::env::split_paths(&paths).filter_map(|path| certificates("SSL_CERT_DIR", path.to_str()?).ok());
            let found: Vec<_> = found.flatten().collect();
            if !found.is_empty() {
                trust.instead.get_or_insert_default().extend(found);
            }
        }
        Ok(trust)
    }
}

fn missing_key() -> Error {
    Error::new(ErrorKind::MissingApiKey, "no API key was given").with_hint(format!(
        "Pass {}, or set {KEY_VARIABLE}. Keys are made in the Jules web app, under Settings.",
        passed("api_key", "...")
    ))
}

fn check_key(key: &ApiKey) -> Result<()> {
    if key.reveal().is_empty() {
        return Err(missing_key());
    }
    if !key.reveal().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Error::config("the API key contains whitespace or non-ASCII characters")
            .with_hint("Copy it again, without quotes or line breaks."));
    }
    Ok(())
}

fn too_small(name: &str) -> Error {
    Error::config(format!("{} must be at least 1, got 0", option(name)))
}

fn at_least_one(name: &str, given: Option<u64>) -> Result<Option<u64>> {
    match given {
        Some(0) => Err(too_small(name)),
        given => Ok(given),
    }
}

fn positive(name: &str, given: Option<Duration>, default: Option<Duration>) -> Result<Option<Duration>> {
    match given {
        Some(Duration::ZERO) => Err(Error::config(format!("{} must be longer than zero", option(name)))),
        given => Ok(given.or(default)),
    }
}

fn required(name: &str, given: Option<Duration>, default: Duration) -> Result<Duration> {
    Ok(positive(name, given, None)?.unwrap_or(default))
}

fn user_agent(suffix: Option<&str>) -> Result<String> {
    let own = concat!("jules-sdk/", env!("CARGO_PKG_VERSION"));
    match suffix {
        None | Some("") => Ok(own.to_owned()),
        Some(suffix) if suffix.bytes().all(|byte| (0x20..0x7f).contains(&byte)) => Ok(format!("{own} {suffix}")),
        Some(_) => Err(Error::config(format!("{} must have printable ASCII characters only", option("user_agent")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_key() -> ClientOptions {
        ClientOptions { api_key: Some("secret-key".into()), ..ClientOptions::default() }
    }

    fn resolve(options: &ClientOptions) -> Result<Config> {
        options.resolve_in(|_| None)
    }

    #[test]
    fn every_documented_default_holds() {
        let config = resolve(&with_key()).unwrap();
        assert_eq!(config.api.base_url.as_str(), "https://jules.googleapis.com/v1alpha");
        assert_eq!(config.polling_interval, None);
        assert_eq!(config.api.request_timeout, Duration::from_secs(30));
        assert_eq!(config.api.connect_timeout, Duration::from_secs(10));
        assert_eq!(config.api.retry.max_elapsed, Duration::from_secs(300));
        assert_eq!(config.api.retry.base_delay, Duration::from_secs(1));
        assert_eq!(config.api.retry.max_delay, Duration::from_secs(30));
        assert_eq!(config.api.max_concurrent_requests, 16);
        assert_eq!(config.cache, Cache::Default);
        assert_eq!(config.cache_limit, 1024 * 1024 * 1024);
        let Limits { given, activities_per_minute, .. } = config.limits();
        assert_eq!((given, activities_per_minute), (Given::default(), Some(120)));
    }

    #[test]
    fn what_is_given_wins_over_the_environment() {
        let environment = |name: &str| match name {
            "JULES_API_KEY" => Some("from-environment".into()),
            "JULES_BASE_URL" => Some("http://127.0.0.1:9".into()),
            _ => None,
        };
        let config = ClientOptions::default().resolve_in(environment).unwrap();
        assert_eq!(config.api.key.reveal(), "from-environment");
        assert_eq!(config.api.base_url.as_str(), "http://127.0.0.1:9/v1alpha");
        let mut options = with_key();
        options.base_url = Some("https://proxy.example/jules/v1alpha/".into());
        let config = options.resolve_in(environment).unwrap();
        assert_eq!(config.api.key.reveal(), "secret-key");
        assert_eq!(config.api.base_url.as_str(), "https://proxy.example/jules/v1alpha");
    }

    #[test]
    #[cfg(unix)]
    fn the_environment_chooses_a_directory_at_home_and_nothing_that_is_no_text() {
        use std::os::unix::ffi::OsStringExt;
        let with = |value: OsString| {
            move |name: &str| match name {
                "HOME" => Some("/home/me".into()),
                CACHE_VARIABLE => Some(value.clone()),
                _ => None,
            }
        };
        let config = with_key().resolve_in(with("~/kept".into())).unwrap();
        assert_eq!(config.cache, Cache::Directory("/home/me/kept".into()));
        let error = with_key().resolve_in(with(OsString::from_vec(b"/x/\xff".to_vec()))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains(CACHE_VARIABLE), "{error}");
    }

    #[test]
    fn a_missing_key_has_its_own_kind() {
        let error = resolve(&ClientOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::MissingApiKey);
        assert!(error.to_string().contains("JULES_API_KEY"));
    }

    #[test]
    fn a_base_url_that_would_leak_the_key_is_refused() {
        for bad in
            ["nonsense", "ftp://x", "http://example.com", "https://user:pass@example.com", "https://example.com/?a=b"]
        {
            let mut options = with_key();
            options.base_url = Some(bad.into());
            assert_eq!(resolve(&options).unwrap_err().kind(), ErrorKind::Config, "{bad}");
        }
        let mut options = with_key();
        options.base_url = Some("http://example.com".into());
        options.allow_insecure_http = Some(true);
        assert!(resolve(&options).is_ok());
    }

    #[test]
    fn a_named_account_is_the_same_with_every_key_and_a_key_is_an_account_of_its_own() {
        let account = |key: &str, name: Option<&str>| {
            let mut options = with_key();
            (options.api_key, options.account) = (Some(key.into()), name.map(str::to_owned));
            resolve(&options).unwrap().account()
        };
        assert_eq!(account("one", Some("team")), account("two", Some("team")));
        assert_ne!(account("one", None), account("two", None));
        assert_ne!(account("one", None), account("one", Some("team")));
        assert_eq!(account("one", None).len(), 24);
    }

    #[test]
    fn limits_of_nothing_are_refused() {
        for change in [
            (|options: &mut ClientOptions| options.slots = Some(0)) as fn(&mut ClientOptions),
            |options| options.per_day = Some(0),
            |options| options.activity_budget = Some(0.into()),
            |options| options.account = Some(" ".to_owned()),
        ] {
            let mut options = with_key();
            change(&mut options);
            assert_eq!(resolve(&options).unwrap_err().kind(), ErrorKind::Config);
        }
    }

    #[test]
    fn no_key_is_ever_printed() {
        let options = with_key();
        assert!(!format!("{options:?}").contains("secret-key"));
        assert!(!format!("{:?}", resolve(&options).unwrap()).contains("secret-key"));
    }
}
