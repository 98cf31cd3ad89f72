//! Runs so many items by `all`, each with a key, and prints each item's key, session and state as it is given to the user:
//! the program that the tests kill while sessions are started and waited for.
//!
//! ```text
//! jules-batch <base URL> <cache directory> <items>
//! ```
mod program;

use std::time::Duration;

use futures::StreamExt;
use jules::{AllOptions, Jules, RunConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ([url, directory, count], _) = program::start("jules-batch <base URL> <cache directory> <items>")?;
    let jules = Jules::builder()
        .api_key("test-key")
        .base_url(url)
        .cache_dir(directory)
        .polling_interval(Duration::from_millis(10))
        .activity_budget(false)
        .build()?;
    let count: usize = count.parse()?;
    let key = |item: usize| format!("item-{item}");
    let map = move |item: usize| async move { Ok(RunConfig::new(format!("Do {item} [scenario:work]")).key(key(item))) };
    let mut all = jules.all(0..count, map, AllOptions::default())?;
    while let Some(one) = all.next().await {
        let (item, outcome) = (one.index, one.result?);
        program::say(format_args!("{} {} {}", key(item), outcome.session_id, outcome.state.as_str()))?;
    }
    Ok(())
}
