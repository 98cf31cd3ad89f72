//! The operations of a session.

use futures::StreamExt;
use jules::{ActivitiesOptions, Query, Session, SessionState, SnapshotFields};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::client::{items, named_page, page_size, plain};
use super::failure::Failure;
use super::options;
use super::stage::{Call, Handle, Stage};

impl Stage {
    pub(super) async fn operate_on_session(&mut self, call: &Call<'_>) -> Result<Value, Failure> {
        let with = &call.with;
        let session = self.session(call).await?;
        let (limit, stall) = (options::timeout(with), options::stall_timeout(with));
        let nothing = |()| Value::Null;
        match call.operation {
            "stream" => items(session.stream(options::stream(with)), call.take).await,
            "history" => items(session.history(options::history(with)), call.take).await,
            "updates" => items(session.updates(options::stream(with)), call.take).await,
            "stream.cancel" => cancelled_stream(&session, call).await,
            "waitFor" => plain(&session.wait_for(states(call)?).timeout_opt(limit).stall_timeout_opt(stall).await?),
            "ask" => plain(&session.ask(options::string(with, "text")).timeout_opt(limit).await?),
            "info" if options::flag(with, "cached") => plain(&session.cached_info().await?),
            "info" => plain(&session.info().await?),
            "result" => {
                let outcome = session.result().timeout_opt(limit).stall_timeout_opt(stall).await?;
                self.ended(call, outcome)
            }
            "snapshot" => {
                let cached = options::flag(with, "cached");
                let snapshot = if cached { session.cached_snapshot() } else { session.snapshot() }.await?;
                let value = snapshot.to_json(&SnapshotFields::default())?;
                self.keep(call, Handle::Snapshot(Box::new(snapshot)));
                Ok(value)
            }
            "session.cacheInfo" => plain(&session.cache_info().await?),
            // surface: acts Session
            "approve" => Ok(session.approve().await.map(nothing)?),
            "send" => Ok(session.send(options::string(with, "text")).await.map(nothing)?),
            "archive" => Ok(session.archive().await.map(nothing)?),
            "stop" => Ok(session.stop().await.map(nothing)?),
            "unarchive" => Ok(session.unarchive().await.map(nothing)?),
            "delete" => Ok(session.delete().await.map(nothing)?),
            // surface: end
            "activities.list" => {
                let mut options = ActivitiesOptions::default();
                options.page_size = page_size(call);
                options.page_token = with.get("pageToken").and_then(options::text);
                let page = session.activities().list(options).await?;
                named_page("activities", &page.items, page.next_page_token.as_deref())
            }
            "activities.get" => plain(&session.activities().get(&options::string(with, "id")).await?),
            "activities.hydrate" => Ok(json!(session.activities().hydrate().await?)),
            "select" => {
                let query = Query::activities_from_json(options::value(with, "query"))?;
                Ok(Value::Array(session.activities().select(query).await?))
            }
            other => Err(Failure::unsupported(format!("there is no operation {other}"))),
        }
    }
}

fn states(call: &Call<'_>) -> Result<Vec<SessionState>, Failure> {
    let named = options::texts(call.with.get("states").or(call.with.get("state")));
    named.iter().map(|name| name.parse().map_err(Failure::from)).collect()
}

/// A stream whose task is aborted while it waits for the item after the first so many.
async fn cancelled_stream(session: &Session, call: &Call<'_>) -> Result<Value, Failure> {
    let mut wanted = options::stream(&call.with);
    wanted.follow = true;
    let mut stream = session.stream(wanted);
    let (sender, mut received) = mpsc::unbounded_channel();
    let task = tokio::spawn(async move {
        while let Some(item) = stream.next().await {
            if sender.send(item).is_err() {
                return;
            }
        }
    });
    let count = call.with.get("afterItems").and_then(options::size).unwrap_or(0);
    for _ in 0..count {
        match received.recv().await {
            Some(item) => drop(item?),
            None => return Err(Failure::unsupported("the stream ended before it was cancelled")),
        }
    }
    task.abort();
    let cancelled = task.await.is_err_and(|error| error.is_cancelled());
    Ok(json!({ "items": count, "cancelled": cancelled }))
}
