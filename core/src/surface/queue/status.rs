//! How a queue stands.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::Hub;
use crate::engine::queue;
use crate::ground::error::Result;
use crate::ground::model::{TaskState, Timestamp};
use crate::store::TaskCounts;

/// How a queue stands, as the cache tells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct QueueStatus {
    /// Tasks that no worker has started.
    pub waiting: u64,
    /// Tasks whose session is being created.
    pub starting: u64,
    /// Tasks whose session is at work.
    pub working: u64,
    /// Tasks that wait for a person.
    pub needs_person: u64,
    /// Tasks whose session completed.
    pub done: u64,
    /// Tasks whose session failed or could not be made.
    pub failed: u64,
    /// Tasks that were cancelled, or whose session was stopped or deleted.
    pub cancelled: u64,
    /// Whether nothing more is started.
    pub paused: bool,
    /// How many sessions of the account are counted as holding a slot.
    pub slots_used: u64,
    // python: How many may, where that was said (the client's `slots=`) or learned.
    /// How many may, where that was said (the client's `slots`) or learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots_limit: Option<u64>,
    /// How many sessions of the account are counted as created within 24 hours.
    pub day_used: u64,
    // python: How many may be, where that was said (the client's `per_day=`) or learned.
    /// How many may be, where that was said (the client's `per_day`) or learned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day_limit: Option<u64>,
    /// How many workers are there, in all processes.
    pub workers: u64,
    /// When the oldest task that waits was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest_waiting: Option<Timestamp>,
    // python: Finished tasks per hour, lately; `None` while that can't be told.
    /// Finished tasks per hour, lately; absent while that can't be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// When all will be finished at this rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_end: Option<Timestamp>,
}

pub(super) async fn of(hub: &Hub, name: &str) -> Result<QueueStatus> {
    let counts = hub.store.count_tasks(name).await?;
    let (used, slots_limit, day_limit) = queue::figures(hub).await?;
    let count = |state| counts.states.get(&state).copied().unwrap_or_default();
    let left = TaskState::ALL.into_iter().filter(|state| !state.is_finished()).map(count).sum();
    let rate = rate(&counts);
    Ok(QueueStatus {
        waiting: count(TaskState::Waiting),
        starting: count(TaskState::Starting),
        working: count(TaskState::Working),
        needs_person: count(TaskState::NeedsPerson),
        done: count(TaskState::Done),
        failed: count(TaskState::Failed),
        cancelled: count(TaskState::Cancelled),
        paused: queue::is_paused(hub, name).await?,
        slots_used: used.slots,
        slots_limit,
        day_used: used.day,
        day_limit,
        workers: counts.workers,
        oldest_waiting: counts.oldest_waiting,
        rate,
        estimated_end: rate.zip(counts.now).and_then(|(rate, now)| ends(now, left, rate)),
    })
}

/// Tasks an hour, from the first of the last hour's ends to now, to two digits.
fn rate(counts: &TaskCounts) -> Option<f64> {
    let (since, now) = (counts.lately?, counts.now?);
    let hours = now.millis_since(since) as f64 / 3_600_000.0;
    let rate = counts.finished_lately.saturating_sub(1) as f64 / hours;
    (counts.finished_lately > 1 && hours > 0.0).then(|| (rate * 100.0).round() / 100.0)
}

fn ends(now: Timestamp, left: u64, rate: f64) -> Option<Timestamp> {
    let seconds = left as f64 / rate * 3_600.0;
    (left > 0 && seconds < 1e9).then(|| now.later(Duration::from_secs_f64(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_told_from_what_was_finished_lately() {
        let now: Timestamp = "2026-11-28T12:00:00Z".parse().unwrap();
        let half_an_hour_ago = Some(now.earlier(Duration::from_secs(1_800)));
        let counts =
            TaskCounts { finished_lately: 6, lately: half_an_hour_ago, now: Some(now), ..TaskCounts::default() };
        assert_eq!(rate(&counts), Some(10.0));
        let odd =
            TaskCounts { finished_lately: 3, lately: Some(now.earlier(Duration::from_secs(1_700))), ..counts.clone() };
        assert_eq!(rate(&odd), Some(4.24));
        assert_eq!(ends(now, 20, 10.0), Some(now.later(Duration::from_secs(7_200))));
        assert_eq!(ends(now, 0, 10.0), None);
        assert_eq!(rate(&TaskCounts { finished_lately: 1, ..counts }), None, "one tells nothing");
    }
}
