//! A create that was refused, or would be: which limit of the plan it met, what uses it, and when it may pass.

use std::sync::Arc;

use tokio::sync::MutexGuard;

use super::learned::{Behind, Used};
use super::usage::Usage;
use super::{Given, Holding, Quotas};
use crate::api::transport::Operation;
use crate::engine::Hub;
use crate::ground::error::{Error, ErrorKind, Limit, LimitFigures, Result};
use crate::ground::runtime;
use crate::ground::spelling::option;
use crate::ground::timestamp::Timestamp;
use crate::ground::waits::{Wait, WaitReason};
use crate::store::{Bound, PlaceLimits, Store};

/// The server is left so many times the time in which an effect settles, as when one is looked for.
const SETTLES: u32 = 2;
/// So many sessions are named in an error's text.
const NAMED: usize = 3;

/// Kept by whoever is about to create a session: it has a place, in the store that all share, until the session has it or the
/// create was refused.
#[derive(Debug, Default)]
pub(crate) struct Start<'a> {
    place: Option<Place>,
    /// Where the store can't count: the next one waits until this one is done.
    _turn: Option<MutexGuard<'a, ()>>,
}

#[derive(Debug)]
struct Place {
    store: Arc<dyn Store>,
    id: String,
}

impl Start<'_> {
    /// The name of its place.
    pub(crate) fn place(&self) -> Option<&str> {
        self.place.as_ref().map(|place| place.id.as_str())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (store, id) = (Arc::clone(&self.store), std::mem::take(&mut self.id));
        // One that a session has stays.
        runtime::detach(async move {
            if let Err(error) = store.drop_place(&id).await {
                tracing::debug!(target: "jules::quota", %error, "cannot remove a finished create; it stays counted for a while");
            }
        });
    }
}

/// Which limits a create heeds that nobody has said, but that refusals have shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heeds {
    /// The slots: there is time to wait for one.
    LearnedSlots,
    /// None: whether they still hold is found out by asking.
    Nothing,
}

/// Refuses a create that must be refused by limits that are known beforehand, or that have been learned and are to be heeded.
pub(crate) async fn allow(hub: &Hub, heeds: Heeds) -> Result<Start<'_>> {
    let Quotas { given, starts, store, .. } = &hub.quota;
    let slots = match heeds {
        Heeds::LearnedSlots => super::limits(hub).await.slots,
        Heeds::Nothing => given.slots,
    };
    let given = &Given { slots, ..*given };
    let id = format!("create/{:032x}", rand::random::<u128>());
    let limits = PlaceLimits { slots: given.slots, day: given.per_day, ..PlaceLimits::default() };
    let Ok(taken) = store.take_place(&id, limits).await else {
        if limits == PlaceLimits::default() {
            return Ok(Start::default());
        }
        let turn = starts.lock().await;
        let usage = Usage::look(hub, false).await?;
        return match met(*given, usage.used()) {
            Some(limit) => Err(not_sent(limit, &usage, hub)),
            None => Ok(Start { place: None, _turn: Some(turn) }),
        };
    };
    let place = Place { store: Arc::clone(store), id };
    if taken.is_some() {
        // The store may not have heard of every end: only what the server shows is held against anybody.
        let usage = Usage::look(hub, false).await?;
        if let Some(full) = store.take_place(&place.id, limits).await? {
            let counted = if full.bound == Bound::Day { Limit::Day } else { Limit::Slots };
            return Err(not_sent(met(*given, usage.used()).unwrap_or(counted), &usage, hub));
        }
    }
    Ok(Start { place: Some(place), _turn: None })
}

/// The limit that leaves no room for one more.
fn met(given: Given, used: Used) -> Option<Limit> {
    let full = |limit: Option<u64>, used: u64| limit.is_some_and(|limit| used >= limit);
    if full(given.slots, used.slots) { Some(Limit::Slots) } else { full(given.per_day, used.day).then_some(Limit::Day) }
}

fn not_sent(limit: Limit, usage: &Usage, hub: &Hub) -> Error {
    let error =
        Error::new(ErrorKind::Precondition, "not sent: the server would refuse it").while_doing("creating a session");
    describe(error, limit, usage, hub)
}

/// What the server said nothing of when it refused a create in words: what uses the limit, and when it may pass.
pub(crate) async fn explain(hub: &Hub, error: Error) -> Error {
    // When it was sent matters only where the limit has to be guessed.
    explain_sent(hub, error, Timestamp::EPOCH).await
}

/// Finds out why a create that was sent at this time was refused, where the server hasn't said.
pub(crate) async fn explain_sent(hub: &Hub, error: Error, sent_at: Timestamp) -> Error {
    let Some(said) = error.limit() else { return error };
    hub.quota.gate().heard(said != Limit::Unknown);
    let (usage, behind) = match look_behind(hub, said, sent_at).await {
        Ok(seen) => seen,
        Err(cause) => {
            tracing::warn!(target: "jules::quota", error = %cause, "cannot determine the account's usage");
            return error.with_retryable(true);
        }
    };
    let used = behind.used;
    if said != Limit::Unknown {
        hub.quota.learn(hub, |learned| learned.told(said, used)).await;
        return describe(error, said, &usage, hub);
    }
    if used == Used::default() {
        // Nothing is in use: it is something else.
        let retryable = error.kind() == ErrorKind::RateLimit;
        return error.with_limit(None).with_retryable(retryable);
    }
    let given = hub.quota.given;
    let limit = if given.slots.is_some_and(|limit| used.slots >= limit) {
        Limit::Slots
    } else if given.per_day.is_some_and(|limit| used.day >= limit) {
        Limit::Day
    } else {
        hub.quota.learn(hub, |learned| learned.refused(behind)).await
    };
    describe(error, limit, &usage, hub)
}

/// What is in use behind a refusal. That nothing holds a slot is believed only once the server has had the time to show all that
/// was there at the refusal: one that was just created, and that nobody sees yet, may be what filled the plan.
async fn look_behind(hub: &Hub, said: Limit, sent_at: Timestamp) -> Result<(Usage, Behind)> {
    let mut settled = false;
    loop {
        let usage = Usage::look(hub, false).await?;
        let behind = Behind { used: usage.used(), sent_at, seen_at: hub.surroundings.clock.now() };
        if settled || said != Limit::Unknown || behind.used.slots > 0 {
            return Ok((usage, behind));
        }
        let create = Operation::SessionsCreate.name();
        Wait::of(WaitReason::Effect).before(create).pause(hub.service.transport.settling_time() * SETTLES).await;
        settled = true;
    }
}

/// The error with the limit's figures and a text that says what uses it.
fn describe(error: Error, limit: Limit, usage: &Usage, hub: &Hub) -> Error {
    let used = usage.used();
    let mut learned = usage.learned.clone();
    learned.told(limit, used);
    let (slots, day) = (hub.quota.slots_limit(&learned), hub.quota.day_limit(&learned));
    let held = || held(&usage.holding);
    let (figures, hint) = match limit {
        Limit::Slots => (
            LimitFigures { used: Some(used.slots), allowed: slots, next_at: None },
            format!(
                "The plan's limit of concurrent sessions is reached: {}. It may pass when one of them ends or is deleted; \
                 `{}` and `all` wait for that.",
                held(),
                option("wait_for_slot")
            ),
        ),
        Limit::Day => {
            let next_at = usage.day_frees_at(day.unwrap_or(used.day));
            let when = next_at.map_or_else(String::new, |time| format!(" It may pass at {time}."));
            (
                LimitFigures { used: Some(used.day), allowed: day, next_at },
                format!("The plan's limit of sessions in 24 hours is reached: {} were created.{when}", used.day),
            )
        }
        Limit::Unknown => {
            // With a slot to wait for, no time can be told.
            let next_at = if used.slots == 0 { usage.day_frees_at(used.day) } else { None };
            let when = next_at.map_or_else(
                || "It may pass when one of them ends or is deleted".to_owned(),
                |time| format!("It may pass at {time}"),
            );
            (
                LimitFigures { used: Some(used.slots), allowed: slots, next_at },
                format!(
                    "The service doesn't say why; the plan may be full: {}, and {} sessions were created in 24 hours. {when}.",
                    held(),
                    used.day
                ),
            )
        }
    };
    error.with_limit(Some(limit)).with_limit_figures(figures).with_hint(hint).with_retryable(true)
}

/// "2 sessions hold a slot (1 inProgress, 2 paused)".
fn held(holding: &[Holding]) -> String {
    let count = match holding.len() {
        0 => return "no session holds a slot".to_owned(),
        1 => "1 session holds a slot".to_owned(),
        more => format!("{more} sessions hold a slot"),
    };
    let mut named: Vec<_> = holding.iter().take(NAMED).map(|one| format!("{} {}", one.session_id, one.state)).collect();
    if holding.len() > NAMED {
        named.push(format!("{} more", holding.len() - NAMED));
    }
    format!("{count} ({})", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::model::SessionState;

    #[test]
    fn the_text_names_three_sessions_and_counts_the_rest() {
        let holding = |count: usize| {
            let one = |id: usize| Holding { session_id: id.to_string(), state: SessionState::Paused, since: None };
            (1..=count).map(one).collect::<Vec<_>>()
        };
        assert_eq!(held(&holding(0)), "no session holds a slot");
        assert_eq!(held(&holding(1)), "1 session holds a slot (1 paused)");
        assert_eq!(held(&holding(5)), "5 sessions hold a slot (1 paused, 2 paused, 3 paused, 2 more)");
    }
}
