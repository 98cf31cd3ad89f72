//! The options of a queue, a task and a worker.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use futures::FutureExt;
use serde::{Deserialize, Serialize};

use super::Task;
use crate::engine::effects::{Asked, AskedTask, Defaults, RunConfig, TaskNotes, check_key};
use crate::engine::queue::{Approval, Bounds};
use crate::ground::error::{Error, Result, about};
use crate::ground::model::{Plan, Timestamp};
use crate::ground::spelling::option;
use crate::store::NewTask;
use crate::surface::handle::Client;

/// The limits of a queue, besides the account's own ([`ClientOptions::slots`](crate::ClientOptions::slots)).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueOptions {
    /// How many of its tasks may hold a slot at a time. Default: as many as the account has.
    pub slots: Option<u64>,
    /// How many sessions may be created for it within 24 hours. Default: as many as the account may.
    pub per_day: Option<u64>,
}

impl QueueOptions {
    /// At most this many tasks at a time.
    pub fn slots(mut self, slots: u64) -> Self {
        self.slots = Some(slots);
        self
    }

    /// At most this many sessions within 24 hours.
    pub fn per_day(mut self, sessions: u64) -> Self {
        self.per_day = Some(sessions);
        self
    }

    pub(super) fn check(self) -> Result<Bounds> {
        for (field, name, given) in [("slots", "slots", self.slots), ("perDay", "per_day", self.per_day)] {
            if given == Some(0) {
                return Err(wrong(field, format!("{} must be at least 1, got 0", option(name))));
            }
        }
        Ok(Bounds { slots: self.slots, per_day: self.per_day })
    }
}

/// The error of an option that can't be.
fn wrong(field: &str, message: String) -> Error {
    Error::config(message).with_mistake(about(field))
}

/// After which failures of its session a task is started again, as long as it has attempts left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum RetryOn {
    /// Those that the service says were its own.
    #[default]
    Service,
    /// All.
    Any,
}

/// `service` or `any`.
impl FromStr for RetryOn {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "service" => Ok(Self::Service),
            "any" => Ok(Self::Any),
            _ => Err(wrong("retryOn", format!("{} must be \"service\" or \"any\", got {word:?}", option("retry_on")))),
        }
    }
}

/// A task to be added.
///
/// ```
/// use jules::{RetryOn, RunConfig, TaskConfig};
/// let task = TaskConfig::new("order-42", RunConfig::new("Add a test").source("octocat/hello-world"))
///     .priority(5)
///     .max_attempts(3)
///     .retry_on(RetryOn::Any);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TaskConfig {
    // node: Its name of your own, 1 to 256 characters, by what makes it one of a kind, such as an issue's number: no other task
    // and no run of the account has it. Required.
    /// Its name, 1 to 256 characters, which no other task and no run of the account has. Required.
    pub key: Option<String>,
    /// Its session's options. `wait_for_slot` and `retry_failed` have no meaning here, and are refused.
    pub run: RunConfig,
    /// Higher ones go first. Default: 0.
    pub priority: i64,
    // python: It isn't started earlier: a `datetime` with a time zone. Default: as soon as a slot is free.
    // node: Not started before this time: a date, or RFC 3339. Default: as soon as a slot is free.
    /// Not started before this time. Default: as soon as a slot is free.
    pub not_before: Option<Timestamp>,
    /// How many sessions may be started for it. Default: 1.
    pub max_attempts: Option<u32>,
    // python: After which failures of a session it is started again: `"service"` for those that the service says were its own,
    // or `"any"`. Default: `"service"`.
    /// After which failures it is started again. Default: [`RetryOn::Service`].
    pub retry_on: RetryOn,
}

impl TaskConfig {
    /// A task with this key.
    pub fn new(key: impl Into<String>, run: RunConfig) -> Self {
        Self { key: Some(key.into()), run, ..Self::default() }
    }

    /// Goes before those with a lower one.
    pub fn priority(mut self, priority: i64) -> Self {
        self.priority = priority;
        self
    }

    /// Isn't started earlier.
    pub fn not_before(mut self, time: Timestamp) -> Self {
        self.not_before = Some(time);
        self
    }

    /// May have this many sessions, one after the other.
    pub fn max_attempts(mut self, most: u32) -> Self {
        self.max_attempts = Some(most);
        self
    }

    /// Is started again after these failures.
    pub fn retry_on(mut self, failures: RetryOn) -> Self {
        self.retry_on = failures;
        self
    }

    /// The task as the cache has it, checked.
    pub(super) fn describe(self, queue: &str) -> Result<(NewTask, Asked)> {
        let Self { key, run, priority, not_before, max_attempts, retry_on } = self;
        let key = key.or_else(|| run.key.clone()).ok_or_else(|| {
            wrong("key", "a task needs a key".to_owned())
                .with_hint("Use what identifies the task, such as an issue's number.")
        })?;
        check_key(&key)?;
        run.check()?;
        if run.retry_failed > 0 {
            return Err(wrong("retryFailed", format!("{} can't be given to a task", option("retry_failed")))
                .with_hint(format!("Use {} and {}.", option("max_attempts"), option("retry_on"))));
        }
        if run.wait_for_slot.is_some() {
            return Err(wrong("waitForSlot", format!("{} can't be given to a task", option("wait_for_slot")))
                .with_hint("A task always waits for a slot, as long as it takes."));
        }
        if max_attempts == Some(0) {
            return Err(wrong("maxAttempts", format!("{} must be at least 1, got 0", option("max_attempts"))));
        }
        let mut asked = Asked::of(&run, Defaults::RUN)?;
        asked.task = Some(AskedTask {
            max_attempts: max_attempts.unwrap_or(1),
            retry_any: retry_on == RetryOn::Any,
            stall_timeout_ms: run.stall_timeout.map(|limit| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)),
        });
        let (queue, data) = (Some(queue.to_owned()), TaskNotes::default().to_text());
        Ok((NewTask { key, queue, priority, not_before, asked: asked.to_text(), data }, asked))
    }
}

/// One whose key stands in the configuration.
impl From<RunConfig> for TaskConfig {
    fn from(run: RunConfig) -> Self {
        Self { key: run.key.clone(), run, ..Self::default() }
    }
}

/// How a worker goes about plans that wait for an approval.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum Approve {
    /// They wait for a person.
    #[default]
    None,
    /// They are approved.
    All,
    /// This is asked, with the task and its plan; `false` leaves it to a person.
    Ask(ApproveFn),
}

/// What is asked whether a plan is approved.
pub type ApproveFn = Arc<dyn Fn(Task, Plan) -> futures::future::BoxFuture<'static, bool> + Send + Sync>;

impl Approve {
    /// Asks this, with the task and its plan.
    pub fn ask<F>(ask: impl Fn(Task, Plan) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = bool> + Send + 'static,
    {
        Self::Ask(Arc::new(move |task, plan| ask(task, plan).boxed()))
    }

    pub(super) fn approval(self, client: &Client) -> Approval {
        match self {
            Self::None => Approval::Never,
            Self::All => Approval::Always,
            Self::Ask(ask) => {
                let client = Arc::downgrade(client);
                Approval::Ask(Arc::new(move |record, plan| match client.upgrade() {
                    Some(client) => ask(Task::new(&client, record), plan),
                    None => std::future::ready(false).boxed(),
                }))
            }
        }
    }
}

/// `all` or `none`.
impl FromStr for Approve {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        match word {
            "all" => Ok(Self::All),
            "none" => Ok(Self::None),
            _ => Err(wrong("approve", format!("approve must be \"all\", \"none\" or a function, got {word:?}"))),
        }
    }
}

impl fmt::Debug for Approve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::All => "All",
            Self::Ask(_) => "Ask",
        })
    }
}

/// How a worker works.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct WorkOptions {
    /// How many tasks it is at, at a time. Default: as many as there are slots.
    pub concurrency: Option<usize>,
    /// Whether it stays when nothing is left. Default: no.
    pub follow: bool,
    /// What becomes of plans that wait for an approval. Default: they wait for a person.
    pub approve: Approve,
}

impl WorkOptions {
    /// At most this many tasks at a time.
    pub fn concurrency(mut self, most: usize) -> Self {
        self.concurrency = Some(most);
        self
    }

    /// Stays when nothing is left.
    pub fn follow(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    /// Goes about plans this way.
    pub fn approve(mut self, approve: Approve) -> Self {
        self.approve = approve;
        self
    }
}
