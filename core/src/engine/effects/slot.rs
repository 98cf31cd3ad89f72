//! Creating a session where the plan may be full: waits for a slot as long as it was told to.

use std::future::Future;
use std::sync::Arc;

use tokio::time::Instant;

use super::create::Intent;
use crate::api::transport::Operation;
use crate::engine::Hub;
use crate::engine::quota::{self, Attempt, Heeds, PollInterval, SlotWait, explain};
use crate::engine::watch::Watched;
use crate::ground::error::{Error, Limit, Result};
use crate::ground::metrics::Counter;
use crate::ground::waits::{Wait, WaitReason};

/// Attempts after refusals with no slot held. The second at the same count is known to be about the day: only a plan that
/// others fill and leave at this very moment takes more.
const MOST_RETRIES: usize = 10;

/// What a refusal means for who waits.
enum Verdict {
    /// A slot may become free.
    Wait(Error, PollInterval),
    /// Waiting doesn't help.
    Fail(Error),
}

/// Creates a session, and waits for a slot where none is free. `on_wait` is called when that begins.
pub(crate) async fn create_patiently(
    hub: &Arc<Hub>,
    intent: &mut Intent,
    wait: SlotWait,
    on_wait: &(dyn Fn() + Send + Sync),
) -> Result<Arc<Watched>> {
    let gate = hub.quota.gate();
    if let Some(attempt) = gate.begin_freely()
        && let Some(result) = settled(hub, intent, attempt).await
    {
        return result;
    }
    on_wait();
    let until = match wait {
        SlotWait::Forever => None,
        SlotWait::For(time) => Instant::now().checked_add(time),
    };
    let waiting = async {
        // Only waiting is bounded: an attempt that has begun is seen to its end.
        loop {
            let Some(turn) = before(until, gate.turn.lock()).await else { return Err(gave_up(hub).await) };
            let Some(attempt) = before(until, next(hub)).await else { return Err(gave_up(hub).await) };
            // For a slot that is said to be free nobody else has to wait; whether there is one at all, one finds out for all.
            let _turn = if attempt.is_probe() { Some(turn) } else { None };
            hub.service.transport.meter.add(Counter::Retries, 1);
            if let Some(result) = settled(hub, intent, attempt).await {
                return result;
            }
        }
    };
    let create = Operation::SessionsCreate.name();
    hub.service.transport.log.around(Wait::of(WaitReason::Slot).before(create).during(waiting)).await
}

/// Waits until it is time to ask, and begins an attempt: also when somebody else's session has ended, with the same store.
async fn next(hub: &Hub) -> Attempt {
    let gate = hub.quota.gate();
    tokio::select! {
        biased;
        attempt = gate.next() => attempt,
        () = quota::room(hub) => gate.begin_for_room(),
    }
}

/// One attempt; nothing when there is a slot to wait for.
async fn settled(hub: &Arc<Hub>, intent: &mut Intent, attempt: Attempt) -> Option<Result<Arc<Watched>>> {
    let gate = hub.quota.gate();
    let heeds = if attempt.is_probe() { Heeds::Nothing } else { Heeds::LearnedSlots };
    // On the heap: whoever waits for a slot would hold the whole of it.
    let mut result = Box::pin(intent.attempt(hub, heeds)).await;
    for _ in 0..MOST_RETRIES {
        if !result.as_ref().is_err_and(nothing_is_held) {
            break;
        }
        // The slot that was missing may have become free between the refusal and the look at what is used.
        result = Box::pin(intent.attempt(hub, heeds)).await;
    }
    match result {
        Ok(watched) => {
            gate.passed(attempt);
            Some(Ok(watched))
        }
        Err(error) => match judge(hub, error).await {
            Verdict::Fail(error) => Some(Err(error)),
            Verdict::Wait(error, interval) => {
                {
                    let _log = hub.service.transport.log.enter();
                    tracing::debug!(target: "jules::quota", %error, "no slot is free");
                }
                quota::note_full(hub, &error).await;
                gate.refused(attempt, error, interval);
                None
            }
        },
    }
}

/// Whether a create was refused although no session holds a slot.
fn nothing_is_held(error: &Error) -> bool {
    error.limit() == Some(Limit::Unknown) && error.used() == Some(0)
}

async fn judge(hub: &Hub, error: Error) -> Verdict {
    match (error.limit(), error.used()) {
        // In the server's own words: nothing needs to be found out.
        (Some(Limit::Slots), None) => {
            hub.quota.gate().heard(true);
            Verdict::Wait(error, PollInterval::WORDED)
        }
        (Some(Limit::Slots), Some(_)) => Verdict::Wait(error, hub.quota.gate().interval()),
        // Without a slot that is held, there is none to wait for.
        (Some(Limit::Unknown), used) if used != Some(0) => Verdict::Wait(error, PollInterval::BARE),
        (Some(Limit::Day), None) => Verdict::Fail(explain(hub, error).await),
        _ => Verdict::Fail(error),
    }
}

/// The error of who has waited in vain.
async fn gave_up(hub: &Hub) -> Error {
    match hub.quota.gate().refusal() {
        Some(error) if error.used().is_none() => explain(hub, error).await,
        Some(error) => error,
        None => Error::config("no slot became free in the time allowed for waiting"),
    }
}

/// What comes before a moment.
async fn before<T>(until: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match until {
        Some(until) => tokio::time::timeout_at(until, work).await.ok(),
        None => Some(work.await),
    }
}
