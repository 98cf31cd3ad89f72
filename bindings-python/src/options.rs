//! What Python gives a client, as core's options; and what the options of all calls are read with. What the user didn't set stays absent: core knows the
//! defaults.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use jules::{
    ActivityBudget, ApiKey, Cache, ClientOptions, GitHubSource, Headers, Proxy, RetryOptions, SlotWait, Timestamp,
};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDateTime, PyDict, PyMapping, PyString, PyTuple};

use crate::convert;
use crate::error::{config, to_py_err};
use crate::values::match_args;

/// How failed requests are retried; times are seconds, `None` means the default.
///
/// ```python
/// client = jules.AsyncJules(retry=jules.Retry(max_elapsed=60))
/// ```
#[pyclass(frozen, get_all, eq, hash, from_py_object, module = "jules")]
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Retry {
    /// The time limit of one call, all attempts together. Default: 300 s.
    max_elapsed: Option<f64>,
    /// The longest first wait; each next one may be twice as long. Default: 1 s.
    base_delay: Option<f64>,
    /// No wait is longer, except one that the server asks for. Default: 30 s.
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
    for (name, value) in said(given)? {
        match name.as_str() {
            // surface: take ClientOptions value options
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
            // surface: end
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
    // surface: show ClientOptions
    dict.set_item("base_url", options.base_url)?;
    dict.set_item("polling_interval", seconds(options.polling_interval))?;
    dict.set_item("request_timeout", seconds(options.request_timeout))?;
    dict.set_item("connect_timeout", seconds(options.connect_timeout))?;
    dict.set_item("retry", shown_retry(py, &options.retry)?)?;
    dict.set_item("max_concurrent_requests", options.max_concurrent_requests)?;
    dict.set_item("cache", shown_cache(py, options.cache)?)?;
    dict.set_item("cache_limit", options.cache_limit)?;
    dict.set_item("account", options.account)?;
    dict.set_item("slots", options.slots)?;
    dict.set_item("per_day", options.per_day)?;
    dict.set_item("activity_budget", shown_budget(py, options.activity_budget)?)?;
    dict.set_item("allow_insecure_http", options.allow_insecure_http)?;
    dict.set_item("user_agent", options.user_agent)?;
    dict.set_item("ca", options.ca)?;
    dict.set_item("proxy", options.proxy.as_ref().map(Proxy::reveal))?;
    dict.set_item("headers", options.headers.as_ref().map(shown_headers))?;
    // surface: end
    Ok(dict)
}

fn shown_retry<'py>(py: Python<'py>, retry: &RetryOptions) -> PyResult<Bound<'py, Retry>> {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let (max_elapsed, base_delay) = (seconds(retry.max_elapsed), seconds(retry.base_delay));
    Bound::new(py, Retry { max_elapsed, base_delay, max_delay: seconds(retry.max_delay) })
}

fn shown_cache(py: Python<'_>, cache: Option<Cache>) -> PyResult<Bound<'_, PyAny>> {
    match cache {
        Some(Cache::Directory(directory)) => directory.into_bound_py_any(py),
        Some(Cache::Postgres(url)) => url.reveal().into_bound_py_any(py),
        cache => (cache == Some(Cache::Default)).into_bound_py_any(py),
    }
}

fn shown_budget(py: Python<'_>, budget: Option<ActivityBudget>) -> PyResult<Bound<'_, PyAny>> {
    match budget {
        Some(ActivityBudget::PerMinute(most)) => most.into_bound_py_any(py),
        budget => (budget != Some(ActivityBudget::Unlimited)).into_bound_py_any(py),
    }
}

fn shown_headers(headers: &Headers) -> Vec<String> {
    headers.names().map(str::to_owned).collect()
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
pub(crate) fn slot_wait(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Option<SlotWait>> {
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

pub(crate) fn seconds(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Duration> {
    duration(given.py(), given.extract()?, name)
}

fn duration(py: Python<'_>, seconds: f64, name: &str) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|cause| config(py, &format!("{name} must be a number of seconds, got {seconds}: {cause}")))
}

/// The time limit of a call.
pub(crate) fn timeout(py: Python<'_>, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    seconds.map(|seconds| duration(py, seconds, "timeout")).transpose()
}

/// The time without news after which a wait gives up.
pub(crate) fn stall_timeout(py: Python<'_>, seconds: Option<f64>) -> PyResult<Option<Duration>> {
    seconds.map(|seconds| duration(py, seconds, "stall_timeout")).transpose()
}

/// One of some words.
pub(crate) fn word<T: FromStr<Err = jules::Error>>(given: &Bound<'_, PyAny>) -> PyResult<T> {
    given.extract::<String>()?.parse().map_err(|error| to_py_err(given.py(), &error))
}

/// One text, or several.
pub(crate) fn strings(given: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    match given.extract::<String>() {
        Ok(one) => Ok(vec![one]),
        Err(_) => given.try_iter()?.map(|one| one?.extract()).collect(),
    }
}

/// A `datetime` with a time zone.
pub(crate) fn moment(given: &Bound<'_, PyAny>, name: &str) -> PyResult<Timestamp> {
    let time = given
        .cast::<PyDateTime>()
        .map_err(|_| PyTypeError::new_err(format!("{name} must be a datetime with a time zone, got {given:?}")))?;
    if time.getattr("tzinfo")?.is_none() {
        let how = "write value.replace(tzinfo=timezone.utc), or astimezone()";
        return Err(PyTypeError::new_err(format!("{name} has no time zone: {how}")));
    }
    let text = time.call_method0("isoformat")?.extract::<String>()?;
    text.parse().map_err(|error| to_py_err(given.py(), &error))
}

/// The keywords that say something.
pub(crate) fn said<'py>(given: &Bound<'py, PyDict>) -> PyResult<Vec<(String, Bound<'py, PyAny>)>> {
    let known = given.iter().filter(|(_, value)| !value.is_none());
    known.map(|(name, value)| Ok((name.extract()?, value))).collect()
}

pub(crate) fn unexpected(what: &str, name: &str) -> PyErr {
    PyTypeError::new_err(format!("{what} has no option {name:?}"))
}

/// `"owner/repo"`, `"owner/repo@branch"`, a `GitHub`, or a dict with `github` and perhaps `branch`.
pub(crate) fn source(given: &Bound<'_, PyAny>) -> PyResult<GitHubSource> {
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
