//! Bringing the store up to date with the server: all sessions, or the newest, or one; themselves, or with all activities.

mod fetch;
mod listing;
mod options;
mod rule;
mod work;

pub(crate) use fetch::bring_up;
pub use options::{OnSyncProgress, SyncDepth, SyncOptions, SyncPhase, SyncProgress, SyncReport};
pub(crate) use work::sync;
