//! Many items at once, awaited and iterated.

use std::sync::{Arc, Mutex, PoisonError};

use futures::StreamExt;
use jules::{All, AllOptions, Progress};
use serde_json::{Map, Value, json};

use super::client::plain;
use super::failure::Failure;
use super::options;
use super::stage::{Call, Stage};

type Item = Map<String, Value>;

impl Stage {
    /// Outcomes in the order of the items; a result for each where errors don't stop it.
    pub(super) async fn all(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let all = self.batch(call)?;
        let limit = call.with.get("timeoutMs").and_then(options::milliseconds);
        if options::flag(&call.with, "progress") {
            let told: Arc<Mutex<Vec<Progress>>> = Arc::default();
            let listener = Arc::clone(&told);
            let keep = move |step: &Progress| {
                listener.lock().unwrap_or_else(PoisonError::into_inner).push(step.clone());
            };
            let outcomes = all.on_progress(keep).outcomes().timeout_opt(limit).await?;
            let told = told.lock().unwrap_or_else(PoisonError::into_inner);
            return Ok(json!({ "outcomes": plain(&outcomes)?, "progress": plain(&*told)? }));
        }
        if stops(call) {
            return plain(&all.outcomes().timeout_opt(limit).await?);
        }
        let settled = all.settled().await.into_iter().map(|result| match result {
            Ok(outcome) => Ok(json!({ "status": "fulfilled", "value": plain(&outcome)? })),
            Err(error) => Ok(json!({ "status": "rejected", "reason": Failure::from(error).to_json() })),
        });
        settled.collect()
    }

    /// Sessions in the order of the items, each as soon as it is created.
    pub(super) async fn all_created(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let sessions = self.batch(call)?.created().sessions().await?;
        Ok(sessions.iter().map(|session| json!({ "id": session.id() })).collect())
    }

    /// Items as they finish.
    pub(super) async fn iterate_all(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let mut all = self.batch(call)?;
        let mut items = Vec::new();
        while call.take.is_none_or(|take| items.len() < take) {
            let Some(one) = all.next().await else { break };
            match one.result {
                Ok(outcome) => items.push(json!({ "index": one.index, "outcome": plain(&outcome)? })),
                Err(error) if stops(call) => return Err(Failure::Jules(Box::new(error), Some(items))),
                Err(error) => items.push(json!({ "index": one.index, "error": Failure::from(error).to_json() })),
            }
        }
        Ok(Value::Array(items))
    }

    fn batch(&mut self, call: &Call<'_>) -> Result<All<Item>, Failure> {
        let items = call.with.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let items = items.into_iter().filter_map(|item| item.as_object().cloned());
        let mut limits = AllOptions::default();
        limits.concurrency = call.with.get("concurrency").and_then(options::size);
        limits.stop_on_error = call.with.get("stopOnError").and_then(Value::as_bool);
        limits.delay = call.with.get("delayMs").and_then(options::milliseconds);
        let map = |item: Item| std::future::ready(Ok(options::run(&item)));
        Ok(self.client()?.all(items.collect::<Vec<_>>(), map, limits)?)
    }
}

fn stops(call: &Call<'_>) -> bool {
    call.with.get("stopOnError").and_then(Value::as_bool).unwrap_or(true)
}
