//! A session: what it is told, what is heard of it.

use jules::{Session, SessionState};
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;

use crate::call::{nothing, promise};
use crate::cancel::CancelToken;
use crate::error::to_json;
use crate::options::{NativeListOptions, NativeStreamOptions, millis};
use crate::query;
use crate::runtime::enter;
use crate::snapshot::NativeSnapshot;
use crate::stream::ActivityFeed;
use crate::text::Text;
use crate::values;

/// A session of the agent.
#[napi]
#[derive(Debug)]
pub struct NativeSession(Session);

/// Writes a method that answers nothing, and takes text at most, besides the time limit and the token.
macro_rules! effect {
    ($(#[$doc:meta])* $name:ident $(($($text:ident),*))?) => {
        #[napi]
        impl NativeSession {
            $(#[$doc])*
            #[napi]
            pub fn $name<'env>(
                &self,
                env: &'env Env,
                $($($text: String,)*)?
                timeout_ms: Option<f64>,
                cancel: Option<&CancelToken>,
            ) -> napi::Result<PromiseRaw<'env, ()>> {
                promise(env, cancel, self.0.$name($($($text),*)?).timeout_opt(millis(timeout_ms)), nothing)
            }
        }
    };
}

// surface: acts Session
effect! {
    /// Approves the pending plan (`sessions.approvePlan`), at most once.
    approve
}

effect! {
    /// Sends a message (`sessions.sendMessage`). It arrives once, also when the connection dies after the server took
    /// it.
    send(text)
}

effect! {
    /// Archives the session (`sessions.archive`); one that is at work is paused for good.
    archive
}

effect! {
    /// Ends the session's work by archiving it (`sessions.archive`), which pauses one at work for good. The service has
    /// no other way. Waits for it, here or elsewhere, fail with {@link SessionEndedError} and the reason `stopped`;
    /// streams give what is there and end. A session that has ended, or was stopped before, stays as it is.
    stop
}

effect! {
    /// Unarchives the session (`sessions.unarchive`).
    unarchive
}

effect! {
    /// Deletes the session (`sessions.delete`), at the server and in the cache.
    delete
}
// surface: end

#[napi]
impl NativeSession {
    pub(crate) fn new(session: Session) -> Self {
        Self(session)
    }

    /// The session's id.
    #[napi(getter)]
    pub fn id(&self) -> String {
        self.0.id().to_owned()
    }

    /// Everything so far, then live.
    #[napi]
    pub fn stream(&self, options: NativeStreamOptions) -> ActivityFeed {
        ActivityFeed::new(enter(|| self.0.stream(options.into())))
    }

    /// What there is, then the end.
    #[napi]
    pub fn history(&self, options: NativeStreamOptions) -> ActivityFeed {
        ActivityFeed::new(enter(|| self.0.history(options.into())))
    }

    /// Only what comes after this call.
    #[napi]
    pub fn updates(&self, options: NativeStreamOptions) -> ActivityFeed {
        ActivityFeed::new(enter(|| self.0.updates(options.into())))
    }

    /// The session's info once it is in one of the states, as the text of an envelope.
    #[napi]
    pub fn wait_for<'env>(
        &self,
        env: &'env Env,
        states: Vec<String>,
        stall_timeout_ms: Option<f64>,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let states: Result<Vec<SessionState>, _> = states.iter().map(|state| state.parse()).collect();
        let session = self.0.clone();
        let seen = async move {
            let waiting = session.wait_for(states?).stall_timeout_opt(millis(stall_timeout_ms));
            waiting.timeout_opt(millis(timeout_ms)).await
        };
        promise(env, cancel, seen, |info| values::info(&info))
    }

    /// Sends a message and waits for the agent's answer, an activity as JSON text.
    #[napi]
    pub fn ask<'env>(
        &self,
        env: &'env Env,
        text: String,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        promise(env, cancel, self.0.ask(text).timeout_opt(millis(timeout_ms)), |reply| values::activity(&reply))
    }

    /// A read of the session, fresh or from the cache, as the text of an envelope.
    #[napi]
    pub fn info<'env>(
        &self,
        env: &'env Env,
        cached: bool,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let info = if cached { self.0.cached_info() } else { self.0.info() };
        promise(env, cancel, info.timeout_opt(millis(timeout_ms)), |info| values::info(&info))
    }

    /// The session with its activities, at this moment or from the cache.
    #[napi]
    pub fn snapshot<'env>(
        &self,
        env: &'env Env,
        cached: bool,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, NativeSnapshot>> {
        let snapshot = if cached { self.0.cached_snapshot() } else { self.0.snapshot() };
        promise(env, cancel, snapshot.timeout_opt(millis(timeout_ms)), |snapshot| Ok(NativeSnapshot::new(snapshot)))
    }

    /// What the local cache has of the session, as JSON text.
    #[napi]
    pub fn cache_info<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        promise(env, cancel, self.0.cache_info().timeout_opt(millis(timeout_ms)), |info| to_json(&info))
    }

    /// How the session ended, once it has, as the text of an envelope.
    #[napi]
    pub fn result<'env>(
        &self,
        env: &'env Env,
        stall_timeout_ms: Option<f64>,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let result = self.0.result().stall_timeout_opt(millis(stall_timeout_ms));
        promise(env, cancel, result.timeout_opt(millis(timeout_ms)), |outcome| values::outcome(&outcome))
    }

    /// A page of activities, as JSON text.
    #[napi]
    pub fn list_activities<'env>(
        &self,
        env: &'env Env,
        options: NativeListOptions,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let page = self.0.activities().list(options.into()).timeout_opt(millis(timeout_ms));
        promise(env, cancel, page, |page| values::page(&page))
    }

    /// One activity, as JSON text.
    #[napi]
    pub fn get_activity<'env>(
        &self,
        env: &'env Env,
        id: String,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, String>> {
        let activity = self.0.activities().get(&id).timeout_opt(millis(timeout_ms));
        promise(env, cancel, activity, |activity| values::activity(&activity))
    }

    /// The activities in the local cache that match a query, as the text of a JSON array.
    #[napi(ts_return_type = "Promise<string>")]
    pub fn select_activities<'env>(
        &self,
        env: &'env Env,
        query: String,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, Text>> {
        query::select_activities(env, self.0.activities(), query, timeout_ms, cancel)
    }

    /// Brings the cache up to date; gives how many activities were new.
    #[napi]
    pub fn hydrate_activities<'env>(
        &self,
        env: &'env Env,
        timeout_ms: Option<f64>,
        cancel: Option<&CancelToken>,
    ) -> napi::Result<PromiseRaw<'env, i64>> {
        let added = self.0.activities().hydrate().timeout_opt(millis(timeout_ms));
        promise(env, cancel, added, |added| Ok(i64::try_from(added).unwrap_or(i64::MAX)))
    }
}
