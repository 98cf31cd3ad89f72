//! A create that was refused, or would be: which limit of the plan it met, what uses it, and when it may pass.

use std::collections::HashSet;

use tokio::sync::MutexGuard;

use super::learned::Used;
use super::usage::{Usage, known_open};
use super::{Holding, Quotas};
use crate::engine::Hub;
use crate::ground::error::{Error, ErrorKind, Limit, LimitFigures, Result};

/// So many sessions are named in an error's text.
const NAMED: usize = 3;

/// Kept by whoever is about to create a session: where limits are known beforehand, the next one waits until this one counts.
#[derive(Debug)]
pub(crate) struct Start<'a>(
    #[allow(dead_code, reason = "what it is for is that it is held")] Option<MutexGuard<'a, ()>>,
);

/// Refuses a create that must be refused by limits that are known beforehand.
pub(crate) async fn allow(hub: &Hub) -> Result<Start<'_>> {
    let Quotas { given, starts, .. } = &hub.quota;
    if given.slots.is_none() && given.per_day.is_none() {
        return Ok(Start(None));
    }
    let turn = starts.lock().await;
    if !may_be_full(hub).await? {
        return Ok(Start(Some(turn)));
    }
    // The store may not have heard of every end: only what the server shows is held against anybody.
    let usage = Usage::look(hub, false).await?;
    let used = usage.used();
    let full = |limit: Option<u64>, used: u64| limit.is_some_and(|limit| used >= limit);
    let limit = if full(given.slots, used.slots) {
        Limit::Slots
    } else if full(given.per_day, used.day) {
        Limit::Day
    } else {
        return Ok(Start(Some(turn)));
    };
    let error =
        Error::new(ErrorKind::Precondition, "not sent, for it would be refused").while_doing("creating a session");
    Err(describe(error, limit, &usage, hub))
}

/// Whether what is known here may fill the limits that are known beforehand.
async fn may_be_full(hub: &Hub) -> Result<bool> {
    let Quotas { given, .. } = &hub.quota;
    let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
    if let Some(limit) = given.slots {
        let mut open: std::collections::HashSet<_> = known_open(hub).await?.into_iter().collect();
        open.extend(hub.quota.open().iter().cloned());
        if count(open.len()) >= limit {
            return Ok(true);
        }
    }
    let Some(limit) = given.per_day else { return Ok(false) };
    Ok(count(hub.quota.learned(hub).await.created.len()) >= limit)
}

/// Finds out why a create was refused where the server hasn't said, and what it said nothing of where it has. `open`: what
/// this client took to be at work when the create was sent.
pub(crate) async fn explain(hub: &Hub, error: Error, open: &HashSet<String>) -> Error {
    let Some(said) = error.limit() else { return error };
    let usage = match Usage::look(hub, false).await {
        Ok(usage) => usage,
        Err(cause) => {
            tracing::warn!(target: "jules::quota", error = %cause, "what the account uses can't be told");
            return error.with_retryable(true);
        }
    };
    let used = usage.used();
    if said != Limit::Unknown {
        hub.quota.learn(hub, |learned| learned.told(said, used)).await;
        return describe(error, said, &usage, hub);
    }
    if used == Used::default() {
        // Nothing is in use: it is something else.
        let retryable = error.kind() == ErrorKind::RateLimit;
        return error.with_limit(None).with_retryable(retryable);
    }
    // What held a slot may have ended since: then there is one to try again for, and nothing to learn.
    let holds = |id: &String| usage.holding.iter().any(|one| one.session_id == *id);
    let ended: Vec<_> = open.iter().filter(|id| !holds(id)).collect();
    ended.iter().for_each(|id| hub.quota.left(id));
    if used.slots == 0 && !ended.is_empty() {
        let figures = LimitFigures { used: u64::try_from(ended.len()).ok(), ..LimitFigures::default() };
        return describe(error, Limit::Unknown, &usage, hub).with_limit_figures(figures);
    }
    let given = hub.quota.given;
    let limit = if given.slots.is_some_and(|limit| used.slots >= limit) {
        Limit::Slots
    } else if given.per_day.is_some_and(|limit| used.day >= limit) {
        Limit::Day
    } else {
        hub.quota.learn(hub, |learned| learned.refused(used)).await
    };
    describe(error, limit, &usage, hub)
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
                 `wait_for_slot` and `all` wait for that.",
                held()
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
