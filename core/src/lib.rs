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
//! The way of an activity is one street: [transport](ClientOptions) → model → watcher → store → stream. Streams read only
//! from the store, and the watcher writes only to it, so what was given to a user was safe on disk before.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod activities;
mod all;
mod batch;
mod chance;
mod client;
mod config;
mod create;
mod diff;
mod error;
mod flow;
mod freshness;
#[cfg(feature = "log")]
mod log;
mod metrics;
mod model;
mod paging;
mod pending;
mod query;
mod replace;
mod run;
mod runtime;
mod service;
mod session;
mod sessions;
#[cfg(test)]
mod simulation;
mod snapshot;
mod sources;
mod store;
mod stream;
mod suggestion;
mod sync;
mod transport;
mod watch;

pub use activities::{Activities, ActivitiesOptions};
pub use all::{All, Finished};
pub use batch::{AllOptions, Batch, BatchResult, ItemReport, ItemStatus, OnProgress, Progress, Stage};
pub use client::{Jules, JulesBuilder};
pub use config::{ApiKey, Cache, ClientOptions, RetryOptions};
pub use create::{GitHubSource, RunConfig};
pub use diff::{ChangeType, FileChange, ParsedPatch, PatchSummary};
pub use error::{Error, ErrorKind, Result};
pub use freshness::{SessionCacheInfo, StaleReason};
#[cfg(feature = "log")]
pub use log::{log_from_env, log_layer_from_env};
pub use metrics::{Counter, Metrics, Recorder, RecorderHandle};
pub use model::{
    ACTIVITY_TYPES, Activity, Artifact, BashOutput, ChangeSet, Envelope, Event, GeneratedFile, GeneratedFiles,
    GitHubRepo, GitPatch, Media, Outcome, Page, Plan, PlanStep, PullRequest, SessionInfo, SessionOutput, SessionState,
    Source, SourceContext, SourceKind, States, Timestamp,
};
pub use pending::Pending;
pub use query::{Include, Op, Order, Query};
pub use run::Run;
pub use session::Session;
pub use sessions::{SessionList, SessionsOptions};
pub use snapshot::{FailedCommand, Insights, Snapshot, SnapshotFields, TimelineEntry};
pub use sources::{SourceList, SourcesOptions};
pub use store::{CacheInfo, StoresHeld, hold_stores};
pub use stream::{ActivityStream, HistoryOptions, StreamOptions};
pub use sync::{OnSyncProgress, SyncDepth, SyncOptions, SyncPhase, SyncProgress, SyncReport};
