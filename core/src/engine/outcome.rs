//! Waiting for a state or the end, and completing what the service says of a session by what its activities tell.

use std::sync::Arc;
use std::time::Duration;

use super::end::ended;
use super::freshness;
use super::watch::{Interest, Watched};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{EndReason, Event, Outcome, SessionInfo, SessionState};
use crate::ground::waits::{Wait, WaitReason};
use crate::store::{Look, Position};

/// A session that failed says why, but perhaps a moment later: so often and so far apart it is looked for.
const REASON_LOOKS: u32 = 3;
const REASON_EVERY: Duration = Duration::from_secs(2);

/// The session with its outputs: asked for, where it was only listed without them since it is in this state, or with its
/// state alone.
async fn whole(watched: &Watched, info: SessionInfo) -> Result<SessionInfo> {
    let lacks = info.only_state_seen || (info.outputs_unseen && info.state.is_terminal());
    if !lacks {
        return Ok(info);
    }
    let now = watched.look_at_session().await?;
    // What was waited for is the state that was seen, also when it has passed by now.
    Ok(SessionInfo { state: info.state, server_state: info.server_state, archived: info.archived, ..now })
}

/// Waits until the session is seen in one of these states.
pub(crate) async fn wait_for(watched: &Arc<Watched>, states: &[SessionState]) -> Result<SessionInfo> {
    let mut watch = watched.watch(Interest::State)?;
    let info = watch
        .until(|snapshot| {
            let info = snapshot.info.as_ref()?;
            let seen = states.contains(&info.state) && !(info.state.is_terminal() && snapshot.ended().is_none());
            (seen || snapshot.over().is_some()).then(|| SessionInfo::clone(info))
        })
        .await?;
    // Whoever waits is small: what comes behind the wait gets its memory when it begins.
    let info = Box::pin(async { with_activities(watched, whole(watched, info).await?).await }).await?;
    if states.contains(&info.state) {
        return Ok(info);
    }
    if !info.state.is_terminal() {
        return Err(ended(&watched.id, EndReason::Stopped, Some(info)));
    }
    let wanted: Vec<_> = states.iter().map(SessionState::as_str).collect();
    Err(Error::new(
        ErrorKind::UnexpectedState,
        format!("session {} ended as {}, not as {}", info.id, info.state, wanted.join(" or ")),
    )
    .with(info))
}

/// Waits for the end and gives the outcome. Nothing is drained: what the outcome needs is looked for, and no more.
pub(crate) async fn result(watched: &Arc<Watched>) -> Result<Outcome> {
    let mut watch = watched.watch(Interest::State)?;
    // Whoever waits is small, as above: what was seen is copied to where it is worked with.
    let info = watch.until(|snapshot| snapshot.over().cloned()).await?;
    watched.hub.quota.saw(watched.id.as_str(), &info.state);
    if !info.state.is_terminal() {
        return Err(ended(&watched.id, EndReason::Stopped, Some(SessionInfo::clone(&info))));
    }
    Box::pin(outcome(watched, SessionInfo::clone(&info))).await
}

/// The outcome of a session that has ended.
async fn outcome(watched: &Arc<Watched>, info: SessionInfo) -> Result<Outcome> {
    // Each on the heap: many may end at the same time, and each would have the room for all of it.
    let info = Box::pin(whole(watched, info)).await?;
    let failed = info.state == SessionState::Failed;
    // Without changes among the outputs, the activities tell the latest.
    let lacks_changes = !info.outputs.iter().any(|output| output.change_set().is_some());
    let mut info = match failed || lacks_changes {
        true => Box::pin(with_activities(watched, info)).await?,
        false => Box::pin(complete(watched, info)).await?,
    };
    let mut looks = 1;
    while failed && lacks_reason(&info) && looks < REASON_LOOKS {
        looks += 1;
        Wait::of(WaitReason::Effect).in_session(watched.id.as_str()).pause(REASON_EVERY).await;
        info = Box::pin(with_activities(watched, info)).await?;
    }
    outcome_of(info)
}

fn lacks_reason(info: &SessionInfo) -> bool {
    info.outcome.as_ref().is_none_or(|outcome| outcome.failure_reason.is_none())
}

fn outcome_of(info: SessionInfo) -> Result<Outcome> {
    let goes_on = |info: SessionInfo| {
        Error::new(ErrorKind::UnexpectedState, format!("session {} has not ended", info.id)).with(info)
    };
    info.outcome.clone().ok_or_else(|| goes_on(info))
}

/// Fills in what the activities tell. What is new is fetched, unless the watcher has just done so.
pub(crate) async fn with_activities(watched: &Arc<Watched>, info: SessionInfo) -> Result<SessionInfo> {
    let look = Look::of(&info, watched.hub.surroundings.clock.now());
    let mut info = info;
    if !(watched.is_up_to_date() && tells_of(watched, &info.state).await?) {
        Box::pin(watched.advance()).await?;
        info = Box::pin(watched.or_believed(info)).await?;
    }
    freshness::note(&watched.hub.store, &watched.id, look).await?;
    complete(watched, info).await
}

/// Whether the activities that led to this state are in the store.
async fn tells_of(watched: &Watched, state: &SessionState) -> Result<bool> {
    if state.is_terminal() {
        return Ok(watched.hub.store.ending(&watched.id).await?.is_some());
    }
    if *state != SessionState::AwaitingPlanApproval {
        return Ok(true);
    }
    let activities = watched.hub.store.read(&watched.id, Position::default()).await?;
    let mut of_plans = activities.iter().rev().map(|(_, activity)| &activity.event);
    let latest = of_plans.find(|event| matches!(event, Event::PlanGenerated { .. } | Event::PlanApproved { .. }));
    Ok(matches!(latest, Some(Event::PlanGenerated { .. })))
}

/// Fills in what the stored activities tell: themselves, the plan, the outcome.
pub(crate) async fn complete(watched: &Watched, mut info: SessionInfo) -> Result<SessionInfo> {
    let activities = watched.hub.store.read(&watched.id, Position::default()).await?;
    info.activities = activities.into_iter().map(|(_, activity)| activity).collect();
    info.plan = info.activities.iter().rev().find_map(|activity| match &activity.event {
        Event::PlanGenerated { plan } => Some(plan.clone()),
        _ => None,
    });
    info.outcome = Outcome::of(&info, &info.activities);
    Ok(info)
}

/// What the service says when it failed by itself, and the task had no part in it.
const REASONS: [&str; 2] = [
    "jules encountered an error when working on the task",
    "jules encountered an error when preparing the virtual machine environment for the task",
];

/// Whether a session failed for a reason of the service's.
pub(crate) fn is_of_the_service(outcome: &Outcome) -> bool {
    let reason = outcome.failure_reason.as_deref().unwrap_or_default().trim().trim_end_matches('.').to_lowercase();
    outcome.state == SessionState::Failed && REASONS.contains(&reason.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_recorded_reasons_are_the_services() {
        for (state, reason, is_it) in [
            ("failed", "Jules encountered an error when working on the task.", true),
            ("failed", "Jules encountered an error when preparing the virtual machine environment for the task.", true),
            ("failed", "The tests did not pass.", false),
            ("failed", "", false),
            ("completed", "Jules encountered an error when working on the task.", false),
        ] {
            let json = serde_json::json!({"sessionId": "1", "state": state, "failureReason": reason});
            assert_eq!(is_of_the_service(&serde_json::from_value(json).unwrap()), is_it, "{state}: {reason}");
        }
    }
}
