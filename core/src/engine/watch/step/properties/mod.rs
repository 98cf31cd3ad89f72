//! What holds whatever comes in whatever order: thousands of runs, each drawn from its number. `answers.rs` gives each
//! command any answer that it may have; `server.rs` has a server that means something by its answers.

mod answers;
mod server;

use std::time::Duration;

use tokio::time::Instant;

/// Nobody waits longer than this for the next poll: the longest wait of the schedule and its jitter.
const LONGEST_WAIT: Duration = Duration::from_secs(37);

/// Requests that may have been made in this time, with so many things that happened: a few at once after each, fewer and
/// fewer in the silence behind it, then now and then.
fn most_requests(happened: usize, span: Duration) -> usize {
    let seconds = usize::try_from(span.as_secs()).unwrap_or(usize::MAX);
    40 * (happened + 1) + seconds / 2
}

fn milliseconds(since: Instant, now: Instant) -> u128 {
    now.duration_since(since).as_millis()
}
