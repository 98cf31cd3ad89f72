//! Waiting for a state or the end, and completing what the service says of a session by what its activities tell.

use std::sync::Arc;

use super::freshness;
use super::watch::{Interest, Watched};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Event, Outcome, SessionInfo, SessionState};
use crate::store::{Look, Position};

/// Waits until the session is seen in one of these states.
pub(crate) async fn wait_for(watched: &Arc<Watched>, states: &[SessionState]) -> Result<SessionInfo> {
    let mut watch = watched.watch(Interest::State)?;
    let info = watch
        .until(|pulse| {
            let info = pulse.info.as_ref()?;
            let seen = states.contains(&info.state) && !(info.state.is_terminal() && pulse.ended().is_none());
            (seen || pulse.ended().is_some()).then(|| SessionInfo::clone(info))
        })
        .await?;
    let info = with_activities(watched, info).await?;
    if states.contains(&info.state) {
        return Ok(info);
    }
    let wanted: Vec<_> = states.iter().map(SessionState::as_str).collect();
    Err(Error::new(
        ErrorKind::UnexpectedState,
        format!("session {} ended as {}, not as {}", info.id, info.state, wanted.join(" or ")),
    )
    .with(info))
}

/// Waits for the end and gives the outcome.
pub(crate) async fn result(watched: &Arc<Watched>) -> Result<Outcome> {
    let mut watch = watched.watch(Interest::State)?;
    let info = watch.until(|pulse| pulse.ended().cloned()).await?;
    watched.hub.quota.saw(watched.id.as_str(), &info.state);
    let info = SessionInfo::clone(&info);
    // With the changes among the outputs, the activities have nothing to add to a success.
    let is_complete =
        info.state == SessionState::Completed && info.outputs.iter().any(|one| one.change_set().is_some());
    let info = if is_complete {
        complete(watched, info).await?
    } else if watched.is_up_to_date() && !tells_of(watched, &info.state).await? {
        // Whoever listens to the activities is about to get the last of them: there is no need to ask too.
        return drained_outcome(watched).await;
    } else {
        with_activities(watched, info).await?
    };
    let reason_missing = |outcome: &Outcome| outcome.state == SessionState::Failed && outcome.failure_reason.is_none();
    match info.outcome {
        Some(outcome) if !reason_missing(&outcome) => Ok(outcome),
        _ => drained_outcome(watched).await,
    }
}

/// Fills in what the activities tell. What is new is fetched, unless the watcher has just done so.
pub(crate) async fn with_activities(watched: &Arc<Watched>, info: SessionInfo) -> Result<SessionInfo> {
    let look = Look::of(&info, watched.hub.surroundings.clock.now());
    if !(watched.is_up_to_date() && tells_of(watched, &info.state).await?) {
        watched.advance().await?;
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

/// The outcome when everything of the ended session is known.
pub(crate) async fn drained_outcome(watched: &Arc<Watched>) -> Result<Outcome> {
    let mut watch = watched.watch(Interest::Activities)?;
    let info = watch.until(|pulse| pulse.info.clone().filter(|_| pulse.drained)).await?;
    let info = complete(watched, SessionInfo::clone(&info)).await?;
    info.outcome
        .clone()
        .ok_or_else(|| Error::new(ErrorKind::UnexpectedState, format!("session {} goes on", info.id)).with(info))
}
