//! `queue`: tasks that are kept in the cache, started once each and brought to their outcome by any worker.

mod options;
mod status;
mod task;
mod work;

use std::sync::Arc;

pub use options::{Approve, ApproveFn, QueueOptions, RetryOn, TaskConfig, WorkOptions};
pub use status::QueueStatus;
pub(crate) use task::session_of;
pub use task::{Added, Conflict, Task, TaskList};
pub use work::{Work, Worked};

use crate::engine::Hub;
use crate::engine::effects::known_otherwise;
use crate::engine::queue::{self, Bounds};
use crate::ground::error::{Error, Result};
use crate::ground::model::TaskState;
use crate::surface::client::Jules;
use crate::surface::handle::Client;
use crate::surface::pending::Pending;

/// The longest name of a queue.
const LONGEST: usize = 128;

/// A queue of tasks in the cache ([`Cache`](crate::Cache)): SQLite on one machine, PostgreSQL on many. Any number of workers,
/// in any number of processes, take its tasks; each task is started once and brought to its outcome, also when the worker
/// that began it is gone. The plan's slots and its day are counted for the account, over all queues and creates that share the
/// cache. Creating one makes no request.
///
/// ```
/// use futures::StreamExt;
/// use jules::{Jules, QueueOptions, RunConfig, TaskConfig, WorkOptions};
/// # use jules_emulator::Emulator;
/// # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let emulator = Emulator::builder().speed(50.0).start().await?;
/// # let jules = Jules::builder().api_key("k").base_url(emulator.url()).cache(jules::Cache::Memory).build()?;
/// let queue = jules.queue("updates", QueueOptions::default())?;
/// let task = |package: &str| TaskConfig::new(package, RunConfig::new(format!("Update {package} [scenario:quick]")));
/// queue.add_all(["serde", "tokio"].map(task)).await?;
/// let mut work = queue.work(WorkOptions::default())?;
/// while let Some(one) = work.next().await {
///     let one = one?;
///     println!("{}: {:?}", one.task.key, one.result?.state);
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    name: Arc<str>,
    bounds: Bounds,
}

impl Jules {
    /// The queue of this name, 1 to 128 characters.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a bad name or a bound of 0.
    pub fn queue(&self, name: &str, options: QueueOptions) -> Result<Queue> {
        let length = name.chars().count();
        if !(1..=LONGEST).contains(&length) || name.chars().any(char::is_control) {
            let error = Error::config(format!("{name:?} is not a valid queue name"))
                .with_hint(format!("A queue name has 1 to {LONGEST} characters, none of them control characters."));
            return Err(self.client.clean(error));
        }
        Ok(Queue { client: Arc::clone(&self.client), name: name.into(), bounds: options.check()? })
    }
}

impl Queue {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Adds a task, unless its key is known; returns it as it is.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) when the key is known for something else; [`Error::field`] says what differs.
    pub fn add(&self, task: impl Into<TaskConfig>) -> Pending<Task> {
        let (queue, task) = (self.clone(), task.into());
        self.client.call("adding a task", async move {
            let described = task.describe(&queue.name)?;
            let key = described.0.key.clone();
            let added = queue::add(queue.hub()?, vec![described]).await?;
            if let Some((key, field)) = added.conflicts.first() {
                return Err(known_otherwise(key, field));
            }
            queue.read(&key).await
        })
    }

    /// Adds tasks, ten thousand in one transaction; tasks whose key is known stay as they are.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a task that can't be one; then none is added. Keys that are known for something
    /// else are not an error: [`Added::conflicts`] lists them.
    pub fn add_all(&self, tasks: impl IntoIterator<Item = impl Into<TaskConfig>>) -> Pending<Added> {
        let queue = self.clone();
        let described: Result<Vec<_>> = tasks.into_iter().map(|task| task.into().describe(&self.name)).collect();
        self.client.call("adding tasks", async move { Ok(queue::add(queue.hub()?, described?).await?.into()) })
    }

    /// Works for the queue: takes tasks as far as the plan and the bounds allow, and gives each that it has brought to its end.
    /// It continues while it isn't polled, and stops when it is dropped; its sessions keep running then, and another worker takes over.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a concurrency of 0, or where there is no Tokio runtime.
    pub fn work(&self, options: WorkOptions) -> Result<Work> {
        Work::start(&self.client, &self.name, self.bounds, options)
    }

    /// Its tasks in the order in which they were added; with states, only those in one of them.
    pub fn tasks(&self, states: impl IntoIterator<Item = TaskState>) -> TaskList {
        TaskList::new(&self.client, &self.name, states.into_iter().collect(), false)
    }

    /// All finished tasks, in the order in which they finished.
    pub fn results(&self) -> TaskList {
        TaskList::new(&self.client, &self.name, Vec::new(), true)
    }

    /// The tasks that wait for a person, each with its plan or its question. Answer through [`Task::session`], from wherever you
    /// are.
    pub fn waiting_for_person(&self) -> TaskList {
        self.tasks([TaskState::NeedsPerson])
    }

    /// The task with this key.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the queue has none.
    pub fn task(&self, key: &str) -> Pending<Task> {
        let (queue, key) = (self.clone(), key.to_owned());
        self.client.call("reading a task", async move { queue.read(&key).await })
    }

    /// What works behind the client, unless that is closed.
    fn hub(&self) -> Result<&Arc<Hub>> {
        self.client.hub.service.transport.check_open()?;
        Ok(&self.client.hub)
    }

    async fn read(&self, key: &str) -> Result<Task> {
        let record = self.hub()?.store.task(key).await?;
        let record = record.filter(|record| record.queue.as_deref() == Some(&*self.name));
        record.map(|record| Task::new(&self.client, record)).ok_or_else(|| queue::unknown(&self.name, key))
    }

    /// Cancels a task: one that waits is dropped, one at work has its session stopped. What is finished stays as it is.
    ///
    /// # Errors
    /// [`NotFound`](crate::ErrorKind::NotFound) when the queue has none with this key.
    pub fn cancel(&self, key: &str) -> Pending<Task> {
        let (queue, key) = (self.clone(), key.to_owned());
        self.client.call("cancelling a task", async move {
            let record = queue::cancel(queue.hub()?, &queue.name, &key).await?;
            Ok(Task::new(&queue.client, record))
        })
    }

    /// Stops all workers from starting more tasks of this queue; those at work continue.
    pub fn pause(&self) -> Pending<()> {
        self.set_paused(true)
    }

    /// Lets them start tasks again.
    pub fn resume(&self) -> Pending<()> {
        self.set_paused(false)
    }

    fn set_paused(&self, paused: bool) -> Pending<()> {
        let queue = self.clone();
        let doing = if paused { "pausing the queue" } else { "resuming the queue" };
        self.client.call(doing, async move { queue::set_paused(queue.hub()?, &queue.name, paused).await })
    }

    /// Its status, from the cache alone.
    pub fn status(&self) -> Pending<QueueStatus> {
        let queue = self.clone();
        self.client.call("reading the queue's status", async move { status::of(queue.hub()?, &queue.name).await })
    }
}
