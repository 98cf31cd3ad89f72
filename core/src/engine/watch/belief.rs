//! What is kept of a session against what a look at it says: outputs that were seen, or that the look did not ask for, and an
//! end that its activities told although its state lags behind. A belief stands in the stored session, so that everybody who reads it shares it; it holds
//! until anything comes behind the end, or the state says something new.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::commit::commit;
use super::step::{BELIEVED_AFTER, may_lag};
use super::watched::Watched;
use crate::api::{LightSession, SeenSession};
use crate::engine::presence::Held;
use crate::ground::error::Result;
use crate::ground::model::{Event, SessionId, SessionInfo, SessionState, merged};
use crate::store::{Batch, Beacon, Position, Store};

const FIELD: &str = "believedEnd";
/// Where a session was seen in its state without its outputs.
const UNSEEN: &str = "outputsUnseen";
/// Where a page told its state and nothing else.
const ONLY_STATE: &str = "onlyStateSeen";

/// An end that is believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Belief {
    /// The server's word for what it takes the state to be.
    server_state: String,
    /// Where the activities ended.
    at: i64,
    state: String,
}

impl Belief {
    fn read(body: &str) -> Option<Self> {
        if !body.contains(FIELD) {
            return None;
        }
        let mut fields: Map<String, Value> = serde_json::from_str(body).ok()?;
        serde_json::from_value(fields.remove(FIELD)?).ok()
    }

    /// The look with what is believed in the place of what it says.
    fn applied(&self, seen: SeenSession) -> SeenSession {
        let believed = || {
            let mut fields: Map<String, Value> = serde_json::from_str(&seen.body).ok()?;
            fields.insert("state".to_owned(), self.state.clone().into());
            fields.insert(FIELD.to_owned(), serde_json::to_value(self).ok()?);
            read(&Value::Object(fields).to_string(), seen.is_partial)
        };
        believed().unwrap_or(seen)
    }
}

fn read(body: &str, is_partial: bool) -> Option<SeenSession> {
    SessionInfo::from_wire(body).map(|info| SeenSession { info, body: body.into(), is_partial })
}

/// A look at a session with what is known against it.
pub(crate) async fn kept(store: &Arc<dyn Store>, id: &SessionId, mut seen: SeenSession) -> Result<SeenSession> {
    let before = store.session(id).await?;
    if seen.is_partial {
        seen = completed(before.as_deref(), &seen.body).unwrap_or(seen);
    }
    let Some(before) = before else { return Ok(seen) };
    if !seen.is_partial && before.contains("\"outputs\"") && *before != *seen.body {
        seen = merged(&before, &seen.body).and_then(|body| read(&body, false)).unwrap_or(seen);
    }
    let Some(belief) = Belief::read(&before) else { return Ok(seen) };
    let as_before = seen.info.state.to_wire() == belief.server_state && !seen.info.archived;
    let holds = as_before && store.beacon(id).await?.end == Position(belief.at);
    Ok(if holds { belief.applied(seen) } else { seen })
}

/// A look that told the state and nothing else.
pub(super) fn of_state(light: &LightSession) -> Option<SeenSession> {
    let mut fields = json!({"id": light.id.as_str(), "state": light.state.to_wire(), ONLY_STATE: true});
    if let Some(time) = light.update_time {
        fields["updateTime"] = json!(time);
    }
    read(&fields.to_string(), true)
}

/// A look without the outputs or more, with what is known. Where the state is newer than the outputs, it says so.
fn completed(before: Option<&str>, body: &str) -> Option<SeenSession> {
    let fields = |text: &str| serde_json::from_str::<Map<String, Value>>(text).ok();
    let (before, mut seen) = (before.and_then(fields).unwrap_or_default(), fields(body)?);
    let were_seen = !before.is_empty() && before.get(UNSEEN).is_none_or(|unseen| *unseen == false);
    let is_as_before = were_seen && before.get("state") == seen.get("state");
    // Once told, both stay in the store unless they are taken back in so many words.
    seen.insert(UNSEEN.to_owned(), (!is_as_before).into());
    seen.insert(FIELD.to_owned(), Value::Null);
    seen.entry("archived").or_insert(false.into());
    seen.entry(ONLY_STATE).or_insert(false.into());
    for (name, value) in before {
        seen.entry(name).or_insert(value);
    }
    read(&Value::Object(seen).to_string(), true)
}

/// The session as the end among its activities says, against its state; nothing when there is no end.
async fn believed(store: &Arc<dyn Store>, id: &SessionId, seen: SeenSession) -> Result<Option<SeenSession>> {
    let Some(ending) = store.ending(id).await? else { return Ok(None) };
    let end = store.beacon(id).await?.end;
    let since = store.read(id, Position(ending.0 - 1)).await?;
    let state = since.first().map(|(_, activity)| match &activity.event {
        Event::SessionFailed { .. } => SessionState::Failed,
        _ => SessionState::Completed,
    });
    let Some(state) = state else { return Ok(None) };
    let server_state = seen.info.state.to_wire().to_owned();
    let belief = Belief { server_state, at: end.0, state: state.to_wire().to_owned() };
    tracing::info!(target: "jules::watch", session = %id, state = %seen.info.state, "taking the session as ended although its state says otherwise");
    Ok(Some(belief.applied(seen)))
}

impl Watched {
    /// Takes the session for ended, as the end among its activities says; nothing when there is none.
    pub(super) async fn believe(&self, held: Option<&Held>) -> Result<Option<SessionInfo>> {
        let store = &self.hub.store;
        let Some(body) = store.session(&self.id).await? else { return Ok(None) };
        let Some(info) = SessionInfo::from_wire(&body) else { return Ok(None) };
        let seen = SeenSession { info, body: body.into(), is_partial: false };
        let Some(seen) = believed(store, &self.id, seen).await? else { return Ok(None) };
        let batch = Batch { session: Some((&seen).into()), ..Batch::default() };
        commit(store, &self.id, batch, held).await?;
        Ok(Some(seen.info))
    }

    /// The session just seen, or as its activities say where they ended long ago. For who looks beside the watcher.
    pub(crate) async fn or_believed(&self, info: SessionInfo) -> Result<SessionInfo> {
        let is_old = self.age_of_last().await?.is_some_and(|age| age >= BELIEVED_AFTER);
        let lags = may_lag(&info.state) && !info.archived;
        if !(lags && is_old) || self.awaits_own_message().await? || self.snapshot.borrow().is_waking() {
            return Ok(info);
        }
        Ok(self.believe(None).await?.unwrap_or(info))
    }

    /// How old the last activity is by the server's clock, as far as the latest answer and its time tell.
    pub(super) async fn age_of_last(&self) -> Result<Option<Duration>> {
        let Some(date) = self.cursor.date().await else { return Ok(None) };
        let newest = self.hub.store.beacon(&self.id).await?.mark.newest;
        Ok(newest.map(|newest| Duration::from_millis(date.millis_since(newest))))
    }

    /// Whether all activities in the store were compared with the server after an end.
    pub(super) async fn is_compared(&self) -> Result<bool> {
        let Beacon { mark, count, .. } = self.hub.store.beacon(&self.id).await?;
        Ok(mark.reconciled == Some(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_believed_stands_in_the_session_beside_what_the_server_says() {
        let body = r#"{"id": "1", "state": "IN_PROGRESS", "title": "t"}"#;
        let belief = Belief { server_state: "IN_PROGRESS".into(), at: 7, state: "COMPLETED".into() };
        let seen = belief.applied(read(body, false).unwrap());
        assert_eq!(Belief::read(&seen.body), Some(belief));
        let info = SessionInfo::from_wire(&seen.body).unwrap();
        assert_eq!((info.state, info.server_state), (SessionState::Completed, Some(SessionState::InProgress)));
        assert_eq!(info.title, "t");
        assert_eq!(Belief::read(body), None);
    }
}
