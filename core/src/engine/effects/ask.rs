//! A question and the answer to it: told apart by the session's own order, never by the local clock.

use std::sync::Arc;

use super::act;
use crate::engine::outcome::drained_outcome;
use crate::engine::watch::{Interest, Watch, Watched};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{Activity, Event};
use crate::store::{LeaseKey, Position};

pub(crate) async fn ask(watched: &Arc<Watched>, text: &str) -> Result<Activity> {
    // Here, and in all clients that share the store.
    let _turn = watched.asks.lock().await;
    let _lease = watched.hub.presence.wait_for(&LeaseKey::Ask(watched.id.clone())).await?;
    let mut watch = watched.watch(Interest::Activities)?;
    // What was there before the question can't be the answer, whatever the clocks say.
    watch.caught_up().await?;
    let before = watched.hub.store.beacon(&watched.id).await?.end;
    act::send(watched, text).await?;
    answer_after(watched, text, before, &mut watch).await
}

async fn answer_after(watched: &Arc<Watched>, text: &str, before: Position, watch: &mut Watch) -> Result<Activity> {
    loop {
        let pulse = watch.pulse();
        let news = watched.hub.store.read(&watched.id, before).await?;
        if let Some(answer) = answer_among(news.into_iter().map(|(_, activity)| activity).collect(), text) {
            return Ok(answer);
        }
        if let Some(error) = pulse.failure {
            return Err(error);
        }
        if pulse.drained {
            let outcome = drained_outcome(watched).await?;
            return Err(Error::new(
                ErrorKind::SessionEnded,
                format!("session {} ended as {} before the agent answered", watched.id, outcome.state),
            )
            .with(outcome));
        }
        watch.changed().await?;
    }
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
