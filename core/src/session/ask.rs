//! A question and the answer to it: told apart by the session's own order, never by the local clock.

use super::{Session, effects};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Activity, Event};
use crate::store::Position;
use crate::watch::{Interest, Watch};

pub(super) async fn ask(session: &Session, text: &str) -> Result<Activity> {
    let watched = session.watched();
    let _turn = watched.asks.lock().await;
    let mut watch = watched.watch(Interest::Activities)?;
    // What was there before the question can't be the answer, whatever the clocks say.
    watch.caught_up().await?;
    let before = session.store().end(session.session_id()).await?;
    effects::send(session, text).await?;
    answer_after(session, text, before, &mut watch).await
}

async fn answer_after(session: &Session, text: &str, before: Position, watch: &mut Watch) -> Result<Activity> {
    loop {
        let pulse = watch.pulse();
        let news = session.store().read(session.session_id(), before, usize::MAX).await?;
        if let Some(answer) = answer_among(news.into_iter().map(|(_, activity)| activity).collect(), text) {
            return Ok(answer);
        }
        if let Some(error) = pulse.failure {
            return Err(error);
        }
        if pulse.drained {
            let outcome = session.drained_outcome().await?;
            return Err(Error::new(
                ErrorKind::SessionEnded,
                format!("session {} ended as {} before the agent answered", session.id(), outcome.state),
            )
            .with_outcome(outcome));
        }
        watch.changed().await?;
    }
}

/// The agent's first message behind the question. One that arrived late stands where its time says.
fn answer_among(mut activities: Vec<Activity>, question: &str) -> Option<Activity> {
    if activities.iter().all(|activity| activity.create_time.is_some()) {
        activities.sort_by_key(|activity| activity.create_time);
    }
    activities
        .into_iter()
        .skip_while(|activity| !effects::is_message(activity, question))
        .find(|activity| matches!(activity.event, Event::AgentMessaged { .. }))
}
