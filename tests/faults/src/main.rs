//! Streams one session from its beginning to its end and prints each activity's id as it is given to the user: the
//! program that the tests beside it kill, and run twice at once.
//!
//! ```text
//! jules-reader <base URL> <session id> <cache directory>
//! ```
mod limit;

use std::io::Write;
use std::time::Duration;

use futures::StreamExt;
use jules::{Jules, StreamOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    limit::start();
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(session), Some(directory)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: jules-reader <base URL> <session id> <cache directory>".into());
    };
    let jules = Jules::builder()
        .api_key("test-key")
        .base_url(url)
        .cache_dir(directory)
        .polling_interval(Duration::from_millis(10))
        .build()?;
    let mut activities = jules.session(&session)?.stream(StreamOptions::default());
    let mut out = std::io::stdout().lock();
    while let Some(activity) = activities.next().await {
        writeln!(out, "{}", activity?.id)?;
        out.flush()?;
    }
    Ok(())
}
