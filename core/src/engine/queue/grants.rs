//! Taking tasks: what comes with a lease is taken to its end also when the worker goes meanwhile. A lease that nobody is there to
//! use is then given back at once, and others needn't wait until it has run out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::engine::Hub;
use crate::engine::presence::Held;
use crate::ground::error::{Error, Result};
use crate::ground::runtime;
use crate::store::{Claim, Claimed, Full, LeaseKey, Started, TaskRecord};

/// A task that was taken.
pub(super) struct New {
    pub(super) record: TaskRecord,
    pub(super) held: Held,
    /// Whether it was noted with the claim that a create is about to be sent.
    pub(super) intended: bool,
}

/// What came of looking for tasks to start.
pub(super) enum Taken {
    Tasks(Vec<New>),
    Full(Full),
    Nothing { next: Option<Duration> },
}

/// Counts this as a worker of the queue.
pub(super) async fn enter(hub: &Arc<Hub>, queue: &str) -> Result<Held> {
    let (hub, key) = (Arc::clone(hub), LeaseKey::Worker(rand::random(), queue.to_owned()));
    to_its_end(async move { hub.presence.wait_for(&key).await }).await
}

/// Starts the next tasks, as far as there is room for them.
pub(super) async fn start(hub: &Arc<Hub>, claim: Claim) -> Result<Taken> {
    let hub = Arc::clone(hub);
    let start = async move {
        Ok(match hub.store.start_tasks(claim).await? {
            Started::Tasks(tasks) => {
                let keep =
                    |Claimed { record, grant, noted }| New { record, held: hub.presence.keep(grant), intended: noted };
                Taken::Tasks(tasks.into_iter().map(keep).collect())
            }
            Started::Full(full) => Taken::Full(full),
            Started::Nothing { next } => Taken::Nothing { next },
        })
    };
    to_its_end(start).await
}

/// A task that was begun, and that nobody is at.
pub(super) async fn take_over(hub: &Arc<Hub>, queue: &str, worker: &str) -> Result<Option<(TaskRecord, Held)>> {
    let (hub, queue, worker) = (Arc::clone(hub), queue.to_owned(), worker.to_owned());
    let take = async move {
        let taken = hub.store.take_over(&queue, &worker).await?;
        Ok(taken.map(|(record, grant)| (record, hub.presence.keep(grant))))
    };
    to_its_end(take).await
}

async fn to_its_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let (give, given) = oneshot::channel();
    runtime::detach(async move {
        // What nobody waits for any more goes here.
        give.send(work.await).ok();
    });
    given.await.unwrap_or_else(|_| Err(Error::closed()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_comes_when_nobody_waits_any_more_is_let_go_of() {
        let lease = Arc::new(());
        let ours = Arc::clone(&lease);
        let mut taking = Box::pin(to_its_end(async move {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(ours)
        }));
        assert!(taking.as_mut().now_or_never().is_none(), "it takes its time");
        tokio::task::yield_now().await;
        drop(taking);
        assert_eq!(Arc::strong_count(&lease), 2, "it is taken all the same");
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(Arc::strong_count(&lease), 1, "and given back");
    }
}
