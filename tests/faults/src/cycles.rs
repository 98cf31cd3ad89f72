//! Creates a session, streams it and drops it, again and again, with a fresh client now and then; prints what the process holds
//! when it has warmed up, and at the end: memory in KiB, open files, threads.
//!
//! ```text
//! jules-cycles <base URL> <cache directory> <cycles>
//! ```
mod program;

use std::time::Duration;

use futures::StreamExt;
use futures::future::try_join_all;
use jules::{Cache, Jules, RunConfig, StreamOptions};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// So many go on at once.
const LANES: usize = 8;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let ([url, directory, count], _) = program::start("jules-cycles <base URL> <cache directory> <cycles>")?;
    let count: usize = count.parse()?;
    // The first round is for what comes once: threads, their stacks, and what is kept of the last ten minutes.
    for _ in ["first", "second"] {
        try_join_all((0..LANES).map(|_| lane(&url, &directory, count / LANES))).await?;
        let [memory, threads] = [held("VmRSS:")?, held("Threads:")?];
        let handles = std::fs::read_dir("/proc/self/fd")?.count();
        program::say(format_args!("{memory} {handles} {threads}"))?;
    }
    Ok(())
}

async fn lane(url: &str, directory: &str, cycles: usize) -> Result<(), Failure> {
    let jules = Jules::builder()
        .api_key("test-key")
        .base_url(url)
        .cache(Cache::Directory(directory.into()))
        .polling_interval(Duration::from_millis(20))
        .activity_budget(false)
        .build()?;
    for _ in 0..cycles {
        let session = jules.create_session(RunConfig::new("[scenario:quick] once more")).await?;
        session.stream(StreamOptions::default()).next().await.ok_or("no activity")??;
    }
    jules.close().await;
    Ok(())
}

/// What the system says of this process.
fn held(name: &str) -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(name)).ok_or("the system doesn't say")?;
    Ok(line.split_whitespace().nth(1).ok_or("no number")?.parse()?)
}
