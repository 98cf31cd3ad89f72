//! Task cancellation, seen from Rust. The generated Swift calls know nothing of it, so every waiting call takes a
//! token that Swift's `withTaskCancellationHandler` pulls.

use std::sync::Arc;

use tokio::sync::watch;

use crate::living::Counted;

/// Pulled once, it stays pulled.
#[derive(Debug, uniffi::Object)]
pub(crate) struct CancelToken {
    pulled: watch::Sender<bool>,
    _counted: Counted,
}

#[uniffi::export]
impl CancelToken {
    #[uniffi::constructor]
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { pulled: watch::Sender::new(false), _counted: Counted::new() })
    }

    /// Drops the future that waits with this token, and thereby stops its work.
    pub(crate) fn cancel(&self) {
        self.pulled.send_replace(true);
    }
}

impl CancelToken {
    /// Returns when the token has been pulled.
    pub(crate) async fn cancelled(&self) {
        // The sender lives in `self`: waiting can't fail.
        let _ = self.pulled.subscribe().wait_for(|pulled| *pulled).await;
    }
}
