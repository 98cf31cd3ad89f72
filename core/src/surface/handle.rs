//! What all handles of one client share: the client itself, its sessions, runs, lists and batches.

use std::sync::Arc;

use super::config::ClientOptions;
use crate::engine::Hub;

/// Of a create that was not answered in time.
pub(crate) const PERHAPS_CREATED: &str =
    "The session may have been created nevertheless: look for it among the newest sessions.";

/// What all handles of one client share.
pub(crate) type Client = Arc<Inner>;

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) options: ClientOptions,
    pub(crate) hub: Arc<Hub>,
}
