//! A session that the server says it doesn't have. That is believed of Google's own word, said twice; and then the session is
//! marked, and nothing of it is thrown away, for such a word may be wrong, and what was delivered once is the user's.

use super::Hub;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::SessionId;
use crate::ground::waits::{Wait, WaitReason};

/// Whether the session is gone, as this error of a call about it seems to say; then it is marked as deleted.
pub(crate) async fn is_deleted(hub: &Hub, id: &SessionId, error: &Error) -> Result<bool> {
    if !says_deleted(error) || hub.recent().is_brand_new(id) {
        return Ok(false);
    }
    Wait::of(WaitReason::Effect).in_session(id.as_str()).pause(hub.service.transport.settling_time()).await;
    match hub.service.session(id).await {
        Err(again) if says_deleted(&again) => {
            tracing::info!(target: "jules::store", session = %id, "the session no longer exists on the server");
            hub.store.set_deleted(id, true).await.map(|()| true)
        }
        Err(again) if again.kind() == ErrorKind::NotFound => Ok(false),
        seen => {
            hub.remember(id, seen?).await?;
            Ok(false)
        }
    }
}

/// Whether Google itself says so.
pub(crate) fn says_deleted(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound && error.is_authoritative()
}
