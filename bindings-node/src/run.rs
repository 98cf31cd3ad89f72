//! A run: a session that was started at once, its session and its outcome.

use std::sync::{Mutex, PoisonError};

use jules::Run;
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;

use crate::call::promise;
use crate::cancel::CancelToken;
use crate::error::cancelled;
use crate::options::{NativeStreamOptions, millis};
use crate::session::NativeSession;
use crate::stream::ActivityFeed;
use crate::values;

/// A session on its way, until it is stopped.
#[napi]
#[derive(Debug)]
pub struct NativeRun(Mutex<Option<Run>>);

#[napi]
impl NativeRun {
    /// The session, as soon as it is created.
    #[napi]
    pub fn session<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, NativeSession>> {
        let created = self.get()?.session().timeout_opt(millis(timeout_ms));
        promise(env, cancel, created, |session| Ok(NativeSession::new(session)))
    }

    /// The session's id, once it is created.
    #[napi]
    pub fn session_id(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.session_id()
    }

    /// How the session ended, as the text of an envelope.
    #[napi]
    pub fn outcome<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let outcome = self.get()?.outcome().timeout_opt(millis(timeout_ms));
        promise(env, cancel, outcome, |outcome| values::outcome(&outcome))
    }

    /// The session's activities.
    #[napi]
    pub fn stream(&self, options: NativeStreamOptions) -> napi::Result<ActivityFeed> {
        Ok(ActivityFeed::new(self.get()?.stream(options.into())))
    }

    /// Lets go of the run: a session that isn't created yet won't be.
    #[napi]
    pub fn stop(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(crate) fn new(run: Run) -> Self {
        Self(Mutex::new(Some(run)))
    }

    fn get(&self) -> napi::Result<Run> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(cancelled)
    }
}
