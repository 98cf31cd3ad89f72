//! What holds whatever comes in whatever order: thousands of runs, each drawn from its number. `answers.rs` gives each
//! command any answer that it may have, `lagging.rs` those of a service that lags; `server.rs` has a server that means
//! something by its answers.

mod answers;
mod lagging;
mod server;

use std::time::Duration;

use tokio::time::Instant;

use super::Event;
use crate::ground::model::Activity;

/// Nobody waits longer than this for the next poll: the longest wait of the schedule and its jitter.
const LONGEST_WAIT: Duration = Duration::from_secs(37);

/// Requests that may have been made in this time, with so many things that happened: a few at once after each, fewer and
/// fewer in the silence behind it, then now and then.
fn most_requests(happened: usize, span: Duration) -> usize {
    let seconds = usize::try_from(span.as_secs()).unwrap_or(usize::MAX);
    5 * (happened + 1) + seconds / 3
}

/// What the store has behind the user's message: another end, or nothing.
fn followed(ended_again: bool) -> Event {
    let message = r#"{"id": "1", "createTime": "2026-01-02T03:04:05Z", "userMessaged": {"userMessage": "go on"}}"#;
    let end = r#"{"id": "2", "createTime": "2026-01-02T03:04:09Z", "sessionCompleted": {}}"#;
    let since = if ended_again { vec![message, end] } else { vec![message] };
    Event::Followed(since.into_iter().map(|text| Activity::from_wire(text).unwrap()).collect())
}

fn milliseconds(since: Instant, now: Instant) -> u128 {
    now.duration_since(since).as_millis()
}
