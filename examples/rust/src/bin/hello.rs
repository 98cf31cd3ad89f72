//! The five lines of the README, which `.dev/run readme` holds equal to these.
#![allow(clippy::print_stdout, reason = "printing is what an example is for")]

use futures::StreamExt;
use jules::{Jules, RunConfig, StreamOptions};

#[tokio::main]
async fn main() -> jules::Result<()> {
    let run = Jules::from_env()?.run(RunConfig::new("Fix the flaky test").source("octocat/hello-world"));
    let mut activities = run.stream(StreamOptions::default());
    while let Some(activity) = activities.next().await {
        println!("{}", activity?.kind());
    }
    let outcome = run.await?;
    println!("{} {}", outcome.state, outcome.pull_request.map_or("no pull request".into(), |pull| pull.url));
    Ok(())
}
