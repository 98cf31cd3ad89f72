//! What a session is told to do, each effect exactly once.

use std::sync::Arc;

use futures::FutureExt;
use serde_json::Value;
use tokio::time::Instant;

use super::finish::note_left;
use super::once::{ServerClock, once};
use crate::api::Service;
use crate::engine::acts::{ActNote, Sent, SentNote};
use crate::engine::deleted;
use crate::engine::watch::{Advance, Interest, WatchSnapshot, Watched};
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::SessionState;
use crate::ground::moment::Moment;
use crate::ground::waits::{Wait, WaitReason};
use crate::store::{Beacon, LeaseKey, Position};

/// Looks for a message, each for as long as a new session may take to be known everywhere.
const MOST_LOOKS: usize = 10;

pub(crate) async fn approve(watched: &Arc<Watched>) -> Result<()> {
    let request = Service::approval_request(&watched.id);
    let look = |_| is_approved(watched).boxed();
    once::<Value, ()>(&watched.hub.service.transport, &request, look).await?;
    watched.acted(None).await;
    Ok(())
}

/// A plan that doesn't wait any more was approved.
async fn is_approved(watched: &Arc<Watched>) -> Result<Option<()>> {
    let info = watched.look_at_session().await?;
    Ok((info.state != SessionState::AwaitingPlanApproval).then_some(()))
}

pub(crate) async fn send(watched: &Arc<Watched>, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::config("the message is empty"));
    }
    // Here, and in all clients that share the store.
    let turn = Wait::of(WaitReason::Turn).in_session(watched.id.as_str());
    let _turn = turn.during(watched.sends.lock()).await;
    let mut lease = watched.hub.presence.wait_for(&LeaseKey::Send(watched.id.clone())).await?;
    let (known, own) = loop {
        let generation = lease.grant().generation;
        let sees = before_it(watched, text).await?;
        lease = watched.hub.presence.still(lease).await?;
        // Where this process stood still, another may have sent its own meanwhile.
        if lease.grant().generation == generation {
            break sees;
        }
    };
    let request = Service::message_request(&watched.id, text);
    let began = Instant::now();
    let look = |began| async move { Ok(has_arrived(watched, text, known, own, began).await?.then_some(())) }.boxed();
    let mut tries = 0;
    while let Err(error) = once::<Value, ()>(&watched.hub.service.transport, &request, look).await {
        tries += 1;
        taken_later(watched, error, tries).await?;
    }
    watched.hub.recent().sent(&watched.id, began);
    // Whether it had ended is for the server to know; if it had, the message wakes it.
    watched.acted(Some(Sent { text, known, own })).await;
    Ok(())
}

/// Where the store ends before a message is sent, and how many equal ones may be among those that a look finds.
async fn before_it(watched: &Watched, text: &str) -> Result<(Position, usize)> {
    let Beacon { end: known, act, .. } = watched.hub.store.beacon(&watched.id).await?;
    let now = Moment::now(&watched.hub.surroundings.clock);
    let lately = act.as_deref().and_then(ActNote::read).map(|note| note.lately(now));
    Ok((known, own_on_the_way(watched, text, &lately.unwrap_or_default(), known).await?))
}

/// A 404 to a message need not mean that the session isn't there: it may stand in the queue, where it takes none. Returns
/// when the message is to be sent once more.
async fn taken_later(watched: &Arc<Watched>, error: Error, tries: u32) -> Result<()> {
    if error.kind() != ErrorKind::NotFound {
        return Err(error);
    }
    if watched.look_at_session().await?.state != SessionState::Queued {
        return if tries == 1 { Ok(()) } else { Err(error) };
    }
    let mut watch = watched.watch(Interest::State)?;
    let left = |snapshot: &WatchSnapshot| snapshot.info.as_ref().is_some_and(|info| info.state != SessionState::Queued);
    let leaves = watch.until(|snapshot| left(snapshot).then_some(()));
    Wait::of(WaitReason::Queued).in_session(watched.id.as_str()).during(leaves).await
}

/// How many equal messages were sent from here so lately that a look may take one for the new one: all but those that are
/// in the store.
async fn own_on_the_way(watched: &Watched, text: &str, lately: &[SentNote], known: Position) -> Result<usize> {
    let sent: Vec<_> = lately.iter().filter_map(|note| note.known_with(text)).collect();
    let Some(first) = sent.iter().min() else { return Ok(0) };
    let since = watched.hub.store.read(&watched.id, *first).await?;
    let arrived = since.iter().filter(|(place, activity)| *place <= known && activity.is_message_of_user(text)).count();
    Ok(sent.len().saturating_sub(arrived))
}

/// A look at what there is. A 404 of the activities says nothing of the message while the session exists: it is looked
/// again, for what isn't known to be missing must not be sent again.
async fn look_until_told(watched: &Arc<Watched>) -> Result<Advance> {
    for _ in 0..MOST_LOOKS {
        match watched.look_closely().await {
            Err(error) if error.kind() == ErrorKind::NotFound => drop(watched.look_at_session().await?),
            looked => return looked,
        }
    }
    Err(Error::new(
        ErrorKind::Timeout,
        "cannot tell whether the message has arrived: the session's activities are not found",
    ))
}

/// Whether the server has a message with this text that was not known and can have been sent since then, beside `own`
/// others of this client, which may be older.
async fn has_arrived(watched: &Arc<Watched>, text: &str, known: Position, own: usize, began: Instant) -> Result<bool> {
    let date = look_until_told(watched).await?.date;
    let clock = ServerClock::when(began, date);
    let news = watched.hub.store.read(&watched.id, known).await?;
    let equal = news.iter().map(|(_, activity)| activity).filter(|activity| activity.is_message_of_user(text));
    let (possible, older): (Vec<_>, Vec<_>) = equal.partition(|activity| clock.allows(activity.create_time));
    Ok(possible.len() > own.saturating_sub(older.len()))
}

pub(crate) async fn archive(watched: &Arc<Watched>, archived: bool) -> Result<()> {
    note_left(true);
    if let Err(error) = watched.hub.service.archive(&watched.id, archived).await {
        return Err(mark_when_gone(watched, error).await?);
    }
    if archived {
        watched.hub.quota.left(watched.id.as_str());
    }
    watched.look_at_session().await?;
    watched.acted(None).await;
    Ok(())
}

/// Ends the work the only way there is: a session that is archived at work is paused for good.
pub(crate) async fn stop(watched: &Arc<Watched>) -> Result<()> {
    let info = watched.look_at_session().await?;
    if info.archived || info.state.is_terminal() {
        return Ok(());
    }
    archive(watched, true).await
}

pub(crate) async fn delete(watched: &Arc<Watched>) -> Result<()> {
    note_left(true);
    let _deleting = Wait::of(WaitReason::Turn).in_session(watched.id.as_str()).during(watched.deleting.lock()).await;
    if let Err(error) = watched.hub.service.delete(&watched.id).await {
        // A first attempt whose answer was lost has deleted it, or a call whose store failed behind that.
        let repeated = error.attempts() > Some(1) || watched.hub.recent().has_deleted(&watched.id);
        let repeated = repeated && error.kind() == ErrorKind::NotFound;
        if !(repeated && (deleted::says_deleted(&error) || is_missing(watched).await)) {
            return Err(mark_when_gone(watched, error).await?);
        }
    }
    watched.hub.recent().deleted(&watched.id);
    watched.hub.quota.left(watched.id.as_str());
    watched.hub.store.forget(&watched.id).await?;
    watched.hub.recent().forgot(&watched.id);
    watched.is_gone();
    Ok(())
}

/// Whether the server says, in words that are its own, that it doesn't have the session.
async fn is_missing(watched: &Watched) -> bool {
    watched.hub.service.session(&watched.id).await.is_err_and(|error| deleted::says_deleted(&error))
}

/// The store follows the server, also when it says that the session is gone.
async fn mark_when_gone(watched: &Arc<Watched>, error: Error) -> Result<Error> {
    deleted::is_deleted(&watched.hub, &watched.id, &error).await.map(|_| error)
}
