//! What a user holds: the client, its options, sessions and runs, lists, and what came of them.

pub(crate) mod activities;
pub(crate) mod all;
mod base_url;
pub(crate) mod batch;
pub(crate) mod cache;
pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod drive;
pub(crate) mod environment;
mod handle;
pub(crate) mod headers;
pub(crate) mod pending;
pub(crate) mod queue;
pub(crate) mod quota;
mod resolve;
pub(crate) mod retried;
pub(crate) mod run;
pub(crate) mod session;
pub(crate) mod sessions;
pub(crate) mod snapshot;
pub(crate) mod sources;
