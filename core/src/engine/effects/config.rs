//! The options of a new session, and their defaults.

use std::time::Duration;

use crate::api::{repository_and_branch, source_name};
use crate::engine::quota::SlotWait;
use crate::ground::error::{Error, Result};
use crate::ground::spelling::option;

/// The options of a session.
///
/// ```
/// use jules::RunConfig;
/// let config = RunConfig::new("Add a test").source("octocat/hello-world").branch("main").title("Test");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RunConfig {
    /// What the agent should do.
    pub prompt: String,
    /// The repository it works on. Default: none; the agent begins with an empty directory.
    pub source: Option<GitHubSource>,
    /// A title. Default: the server chooses one.
    pub title: Option<String>,
    /// Whether plans wait for approval. Default: `run` no, `create_session` yes.
    pub require_approval: Option<bool>,
    /// Whether a pull request is created at the end. Default: `run` yes, `create_session` no.
    pub auto_pr: Option<bool>,
    // bindings: Whether to wait when all session slots of the plan are taken: `true` for as long as it takes, or a number of seconds;
    // then it fails with the same error as without waiting. It doesn't wait for the limit of 24 hours, which
    // frees nothing for hours. Default: `run` and `create_session` don't wait, `all` waits as long as it takes.
    // swift: How long to wait when all session slots of the plan are taken; then it fails with the same error
    // as without waiting. It doesn't wait for the limit of 24 hours, which frees nothing for hours. Default: `run` and `create_session` don't
    // wait, `all` waits as long as it takes.
    /// How long to wait for a slot when the plan is full. Default: not at all; the create then fails with an error that
    /// names the limit ([`Error::limit`](crate::Error::limit)). [`all`](crate::Jules::all) waits anyway, without a bound
    /// where none is given here. It doesn't wait for the limit of 24 hours, which frees nothing for hours.
    pub wait_for_slot: Option<SlotWait>,
    // bindings: For `run`, `all` and tasks: gives up waiting with [`Timeout`](crate::ErrorKind::Timeout) when the session has
    // shown nothing new for that long: no activity and no change of state. Time in the queue, or waiting for a person, doesn't
    // count. Default: never.
    /// Gives up waiting with [`Timeout`](crate::ErrorKind::Timeout) when the session has shown nothing new for that long: no activity
    /// and no change of state. Time in the queue, or waiting for a person, doesn't count. Default: never.
    pub stall_timeout: Option<Duration>,
    // bindings: For `run` and `all`: how often a session that failed for a reason of the service's own is restarted; the
    // outcome then has all `session_ids`. Default: 0.
    /// How often a session that failed for a reason of the service's is restarted. Default: 0.
    pub retry_failed: u32,
    /// Whether the agent gets the environment variables that are set up for the source. Default: the service decides.
    pub environment_variables: Option<bool>,
    // bindings: A key for the request, 1 to 256 characters: the same key means the same session and the same
    // outcome, in every process and on every machine that shares the cache, also when one of them is killed in the middle of
    // the create. The request must be the same then, or it is a [`Config`](crate::ErrorKind::Config) error with the `field` that
    // differs. Default: none; each call is a session.
    /// A key for the request, 1 to 256 characters: the same key means the same session and the same
    /// outcome, in every process and on every machine that shares the cache ([`Cache`](crate::Cache)), also when one of them
    /// is stopped in the middle of the create. The request must be the same then: prompt, source, branch, title, approval,
    /// pull request and environment variables. Where the cache can't be on disk, the call fails before anything is sent; with
    /// [`Cache::Memory`](crate::Cache::Memory) a key counts in this client only. Default: none; each call is a session.
    pub key: Option<String>,
}

/// A repository on GitHub and the branch to start from.
///
/// ```
/// use jules::GitHubSource;
/// assert_eq!(GitHubSource::parse("octocat/hello-world@main"), GitHubSource::new("octocat/hello-world").branch("main"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct GitHubSource {
    /// `owner/repo`.
    pub repo: String,
    /// The branch; without one the repository's default.
    pub branch: Option<String>,
}

impl GitHubSource {
    // only rust: elsewhere it is written as it is
    /// The repository `owner/repo`, with its default branch.
    pub fn new(repo: impl Into<String>) -> Self {
        Self { repo: repo.into(), branch: None }
    }

    // only rust: elsewhere text is taken in its place
    /// Reads `owner/repo` or `owner/repo@branch`; also what GitHub shows: `https://github.com/owner/repo`, with `.git` or
    /// `/tree/branch` behind it, and `git@github.com:owner/repo.git`. It is checked when it is used.
    pub fn parse(text: &str) -> Self {
        let (repo, branch) = repository_and_branch(text);
        Self { repo: repo.to_owned(), branch: branch.map(str::to_owned) }
    }

    // only rust: elsewhere an argument, or the field
    /// Starts from this branch.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }
}

impl From<&str> for GitHubSource {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

impl RunConfig {
    /// A session with this prompt and nothing else.
    pub fn new(prompt: impl Into<String>) -> Self {
        Self { prompt: prompt.into(), ..Self::default() }
    }

    /// Works on this repository: `owner/repo` or `owner/repo@branch`.
    pub fn source(mut self, source: impl Into<GitHubSource>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Starts from this branch of the source.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.source.get_or_insert_default().branch = Some(branch.into());
        self
    }

    /// Gives it a title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Whether plans wait for approval.
    pub fn require_approval(mut self, require: bool) -> Self {
        self.require_approval = Some(require);
        self
    }

    /// Whether a pull request is created at the end.
    pub fn auto_pr(mut self, make: bool) -> Self {
        self.auto_pr = Some(make);
        self
    }

    /// Waits for a slot when the plan is full: for a time, or [`SlotWait::Forever`].
    pub fn wait_for_slot(mut self, wait: impl Into<SlotWait>) -> Self {
        self.wait_for_slot = Some(wait.into());
        self
    }

    /// Gives up waiting when nothing new has come for this long.
    pub fn stall_timeout(mut self, limit: Duration) -> Self {
        self.stall_timeout = Some(limit);
        self
    }

    /// Restarts a session that failed for a reason of the service's, at most this many times.
    pub fn retry_failed(mut self, times: u32) -> Self {
        self.retry_failed = times;
        self
    }

    /// Whether the agent gets the environment variables that are set up for the source.
    pub fn environment_variables(mut self, enabled: bool) -> Self {
        self.environment_variables = Some(enabled);
        self
    }

    /// Names the request: the same key means the same session.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Finds what is wrong before anything is sent.
    pub(crate) fn check(&self) -> Result<()> {
        if self.prompt.trim().is_empty() {
            return Err(Error::config("the prompt is empty").with_hint("Say what the agent is to do."));
        }
        check_stall(self.stall_timeout)?;
        if self.environment_variables.is_some() && self.source.is_none() {
            return Err(Error::config(format!("{} needs a source", option("environment_variables")))
                .with_hint("Name the source, or leave the option out."));
        }
        if let Some(source) = &self.source {
            source_name(&source.repo)?;
            if source.branch.as_deref().is_some_and(|branch| branch.trim().is_empty()) {
                return Err(Error::config("the branch is empty").with_hint("Leave it out for the default branch."));
            }
        }
        Ok(())
    }
}

/// A limit of zero would always be over.
pub(crate) fn check_stall(limit: Option<Duration>) -> Result<()> {
    match limit {
        Some(Duration::ZERO) => Err(Error::config(format!("{} must be longer than zero", option("stall_timeout")))),
        _ => Ok(()),
    }
}

/// What holds where the user said nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    pub(crate) auto_pr: bool,
    pub(crate) require_approval: bool,
}

impl Defaults {
    /// For what runs by itself to its outcome.
    pub(crate) const RUN: Self = Self { auto_pr: true, require_approval: false };
    /// For what a person goes along with.
    pub(crate) const SESSION: Self = Self { auto_pr: false, require_approval: true };
}
