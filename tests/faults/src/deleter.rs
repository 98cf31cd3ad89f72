//! Deletes sessions and prints each one's id when it is gone, also when somebody else has deleted it: the program that the
//! tests kill between the server and the store.
//!
//! ```text
//! jules-deleter <base URL> <cache directory> <session id>…
//! ```
mod program;

use jules::{ErrorKind, Jules};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ([url, directory], rest) = program::start("jules-deleter <base URL> <cache directory> <session id>…")?;
    let jules = Jules::builder().api_key("test-key").base_url(url).cache_dir(directory).build()?;
    for id in rest {
        match jules.session(&id)?.delete().await {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        program::say(id)?;
    }
    Ok(())
}
