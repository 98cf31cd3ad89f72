//! Writing to the store under the watcher's lease.

use std::sync::Arc;

use crate::engine::presence::Held;
use crate::ground::error::{Error, Result};
use crate::ground::model::SessionId;
use crate::store::{Batch, Commit, Committed, Mark, MarkChange, Store};

/// Commits a batch, under the lease if there is one; gives back what that did, and the mark that is in the store now if the
/// batch has moved it. Where somebody else moved the mark meanwhile, it moves on from there; where the session was forgotten
/// meanwhile, what was fetched behind the mark doesn't belong to what begins anew, and nothing is written.
/// Where the lease has changed hands this never returns: it is lost then, and whoever watches under it is stopped.
pub(super) async fn commit(
    store: &Arc<dyn Store>,
    session: &SessionId,
    mut batch: Batch,
    held: Option<&Held>,
) -> Result<(Committed, Option<Mark>)> {
    batch.fence = held.map(|held| held.grant().clone());
    loop {
        match store.commit(session, batch.clone()).await? {
            Commit::Done(committed) => return Ok((committed, batch.mark.map(|change| change.to))),
            Commit::MarkMoved(now) if held.is_none() && now == Mark::default() => return Err(forgotten(session)),
            Commit::MarkMoved(now) => batch.mark = batch.mark.map(|change| change.moved_on(now)),
            Commit::Fenced => {
                if let Some(held) = held {
                    held.lose();
                }
                std::future::pending::<()>().await;
            }
        }
    }
}

fn forgotten(session: &SessionId) -> Error {
    let text = format!("session {session} was removed from the cache while its activities were being fetched");
    Error::store(text).with_hint("Read it again to fetch all of it anew.").with_retryable(true)
}

impl MarkChange {
    /// The same change from where somebody else has moved the mark to: what both have seen is in the store.
    fn moved_on(self, now: Mark) -> Self {
        let mut to = self.to;
        to.newest = to.newest.max(now.newest);
        to.reconciled = to.reconciled.max(now.reconciled);
        Self { from: now, to }
    }
}
