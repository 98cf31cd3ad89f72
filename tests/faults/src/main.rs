//! Streams one session from its beginning to its end and prints each activity's id as it is given to the user: the
//! program that the tests beside it kill, stop, and run twice at once. With a number of milliseconds the retries of a call
//! may take so long in all, and one attempt a third of that without a byte. `-` stands for the default cache directory.
//!
//! ```text
//! jules-reader <base URL> <session id> <cache directory> [<milliseconds>]
//! ```
mod program;

use std::time::Duration;

use futures::StreamExt;
use jules::{Jules, RetryOptions, StreamOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ([url, session, directory], mut rest) =
        program::start("jules-reader <base URL> <session id> <cache directory> [<milliseconds>]")?;
    let mut builder = Jules::builder().api_key("test-key").base_url(url).polling_interval(Duration::from_millis(10));
    if directory != "-" {
        builder = builder.cache_dir(directory);
    }
    if let Some(limit) = rest.next() {
        let limit = Duration::from_millis(limit.parse()?);
        let mut retry = RetryOptions::default();
        retry.base_delay = Some(Duration::from_millis(10));
        retry.max_delay = Some(Duration::from_millis(50));
        retry.max_elapsed = Some(limit);
        builder = builder.retry(retry).request_timeout(limit / 3);
    }
    let jules = builder.build()?;
    let mut activities = jules.session(&session)?.stream(StreamOptions::default());
    while let Some(activity) = activities.next().await {
        program::say(activity?.id)?;
    }
    Ok(())
}
