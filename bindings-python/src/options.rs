//! What Python gives a client or a session, as core's options. What the user didn't set stays absent: core knows the
//! defaults.

use std::path::PathBuf;
use std::time::Duration;

use jules::{
    ActivityBudget, AllOptions, ApiKey, Cache, ClientOptions, GitHubSource, Headers, Proxy, RunConfig, SlotWait,
    SyncOptions, Until,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyMapping, PyString, PyTuple};

use crate::convert;
use crate::error::{config, to_py_err};
use crate::values::match_args;

/// How failing requests are repeated; times are seconds, `None` means the default.
///
/// ```python
/// client = jules.AsyncJules(retry=jules.Retry(max_elapsed=60))
/// ```
#[pyclass(frozen, get_all, eq, hash, from_py_object, module = "jules")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Retry {
    /// How long one call is tried in all. Default: 300 s.
    max_elapsed: Option<f64>,
    /// The longest first wait; each next one may be twice as long. Default: 1 s.
    base_delay: Option<f64>,
    /// No wait is longer, but for one that the server asks for. Default: 30 s.
    max_delay: Option<f64>,
}

impl std::hash::Hash for Retry {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        [self.max_elapsed, self.base_delay, self.max_delay].map(|time| time.map(f64::to_bits)).hash(state);
    }
}

#[pymethods]
impl Retry {
    #[new]
    #[pyo3(signature = (*, max_elapsed = None, base_delay = None, max_delay = None))]
    fn new(max_elapsed: Option<f64>, base_delay: Option<f64>, max_delay: Option<f64>) -> Self {
        Self { max_elapsed, base_delay, max_delay }
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        convert::repr(slf.as_any(), &["max_elapsed", "base_delay", "max_delay"])
    }

    #[pyo3(signature = () -> "tuple[tuple[()], dict[str, float | None]]")]
    fn __getnewargs_ex__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let given = PyDict::new(py);
        given.set_item("max_elapsed", self.max_elapsed)?;
        given.set_item("base_delay", self.base_delay)?;
        given.set_item("max_delay", self.max_delay)?;
        Ok((PyTuple::empty(py), given))
    }
}

/// A repository on GitHub and the branch to start from; without one, its default branch.
///
/// ```python
/// await client.run(prompt="Fix the flaky test", source=jules.GitHub("octocat/hello-world", branch="main"))
/// ```
#[pyclass(frozen, get_all, eq, hash, from_py_object, module = "jules")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GitHub {
    /// `owner/repo`.
    repo: String,
    /// The branch; `None` means the repository's default.
    branch: Option<String>,
}

#[pymethods]
impl GitHub {
    #[new]
    #[pyo3(signature = (repo, branch = None))]
    fn new(repo: String, branch: Option<String>) -> Self {
        Self { repo, branch }
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        convert::repr(slf.as_any(), &["repo", "branch"])
    }

    fn __getnewargs__(&self) -> (&str, Option<&str>) {
        (&self.repo, self.branch.as_deref())
    }
}

match_args!(GitHub, "repo", "branch");

/// Writes what is in the dict over the options; `None` leaves an option as it is.
pub(crate) fn change(options: &mut ClientOptions, given: &Bound<'_, PyDict>) -> PyResult<()> {
    for (name, value) in given {
        if value.is_none() {
            continue;
        }
        let name = name.extract::<String>()?;
        match name.as_str() {
            "api_key" => options.api_key = Some(ApiKey::from(value.extract::<String>()?)),
            "base_url" => options.base_url = Some(value.extract()?),
            "polling_interval" => options.polling_interval = Some(seconds(&value, &name)?),
            "request_timeout" => options.request_timeout = Some(seconds(&value, &name)?),
            "connect_timeout" => options.connect_timeout = Some(seconds(&value, &name)?),
            "retry" => change_retry(options, &value)?,
            "max_concurrent_requests" => options.max_concurrent_requests = Some(count(&value, &name)?),
            "cache" => options.cache = Some(cache(&value)?),
            "cache_limit" => options.cache_limit = Some(count(&value, &name)?),
            "account" => options.account = Some(value.extract()?),
            "slots" => options.slots = Some(count(&value, &name)?),
            "per_day" => options.per_day = Some(count(&value, &name)?),
            "activity_budget" => options.activity_budget = Some(activity_budget(&value, &name)?),
            "allow_insecure_http" => options.allow_insecure_http = Some(value.extract()?),
            "user_agent" => options.user_agent = Some(value.extract()?),
            "ca" => options.ca = Some(path_or_text(&value)?),
            "proxy" => options.proxy = Some(value.extract::<String>()?.into()),
            "headers" => options.headers = Some(headers(&value)?),
            _ => return Err(unexpected("a client", &name)),
        }
    }
    Ok(())
}

/// What a client with these options uses, by the names that Python has for them; the key is left out.
pub(crate) fn effective<'py>(py: Python<'py>, options: &ClientOptions) -> PyResult<Bound<'py, PyDict>> {
    let options = jules::ffi::effective(options).map_err(|error| to_py_err(py, &error))?;
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let dict = PyDict::new(py);
    dict.set_item("base_url", options.base_url)?;
    dict.set_item("polling_interval", seconds(options.polling_interval))?;
    dict.set_item("request_timeout", seconds(options.request_timeout))?;
    dict.set_item("connect_timeout", seconds(options.connect_timeout))?;
    let retry = Retry {
        max_elapsed: seconds(options.retry.max_elapsed),
        base_delay: seconds(options.retry.base_delay),
        max_delay: seconds(options.retry.max_delay),
    };
    dict.set_item("retry", Bound::new(py, retry)?)?;
    dict.set_item("max_concurrent_requests", options.max_concurrent_requests)?;
    match options.cache {
        Some(Cache::Directory(directory)) => dict.set_item("cache", directory)?,
        Some(Cache::Postgres(url)) => dict.set_item("cache", url.reveal())?,
        cache => dict.set_item("cache", cache == Some(Cache::Default))?,
    }
    dict.set_item("cache_limit", options.cache_limit)?;
    dict.set_item("account", options.account)?;
    dict.set_item("slots", options.slots)?;
    dict.set_item("per_day", options.per_day)?;
    match options.activity_budget {
        Some(ActivityBudget::PerMinute(most)) => dict.set_item("activity_budget", most)?,
        budget => dict.set_item("activity_budget", budget != Some(ActivityBudget::Unlimited))?,
    }
    dict.set_item("allow_insecure_http", options.allow_insecure_http)?;
    dict.set_item("user_agent", options.user_agent)?;
    dict.set_item("ca", options.ca)?;
    dict.set_item("proxy", options.proxy.as_ref().map(Proxy::reveal))?;
    dict.set_item("headers", options.headers.map(|headers| headers.names().map(str::to_owned).collect::<Vec<_>>()))?;
    Ok(dict)
}

fn change_retry(options: &mut ClientOptions, given: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = given.py();
    let retry = match given.cast::<PyMapping>() {
        Ok(mapping) => py.get_type::<Retry>().call((), Some(&convert::dict(mapping)?))?.extract::<Retry>()?,
        Err(_) => given.extract::<Retry>()?,
    };
    let time = |value: Option<f64>, name| value.map(|value| duration(py, value, name)).transpose();
    let into = &mut options.retry;
    into.max_elapsed = time(retry.max_elapsed, "max_elapsed")?.or(into.max_elapsed);
    into.base_delay = time(retry.base_delay, "base_delay")?.or(into.base_delay);
    into.max_delay = time(retry.max_delay, "max_delay")?.or(into.max_delay);
    Ok(())
}

/// A PEM text, or the path of a file with one.
fn path_or_text(given: &Bound<'_, PyAny>) -> PyResult<String> {
    match given.cast::<PyString>() {
        Ok(text) => Ok(text.to_cow()?.into_owned()),
        Err(_) => Ok(given.extract::<PathBuf>()?.to_string_lossy().into_owned()),
    }
}

fn headers(given: &Bound<'_, PyAny>) -> PyResult<Headers> {
    let headers =
        convert::dict(given.cast::<PyMapping>().map_err(|_| PyTypeError::new_err("headers must be a dict"))?)?;
    headers.into_iter().map(|(name, value)| Ok((name.extract::<String>()?, value.extract::<String>()?))).collect()
}

fn cache(given: &Bound<'_, PyAny>) -> PyResult<Cache> {
    match given.cast::<PyBool>() {
        Ok(flag) if flag.is_true() => Ok(Cache::Default),
        Ok(_) => Ok(Cache::Memory),
        Err(_) => given.extract::<PathBuf>().map(Cache::Directory),
    }
}

fn activity_budget(given: &Bound<'_, PyAny>, name: &str) -> PyResult<ActivityBudget> {
    match given.cast::<PyBool>() {
        Ok(flag) => Ok(flag.is_true().into()),
        Err(_) => count::<u32>(given, name).map(Into::into),
    }
}

/// `False` is as if nothing were said.
fn slot_wait(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Option<SlotWait>> {
    match given.cast::<PyBool>() {
        Ok(flag) => Ok(flag.is_true().then_some(SlotWait::Forever)),
        Err(_) => seconds(given, name).map(|time| Some(time.into())),
    }
}

pub(crate) fn count<N: TryFrom<i64>>(given: &Bound<'_, PyAny>, name: &str) -> PyResult<N> {
    let number = given.extract::<i64>()?;
    N::try_from(number).map_err(|_| {
        let what = if number < 0 { "must not be negative" } else { "is too large" };
        config(given.py(), &format!("{name} {what}: {number}"))
    })
}

fn seconds(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Duration> {
    duration(given.py(), given.extract()?, name)
}

fn duration(py: Python<'_>, seconds: f64, name: &str) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|cause| config(py, &format!("{name} must be a number of seconds, and is {seconds}: {cause}")))
}

/// The time limit of a call.
pub(crate) fn timeout(py: Python<'_>, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    seconds.map(|seconds| duration(py, seconds, "timeout")).transpose()
}

/// The time without news after which a wait gives up.
pub(crate) fn stall_timeout(py: Python<'_>, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    seconds.map(|seconds| duration(py, seconds, "stall_timeout")).transpose()
}

/// How `all` goes about it.
pub(crate) fn all(
    py: Python<'_>,
    concurrency: Option<&Bound<'_, PyAny>>,
    stop_on_error: bool,
    delay: Option<f64>,
    until: &str,
) -> PyResult<AllOptions> {
    let mut options = AllOptions::default();
    options.until = match until {
        "ended" => Until::Ended,
        "created" => Until::Created,
        other => return Err(config(py, &format!("until must be \"ended\" or \"created\", got {other:?}"))),
    };
    options.concurrency = concurrency.map(|number| count(number, "concurrency")).transpose()?;
    options.stop_on_error = Some(stop_on_error);
    options.delay = delay.map(|delay| duration(py, delay, "delay")).transpose()?;
    Ok(options)
}

fn unexpected(what: &str, name: &str) -> PyErr {
    PyTypeError::new_err(format!("{what} has no option {name:?}"))
}

/// A session to create, from `session`'s and `run`'s keywords.
pub(crate) fn run_config(given: &Bound<'_, PyDict>) -> PyResult<RunConfig> {
    config_of("a session", given)
}

/// A session to create, where it is part of something else.
pub(crate) fn config_of(what: &str, given: &Bound<'_, PyDict>) -> PyResult<RunConfig> {
    let mut config = RunConfig::default();
    let mut branch = None;
    for (name, value) in given {
        if value.is_none() {
            continue;
        }
        let name = name.extract::<String>()?;
        match name.as_str() {
            "prompt" => config.prompt = value.extract()?,
            "source" => config.source = Some(source(&value)?),
            "branch" => branch = Some(value.extract::<String>()?),
            "title" => config.title = Some(value.extract()?),
            "require_approval" => config.require_approval = Some(value.extract()?),
            "auto_pr" => config.auto_pr = Some(value.extract()?),
            "wait_for_slot" => config.wait_for_slot = slot_wait(&value, &name)?,
            "stall_timeout" => config.stall_timeout = Some(seconds(&value, &name)?),
            "retry_failed" => config.retry_failed = count(&value, &name)?,
            "environment_variables" => config.environment_variables = Some(value.extract()?),
            "key" => config.key = Some(value.extract()?),
            _ => return Err(unexpected(what, &name)),
        }
    }
    Ok(match branch {
        Some(branch) => config.branch(branch),
        None => config,
    })
}

/// `"owner/repo"`, `"owner/repo@branch"`, a `GitHub`, or a dict with `github` and perhaps `branch`.
fn source(given: &Bound<'_, PyAny>) -> PyResult<GitHubSource> {
    if let Ok(text) = given.cast::<PyString>() {
        return Ok(GitHubSource::parse(&text.to_cow()?));
    }
    if let Ok(github) = given.extract::<GitHub>() {
        return Ok(with_branch(GitHubSource::new(github.repo), github.branch));
    }
    let mapping = given.cast::<PyMapping>().map_err(|_| {
        PyTypeError::new_err("source must be \"owner/repo\", \"owner/repo@branch\", a dict or a jules.GitHub")
    })?;
    let mut repo = String::new();
    let mut branch = None;
    for (name, value) in convert::dict(mapping)? {
        let name = name.extract::<String>()?;
        match name.as_str() {
            "github" => repo = value.extract()?,
            "branch" | "base_branch" | "baseBranch" => branch = value.extract()?,
            _ => return Err(unexpected("a source", &name)),
        }
    }
    Ok(with_branch(GitHubSource::parse(&repo), branch))
}

/// How `sync` goes about it.
pub(crate) fn sync(given: &Bound<'_, PyDict>) -> PyResult<SyncOptions> {
    let mut options = SyncOptions::default();
    for (name, value) in given {
        if value.is_none() {
            continue;
        }
        let name = name.extract::<String>()?;
        match name.as_str() {
            "session_id" => options.session_id = Some(value.extract()?),
            "limit" => options.limit = Some(count(&value, &name)?),
            "depth" => {
                let depth = value.extract::<String>()?.parse();
                options.depth = depth.map_err(|error| to_py_err(given.py(), &error))?;
            }
            "incremental" => options.incremental = value.extract()?,
            "concurrency" => options.concurrency = count(&value, &name)?,
            "checkpoint" => options.checkpoint = value.extract()?,
            _ => return Err(unexpected("a sync", &name)),
        }
    }
    Ok(options)
}

/// A query that the package wrote as JSON.
pub(crate) fn query(
    text: &str,
    read: impl FnOnce(serde_json::Value) -> Result<jules::Query, jules::Error>,
) -> Result<jules::Query, jules::Error> {
    // What `json.dumps` writes is JSON, but for NaN and its like; core says that null is no query.
    read(serde_json::from_str(text).unwrap_or_default())
}

fn with_branch(source: GitHubSource, branch: Option<String>) -> GitHubSource {
    match branch {
        Some(branch) => source.branch(branch),
        None => source,
    }
}
