//! What is done to sessions, each effect exactly once: creating one, telling it something, asking it.

mod act;
mod ask;
mod asked;
mod branch;
mod config;
mod create;
mod finish;
mod keyed;
mod once;
mod slot;
mod task;

pub(crate) use ask::ask;
pub(crate) use asked::{Asked, AskedTask, check_key, conflict, known_otherwise};
pub(crate) use config::{Defaults, check_stall};
pub use config::{GitHubSource, RunConfig};
pub(crate) use create::{Intent, Patience};
pub(crate) use finish::to_its_end;
pub(crate) use keyed::{keep_outcome, kept_outcome};
pub(crate) use task::{OfTask, TaskNotes, intents, is_lost, lost, server_now};

use std::sync::Arc;

use crate::engine::Hub;
use crate::engine::quota::SlotWait;
use crate::engine::watch::Watched;
use crate::ground::error::Result;
use crate::ground::model::SessionId;

/// Creates exactly one session, or with a key finds the one that there is. `failed` is one that is to be followed by another.
pub(crate) async fn create(
    hub: &Arc<Hub>,
    config: RunConfig,
    defaults: Defaults,
    failed: Option<SessionId>,
) -> Result<Arc<Watched>> {
    let here = Arc::clone(hub);
    let work = async move {
        let patience = Patience { wait: config.wait_for_slot, on_wait: &|| {} };
        create::create(&here, config, defaults, failed, &patience).await
    };
    to_its_end(hub, work).await
}

/// The same for whoever waits for a slot where none is free, without a bound unless one is given. `on_wait` is called when
/// that begins.
pub(crate) async fn create_patiently(
    hub: &Arc<Hub>,
    config: RunConfig,
    failed: Option<SessionId>,
    on_wait: &(dyn Fn() + Send + Sync),
) -> Result<Arc<Watched>> {
    let wait = config.wait_for_slot.unwrap_or(SlotWait::Forever);
    let patience = Patience { wait: Some(wait), on_wait };
    create::create(hub, config, Defaults::RUN, failed, &patience).await
}

/// Approves the pending plan.
pub(crate) async fn approve(watched: &Arc<Watched>) -> Result<()> {
    let here = Arc::clone(watched);
    to_its_end(&watched.hub, async move { act::approve(&here).await }).await
}

/// Sends a message.
pub(crate) async fn send(watched: &Arc<Watched>, text: &str) -> Result<()> {
    let (here, text) = (Arc::clone(watched), text.to_owned());
    to_its_end(&watched.hub, async move { act::send(&here, &text).await }).await
}

/// Archives a session, or unarchives it.
pub(crate) async fn archive(watched: &Arc<Watched>, archived: bool) -> Result<()> {
    let here = Arc::clone(watched);
    to_its_end(&watched.hub, async move { act::archive(&here, archived).await }).await
}

/// Ends a session's work.
pub(crate) async fn stop(watched: &Arc<Watched>) -> Result<()> {
    let here = Arc::clone(watched);
    to_its_end(&watched.hub, async move { act::stop(&here).await }).await
}

/// Deletes a session.
pub(crate) async fn delete(watched: &Arc<Watched>) -> Result<()> {
    let here = Arc::clone(watched);
    to_its_end(&watched.hub, async move { act::delete(&here).await }).await
}
