//! The Rust contestant: says that it is ready, reads one task from standard input, does it, prints what came of it.
//! The README beside says what the tasks are.

#![allow(clippy::print_stdout, reason = "the runner reads it")]

mod growing;
mod memory;
mod task;

use std::time::Instant;

use anyhow::{Result, ensure};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt};
use jules::{HistoryOptions, Query, SessionsOptions, StreamOptions};
use serde_json::{Value, json};

use crate::task::Task;

#[tokio::main]
async fn main() -> Result<()> {
    println!("{}", json!({ "ready": true }));
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    let task: Task = serde_json::from_str(&line)?;
    let answer = match task.task.as_str() {
        "stream" => stream(&task).await?,
        "watch" => watch(&task).await?,
        "all" => all(&task).await?,
        "fill" => fill(&task).await?,
        "replay" => replay(&task).await?,
        "fillAll" => fill_all(&task).await?,
        "select" => select(&task).await?,
        "growWatch" => growing::watch(&task).await?,
        "growIdle" => growing::idle(&task).await?,
        "growFollow" => growing::follow(&task).await?,
        "growAll" => growing::all(&task).await?,
        "growQueue" => growing::queue(&task).await?,
        other => json!({ "unsupported": format!("no task {other}") }),
    };
    println!("{answer}");
    Ok(())
}

/// Follows one session to its end and notes when each activity came.
async fn stream(task: &Task) -> Result<Value> {
    let session = task.client()?.session(task.session()?)?;
    let mut seen = Vec::new();
    let mut activities = session.stream(StreamOptions::default());
    while let Some(activity) = activities.try_next().await? {
        seen.push((activity.id, growing::now()?));
    }
    Ok(json!({ "seen": seen }))
}

/// Waits for the outcomes of many sessions that run already.
async fn watch(task: &Task) -> Result<Value> {
    let client = task.client()?;
    let sessions = task.sessions.iter().map(|id| client.session(id)).collect::<Result<Vec<_>, _>>()?;
    let outcomes = try_join_all(sessions.iter().map(|session| async { session.result().await })).await?;
    Ok(json!({ "finished": outcomes.len() }))
}

/// Runs many new sessions to their outcome.
async fn all(task: &Task) -> Result<Value> {
    let (finished, seconds) = growing::run_all(task, task.count).await?;
    Ok(json!({ "finished": finished, "seconds": seconds }))
}

/// Brings a session that has ended into the cache.
async fn fill(task: &Task) -> Result<Value> {
    let session = task.client()?.session(task.session()?)?;
    let count = session.history(HistoryOptions::default()).try_fold(0, |count, _| async move { Ok(count + 1) }).await?;
    Ok(json!({ "count": count }))
}

/// Reads a session from the cache, and something of each activity.
async fn replay(task: &Task) -> Result<Value> {
    let session = task.client()?.session(task.session()?)?;
    let before = memory::resident()?;
    let began = Instant::now();
    let mut options = HistoryOptions::default();
    options.offline = true;
    let mut activities = session.history(options);
    let (mut count, mut letters) = (0, 0);
    while let Some(activity) = activities.next().await {
        letters += activity?.id.len();
        count += 1;
    }
    let seconds = began.elapsed().as_secs_f64();
    ensure!(letters > count, "activities without ids");
    Ok(json!({ "count": count, "seconds": seconds, "before": before, "peak": memory::peak()? }))
}

/// Brings all sessions into the cache, with their activities.
async fn fill_all(task: &Task) -> Result<Value> {
    let client = task.client()?;
    let sessions = client.sessions(SessionsOptions::default());
    let fetched = sessions.map_err(anyhow::Error::from).map_ok(|info| {
        let session = client.session(&info.id);
        async move { Ok(session?.activities().hydrate().await?) }
    });
    let count = fetched.try_buffer_unordered(8).try_fold(0, |sum, count| async move { Ok(sum + count) }).await?;
    Ok(json!({ "count": count }))
}

/// Asks the cache the same several times.
async fn select(task: &Task) -> Result<Value> {
    let client = task.client()?;
    let mut seconds = Vec::new();
    let mut count = 0;
    for _ in 0..task.count {
        let began = Instant::now();
        count = client.select(Query::from_json(task.query.clone())?).await?.len();
        seconds.push(began.elapsed().as_secs_f64());
    }
    Ok(json!({ "count": count, "seconds": seconds }))
}
