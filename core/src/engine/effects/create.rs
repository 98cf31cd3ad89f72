//! Creating exactly one session.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::config::{Defaults, RunConfig};
use super::once::{Effect, ServerClock, once};
use crate::api::{Branches, Listing, SeenSession, Service, find_source, source_name};
use crate::engine::watch::Watched;
use crate::engine::{Hub, quota};
use crate::ground::error::{Error, ErrorKind, Limit, Result};
use crate::ground::model::SessionId;
use crate::store::LeaseKey;

/// So many new sessions are looked at together when the one is looked for that a create made,
const RECENT: u32 = 10;
/// and so often, where no time tells how far to go back.
const MOST_PAGES: usize = 20;
/// How much older than the create it may seem to be: the server's clock shows whole seconds in its answers.
const TOLERANCE: Duration = Duration::from_secs(5);

/// Two equal creates at once could adopt one another's session when answers are lost: they take turns.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>);

impl Turns {
    fn of(&self, digest: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(digest.to_owned()).or_default())
    }
}

/// Creates exactly one session. Where the plan is full, waits for a slot as long as the configuration says.
pub(crate) async fn create(hub: &Arc<Hub>, config: RunConfig, defaults: Defaults) -> Result<Arc<Watched>> {
    if let Some(wait) = config.wait_for_slot {
        return quota::create_patiently(hub, config, defaults, wait, &|| {}).await;
    }
    match Intent::new(hub, config, defaults).await?.attempt(hub).await {
        Err(error) if error.used().is_none() => Err(quota::explain(hub, error, &HashSet::new()).await),
        result => result,
    }
}

/// One session that is to be, through all attempts to create it.
#[derive(Debug)]
pub(crate) struct Intent {
    config: RunConfig,
    body: Value,
    digest: String,
    /// When the first request was sent.
    began: Option<Instant>,
}

impl Intent {
    pub(crate) async fn new(hub: &Hub, config: RunConfig, defaults: Defaults) -> Result<Self> {
        config.check()?;
        let body = body(&hub.service, &config, defaults).await?;
        let digest = digest(&body);
        Ok(Self { config, body, digest, began: None })
    }

    /// Tries to create the session; one that an earlier attempt has made after all is adopted.
    pub(crate) async fn attempt(&mut self, hub: &Arc<Hub>) -> Result<Arc<Watched>> {
        // Here, and in all clients that share the store.
        let turn = hub.creates.of(&self.digest);
        let _turn = turn.lock().await;
        let _lease = hub.presence.wait_for(&LeaseKey::Create(self.digest.clone())).await?;
        let seen = match self.found(hub).await? {
            Some(seen) => seen,
            None => {
                // Kept until the session counts.
                let _start = quota::allow(hub).await?;
                let seen = self.send(hub).await?;
                return self.made(hub, seen).await;
            }
        };
        self.made(hub, seen).await
    }

    async fn made(&self, hub: &Arc<Hub>, seen: SeenSession) -> Result<Arc<Watched>> {
        let id = SessionId::parse(&seen.info.id)?;
        hub.recent().created(&id);
        if let Err(error) = keep(hub, &id, &seen).await {
            // The session is there: that it can't be remembered must not keep it from its user.
            tracing::warn!(target: "jules::store", session = %id, %error, "a new session could not be remembered");
        }
        hub.quota.created(hub, id.as_str(), seen.info.create_time).await;
        Ok(hub.watched(&id))
    }

    async fn send(&mut self, hub: &Arc<Hub>) -> Result<SeenSession> {
        let began = *self.began.get_or_insert_with(Instant::now);
        let (config, open) = (&self.config, hub.quota.at_work());
        let look = |_| created_since(hub, config, began).boxed();
        let request = Service::create_request(self.body.clone());
        let error = match once(&hub.service.transport, &request.clone().reports_full(true), look).await {
            Ok(effect) => return Ok(seen(effect)),
            Err(error) => error,
        };
        if error.limit() != Some(Limit::Unknown) {
            // Refused in words at once, nothing was made: the next attempt has nothing to look for.
            if error.limit().is_some() && error.attempts() == Some(1) {
                self.began = None;
            }
            return Err(explained(&hub.service, config, error).await);
        }
        // Refused without a word of why: it may have been taken all the same.
        if let Some(seen) = self.found(hub).await? {
            tracing::info!(target: "jules::once", "a create that was refused has made its session");
            return Ok(seen);
        }
        let error = quota::explain(hub, error, &open).await;
        match (error.limit(), error.kind()) {
            // Nothing is in use: so it is about requests, not about sessions.
            (None, ErrorKind::RateLimit) => once(&hub.service.transport, &request, look).await.map(seen),
            (None, _) => Err(explained(&hub.service, config, error).await),
            _ => Err(error),
        }
    }

    /// The session that an earlier request has made.
    async fn found(&self, hub: &Arc<Hub>) -> Result<Option<SeenSession>> {
        match self.began {
            Some(began) => created_since(hub, &self.config, began).await,
            None => Ok(None),
        }
    }
}

fn seen(effect: Effect<SeenSession, SeenSession>) -> SeenSession {
    match effect {
        Effect::Found(seen) | Effect::Answered(seen) => seen,
    }
}

async fn keep(hub: &Hub, id: &SessionId, seen: &SeenSession) -> Result<()> {
    hub.store.claim(id).await?;
    hub.remember(id, seen.clone()).await.map(drop)
}

/// What makes two creates look the same.
fn digest(body: &Value) -> String {
    Sha256::digest(body.to_string()).iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

async fn body(service: &Service, config: &RunConfig, defaults: Defaults) -> Result<Value> {
    let mut body = Map::new();
    body.insert("prompt".into(), json!(config.prompt));
    if let Some(title) = &config.title {
        body.insert("title".into(), json!(title));
    }
    if let Some(source) = &config.source {
        let name = source_name(&source.repo)?;
        let branch = match &source.branch {
            Some(branch) => Some(branch.clone()),
            None => {
                let found = find_source(service, &source.repo, Branches::LeftOut).await?;
                found.github_repo().and_then(|repo| repo.default_branch.clone())
            }
        };
        let context = branch.map_or_else(|| json!({}), |branch| json!({ "startingBranch": branch }));
        let mut context = json!({ "source": name, "githubRepoContext": context });
        if let Some(enabled) = config.environment_variables {
            context["environmentVariablesEnabled"] = enabled.into();
        }
        body.insert("sourceContext".into(), context);
    }
    body.insert("requirePlanApproval".into(), json!(config.require_approval.unwrap_or(defaults.require_approval)));
    if config.auto_pr.unwrap_or(defaults.auto_pr) {
        body.insert("automationMode".into(), json!("AUTO_CREATE_PR"));
    }
    Ok(Value::Object(body))
}

/// The session that a create whose answer was lost has made: new since then, the same in all that was said, and none that
/// was made by another one. Light pages, until one reaches back to the intent.
async fn created_since(hub: &Arc<Hub>, config: &RunConfig, began: Instant) -> Result<Option<SeenSession>> {
    let source = config.source.as_ref().map(|source| source_name(&source.repo)).transpose()?.unwrap_or_default();
    let same = |seen: &SeenSession| {
        let info = &seen.info;
        info.prompt.trim() == config.prompt.trim()
            && config.title.as_ref().is_none_or(|title| title.trim() == info.title.trim())
            && info.source_context.as_ref().map_or("", |context| context.source.as_str()) == source
    };
    let mut listing = Listing { page_size: Some(RECENT), ..Listing::default() };
    for _ in 0..MOST_PAGES {
        let reply = hub.service.recent_sessions(&listing).await?;
        let clock = ServerClock::with_slack(began, reply.date.map(|date| (date, Instant::now())), TOLERANCE);
        let is_over = reply.value.items.iter().any(|seen| !clock.allows(seen.info.create_time));
        for seen in reply.value.items.into_iter().filter(|seen| clock.allows(seen.info.create_time) && same(seen)) {
            let Ok(id) = SessionId::parse(&seen.info.id) else { continue };
            if hub.store.claim(&id).await? {
                return Ok(Some(seen));
            }
        }
        match reply.value.next_page_token.filter(|_| !is_over) {
            Some(next) => listing.page_token = Some(next),
            None => break,
        }
    }
    Ok(None)
}

/// A refused create may be about the source; then say so.
async fn explained(service: &Service, config: &RunConfig, error: Error) -> Error {
    let about_source =
        matches!(error.kind(), ErrorKind::NotFound | ErrorKind::InvalidRequest | ErrorKind::Precondition);
    let about_source = about_source && error.limit().is_none();
    let Some(source) = config.source.as_ref().filter(|_| about_source) else { return error };
    match find_source(service, &source.repo, Branches::LeftOut).await {
        Err(better) if better.kind() == ErrorKind::SourceNotFound => better,
        _ => super::branch::named(service, config, error).await,
    }
}
