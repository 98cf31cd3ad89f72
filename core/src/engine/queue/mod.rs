//! Queues of tasks in the store: workers take one after the other, as far as there is room, and bring each to its outcome.

mod add;
mod grants;
mod job;
mod limits;
mod step;
mod worker;

use std::sync::Arc;

use futures::future::BoxFuture;

use crate::engine::Hub;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Outcome, Plan};
use crate::store::TaskRecord;

pub(crate) use add::{Added, add};
pub(crate) use limits::{Bounds, figures, is_paused, set_paused};
pub(crate) use worker::{Settings, work};

/// Whether plans are approved without a person.
#[derive(Clone)]
pub(crate) enum Approval {
    Never,
    Always,
    /// Asked with the task and its plan.
    Ask(Ask),
}

/// Says whether a plan is approved.
pub(crate) type Ask = Arc<dyn Fn(TaskRecord, Plan) -> BoxFuture<'static, bool> + Send + Sync>;

/// A task that this worker has brought to its end.
#[derive(Debug)]
pub(crate) struct Worked {
    pub(crate) record: TaskRecord,
    pub(crate) result: Result<Outcome>,
}

/// Cancels a task: one that waits is dropped, one at work has its session stopped.
pub(crate) async fn cancel(hub: &Arc<Hub>, queue: &str, key: &str) -> Result<TaskRecord> {
    let of_queue = hub.store.task(key).await?.filter(|record| record.queue.as_deref() == Some(queue));
    let record = match of_queue {
        Some(_) => hub.store.cancel_task(key).await?,
        None => None,
    };
    let record = record.ok_or_else(|| unknown(queue, key))?;
    if let Some(session) = record.session.as_ref().filter(|_| record.state.holds_slot()) {
        // Whoever is at it hears of it, and notes the end.
        super::effects::stop(&hub.watched(session)).await?;
    }
    Ok(record)
}

/// The error of a key that the queue doesn't have.
pub(crate) fn unknown(queue: &str, key: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("the queue {queue:?} has no task with the key {key:?}"))
        .with_hint("Was it added to this queue, over the same cache? Finished tasks are kept for 30 days.")
}

/// A name of this process for others to read.
fn worker_name() -> String {
    format!("{}-{:08x}", std::process::id(), rand::random::<u32>())
}
