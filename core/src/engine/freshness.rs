//! How fresh the cache's copy of a session is, told without asking the server.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::engine::Hub;
use crate::ground::error::Result;
use crate::ground::model::{SessionId, SessionInfo, SessionState, Timestamp};
use crate::store::{Beacon, Known, Look, Store};

/// So long a session that has ended is left alone: a message may have woken it, and `updateTime` may stand still.
pub(crate) const A_DAY: Duration = Duration::from_secs(24 * 3_600);
/// A session older than this is left alone for good.
pub(crate) const ARCHIVAL_AGE: Duration = Duration::from_secs(30 * 24 * 3_600);
/// An ended session whose last activity isn't there so long after its last change has none.
const SETTLED_AFTER: Duration = Duration::from_secs(3_600);

/// What the cache has of one session, and whether the server may have more: [`Session::cache_info`](crate::Session::cache_info) tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SessionCacheInfo {
    /// The session.
    pub session_id: String,
    /// How many of its activities are in the cache.
    pub activities: u64,
    /// When it was last fetched with all its activities, by the local clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_synced: Option<Timestamp>,
    /// Whether the server may have more than the cache.
    pub may_be_stale: bool,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<StaleReason>,
}

/// Why the cache's copy of a session may be stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StaleReason {
    /// The cache has never seen the session.
    NotCached,
    /// Its activities were never fetched completely.
    NeverSynced,
    /// It was seen in another state, or changed at another time, after its activities were fetched.
    Changed,
    /// It had not ended when it was last fetched.
    Running,
    /// It had ended, and its last activities may not have been there yet.
    Incomplete,
    /// It was last fetched more than a day ago; a message may have woken it since.
    Outdated,
}

impl StaleReason {
    /// The reason's name, the same in every language: `"neverSynced"`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotCached => "notCached",
            Self::NeverSynced => "neverSynced",
            Self::Changed => "changed",
            Self::Running => "running",
            Self::Incomplete => "incomplete",
            Self::Outdated => "outdated",
        }
    }

    fn of(known: Option<&Known>, now: Timestamp) -> Option<Self> {
        let Some(known) = known else { return Some(Self::NotCached) };
        let Some(hydrated) = &known.hydrated else { return Some(Self::NeverSynced) };
        let is_past = |time: Timestamp, age| now > time.later(age);
        if (&hydrated.state, hydrated.update_time) != (&known.seen.state, known.seen.update_time) {
            Some(Self::Changed)
        } else if !hydrated.ended() {
            Some(Self::Running)
        } else if !known.settled {
            Some(Self::Incomplete)
        } else if known.create_time.is_some_and(|created| is_past(created, ARCHIVAL_AGE)) {
            None
        } else {
            is_past(hydrated.at, A_DAY).then_some(Self::Outdated)
        }
    }
}

impl fmt::Display for StaleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the cache has of the session, and whether the server may have more.
pub(crate) async fn cache_info(hub: &Hub, id: &SessionId) -> Result<SessionCacheInfo> {
    let known = hub.store.known(vec![id.clone()]).await?.remove(id);
    let reason = StaleReason::of(known.as_ref(), hub.surroundings.clock.now());
    Ok(SessionCacheInfo {
        session_id: id.as_str().to_owned(),
        activities: hub.store.beacon(id).await?.count,
        last_synced: known.and_then(|known| known.hydrated).map(|look| look.at),
        may_be_stale: reason.is_some(),
        reason,
    })
}

/// Notes that all activities of a session are in the cache, as far as the server showed them behind a look at it.
pub(crate) async fn note(store: &Arc<dyn Store>, id: &SessionId, look: Look) -> Result<()> {
    let Beacon { mark, count, .. } = store.beacon(id).await?;
    let compared = mark.reconciled == Some(count);
    let nothing_to_come = look.ended() && (store.ending(id).await?.is_some() || is_long_ago(&look));
    store.note_hydrated(id, look, compared && nothing_to_come).await
}

fn is_long_ago(look: &Look) -> bool {
    look.update_time.is_some_and(|updated| updated.later(SETTLED_AFTER) < look.at)
}

impl Look {
    /// The session as it is seen here, asked for at this time.
    pub(crate) fn of(info: &SessionInfo, at: Timestamp) -> Self {
        Self { at, state: info.state.as_str().to_owned(), update_time: info.update_time }
    }

    /// Whether the session had ended.
    pub(crate) fn ended(&self) -> bool {
        self.state.parse::<SessionState>().is_ok_and(|state| state.is_terminal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(seconds: u64) -> Timestamp {
        "2025-06-01T00:00:00Z".parse::<Timestamp>().unwrap().later(Duration::from_secs(seconds))
    }

    fn known(state: &str) -> Known {
        let look = Look { at: after(60), state: state.to_owned(), update_time: Some(after(50)) };
        Known { create_time: Some(after(0)), seen: look.clone(), hydrated: Some(look), settled: true, tried: None }
    }

    #[test]
    fn a_copy_is_stale_for_a_reason() {
        let reason = |known: &Known, seconds: u64| StaleReason::of(Some(known), after(seconds));
        let completed = known("completed");
        assert_eq!(StaleReason::of(None, after(0)), Some(StaleReason::NotCached));
        assert_eq!(reason(&Known { hydrated: None, ..completed.clone() }, 61), Some(StaleReason::NeverSynced));
        assert_eq!(reason(&known("inProgress"), 61), Some(StaleReason::Running));
        assert_eq!(reason(&Known { settled: false, ..completed.clone() }, 61), Some(StaleReason::Incomplete));
        let seen = Look { update_time: Some(after(55)), ..completed.seen.clone() };
        assert_eq!(reason(&Known { seen, ..completed.clone() }, 61), Some(StaleReason::Changed));
        assert_eq!(reason(&completed, 61), None);
        assert_eq!(reason(&completed, 61 + 86_400), Some(StaleReason::Outdated));
        assert_eq!(reason(&completed, 31 * 86_400), None);
    }
}
