//! Syncs a store with all activities and prints each session's id as it is done: the program that the tests kill in the
//! middle, and run twice at once.
//!
//! ```text
//! jules-syncer <base URL> <cache directory>
//! ```
mod program;

use jules::{Jules, SyncDepth, SyncOptions};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ([url, directory], _) = program::start("jules-syncer <base URL> <cache directory>")?;
    let jules =
        Jules::builder().api_key("test-key").base_url(url).cache_dir(directory).activity_budget(false).build()?;
    let options = SyncOptions::default().depth(SyncDepth::Activities).on_progress(|progress| {
        if let Some(id) = &progress.last_ingested_id {
            let _ = program::say(id);
        }
    });
    let report = jules.sync(options).await?;
    if !report.is_complete {
        return Err(format!("not complete: {report:?}").into());
    }
    Ok(())
}
