//! The token that stops a call: cancelled from an AbortSignal's listener, watched beside the work.
//!
//! napi's own `AbortSignal` overwrites the user's `onabort` and ignores signals that have fired,
//! so `ts/native/call.ts` listens itself and cancels this.

use napi_derive::napi;
use tokio_util::sync::CancellationToken;

/// Stops the calls that it was given to.
#[napi]
#[derive(Debug, Default)]
pub struct CancelToken(CancellationToken);

#[napi]
impl CancelToken {
    /// A token that nothing has cancelled yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Drops the work of every call that holds this token; they reject as cancelled.
    #[napi]
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// The token as Rust passes it on.
    pub(crate) fn watch(&self) -> CancellationToken {
        self.0.clone()
    }
}
