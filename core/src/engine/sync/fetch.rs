//! Bringing one session up to date.

use super::SyncDepth;
use crate::engine::Hub;
use crate::engine::freshness;
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::store::Look;
use std::sync::Arc;

/// Fetches a session to this depth into the store; gives back how many activities were new.
pub(crate) async fn bring_up(hub: &Arc<Hub>, id: &SessionId, depth: SyncDepth) -> Result<usize> {
    // The time from before: what changes meanwhile is not behind it.
    let asked = hub.surroundings.clock.now();
    let look = Look::of(&hub.watched(id).look_at_session().await?, asked);
    if depth == SyncDepth::Metadata {
        return Ok(0);
    }
    let added = hub.watched(id).catch_up(look.ended()).await?;
    freshness::note(&hub.store, id, look).await?;
    Ok(added)
}
