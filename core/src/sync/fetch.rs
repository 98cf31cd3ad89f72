//! Bringing one session up to date.

use super::SyncDepth;
use crate::client::Client;
use crate::error::Result;
use crate::freshness;
use crate::model::SessionId;
use crate::store::Look;

/// Fetches a session to this depth into the store, itself first unless it was `found` there just now; gives back how many
/// activities were new.
pub(crate) async fn bring_up(client: &Client, id: &SessionId, depth: SyncDepth, found: Option<Look>) -> Result<usize> {
    let look = match found {
        Some(look) => look,
        None => {
            // The time from before: what changes meanwhile is not behind it.
            let asked = freshness::now()?;
            Look::of(&client.hub.watched(id).look_at_session().await?, asked)
        }
    };
    if depth == SyncDepth::Metadata {
        return Ok(0);
    }
    let added = client.hub.watched(id).catch_up(look.ended()).await?;
    freshness::note(&client.store, id, look).await?;
    Ok(added)
}
