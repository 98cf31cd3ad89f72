//! Runs a session with a key and prints its id, then how it ended: the program that the tests kill at each step.
//!
//! ```text
//! jules-keyed <base URL> <cache directory> <key>
//! ```
mod limit;

use std::io::Write;
use std::time::Duration;

use jules::{Jules, RunConfig};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    limit::start();
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(directory), Some(key)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: jules-keyed <base URL> <cache directory> <key>".into());
    };
    let jules = Jules::builder()
        .api_key("test-key")
        .base_url(url)
        .cache_dir(directory)
        .polling_interval(Duration::from_millis(10))
        .activity_budget(false)
        .build()?;
    let run = jules.run(RunConfig::new(format!("Do {key} [scenario:quick]")).key(key));
    let say = |text: &str| -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()
    };
    say(run.session().await?.id())?;
    say(run.await?.state.as_str())?;
    Ok(())
}
