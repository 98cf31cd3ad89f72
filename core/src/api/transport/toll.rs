//! Who counts requests by a budget: it hears of each further one that a call makes, for the service counts requests, not calls.

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;

use super::request::Operation;

/// Counts the further requests of calls.
#[async_trait]
pub(crate) trait Toll: fmt::Debug + Send + Sync {
    /// A call is about to make another request: again, or for less. It isn't held up.
    async fn pay(&self, operation: Operation);
}

/// Where the further requests of one transport are counted, if anywhere. It may be gone before the transport is.
#[derive(Debug, Default)]
pub(super) struct Counted(OnceLock<Weak<dyn Toll>>);

impl Counted {
    pub(super) fn by(&self, toll: &Arc<impl Toll + 'static>) {
        let toll: Arc<dyn Toll> = Arc::clone(toll) as _;
        // A transport serves one client all its life.
        self.0.get_or_init(|| Arc::downgrade(&toll));
    }

    pub(super) async fn again(&self, operation: Operation) {
        if let Some(toll) = self.0.get().and_then(Weak::upgrade) {
            toll.pay(operation).await;
        }
    }
}
