//! Queries of the local cache: JSON in, JSON out. What a query means, and what is wrong with one, core knows.

use jules::{Activities, Jules, Query};
use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use serde_json::Value;

use crate::call::promise;
use crate::cancel::CancelToken;
use crate::error::to_json;
use crate::options::millis;
use crate::text::{Text, text};

/// The rows that a query of the whole store asks for.
pub(crate) fn select<'env>(
    env: &'env Env,
    jules: &Jules,
    query: String,
    timeout_ms: Option<f64>,
    cancel: Option<&CancelToken>,
) -> napi::Result<PromiseRaw<'env, Text>> {
    let jules = jules.clone();
    let rows = async move { jules.select(Query::from_json(read(&query))?).timeout_opt(millis(timeout_ms)).await };
    promise(env, cancel, rows, |rows| to_json(&rows).map(text))
}

/// The rows that a query of one session's activities asks for.
pub(crate) fn select_activities<'env>(
    env: &'env Env,
    activities: Activities,
    query: String,
    timeout_ms: Option<f64>,
    cancel: Option<&CancelToken>,
) -> napi::Result<PromiseRaw<'env, Text>> {
    let rows = async move {
        let query = Query::activities_from_json(read(&query))?;
        activities.select(query).timeout_opt(millis(timeout_ms)).await
    };
    promise(env, cancel, rows, |rows| to_json(&rows).map(text))
}

/// The text is `JSON.stringify`'s; nothing where it had nothing to write.
fn read(query: &str) -> Value {
    serde_json::from_str(query).unwrap_or_default()
}
