//! What all handles of one client share: the client itself, its sessions, runs, lists and batches.

use std::future::Future;
use std::sync::Arc;

use super::config::ClientOptions;
use super::pending::Pending;
use crate::engine::Hub;
use crate::ground::error::{Error, Result};
use crate::ground::log_scope::Scope;

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

impl Inner {
    /// A call of this client's. Once that is closed nothing is done, also of what only reads the store.
    pub(crate) fn call<T: Send + 'static>(
        self: &Arc<Self>,
        doing: &'static str,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Pending<T> {
        Pending::new(doing, self.around(self.scope(doing), work)).over(&self.hub.store)
    }

    /// The work of a call.
    pub(crate) fn around<T: Send + 'static>(
        self: &Arc<Self>,
        scope: Scope,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> impl Future<Output = Result<T>> + Send + 'static {
        let client = Arc::clone(self);
        async move {
            client.hub.service.transport.check_open()?;
            scope.around(work).await.map_err(|error| client.clean(error))
        }
    }

    /// The error without the key, which may stand in what was given: people mix up arguments, and errors quote them.
    pub(crate) fn clean(&self, error: Error) -> Error {
        let key = self.hub.service.transport.key();
        error.with_texts(|text| key.redact(text))
    }

    /// Whose log lines and counts the work of a call is.
    pub(crate) fn scope(&self, doing: &'static str) -> Scope {
        self.hub.service.transport.log.at(doing, None)
    }
}
