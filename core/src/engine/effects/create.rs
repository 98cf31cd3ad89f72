//! Creating exactly one session.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::config::{Defaults, RunConfig};
use super::keyed;
use super::once::{Effect, MOST_FAILED_LOOKS, ServerClock, not_again, once, settle};
use super::task::OfTask;
use crate::api::transport::Operation;
use crate::api::{Branches, Listing, SeenSession, Service, find_source, source_name};
use crate::engine::quota::{Creation, Heeds, SlotWait};
use crate::engine::watch::Watched;
use crate::engine::{Hub, quota};
use crate::ground::error::{Error, ErrorKind, Limit, Result};
use crate::ground::model::{SessionId, Timestamp};
use crate::ground::waits::{Wait, WaitReason};
use crate::store::LeaseKey;

/// So many new sessions are looked at together when the one is looked for that a create made,
const RECENT: u32 = 10;
/// and so often, where no time tells how far to go back.
const MOST_PAGES: usize = 20;
/// How much older than the create it may seem to be: the server's clock shows whole seconds in its answers.
const TOLERANCE: Duration = Duration::from_secs(5);

/// The server is left so many times the time in which an effect settles, as when one is looked for whose answer was lost.
const SETTLES: u32 = 2;
/// How long a create that another process has begun is left alone before it is looked for once more.
const SETTLING: Duration = Duration::from_secs(5);

/// How long to wait for a slot where none is free, if at all, and who is told when that begins.
pub(crate) struct Patience<'p> {
    pub(crate) wait: Option<SlotWait>,
    pub(crate) on_wait: &'p (dyn Fn() + Send + Sync),
}

/// Creates exactly one session, or with a key finds the one that there is.
pub(super) async fn create(
    hub: &Arc<Hub>,
    config: RunConfig,
    defaults: Defaults,
    failed: Option<SessionId>,
    patience: &Patience<'_>,
) -> Result<Arc<Watched>> {
    match &config.key {
        Some(key) => keyed::create(hub, key, &config, defaults, failed.as_ref(), patience).await,
        None => Intent::new(hub, config, defaults).await?.create(hub, patience).await,
    }
}

/// One session that is to be, through all attempts to create it.
#[derive(Debug)]
pub(crate) struct Intent {
    config: RunConfig,
    body: Value,
    digest: String,
    /// When the first request was sent that may have made it,
    began: Option<Instant>,
    /// and when one was refused last without a word of why.
    refused: Option<Instant>,
    /// The task that it is for.
    task: Option<OfTask>,
}

impl Intent {
    pub(crate) async fn new(hub: &Hub, config: RunConfig, defaults: Defaults) -> Result<Self> {
        config.check()?;
        let body = body(&hub.service, &config, defaults).await?;
        let digest = digest(&body);
        Ok(Self { config, body, digest, began: None, refused: None, task: None })
    }

    /// The same for a task: its session is that task's own, and what an earlier process began for it is gone on with.
    pub(crate) fn of_task(self, task: OfTask) -> Self {
        Self { task: Some(task), ..self }
    }

    /// The task that it was for.
    pub(super) fn task(self) -> Option<OfTask> {
        self.task
    }

    /// Creates the session. Where the plan is full, waits for a slot as long as it is told to.
    pub(crate) async fn create(&mut self, hub: &Arc<Hub>, patience: &Patience<'_>) -> Result<Arc<Watched>> {
        if let Some(wait) = patience.wait {
            return super::slot::create_patiently(hub, self, wait, patience.on_wait).await;
        }
        match self.attempt(hub, Heeds::Nothing).await {
            Err(error) if error.used().is_none() => Err(quota::explain(hub, error).await),
            result => result,
        }
    }

    /// Tries to create the session; one that an earlier attempt has made after all is adopted. Where there may be one, a store
    /// that fails is asked again: who is given the error would create another.
    pub(crate) async fn attempt(&mut self, hub: &Arc<Hub>, heeds: Heeds) -> Result<Arc<Watched>> {
        for _ in 1..MOST_FAILED_LOOKS {
            match self.attempt_once(hub, heeds).await {
                Err(error) if self.may_be_there(&error) => {
                    settle(&hub.service.transport, Operation::SessionsCreate).await
                }
                result => return result,
            }
        }
        self.attempt_once(hub, heeds).await.map_err(|error| match self.may_be_there(&error) {
            true => not_again(error),
            false => error,
        })
    }

    /// Whether an earlier request may have made the session, and the store has failed to let this one look. What a task has sent
    /// is noted with it.
    fn may_be_there(&self, error: &Error) -> bool {
        let failed = error.kind() == ErrorKind::Store && error.retryable() && error.session_id().is_none();
        failed && self.began.is_some() && self.task.is_none()
    }

    /// On the heap, for whatever waits for a session holds it.
    fn attempt_once<'c>(&'c mut self, hub: &'c Arc<Hub>, heeds: Heeds) -> BoxFuture<'c, Result<Arc<Watched>>> {
        self.send_or_find(hub, heeds).boxed()
    }

    async fn send_or_find(&mut self, hub: &Arc<Hub>, heeds: Heeds) -> Result<Arc<Watched>> {
        // Two equal ones at once could adopt one another's session when answers are lost: they take turns, here and in all
        // clients that share the store.
        let turn = hub.creates.of(&self.digest);
        let _turn = Wait::of(WaitReason::Turn).during(turn.lock()).await;
        let lease = hub.presence.wait_for(&LeaseKey::Create(self.digest.clone())).await?;
        if let Some(seen) = self.found(hub).await? {
            return self.made(hub, Made::earlier(seen), None).await;
        }
        // Kept until the session counts. A task of a queue has its place since it was started.
        let has_place = self.task.as_ref().is_some_and(|task| task.has_place);
        let start = if has_place { quota::Start::default() } else { quota::allow(hub, heeds).await? };
        if let Some(task) = &mut self.task {
            task.intend(hub).await?;
        }
        let _lease = hub.presence.still(lease).await?;
        let taken_over = super::task::taken_over(self.task.as_ref());
        let made = tokio::select! {
            biased;
            // Whoever has it now looks for what was sent: nothing is sent any more.
            error = taken_over => return Err(error),
            made = self.send(hub) => made?,
        };
        self.made(hub, made, start.place()).await
    }

    async fn made(&self, hub: &Arc<Hub>, made: Made, place: Option<&str>) -> Result<Arc<Watched>> {
        let Made { seen, passed } = made;
        let id = SessionId::parse(&seen.info.id)?;
        hub.recent().created(&id);
        if let Some(task) = &self.task
            && !task.adopt(hub, &id).await.map_err(|error| error.in_session(id.as_str()))?
        {
            // Somebody else's create has taken it for its own: it has, and this one has none yet.
            return Err(super::task::lost());
        }
        if let Err(error) = keep(hub, &id, &seen, self.task.is_some()).await {
            // The session is there: that it can't be remembered must not keep it from its user.
            tracing::warn!(target: "jules::store", session = %id, %error, "cannot store a new session");
        }
        hub.quota.created(hub, &id, Creation { time: seen.info.create_time, passed, place }).await;
        Ok(hub.watched(&id))
    }

    async fn send(&mut self, hub: &Arc<Hub>) -> Result<Made> {
        let began = *self.began.get_or_insert_with(Instant::now);
        let config = &self.config;
        let task = self.task.as_ref();
        let look = |_| created_since(hub, config, Since::Began(began), task).boxed();
        let request = Service::create_request(self.body.clone());
        let sent_at = hub.surroundings.clock.now();
        let error = match once(&hub.service.transport, &request.clone().reports_full(true), look).await {
            Ok(effect) => return Ok(Made::of(effect, sent_at)),
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
        self.refused = Some(Instant::now());
        if let Some(seen) = created_since(hub, config, Since::Began(began), task).await? {
            tracing::info!(target: "jules::once", "a refused create has created its session after all");
            return Ok(Made::earlier(seen));
        }
        let error = quota::explain_sent(hub, error, sent_at).await;
        match (error.limit(), error.kind()) {
            // Nothing is in use: so it is about requests, not about sessions.
            (None, ErrorKind::RateLimit) => {
                let sent_at = hub.surroundings.clock.now();
                once(&hub.service.transport, &request, look).await.map(|effect| Made::of(effect, sent_at))
            }
            (None, _) => Err(explained(&hub.service, config, error).await),
            _ => {
                // Who tries again later, here or elsewhere, looks once more before.
                if let Some(task) = &mut self.task {
                    task.refused(hub).await?;
                }
                Err(error)
            }
        }
    }

    /// The session that an earlier request has made.
    async fn found(&mut self, hub: &Arc<Hub>) -> Result<Option<SeenSession>> {
        if let Some(began) = self.began {
            // What a refused one has made is seen with a delay.
            let settling = hub.service.transport.settling_time() * SETTLES;
            let settles = self.refused.map_or(Duration::ZERO, |at| settling.saturating_sub(at.elapsed()));
            return self.look(hub, Since::Began(began), settles).await;
        }
        let of_others = self.task.as_ref().filter(|task| !task.intended);
        let Some(sent) = of_others.and_then(|task| task.notes.intent) else { return Ok(None) };
        // Another process was stopped behind its intent: its request may still be on its way. Or it was refused.
        if let Some(seen) = self.look(hub, Since::Date(sent.date), sent.settles(hub, SETTLING)).await? {
            tracing::info!(target: "jules::once", session = seen.info.id, "found the session that an earlier process created");
            return Ok(Some(seen));
        }
        if let Some(task) = &mut self.task {
            task.nothing_was_made(hub).await?;
        }
        Ok(None)
    }

    /// Looks, and once more when it has settled.
    async fn look(&self, hub: &Arc<Hub>, since: Since, settles: Duration) -> Result<Option<SeenSession>> {
        let waits = if settles.is_zero() { &[Duration::ZERO][..] } else { &[Duration::ZERO, settles] };
        for wait in waits {
            Wait::of(WaitReason::Effect).pause(*wait).await;
            let seen = created_since(hub, &self.config, since, self.task.as_ref()).await?;
            if seen.is_some() {
                return Ok(seen);
            }
        }
        Ok(None)
    }
}

/// Since when something may have been created.
#[derive(Clone, Copy, Debug)]
enum Since {
    /// By our clock.
    Began(Instant),
    /// By the server's, as far as it was known.
    Date(Option<Timestamp>),
}

/// A session that a create has made.
#[derive(Debug)]
struct Made {
    seen: SeenSession,
    /// When the request was sent that passed, by our clock; nothing for one that was made by an earlier request.
    passed: Option<Timestamp>,
}

impl Made {
    fn earlier(seen: SeenSession) -> Self {
        Self { seen, passed: None }
    }

    fn of(effect: Effect<SeenSession, SeenSession>, sent_at: Timestamp) -> Self {
        match effect {
            Effect::Answered(seen) => Self { seen, passed: Some(sent_at) },
            Effect::Found(seen) => Self::earlier(seen),
        }
    }
}

async fn keep(hub: &Hub, id: &SessionId, seen: &SeenSession, claimed: bool) -> Result<()> {
    if !claimed {
        hub.store.claim(id).await?;
    }
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
async fn created_since(
    hub: &Arc<Hub>,
    config: &RunConfig,
    since: Since,
    task: Option<&OfTask>,
) -> Result<Option<SeenSession>> {
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
        let clock = match since {
            Since::Began(began) => {
                ServerClock::with_slack(began, reply.date.map(|date| (date, Instant::now())), TOLERANCE)
            }
            Since::Date(date) => ServerClock::at(date, TOLERANCE),
        };
        let is_over = reply.value.items.iter().any(|seen| !clock.allows(seen.info.create_time));
        for seen in reply.value.items.into_iter().filter(|seen| clock.allows(seen.info.create_time) && same(seen)) {
            let Ok(id) = SessionId::parse(&seen.info.id) else { continue };
            let ours = match task {
                Some(task) => task.adopt(hub, &id).await,
                None => hub.store.claim(&id).await,
            };
            // Where the store can't say, the user at least has the id.
            if ours.map_err(|error| error.in_session(id.as_str()))? {
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
