//! Prints the ids of what the cache has of sessions, without asking the server: the program that the tests kill while it
//! brings the tables of an older version up to date.
//!
//! ```text
//! jules-history <base URL> <cache directory> <session id>…
//! ```
mod program;

use futures::StreamExt;
use jules::{HistoryOptions, Jules};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ([url, directory], rest) = program::start("jules-history <base URL> <cache directory> <session id>…")?;
    let jules = Jules::builder().api_key("test-key").base_url(url).cache_dir(directory).build()?;
    for id in rest {
        let mut options = HistoryOptions::default();
        options.offline = true;
        let mut activities = jules.session(&id)?.history(options);
        while let Some(activity) = activities.next().await {
            program::say(activity?.id)?;
        }
    }
    Ok(())
}
