//! Deletes sessions and prints each one's id when it is gone, also when somebody else has deleted it: the program that the
//! tests kill between the server and the store.
//!
//! ```text
//! jules-deleter <base URL> <cache directory> <session id>…
//! ```
mod limit;

use std::io::Write;

use jules::{ErrorKind, Jules};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    limit::start();
    let mut arguments = std::env::args().skip(1);
    let (Some(url), Some(directory)) = (arguments.next(), arguments.next()) else {
        return Err("usage: jules-deleter <base URL> <cache directory> <session id>…".into());
    };
    let jules = Jules::builder().api_key("test-key").base_url(url).cache_dir(directory).build()?;
    for id in arguments {
        match jules.session(&id)?.delete().await {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "{id}")?;
        out.flush()?;
    }
    Ok(())
}
