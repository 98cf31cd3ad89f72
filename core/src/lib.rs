//! The client for the Jules API, Google's cloud coding agent: start sessions, watch them live, talk to them, collect what
//! comes out, over hours and bad networks. Each activity comes exactly once, each effect happens exactly once.
//!
//! ```
//! use futures::StreamExt;
//! use jules::{Jules, RunConfig, StreamOptions};
//! # use jules_emulator::Emulator;
//!
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let emulator = Emulator::builder().speed(50.0).start().await?;
//! # let base_url = emulator.url();
//! let jules = Jules::builder().api_key("my-key") // or Jules::from_env()?
//! #   .base_url(base_url).cache(jules::Cache::Memory)
//!     .build()?;
//! let run = jules.run(RunConfig::new("Fix the flaky test").source("octocat/hello-world"));
//! let mut activities = run.stream(StreamOptions::default());
//! while let Some(activity) = activities.next().await {
//!     println!("{}", activity?.kind());
//! }
//! let outcome = run.await?;
//! println!("{}", outcome.state);
//! # Ok(()) }
//! ```
//!
//! [Testing your code](https://github.com/jules-sdk/jules/blob/main/core/TESTING.md) has the emulator, fakes and values.
//!
//! An activity goes one way: [transport](ClientOptions) → model → watcher → cache → stream. Streams read only from the cache,
//! and the watcher writes only to it, so what was given to a user was safe on disk before.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod api;
mod engine;
#[doc(hidden)]
pub mod ffi;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod ground;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod simulation;
mod store;
mod surface;

pub use api::transport::RequestInfo;
pub use api::{ApiKey, Proxy};
pub use engine::effects::{GitHubSource, RunConfig};
pub use engine::freshness::{SessionCacheInfo, StaleReason};
pub use engine::quota::{Holding, Quota, SlotWait};
pub use engine::stream::{ActivityStream, HistoryOptions, StreamOptions};
pub use engine::sync::{OnSyncProgress, SyncDepth, SyncOptions, SyncPhase, SyncProgress, SyncReport};
pub use ground::diff::{ChangeType, FileChange, ParsedPatch, PatchSummary};
pub use ground::error::{Error, ErrorKind, Limit, Result};
#[cfg(feature = "log")]
pub use ground::log::log_from_env;
pub use ground::metrics::{Counter, Metrics, Recorder, RecorderHandle};
pub use ground::model::{
    ACTIVITY_TYPES, Activity, Artifact, BashOutput, ChangeSet, EndReason, Event, GeneratedFile, GeneratedFiles,
    GitHubRepo, GitPatch, Media, Outcome, Page, Plan, PlanStep, PullRequest, SessionInfo, SessionOutput, SessionState,
    Source, SourceContext, SourceKind, States, TaskState, Timestamp,
};
pub use ground::query::{Include, Op, Order, Query};
pub use ground::wait_reason::{WaitReason, Waits};
pub use store::CacheInfo;
pub use surface::activities::{Activities, ActivitiesOptions};
pub use surface::all::All;
pub use surface::batch::{AllOptions, Finished, ItemReport, ItemStatus, Progress, Stage, Until};
pub use surface::cache::{Cache, PostgresUrl};
pub use surface::client::{Jules, JulesBuilder};
pub use surface::config::{ActivityBudget, ClientOptions, RetryOptions};
pub use surface::headers::Headers;
pub use surface::pending::Pending;
pub use surface::queue::{
    Added, Approve, ApproveFn, Conflict, Queue, QueueOptions, QueueStatus, RetryOn, Task, TaskConfig, TaskList, Work,
    WorkOptions, Worked,
};
pub use surface::run::Run;
pub use surface::session::Session;
pub use surface::sessions::{SessionList, SessionsOptions};
pub use surface::snapshot::{FailedCommand, Insights, Snapshot, SnapshotFields, TimelineEntry};
pub use surface::sources::{SourceList, SourcesOptions};

/// The pages on testing, whose examples run.
#[cfg(doctest)]
#[doc = include_str!("../TESTING.md")]
#[doc = include_str!("../../tests/emulator/README.md")]
pub struct Testing;

/// The crate's own page, whose program compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;

/// The guides, whose examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../docs/approve-and-ask.md")]
#[doc = include_str!("../../docs/batch.md")]
#[doc = include_str!("../../docs/errors.md")]
#[doc = include_str!("../../docs/first-session.md")]
#[doc = include_str!("../../docs/from-http.md")]
#[doc = include_str!("../../docs/limits.md")]
#[doc = include_str!("../../docs/network.md")]
pub struct Guides;
