//! What a session is told to do, each effect exactly once.

use futures::FutureExt;
use serde_json::Value;
use tokio::time::Instant;

use super::Session;
use crate::error::{Error, ErrorKind, Result};
use crate::model::SessionState;
use crate::service::Service;
use crate::store::Position;
use crate::transport::{ServerClock, once};
use crate::watch::Sent;

pub(super) async fn approve(session: &Session) -> Result<()> {
    let request = Service::approval_request(session.session_id());
    let look = |_| is_approved(session).boxed();
    once::<Value, ()>(&session.client.service.transport, &request, look).await?;
    session.watched().acted(None);
    Ok(())
}

/// A plan that doesn't wait any more was approved.
async fn is_approved(session: &Session) -> Result<Option<()>> {
    let info = session.watched().look_at_session().await?;
    Ok((info.state != SessionState::AwaitingPlanApproval).then_some(()))
}

pub(super) async fn send(session: &Session, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::config("the message is empty"));
    }
    let watched = session.watched();
    let _turn = watched.sends.lock().await;
    let known = session.store().end(session.session_id()).await?;
    let request = Service::message_request(session.session_id(), text);
    let began = Instant::now();
    // Equal messages of this client that may be among those that a look finds.
    let own = own_on_the_way(session, text, known).await?;
    let look = |began| async move { Ok(has_arrived(session, text, known, own, began).await?.then_some(())) }.boxed();
    once::<Value, ()>(&session.client.service.transport, &request, look).await?;
    watched.sent(text, began, known);
    // Whether it had ended is for the server to know; if it had, the message wakes it.
    watched.acted(Some(Sent { text, known, own }));
    Ok(())
}

/// How many equal messages of this client were sent so lately that a look may take one for the new one: all but those
/// that are in the store.
async fn own_on_the_way(session: &Session, text: &str, known: Position) -> Result<usize> {
    let sent = session.watched().sent_lately(text);
    let Some(first) = sent.iter().min() else { return Ok(0) };
    let since = session.store().read(session.session_id(), *first).await?;
    let arrived = since.iter().filter(|(place, activity)| *place <= known && activity.is_message_of_user(text)).count();
    Ok(sent.len().saturating_sub(arrived))
}

/// Whether the server has a message with this text that was not known and can have been sent since then, beside `own`
/// others of this client, which may be older.
async fn has_arrived(session: &Session, text: &str, known: Position, own: usize, began: Instant) -> Result<bool> {
    let date = session.watched().look_closely().await?.date;
    let clock = ServerClock::when(began, date);
    let news = session.store().read(session.session_id(), known).await?;
    let equal = news.iter().map(|(_, activity)| activity).filter(|activity| activity.is_message_of_user(text));
    let (possible, older): (Vec<_>, Vec<_>) = equal.partition(|activity| clock.allows(activity.create_time));
    Ok(possible.len() > own.saturating_sub(older.len()))
}

pub(super) async fn archive(session: &Session, archived: bool) -> Result<()> {
    let result = session.client.service.archive(session.session_id(), archived).await;
    forget_when_gone(session, &result).await?;
    result?;
    session.watched().look_at_session().await.map(drop)
}

pub(super) async fn delete(session: &Session) -> Result<()> {
    let result = session.client.service.delete(session.session_id()).await;
    forget_when_gone(session, &result).await?;
    match result {
        // A first attempt whose answer was lost has deleted it.
        Err(error) if error.kind() == ErrorKind::NotFound && error.attempts() > Some(1) => {}
        result => result?,
    }
    session.store().forget(session.session_id()).await
}

/// The cache follows the server, also when it says that the session is gone.
async fn forget_when_gone(session: &Session, result: &Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => session.store().forget(session.session_id()).await,
        _ => Ok(()),
    }
}
