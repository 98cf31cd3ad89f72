//! How many sessions a worker may start: by what was said, or by what was learned; and whether creates are known to be refused
//! for a while. What is learned here is shared by all workers of the account.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::{Hub, effects, quota};
use crate::ground::error::Result;
use crate::ground::model::Timestamp;
use crate::ground::moment::Moment;
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

/// Since when creates are known to be refused, and for how long.
#[derive(Debug, Serialize, Deserialize)]
struct Blocked {
    #[serde(flatten)]
    since: Moment,
    millis: u64,
}

impl Blocked {
    fn left(&self, now: Moment) -> Option<Duration> {
        let left = Duration::from_millis(self.millis).checked_sub(self.since.age(now)?)?;
        (!left.is_zero()).then_some(left)
    }
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
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let blocked = Blocked { since: Moment::now(&hub.surroundings.clock), millis };
    let note = serde_json::to_string(&blocked).unwrap_or_default();
    let before = hub.store.note(BLOCKED).await?;
    hub.store.set_note(BLOCKED, before, note).await.map(drop)
}

/// How long creates are known to be refused from now on.
pub(super) async fn blocked(hub: &Hub) -> Result<Option<Duration>> {
    let note = hub.store.note(BLOCKED).await?;
    let blocked = note.and_then(|note| serde_json::from_str::<Blocked>(&note).ok());
    Ok(blocked.and_then(|blocked| blocked.left(Moment::now(&hub.surroundings.clock))))
}

/// How long it is until then, by the server's clock.
pub(super) fn left(hub: &Hub, until: Timestamp) -> Option<Duration> {
    let now = effects::server_now(hub);
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

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::ground::surroundings::Clock;

    #[tokio::test(start_paused = true)]
    async fn creates_are_held_back_no_longer_for_a_clock_that_is_set_back() {
        let day = Duration::from_secs(24 * 3_600);
        let at = |since: Duration| Moment::now(&Clock::from_fn(move || SystemTime::UNIX_EPOCH + since));
        let blocked = Blocked { since: at(day * 2), millis: 60_000 };
        tokio::time::advance(Duration::from_secs(59)).await;
        assert_eq!(blocked.left(at(day)), Some(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(blocked.left(at(day)), None);
        let mut of_another = serde_json::to_value(&blocked).unwrap();
        of_another["here"]["process"] = 1.into();
        let of_another: Blocked = serde_json::from_value(of_another).unwrap();
        assert_eq!(of_another.left(at(day)), None, "it is tried");
        assert_eq!(of_another.left(at(day * 2)), Some(Duration::from_secs(60)));
    }
}
