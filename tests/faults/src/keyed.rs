//! Runs a session with a key and prints its id, then how it ended: the program that the tests kill at each step.
//!
//! ```text
//! jules-keyed <base URL> <cache directory> <key>
//! ```
mod program;

use std::time::Duration;

use jules::{Jules, RunConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ([url, directory, key], _) = program::start("jules-keyed <base URL> <cache directory> <key>")?;
    let jules = Jules::builder()
        .api_key("test-key")
        .base_url(url)
        .cache_dir(directory)
        .polling_interval(Duration::from_millis(10))
        .activity_budget(false)
        .build()?;
    let run = jules.run(RunConfig::new(format!("Do {key} [scenario:quick]")).key(key));
    program::say(run.session().await?.id())?;
    program::say(run.await?.state.as_str())?;
    Ok(())
}
