//! A question and the answer to it: told apart by the session's own order, never by the local clock.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::engine::end::ended;
use crate::engine::outcome::complete;
use crate::engine::watch::{Interest, Subscription, Watched};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Activity, EndReason, Event, SessionInfo};
use crate::ground::waits::{Wait, WaitReason};
use crate::store::{LeaseKey, Position};

/// So often the store may fail while an answer is waited for,
const MOST_FAILED: u32 = 20;
/// within so long.
const PASSED: Duration = Duration::from_secs(120);

pub(crate) async fn ask(watched: &Arc<Watched>, text: &str) -> Result<Activity> {
    // Here, and in all clients that share the store.
    let turn = Wait::of(WaitReason::Turn).in_session(watched.id.as_str());
    let _turn = turn.during(watched.asks.lock()).await;
    let lease = watched.hub.presence.wait_for(&LeaseKey::Ask(watched.id.clone())).await?;
    let mut watch = watched.watch(Interest::Activities)?;
    // What was there before the question can't be the answer, whatever the clocks say.
    watch.caught_up().await?;
    let now = watch.until(|snapshot| snapshot.info.clone()).await?;
    if now.archived && !now.state.is_terminal() {
        return Err(ended(&watched.id, EndReason::Stopped, Some(SessionInfo::clone(&now))));
    }
    let _lease = watched.hub.presence.still(lease).await?;
    let before = watched.hub.store.beacon(&watched.id).await?.end;
    if let Err(error) = super::send(watched, text).await {
        return Err(or_ended(watched, &now, error).await);
    }
    let question = Question { text, before, was_over: now.state.is_terminal() };
    answer_however(watched, &question, watch).await
}

/// Waits for the answer, also where the store fails meanwhile: who is told to call again would ask twice.
async fn answer_however(watched: &Arc<Watched>, question: &Question<'_>, mut watch: Subscription) -> Result<Activity> {
    let (mut failed, mut began) = (0, Instant::now());
    loop {
        let error = match answer_to(watched, question, &mut watch).await {
            Err(error) if error.kind() == ErrorKind::Store => error,
            answered => return answered,
        };
        if began.elapsed() > PASSED {
            (failed, began) = (0, Instant::now());
        }
        failed += 1;
        if failed == MOST_FAILED {
            let hint = "The question was sent: its answer is among the session's activities. Don't ask again.";
            return Err(error.with_retryable(false).with_hint(hint));
        }
        let effect = Wait::of(WaitReason::Effect).in_session(watched.id.as_str());
        effect.pause(watched.hub.service.transport.settling_time()).await;
        // The watcher has failed with the store.
        watch = watched.watch(Interest::Activities)?;
    }
}

/// What was asked.
struct Question<'a> {
    text: &'a str,
    /// Where the store ended then.
    before: Position,
    /// Whether the session had ended: then the question may wake it.
    was_over: bool,
}

/// A session that has ended may refuse a message for that.
async fn or_ended(watched: &Arc<Watched>, seen: &SessionInfo, error: Error) -> Error {
    let is_refusal = matches!(error.kind(), ErrorKind::Precondition | ErrorKind::InvalidRequest);
    if is_refusal && seen.state.is_terminal() { over(watched, seen.clone()).await.unwrap_or(error) } else { error }
}

async fn answer_to(watched: &Arc<Watched>, question: &Question<'_>, watch: &mut Subscription) -> Result<Activity> {
    loop {
        let snapshot = watch.snapshot();
        let news = watched.hub.store.read(&watched.id, question.before).await?;
        if let Some(answer) = answer_among(news.into_iter().map(|(_, activity)| activity).collect(), question.text) {
            return Ok(answer);
        }
        if let Some(error) = snapshot.failure {
            return Err(error);
        }
        // What ends now may have answered with its last words: those are waited for.
        if let Some(info) = snapshot.over() {
            let led_to = if snapshot.drained {
                LedTo::Nothing
            } else if question.was_over && snapshot.waking_until.is_some() {
                look_for_effect(watched, question).await.unwrap_or(LedTo::Unclear)
            } else {
                LedTo::Unclear
            };
            match led_to {
                LedTo::Answer(answer) => return Ok(*answer),
                LedTo::Nothing => return Err(over(watched, SessionInfo::clone(info)).await?),
                LedTo::Unclear => {}
            }
        }
        let wakes_until = snapshot.waking_until.filter(|until| question.was_over && *until > Instant::now());
        let Some(until) = wakes_until else {
            watch.changed().await?;
            continue;
        };
        if let Ok(changed) = tokio::time::timeout_at(until, watch.changed()).await {
            changed?;
        }
    }
}

/// What a question to a session that is over has led to.
enum LedTo {
    Answer(Box<Activity>),
    /// The question is there, and nothing came of it.
    Nothing,
    /// The session may be waking, or it can't be told at the moment.
    Unclear,
}

/// A look at everything that could tell what a question has led to.
async fn look_for_effect(watched: &Arc<Watched>, question: &Question<'_>) -> Result<LedTo> {
    let is_over = watched.look_at_session().await?.state.is_terminal();
    watched.look_closely().await?;
    let news = watched.hub.store.read(&watched.id, question.before).await?;
    let is_last = news.last().is_some_and(|(_, last)| last.is_message_of_user(question.text));
    Ok(match answer_among(news.into_iter().map(|(_, activity)| activity).collect(), question.text) {
        Some(answer) => LedTo::Answer(Box::new(answer)),
        None if is_over && is_last => LedTo::Nothing,
        None => LedTo::Unclear,
    })
}

/// The session is over, in whatever way.
async fn over(watched: &Arc<Watched>, info: SessionInfo) -> Result<Error> {
    let info = complete(watched, info).await?;
    Ok(match info.outcome.clone() {
        Some(outcome) => ended(&watched.id, EndReason::Ended, Some(info)).with(outcome),
        None => ended(&watched.id, EndReason::Stopped, Some(info)),
    })
}

/// The agent's first message behind the question. One that arrived late stands where its time says, and one without a time
/// where it arrived.
fn answer_among(activities: Vec<Activity>, question: &str) -> Option<Activity> {
    let asked = activities.iter().position(|activity| activity.is_message_of_user(question))?;
    let asked_at = activities[asked].create_time;
    let is_answer = |(place, activity): &(usize, Activity)| {
        matches!(activity.event, Event::AgentMessaged { .. })
            && match (asked_at, activity.create_time) {
                (Some(asked_at), Some(time)) if time != asked_at => time > asked_at,
                _ => *place > asked,
            }
    };
    let answers: Vec<_> = activities.into_iter().enumerate().filter(is_answer).map(|(_, activity)| activity).collect();
    let by_time = asked_at.is_some() && answers.iter().all(|answer| answer.create_time.is_some());
    if by_time { answers.into_iter().min_by_key(|answer| answer.create_time) } else { answers.into_iter().next() }
}
