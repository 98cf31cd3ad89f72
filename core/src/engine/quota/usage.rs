//! What the account uses: which sessions hold a slot, and what was created in the last 24 hours. One light listing, joined
//! with what the store knows of sessions that are older, deleted or archived.

use std::collections::HashSet;

use futures::StreamExt;
use serde_json::Value;
use tokio::time::Instant;

use super::Holding;
use super::learned::{DAY, Learned, Used};
use crate::api::{LARGEST_PAGE, Listing, SeenSession};
use crate::engine::Hub;
use crate::ground::error::{ErrorKind, Result};
use crate::ground::model::{SessionId, SessionInfo, SessionState, Timestamp};
use crate::ground::paging::PageTokens;
use crate::ground::query::{Op, Query};
use crate::store::{SeenPlace, Shown};

/// Open sessions of the store that the listing doesn't show are asked for one by one, at most so many.
const MOST_SINGLE: usize = 20;
/// Single requests under way at once.
const AT_ONCE: usize = 4;
/// Sessions of the store that are taken into account.
const MOST_STORED: u64 = 1_000;
const ARCHIVED: &str = "archived = true";

/// What an account uses at a moment.
#[derive(Clone, Debug)]
pub(crate) struct Usage {
    /// Sessions that hold a slot, the longest first.
    pub(crate) holding: Vec<Holding>,
    /// When the sessions of the last 24 hours were created, the oldest first.
    pub(crate) created: Vec<Timestamp>,
    /// What was learned of the limits until then.
    pub(super) learned: Learned,
}

/// Gathers what sessions tell.
struct Tally {
    now: Timestamp,
    seen: HashSet<String>,
    holding: Vec<Holding>,
    created: Vec<Timestamp>,
    places: Vec<SeenPlace>,
}

impl Usage {
    pub(crate) fn used(&self) -> Used {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        Used { slots: count(self.holding.len()), day: count(self.created.len()) }
    }

    /// When the day has room for one more, if this is its limit.
    pub(crate) fn day_frees_at(&self, limit: u64) -> Option<Timestamp> {
        let limit = usize::try_from(limit.max(1)).unwrap_or(usize::MAX);
        let place = self.created.len().checked_sub(limit)?;
        self.created.get(place).map(|time| time.later(DAY))
    }

    /// Looks at the server. `archived`: at the newest archived sessions too.
    pub(crate) async fn look(hub: &Hub, archived: bool) -> Result<Self> {
        let learned = hub.quota.learned(hub).await;
        let (began, open_before) = (Instant::now(), hub.store.open_places().await?);
        // Before the server is asked: one that is created meanwhile would be counted for the day and hold no slot.
        let created_before = hub.store.creations(Timestamp::EPOCH).await?;
        let mut tally = listed(hub).await?;
        if archived {
            let listing =
                Listing { page_size: Some(LARGEST_PAGE), filter: Some(ARCHIVED.to_owned()), ..Listing::default() };
            let page = hub.service.sessions_in_use(&listing).await?.value;
            page.items.iter().for_each(|seen| tally.take(&seen.info, true));
        }
        stored(hub, &mut tally).await?;
        // A listing leaves out those that are deleted or archived.
        for (session, time) in created_before {
            if tally.seen.insert(session.as_str().to_owned()) {
                tally.count_created(time);
            }
        }
        let Tally { mut holding, mut created, places, .. } = tally;
        let shown = Shown { sessions: places, open_before, age: began.elapsed() };
        if let Err(error) = hub.store.settle_places(shown).await {
            tracing::debug!(target: "jules::quota", %error, "cannot store which sessions hold slots");
        }
        holding.sort_by(|one, other| (one.since, &one.session_id).cmp(&(other.since, &other.session_id)));
        created.sort();
        Ok(Self { holding, created, learned })
    }
}

impl Tally {
    fn take(&mut self, info: &SessionInfo, archived_holds: bool) {
        if !self.seen.insert(info.id.clone()) {
            return;
        }
        if let Some(time) = info.create_time {
            self.count_created(time);
        }
        let open = !info.state.is_terminal() && (archived_holds || !info.archived);
        if let (Ok(session), Some(at)) = (SessionId::parse(&info.id), info.create_time)
            && (open || at > self.now.earlier(DAY))
        {
            self.places.push(SeenPlace { session, at, open });
        }
        if open {
            let (state, since) = (info.state.clone(), info.create_time);
            self.holding.push(Holding { session_id: info.id.clone(), state, since });
        }
    }

    fn count_created(&mut self, time: Timestamp) {
        if time > self.now.earlier(DAY) {
            self.created.push(time);
        }
    }
}

/// Light pages, until one ends before the day began.
async fn listed(hub: &Hub) -> Result<Tally> {
    let mut listing = Listing { page_size: Some(LARGEST_PAGE), ..Listing::default() };
    let mut page_tokens = PageTokens::default();
    let now = hub.surroundings.clock.now();
    let mut tally = Tally { now, seen: HashSet::new(), holding: Vec::new(), created: Vec::new(), places: Vec::new() };
    loop {
        let reply = hub.service.sessions_in_use(&listing).await?;
        tally.now = reply.date.unwrap_or(tally.now);
        reply.value.items.iter().for_each(|seen| tally.take(&seen.info, false));
        let last = reply.value.items.last().and_then(|seen| seen.info.create_time);
        let is_over = last.is_some_and(|last| last < tally.now.earlier(DAY));
        let ids = reply.value.items.iter().map(|seen| seen.info.id.as_str());
        match page_tokens.next(reply.value.next_page_token, ids).await?.filter(|_| !is_over) {
            Some(next) => listing.page_token = Some(next),
            None => return Ok(tally),
        }
    }
}

/// What the store knows and the listing didn't show: open sessions, asked for one by one, and creations.
async fn stored(hub: &Hub, tally: &mut Tally) -> Result<()> {
    let day = tally.now.earlier(DAY).to_string();
    for row in select(hub, Query::sessions().filter("createTime", Op::gte(day))).await? {
        let (Some(id), Some(time)) = (text(&row, "id"), text(&row, "createTime")) else { continue };
        // What may be at work is looked at below.
        if let (false, false, Ok(time)) = (is_open(&row), tally.seen.contains(id), time.parse()) {
            tally.seen.insert(id.to_owned());
            tally.count_created(time);
        }
    }
    let rows = select(hub, open_sessions()).await?;
    let unseen = rows.iter().filter_map(|row| text(row, "id")).filter(|id| !tally.seen.contains(*id));
    let unseen: Vec<_> = unseen.filter_map(|id| SessionId::parse(id).ok()).take(MOST_SINGLE).collect();
    let looks = unseen.into_iter().map(|id| async move { (look_at(hub, &id).await, id) });
    let mut looks = futures::stream::iter(looks).buffered(AT_ONCE);
    while let Some((seen, _)) = looks.next().await {
        if let Some(seen) = seen? {
            tally.take(&seen.info, false);
        }
    }
    Ok(())
}

/// A look at one session, remembered; nothing when the server doesn't have it any more.
async fn look_at(hub: &Hub, id: &SessionId) -> Result<Option<SeenSession>> {
    match hub.service.session(id).await {
        Ok(seen) => {
            if let Err(error) = hub.remember(id, seen.clone()).await {
                tracing::debug!(target: "jules::store", session = %id, %error, "cannot store a poll");
            }
            Ok(Some(seen))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The states in which a session holds a slot.
const OPEN: [SessionState; 7] = [
    SessionState::Unspecified,
    SessionState::Queued,
    SessionState::Planning,
    SessionState::AwaitingPlanApproval,
    SessionState::AwaitingUserFeedback,
    SessionState::InProgress,
    SessionState::Paused,
];

fn open_sessions() -> Query {
    let open = OPEN.map(|state| state.as_str().to_owned());
    Query::sessions().filter("state", Op::is_in(open)).filter("archived", Op::eq(false))
}

fn is_open(row: &Value) -> bool {
    let open = text(row, "state").is_some_and(|state| OPEN.iter().any(|one| one.as_str() == state));
    open && row.get("archived") != Some(&Value::Bool(true))
}

async fn select(hub: &Hub, query: Query) -> Result<Vec<Value>> {
    let plan = query.select(["id", "state", "createTime", "archived"]).limit(MOST_STORED).plan()?;
    hub.store.select(plan).await
}

fn text<'a>(row: &'a Value, field: &str) -> Option<&'a str> {
    row.get(field).and_then(Value::as_str)
}
