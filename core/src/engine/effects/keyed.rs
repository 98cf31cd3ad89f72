//! Sessions with a key: the same key is the same session, in whatever process or machine that shares the store, and wherever
//! one of them is stopped.

use std::sync::Arc;

use super::asked::{Asked, check_key, conflict, known_otherwise};
use super::config::{Defaults, RunConfig};
use super::create::{Intent, Patience};
use super::task::{OfTask, TaskNotes, is_lost};
use crate::engine::Hub;
use crate::engine::presence::Hold;
use crate::engine::watch::Watched;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Outcome, SessionId, SessionState, TaskState};
use crate::ground::waits::{Wait, WaitReason};
use crate::store::{LeaseKey, NewTask, TaskChange, TaskRecord};

/// The key's session: the one that there is, or one that is created now. `failed` is one that is to be followed by another.
pub(super) async fn create(
    hub: &Arc<Hub>,
    key: &str,
    config: &RunConfig,
    defaults: Defaults,
    failed: Option<&SessionId>,
    patience: &Patience<'_>,
) -> Result<Arc<Watched>> {
    check_key(key)?;
    config.check()?;
    let asked = Asked::of(config, defaults)?;
    loop {
        // Here, and below in all clients that share the store.
        let turn = hub.creates.of(&format!("key/{key}"));
        let _turn = Wait::of(WaitReason::Turn).during(turn.lock()).await;
        if let Some(session) = known(add(hub, key, &asked).await?, failed) {
            return Ok(hub.watched(&session));
        }
        let held = hub.presence.wait_for(&LeaseKey::Task(key.to_owned())).await?;
        let Some(record) = hub.store.task(key).await? else { continue };
        check(&record, &asked)?;
        if let Some(session) = known(record.clone(), failed) {
            return Ok(hub.watched(&session));
        }
        let task = OfTask::new(held, &record);
        if record.session.is_some() {
            let again = TaskChange { state: Some(TaskState::Waiting), again: true, ..TaskChange::default() };
            task.change(hub, again).await?;
        }
        match start(hub, config, defaults, task, patience).await {
            Err(error) if is_lost(&error) => {}
            result => return result,
        }
    }
}

async fn start(
    hub: &Arc<Hub>,
    config: &RunConfig,
    defaults: Defaults,
    task: OfTask,
    patience: &Patience<'_>,
) -> Result<Arc<Watched>> {
    let mut intent = match Intent::new(hub, config.clone(), defaults).await {
        Ok(intent) => intent.of_task(task),
        Err(error) => {
            forget(hub, task).await;
            return Err(error);
        }
    };
    let result = intent.create(hub, patience).await;
    if let Err(error) = &result
        && let Some(task) = intent.task()
        && made_nothing(&task, error)
    {
        forget(hub, task).await;
    }
    result
}

/// Whether it is certain that no session was made.
fn made_nothing(task: &OfTask, error: &Error) -> bool {
    let refused = matches!(
        error.kind(),
        ErrorKind::Config
            | ErrorKind::SourceNotFound
            | ErrorKind::InvalidRequest
            | ErrorKind::NotFound
            | ErrorKind::Authentication
            | ErrorKind::Precondition
    );
    !is_lost(error)
        && error.session_id().is_none()
        && (task.notes.intent.is_none() || refused || error.limit().is_some())
}

/// Nothing was made for the key: it may be used for something else.
async fn forget(hub: &Hub, task: OfTask) {
    if task.notes.sessions.is_empty()
        && let Err(error) = task.forget(hub).await
    {
        tracing::debug!(target: "jules::once", %error, "cannot remove a key whose create was refused");
    }
}

async fn add(hub: &Hub, key: &str, asked: &Asked) -> Result<TaskRecord> {
    loop {
        let new = NewTask {
            key: key.to_owned(),
            queue: None,
            priority: 0,
            not_before: None,
            asked: asked.to_text(),
            data: String::new(),
        };
        let known = hub.store.add_tasks(vec![new]).await?.into_iter().next().flatten();
        let record = match known {
            Some(record) => Some(record),
            None => hub.store.task(key).await?,
        };
        if let Some(record) = record {
            check(&record, asked)?;
            return Ok(record);
        }
    }
}

fn check(record: &TaskRecord, asked: &Asked) -> Result<()> {
    match conflict(record, None, asked)? {
        Some(field) => Err(known_otherwise(&record.key, field)),
        None => Ok(()),
    }
}

/// The session that there is, unless it is one that is to be followed by another.
fn known(record: TaskRecord, failed: Option<&SessionId>) -> Option<SessionId> {
    record.session.filter(|session| Some(session) != failed)
}

/// The outcome of a key, where it was kept.
pub(crate) async fn kept_outcome(hub: &Hub, key: &str) -> Result<Option<Outcome>> {
    Ok(hub.store.task(key).await?.and_then(|record| TaskNotes::of(&record).outcome()))
}

/// Keeps the outcome of a key. Failing to keep it isn't an error: the session has it.
pub(crate) async fn keep_outcome(hub: &Arc<Hub>, key: &str, outcome: &Outcome) {
    let keep = async {
        let Hold::Ours(held) = hub.presence.hold(&LeaseKey::Task(key.to_owned())).await? else { return Ok(()) };
        let Some(record) = hub.store.task(key).await? else { return Ok(()) };
        if record.session.as_ref().map(SessionId::as_str) != Some(outcome.session_id.as_str()) {
            return Ok(());
        }
        let task = OfTask::new(held, &record);
        let data = Some(task.notes.clone().with_outcome(outcome).to_text());
        let failed = outcome.state == SessionState::Failed;
        let state = Some(if failed { TaskState::Failed } else { TaskState::Done });
        task.change(hub, TaskChange { state, data, ..TaskChange::default() }).await.map(drop)
    };
    if let Err(error) = keep.await {
        tracing::debug!(target: "jules::store", key, %error, "cannot store an outcome");
    }
}
