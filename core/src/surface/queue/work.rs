//! A worker as its user holds it: a stream of what it has brought to its end.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;

use super::{Task, WorkOptions};
use crate::engine::queue::{self, Bounds, Settings};
use crate::ground::error::{Error, Result};
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

/// A worker: see [`Queue::work`](crate::Queue::work). An error that it gives itself, such as a key that is refused, ends it.
pub struct Work {
    client: Client,
    results: mpsc::UnboundedReceiver<Result<queue::Worked>>,
    _task: runtime::Task,
}

impl Work {
    pub(super) fn start(client: &Client, name: &str, bounds: Bounds, options: WorkOptions) -> Result<Self> {
        if options.concurrency == Some(0) {
            return Err(Error::config("the concurrency must be at least 1"));
        }
        let settings = Settings {
            queue: name.to_owned(),
            bounds,
            concurrency: options.concurrency,
            follow: options.follow,
            approval: options.approve.approval(client),
        };
        let (sender, results) = mpsc::unbounded_channel();
        let task = runtime::spawn(queue::work(Arc::clone(&client.hub), settings, sender))?;
        Ok(Self { client: Arc::clone(client), results, _task: task })
    }
}

impl futures::Stream for Work {
    type Item = Result<Worked>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.results.poll_recv(context));
        let shown =
            |worked: queue::Worked| Worked { task: Task::new(&self.client, worked.record), result: worked.result };
        Poll::Ready(next.map(|next| next.map(shown)))
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").finish_non_exhaustive()
    }
}
