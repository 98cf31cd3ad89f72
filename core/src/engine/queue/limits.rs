//! How many sessions a worker may start: by what was said, or by what was learned; and whether creates are known to be refused
//! for a while. What is learned here is shared by all workers of the account.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::{Hub, quota};
use crate::ground::error::Result;
use crate::ground::model::Timestamp;
use crate::store::{Pace, PlaceLimits};

/// With nothing known: no more than the middle plan has.
const MOST_UNKNOWN: u64 = 15;
/// How often one more than was learned is tried, in case that the plan has grown.
const PROBE: Pace = Pace { burst: 1, interval: Duration::from_secs(300) };
/// How often what is used is looked at with the server, while no place is free.
const LOOK: Pace = Pace { burst: 1, interval: Duration::from_secs(30) };
const BLOCKED: &str = "queue.blocked";

/// What a queue's user said of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) slots: Option<u64>,
    pub(crate) per_day: Option<u64>,
}

/// Until when creates are known to be refused.
#[derive(Debug, Serialize, Deserialize)]
struct Blocked {
    until: Timestamp,
}

/// What bounds the next start, and whether that was learned and may be wrong.
pub(super) async fn limits(hub: &Hub, bounds: Bounds) -> (PlaceLimits, bool) {
    let known = quota::limits(hub).await;
    let limits = PlaceLimits {
        slots: known.slots.or(Some(MOST_UNKNOWN)),
        day: known.day,
        queue_slots: bounds.slots,
        queue_day: bounds.per_day,
        // One by one, until something is known.
        pending: known.slots.is_none().then_some(1),
    };
    (limits, known.slots.is_some() && !known.given)
}

/// One more than was learned, where it is time to try.
pub(super) async fn beyond(hub: &Hub, limits: PlaceLimits) -> Result<Option<PlaceLimits>> {
    let turn = hub.store.take_turn("queue.probe", PROBE, Duration::ZERO).await?;
    Ok(turn.is_zero().then(|| PlaceLimits { slots: limits.slots.map(|slots| slots + 1), pending: Some(1), ..limits }))
}

/// Compares what is counted with what the server shows, where it is time to: others end sessions too, and some processes end
/// before theirs.
pub(super) async fn compare(hub: &Hub) -> Result<bool> {
    if !hub.store.take_turn("queue.look", LOOK, Duration::ZERO).await?.is_zero() {
        return Ok(false);
    }
    match quota::settle(hub).await {
        Ok(()) => Ok(true),
        Err(error) => {
            tracing::info!(target: "jules::queue", %error, "cannot determine the account's usage");
            Ok(false)
        }
    }
}

/// Creates are refused for so long.
pub(super) async fn block(hub: &Hub, time: Duration) -> Result<()> {
    let until = hub.surroundings.clock.now().later(time);
    let note = serde_json::to_string(&Blocked { until }).unwrap_or_default();
    let before = hub.store.note(BLOCKED).await?;
    hub.store.set_note(BLOCKED, before, note).await.map(drop)
}

/// How long creates are known to be refused from now on.
pub(super) async fn blocked(hub: &Hub) -> Result<Option<Duration>> {
    let note = hub.store.note(BLOCKED).await?;
    let until = note.and_then(|note| serde_json::from_str::<Blocked>(&note).ok()).map(|blocked| blocked.until);
    Ok(until.and_then(|until| left(hub, until)))
}

/// How long it is until then.
pub(super) fn left(hub: &Hub, until: Timestamp) -> Option<Duration> {
    let now = hub.surroundings.clock.now();
    (until > now).then(|| Duration::from_millis(until.millis_since(now)))
}

fn paused_note(queue: &str) -> String {
    format!("queue.paused/{queue}")
}

/// Whether a queue is paused.
pub(crate) async fn is_paused(hub: &Hub, queue: &str) -> Result<bool> {
    Ok(hub.store.note(&paused_note(queue)).await?.as_deref() == Some("true"))
}

/// Pauses a queue, or lets it go on. Workers see it when they look next.
pub(crate) async fn set_paused(hub: &Hub, queue: &str, paused: bool) -> Result<()> {
    let name = paused_note(queue);
    loop {
        let before = hub.store.note(&name).await?;
        let after = paused.to_string();
        if before.as_ref() == Some(&after) || hub.store.set_note(&name, before, after).await? {
            return Ok(());
        }
    }
}

/// What the account uses and may, as far as it is known without asking the server.
pub(crate) async fn figures(hub: &Hub) -> Result<(crate::store::Used, Option<u64>, Option<u64>)> {
    let known = quota::limits(hub).await;
    Ok((hub.store.places(None).await?, known.slots, known.day))
}
