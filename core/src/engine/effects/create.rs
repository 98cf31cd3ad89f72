//! Creating exactly one session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::config::{Defaults, RunConfig};
use super::once::{Effect, ServerClock, once};
use crate::api::{Branches, Listing, SeenSession, Service, find_source, source_name};
use crate::engine::Hub;
use crate::engine::watch::Watched;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::SessionId;
use crate::store::LeaseKey;

/// Among so many new sessions the one that a create made is looked for.
const RECENT: u32 = 10;

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

/// Creates exactly one session.
pub(crate) async fn create(hub: &Arc<Hub>, config: RunConfig, defaults: Defaults) -> Result<Arc<Watched>> {
    config.check()?;
    let body = body(&hub.service, &config, defaults).await?;
    let digest = digest(&body);
    // Here, and in all clients that share the store.
    let turn = hub.creates.of(&digest);
    let _turn = turn.lock().await;
    let _lease = hub.presence.wait_for(&LeaseKey::Create(digest)).await?;
    let look = |began| created_since(hub, &config, began).boxed();
    let request = Service::create_request(body).reports_full(defaults.reports_full);
    let effect = once(&hub.service.transport, &request, look).await;
    let seen = match effect {
        Ok(Effect::Found(seen) | Effect::Answered(seen)) => seen,
        Err(error) => return Err(explained(&hub.service, &config, error).await),
    };
    let id = SessionId::parse(&seen.info.id)?;
    hub.recent().created(&id);
    if let Err(error) = keep(hub, &id, &seen).await {
        // The session is there: that it can't be remembered must not keep it from its user.
        tracing::warn!(target: "jules::store", session = %id, %error, "a new session could not be remembered");
    }
    Ok(hub.watched(&id))
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
/// was made by another one.
async fn created_since(hub: &Arc<Hub>, config: &RunConfig, began: Instant) -> Result<Option<SeenSession>> {
    let listing = Listing { page_size: Some(RECENT), ..Listing::default() };
    let reply = hub.service.recent_sessions(&listing).await?;
    let clock = ServerClock::when(began, reply.date.map(|date| (date, Instant::now())));
    let source = config.source.as_ref().map(|source| source_name(&source.repo)).transpose()?.unwrap_or_default();
    let same = |seen: &SeenSession| {
        let info = &seen.info;
        info.prompt.trim() == config.prompt.trim()
            && config.title.as_ref().is_none_or(|title| title.trim() == info.title.trim())
            && info.source_context.as_ref().map_or("", |context| context.source.as_str()) == source
            && clock.allows(info.create_time)
    };
    for seen in reply.value.items.into_iter().filter(same) {
        let Ok(id) = SessionId::parse(&seen.info.id) else { continue };
        if hub.store.claim(&id).await? {
            return Ok(Some(seen));
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
