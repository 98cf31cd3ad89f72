//! One asynchronous call: core's future as a promise that a token can cut short.

use std::future::{Future, IntoFuture};

use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, ToNapiValue};

use crate::cancel::CancelToken;
use crate::error::{cancelled, to_napi};

/// Starts `work` and gives its promise. Cancelling `token` drops the work.
pub(crate) fn promise<'env, W, T, U>(
    env: &'env Env,
    token: Option<&CancelToken>,
    work: W,
    shape: impl FnOnce(T) -> napi::Result<U> + Send + 'static,
) -> napi::Result<PromiseRaw<'env, U>>
where
    W: IntoFuture<Output = Result<T, jules::Error>> + Send + 'static,
    W::IntoFuture: Future<Output = Result<T, jules::Error>> + Send,
    T: Send + 'static,
    U: ToNapiValue + Send + 'static,
{
    let token = token.map(CancelToken::watch);
    env.spawn_future(async move {
        // Becomes a future only here, where timers find the runtime.
        let work = work.into_future();
        let answer = match token {
            None => work.await,
            Some(token) => token.run_until_cancelled(work).await.ok_or_else(cancelled)?,
        };
        shape(answer.map_err(to_napi)?)
    })
}

/// For calls that answer nothing.
pub(crate) fn nothing((): ()) -> napi::Result<()> {
    Ok(())
}
