//! Streams sessions at once, each to its end, and prints each activity as it is given to the user: session, id, and the
//! time in microseconds since 1970. It polls at the adaptive pace, or each so many milliseconds.
//!
//! ```text
//! jules-follower <base URL> <cache directory> <milliseconds, or 0> <session id>…
//! ```
mod program;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::StreamExt;
use futures::future::try_join_all;
use jules::{Cache, Jules, Session, StreamOptions};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let ([url, directory, interval], rest) =
        program::start("jules-follower <base URL> <cache directory> <milliseconds> <session id>…")?;
    let mut builder = Jules::builder().api_key("test-key").base_url(url).cache(Cache::Directory(directory.into()));
    let interval = Duration::from_millis(interval.parse()?);
    if !interval.is_zero() {
        builder = builder.polling_interval(interval);
    }
    let jules = builder.build()?;
    let sessions = rest.map(|id| jules.session(&id)).collect::<jules::Result<Vec<_>>>()?;
    try_join_all(sessions.iter().map(follow)).await?;
    jules.close().await;
    Ok(())
}

async fn follow(session: &Session) -> Result<(), Failure> {
    let mut activities = session.stream(StreamOptions::default());
    while let Some(activity) = activities.next().await {
        let id = activity?.id;
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros();
        // One write a line: a killed process leaves no half lines but the last.
        program::say(format_args!("{} {id} {now}", session.id()))?;
    }
    Ok(())
}
