//! What the growth curves ask for: as much of one thing as the runner says, and when each part of it was done.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use futures::future::try_join_all;
use futures::{StreamExt, TryStreamExt};
use jules::{AllOptions, QueueOptions, RunConfig, StreamOptions, TaskConfig, WorkOptions};
use serde_json::{Value, json};

use crate::memory;
use crate::task::Task;

/// Nanoseconds since 1970.
pub(crate) fn now() -> Result<u64> {
    Ok(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())?)
}

/// How many threads this process has.
fn threads() -> Result<usize> {
    Ok(std::fs::read_dir("/proc/self/task")?.count())
}

/// Looks now and then at what this process holds and how many threads it has; gives the most threads at the end.
async fn watch_threads(most: Arc<AtomicUsize>) {
    loop {
        most.fetch_max(threads().unwrap_or_default(), Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits for the outcomes of many sessions that run already, and notes when each was known.
pub(crate) async fn watch(task: &Task) -> Result<Value> {
    let (client, before, most) = (task.client()?, memory::resident()?, Arc::new(AtomicUsize::new(0)));
    let watching = tokio::spawn(watch_threads(Arc::clone(&most)));
    let sessions = task.sessions.iter().map(|id| client.session(id)).collect::<Result<Vec<_>, _>>()?;
    let ended = try_join_all(sessions.iter().map(|session| async {
        session.result().await?;
        anyhow::Ok((session.id().to_owned(), now()?))
    }))
    .await?;
    watching.abort();
    Ok(json!({
        "ended": ended, "before": before, "peak": memory::peak()?, "threads": most.load(Ordering::Relaxed),
    }))
}

/// Listens for so many seconds to sessions that show nothing.
pub(crate) async fn idle(task: &Task) -> Result<Value> {
    let (client, before, most) = (task.client()?, memory::resident()?, Arc::new(AtomicUsize::new(0)));
    let watching = tokio::spawn(watch_threads(Arc::clone(&most)));
    let mut streams = Vec::new();
    for id in &task.sessions {
        let mut stream = client.session(id)?.stream(StreamOptions::default());
        streams.push(tokio::spawn(async move { while stream.next().await.is_some() {} }));
    }
    tokio::time::sleep(Duration::from_secs_f64(task.seconds)).await;
    streams.iter().for_each(tokio::task::JoinHandle::abort);
    watching.abort();
    Ok(json!({
        "streams": streams.len(), "before": before, "peak": memory::peak()?, "threads": most.load(Ordering::Relaxed),
    }))
}

/// Follows one session, or several, to their ends.
pub(crate) async fn follow(task: &Task) -> Result<Value> {
    let client = task.client()?;
    let ids = task.session.iter().chain(&task.sessions);
    let followed = ids.map(|id| async {
        let (mut seen, mut activities) = (Vec::new(), client.session(id)?.stream(StreamOptions::default()));
        while let Some(activity) = activities.try_next().await? {
            seen.push((activity.id, now()?));
        }
        anyhow::Ok(seen)
    });
    let seen = try_join_all(followed).await?;
    Ok(json!({ "seen": seen.into_iter().flatten().collect::<Vec<_>>() }))
}

/// Runs as many new sessions as there are items, so many of them at once.
pub(crate) async fn all(task: &Task) -> Result<Value> {
    let before = memory::resident()?;
    let (finished, seconds) = run_all(task, task.at_once).await?;
    Ok(json!({ "finished": finished, "seconds": seconds, "before": before, "peak": memory::peak()? }))
}

/// How many outcomes there were, and how many seconds that took.
pub(crate) async fn run_all(task: &Task, at_once: usize) -> Result<(usize, f64)> {
    let client = task.client()?;
    let prompt = task.prompt.clone().context("a prompt")?;
    let mut options = AllOptions::default();
    options.concurrency = Some(at_once);
    let began = Instant::now();
    let run = move |number: usize| {
        let config = RunConfig::new(format!("{prompt} {number}")).source("octocat/hello-world@main");
        async move { Ok(config) }
    };
    let outcomes = client.all(0..task.count, run, options)?.outcomes().await?;
    Ok((outcomes.len(), began.elapsed().as_secs_f64()))
}

/// The same through a queue in the store.
pub(crate) async fn queue(task: &Task) -> Result<Value> {
    let (client, before) = (task.client()?, memory::resident()?);
    let prompt = task.prompt.clone().context("a prompt")?;
    let queue = client.queue("bench", QueueOptions::default().slots(task.at_once as u64))?;
    let began = Instant::now();
    let run = |number: usize| RunConfig::new(format!("{prompt} {number}")).source("octocat/hello-world@main");
    queue.add_all((0..task.count).map(|number| TaskConfig::new(format!("item-{number}"), run(number)))).await?;
    let added = began.elapsed().as_secs_f64();
    let work = queue.work(WorkOptions::default())?;
    let finished = work.try_fold(0, |count, _| async move { Ok(count + 1) }).await?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(json!({
        "finished": finished, "seconds": seconds, "added": added, "before": before, "peak": memory::peak()?,
    }))
}
