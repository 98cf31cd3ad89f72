//! A worker as its user holds it: a stream of what it has brought to its end.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use futures::TryStreamExt;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};
use tokio::sync::mpsc;

use super::{Task, WorkOptions};
use crate::engine::queue::{self, Bounds, Settings};
use crate::ground::error::{Error, Result};
use crate::ground::flow::{Feed, Flow, stream_of};
use crate::ground::model::Outcome;
use crate::ground::runtime;
use crate::surface::handle::Client;

/// A task that this worker has brought to its end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Worked {
    /// The task as it is now.
    pub task: Task,
    /// The outcome of its session, or why there is none.
    pub result: Result<Outcome>,
}

/// `{ key, task, outcome }` or `{ key, task, error }`, the error as the language bindings take it.
impl Serialize for Worked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Worked", 3)?;
        fields.serialize_field("key", &self.task.key)?;
        fields.serialize_field("task", &self.task)?;
        match &self.result {
            Ok(outcome) => fields.serialize_field("outcome", outcome)?,
            Err(error) => fields.serialize_field("error", &error.to_envelope())?,
        }
        fields.end()
    }
}

const WORKING: &str = "working for the queue";

/// A worker: see [`Queue::work`](crate::Queue::work). An error that it gives itself, such as a key that is refused, ends it.
pub struct Work(Flow<Worked>);

stream_of!(Work, Worked);

impl Work {
    pub(super) fn start(client: &Client, name: &str, bounds: Bounds, options: WorkOptions) -> Result<Self> {
        if options.concurrency == Some(0) {
            return Err(Error::config("concurrency must be at least 1, got 0"));
        }
        let settings = Settings {
            queue: name.to_owned(),
            bounds,
            concurrency: options.concurrency,
            follow: options.follow,
            approval: options.approve.approval(client),
        };
        let (sender, results) = mpsc::unbounded_channel();
        let (hub, scope) = (Arc::clone(&client.hub), client.scope(WORKING));
        let task = runtime::spawn(async move {
            scope.around(queue::work(hub, settings, sender)).await;
        })?;
        Ok(Self(Flow::new(client.scope(WORKING), Results { client: Arc::clone(client), results, _task: task })))
    }

    // not python, node: awaiting it gives them
    /// All tasks that this worker has brought to their end, in the order in which they finished, once nothing is left. The
    /// queue's [`results`](crate::Queue::results) has those of all workers.
    ///
    /// # Errors
    /// That which ended the worker.
    pub async fn finished(self) -> Result<Vec<Worked>> {
        self.try_collect().await
    }
}

/// What the worker has given and nobody has taken; it works as long as this is there.
struct Results {
    client: Client,
    results: mpsc::UnboundedReceiver<Result<queue::Worked>>,
    _task: runtime::Task,
}

#[async_trait]
impl Feed<Worked> for Results {
    async fn next_batch(&mut self) -> Result<Option<Vec<Worked>>> {
        let worked = self.results.recv().await.transpose()?;
        let shown =
            |worked: queue::Worked| Worked { task: Task::new(&self.client, worked.record), result: worked.result };
        Ok(worked.map(|worked| vec![shown(worked)]))
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}
