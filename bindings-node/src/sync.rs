//! A sync of the local cache: `ts/sync.ts` asks for what happens next until there is a report.

use std::sync::Arc;

use jules::{Jules, SyncProgress, SyncReport};
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::call::promise;
use crate::cancel::CancelToken;
use crate::error::{cancelled, to_json};
use crate::options::{NativeSyncOptions, millis};

type Work = std::pin::Pin<Box<dyn Future<Output = jules::Result<SyncReport>> + Send>>;

/// The sync, until it is stopped. It works only while somebody waits for what happens next.
#[napi]
#[expect(missing_debug_implementations, reason = "there is nothing to show of a future")]
pub struct NativeSync(Arc<Mutex<Option<State>>>);

struct State {
    work: Work,
    steps: UnboundedReceiver<SyncProgress>,
}

/// Steps, and the end.
#[derive(Serialize)]
struct News {
    progress: Vec<SyncProgress>,
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<SyncReport>,
}

#[napi]
impl NativeSync {
    /// Waits for what happens next and gives it as the text of `{ progress: [], report? }`.
    #[napi]
    pub fn next<'env>(&self, env: &'env Env, cancel: Option<&CancelToken>) -> napi::Result<PromiseRaw<'env, String>> {
        let state = Arc::clone(&self.0);
        let news = async move {
            let mut state = state.lock().await;
            let Some(State { work, steps }) = state.as_mut() else { return Ok(None) };
            let (mut progress, mut report) = (Vec::new(), None);
            tokio::select! {
                biased;
                Some(step) = steps.recv() => progress.push(step),
                done = work => report = Some(done?),
            }
            // The last steps stand before the end.
            while let Ok(step) = steps.try_recv() {
                progress.push(step);
            }
            Ok(Some(News { progress, report }))
        };
        promise(env, cancel, news, |news| to_json(&news.ok_or_else(cancelled)?))
    }

    /// Drops the work. What was fetched stays.
    #[napi]
    pub fn stop(&self) {
        let state = Arc::clone(&self.0);
        napi::bindgen_prelude::spawn(async move { drop(state.lock().await.take()) });
    }

    pub(crate) fn new(jules: &Jules, options: NativeSyncOptions, timeout_ms: Option<f64>) -> Self {
        let (tell, steps) = unbounded_channel();
        let told = options.progress.unwrap_or_default();
        let mut sync = jules::SyncOptions::from(options);
        if told {
            sync = sync.on_progress(move |step| {
                // Nobody listens any more once the sync was stopped.
                tell.send(step.clone()).ok();
            });
        }
        let jules = jules.clone();
        let work: Work = Box::pin(async move { jules.sync(sync).timeout_opt(millis(timeout_ms)).await });
        Self(Arc::new(Mutex::new(Some(State { work, steps }))))
    }
}
