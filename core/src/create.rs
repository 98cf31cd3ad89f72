//! What a new session is told, and creating exactly one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::model::SessionId;
use crate::service::{LARGEST_PAGE, Listing, SeenSession, Service};
use crate::session::Session;
use crate::sources;
use crate::transport::{Effect, ServerClock, once};

/// What a session is told.
///
/// ```
/// use jules::RunConfig;
/// let config = RunConfig::new("Add a test").source("octocat/hello-world").branch("main").title("Test");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RunConfig {
    /// What the agent is to do.
    pub prompt: String,
    /// What it works on; nothing is fine too.
    pub source: Option<GitHubSource>,
    /// A title; without one the server makes one.
    pub title: Option<String>,
    /// Whether plans wait for an approval. Default: `run` no, `create_session` yes.
    pub require_approval: Option<bool>,
    /// Whether a pull request is made at the end. Default: `run` yes, `create_session` no.
    pub auto_pr: Option<bool>,
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
    /// The repository `owner/repo`, with its default branch.
    pub fn new(repo: impl Into<String>) -> Self {
        Self { repo: repo.into(), branch: None }
    }

    /// Reads `owner/repo` or `owner/repo@branch`. It is checked when it is used.
    pub fn parse(text: &str) -> Self {
        match text.split_once('@') {
            Some((repo, branch)) => Self::new(repo).branch(branch),
            None => Self::new(text),
        }
    }

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

    /// Whether plans wait for an approval.
    pub fn require_approval(mut self, require: bool) -> Self {
        self.require_approval = Some(require);
        self
    }

    /// Whether a pull request is made at the end.
    pub fn auto_pr(mut self, make: bool) -> Self {
        self.auto_pr = Some(make);
        self
    }

    /// Finds what is wrong before anything is sent.
    pub(crate) fn check(&self) -> Result<()> {
        if self.prompt.trim().is_empty() {
            return Err(Error::config("the prompt is empty").with_hint("Say what the agent is to do."));
        }
        if let Some(source) = &self.source {
            sources::name_of(&source.repo)?;
            if source.branch.as_deref().is_some_and(|branch| branch.trim().is_empty()) {
                return Err(Error::config("the branch is empty").with_hint("Leave it out for the default branch."));
            }
        }
        Ok(())
    }
}

/// Two equal creates at once could adopt one another's session when answers are lost: they take turns.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<RunConfig, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    fn of(&self, config: &RunConfig) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(config.clone()).or_default())
    }
}

/// What holds where the user said nothing, and who waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Defaults {
    pub(crate) auto_pr: bool,
    pub(crate) require_approval: bool,
    /// Whether the caller waits itself when no session slot is free; else that is retried like any passing trouble.
    pub(crate) reports_full: bool,
}

impl Defaults {
    /// For what runs by itself to its outcome.
    pub(crate) const RUN: Self = Self { auto_pr: true, require_approval: false, reports_full: false };
    /// For what a person goes along with.
    pub(crate) const SESSION: Self = Self { auto_pr: false, require_approval: true, reports_full: false };
}

/// Creates exactly one session.
pub(crate) async fn create(client: &Client, config: RunConfig, defaults: Defaults) -> Result<Session> {
    config.check()?;
    let body = body(&client.service, &config, defaults).await?;
    let turn = client.creates.of(&config);
    let _turn = turn.lock().await;
    let look = |began| created_since(client, &config, began).boxed();
    let request = Service::create_request(body).reports_full(defaults.reports_full);
    let effect = once(&client.service.transport, &request, look).await;
    let seen = match effect {
        Ok(Effect::Found(seen)) => seen,
        Ok(Effect::Answered(raw)) => {
            let raw: Box<serde_json::value::RawValue> = raw;
            SeenSession::read(&raw).ok_or_else(|| {
                Error::new(ErrorKind::Decode, "the answer is not a session").while_doing("creating a session")
            })?
        }
        Err(error) => return Err(explained(&client.service, &config, error).await),
    };
    let id = SessionId::parse(&seen.info.id)?;
    client.created.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
    client.hub.remember(&id, &seen).await?;
    let session = Session::new(client.clone(), id);
    session.watched().created_just_now();
    Ok(session)
}

async fn body(service: &Service, config: &RunConfig, defaults: Defaults) -> Result<Value> {
    let mut body = Map::new();
    body.insert("prompt".into(), json!(config.prompt));
    if let Some(title) = &config.title {
        body.insert("title".into(), json!(title));
    }
    if let Some(source) = &config.source {
        let name = sources::name_of(&source.repo)?;
        let branch = match &source.branch {
            Some(branch) => Some(branch.clone()),
            None => {
                let found = sources::find(service, &source.repo).await?;
                found.github_repo().and_then(|repo| repo.default_branch.clone())
            }
        };
        let context = branch.map_or_else(|| json!({}), |branch| json!({ "startingBranch": branch }));
        body.insert("sourceContext".into(), json!({ "source": name, "githubRepoContext": context }));
    }
    body.insert("requirePlanApproval".into(), json!(config.require_approval.unwrap_or(defaults.require_approval)));
    if config.auto_pr.unwrap_or(defaults.auto_pr) {
        body.insert("automationMode".into(), json!("AUTO_CREATE_PR"));
    }
    Ok(Value::Object(body))
}

/// The session that a create whose answer was lost has made: new since then, the same in all that was said, and none that
/// this client knows to be another one's.
async fn created_since(client: &Client, config: &RunConfig, began: Instant) -> Result<Option<SeenSession>> {
    let listing = Listing { page_size: Some(LARGEST_PAGE), ..Listing::default() };
    let reply = client.service.sessions(&listing).await?;
    let clock = ServerClock::when(began, reply.date.map(|date| (date, Instant::now())));
    let source = config.source.as_ref().map(|source| sources::name_of(&source.repo)).transpose()?.unwrap_or_default();
    let known = client.created.lock().unwrap_or_else(PoisonError::into_inner);
    let same = |seen: &SeenSession| {
        let info = &seen.info;
        info.prompt.trim() == config.prompt.trim()
            && config.title.as_ref().is_none_or(|title| title.trim() == info.title.trim())
            && info.source_context.as_ref().map_or("", |context| context.source.as_str()) == source
            && clock.allows(info.create_time)
            && SessionId::parse(&info.id).is_ok_and(|id| !known.contains(&id))
    };
    Ok(reply.value.items.into_iter().find(same))
}

/// A refused create may be about the source; then say so.
async fn explained(service: &Service, config: &RunConfig, error: Error) -> Error {
    let about_source =
        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidRequest | ErrorKind::Precondition);
    let about_source = about_source && error.limit().is_none();
    let Some(source) = config.source.as_ref().filter(|_| about_source) else { return error };
    match sources::find(service, &source.repo).await {
        Err(better) if better.kind() == ErrorKind::SourceNotFound => better,
        _ => error,
    }
}
