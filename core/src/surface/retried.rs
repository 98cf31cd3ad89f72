//! A session that failed for a reason of the service's is restarted, as often as its user said.

use std::future::Future;

use std::sync::Arc;

use crate::engine::effects::{self, RunConfig};
use crate::engine::{Hub, outcome};
use crate::ground::error::{Error, Result};
use crate::ground::model::{Outcome, SessionId};
use crate::surface::session::Session;

/// Starts sessions, one after the other, until one of them has an outcome that is to stand.
/// With a key: an outcome that is known is given, and one that comes is kept.
pub(crate) async fn to_outcome<F>(
    hub: &Arc<Hub>,
    config: &RunConfig,
    mut start: impl FnMut(Option<SessionId>) -> F,
) -> Result<Outcome>
where
    F: Future<Output = Result<Session>>,
{
    let mut ids: Vec<String> = Vec::new();
    loop {
        let latest = ids.last().cloned();
        let in_latest = |error: Error| latest.iter().fold(error, |error, id| error.in_session(id));
        let failed = latest.as_deref().map(SessionId::parse).transpose()?;
        let session = start(failed).await.map_err(in_latest)?;
        ids.push(session.id().to_owned());
        if let Some(key) = &config.key
            && let Some(outcome) =
                effects::kept_outcome(hub, key).await?.filter(|known| known.session_id == session.id())
        {
            return Ok(outcome);
        }
        let outcome = session.result().stall_timeout_opt(config.stall_timeout).await?;
        let attempts = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        if attempts <= config.retry_failed && outcome::is_of_the_service(&outcome) {
            tracing::info!(target: "jules::run", session = session.id(), attempts, "a failed session is started again");
            continue;
        }
        let outcome = outcome.after(attempts, ids);
        if let Some(key) = &config.key {
            effects::keep_outcome(hub, key, &outcome).await;
        }
        return Ok(outcome);
    }
}
