//! Prints the ids of what the cache has of sessions, without asking the server: the program that the tests kill while it
//! brings the tables of an older version up to date.
//!
//! ```text
//! jules-history <base URL> <cache directory> <session id>…
//! ```
mod limit;

use std::io::Write;

use futures::StreamExt;
use jules::{HistoryOptions, Jules};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    limit::start();
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(directory)) = (arguments.next(), arguments.next()) else {
        return Err("usage: jules-history <base URL> <cache directory> <session id>…".into());
    };
    let jules = Jules::builder().api_key("test-key").base_url(url).cache_dir(directory).build()?;
    for id in arguments {
        let mut options = HistoryOptions::default();
        options.offline = true;
        let mut activities = jules.session(&id)?.history(options);
        while let Some(activity) = activities.next().await {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{}", activity?.id)?;
            out.flush()?;
        }
    }
    Ok(())
}
