//! What is done to sessions, each effect exactly once: creating one, telling it something, asking it.

mod act;
mod ask;
mod branch;
mod config;
mod create;
mod finish;
mod note;
mod once;
mod recent;

pub(crate) use ask::ask;
pub(crate) use config::{Defaults, check_stall};
pub use config::{GitHubSource, RunConfig};
pub(crate) use create::{Intent, Turns};
use finish::to_its_end;
pub(crate) use note::ActNote;
pub(crate) use recent::{BRAND_NEW, Recent, Sent, Waking};

use std::sync::Arc;

use crate::engine::Hub;
use crate::engine::watch::Watched;
use crate::ground::error::Result;

/// Creates exactly one session.
pub(crate) async fn create(hub: &Arc<Hub>, config: RunConfig, defaults: Defaults) -> Result<Arc<Watched>> {
    let here = Arc::clone(hub);
    to_its_end(hub, async move { create::create(&here, config, defaults).await }).await
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
