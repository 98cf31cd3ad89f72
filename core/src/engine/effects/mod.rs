//! What is done to sessions, each effect exactly once: creating one, telling it something, asking it.

mod act;
mod ask;
mod branch;
mod config;
mod create;
mod finish;
mod once;
mod slot;

pub(crate) use ask::ask;
pub(crate) use config::{Defaults, check_stall};
pub use config::{GitHubSource, RunConfig};
pub(crate) use create::Turns;
use finish::to_its_end;
pub(crate) use slot::create_patiently;

use std::sync::Arc;

use crate::engine::Hub;
use crate::engine::watch::Watched;
use crate::ground::error::Result;

/// Creates exactly one session. Where the plan is full, waits for a slot as long as the configuration says.
pub(crate) async fn create(hub: &Arc<Hub>, config: RunConfig, defaults: Defaults) -> Result<Arc<Watched>> {
    let here = Arc::clone(hub);
    let work = async move {
        match config.wait_for_slot {
            Some(wait) => create_patiently(&here, config, defaults, wait, &|| {}).await,
            None => create::create(&here, config, defaults).await,
        }
    };
    to_its_end(hub, work).await
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

/// Puts a session aside, or takes it out again.
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
