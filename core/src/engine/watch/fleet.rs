//! Many sessions whose state is watched: one light page of `sessions.list` tells of a hundred of them, where that takes
//! fewer requests than asking for each. Only the state is believed of it; `updateTime` is a hint at most.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::interest::Interest;
use super::listening::Watch;
use crate::api::{LARGEST_PAGE, LightSession, Listing, SeenSession, Service};
use crate::engine::Hub;
use crate::engine::presence::{ASK_AGAIN, Held, WeakHeld};
use crate::ground::error::Result;
use crate::ground::model::{SessionId, SessionState, Timestamp};
use crate::ground::runtime;
use crate::store::{Topic, Wanted};

/// With fewer sessions than this, asking for each is as cheap.
const SMALLEST_FLEET: usize = 4;
/// With at least so many changes seen at once, one page of all but the outputs is cheaper than asking for each.
const MANY_CHANGES: usize = 3;
/// A page may be this old for each session of the fleet: the larger the fleet, the more somebody always has just asked.
const AGE_PER_SESSION: Duration = Duration::from_millis(20);
const OLDEST_PAGE: Duration = Duration::from_secs(2);

/// Sessions that are asked for alone take turns, so that they cost one connection. A turn that takes longer than this
/// holds up nobody.
const LONGEST_TURN: Duration = Duration::from_secs(1);

/// The sessions of one client whose state is watched and nothing else of them.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    members: Mutex<HashMap<SessionId, Member>>,
    turns: tokio::sync::Mutex<()>,
    /// One listing at a time; who waits for it uses it.
    latest: tokio::sync::Mutex<Option<Sweep>>,
    /// Takes in the sessions of other clients that share the store, while this one holds the fleet's lease.
    service: Mutex<Option<runtime::Task>>,
}

/// A session of the fleet.
#[derive(Clone, Debug)]
struct Member {
    /// The state it was seen in last.
    known: Option<SessionState>,
    /// Has its watcher look at once.
    poke: Arc<Notify>,
}

/// What one listing showed.
#[derive(Debug)]
struct Sweep {
    at: Instant,
    states: HashMap<SessionId, LightSession>,
    /// All but the outputs, where many had changed and go on.
    changed: HashMap<SessionId, SeenSession>,
}

/// What a look at one member told.
#[derive(Debug)]
pub(super) enum FleetLook {
    Seen(Box<SeenSession>),
    /// Its state is the one that was known; and when the server says that it last changed, where it said so.
    NothingNewer {
        update_time: Option<Timestamp>,
    },
}

impl FleetLook {
    fn seen(seen: SeenSession) -> Self {
        Self::Seen(Box::new(seen))
    }
}

impl Fleet {
    /// A look at one member. `known` is the state that it was seen in last, and when; nothing comes back when nothing newer
    /// is to be told. Of whom nothing is known, for the watching just began or the user just acted, is told of nothing that
    /// was asked before this call.
    pub(super) async fn look(
        &self,
        service: &Service,
        id: &SessionId,
        poke: &Arc<Notify>,
        known: Option<(&SessionState, Instant)>,
        wait: Duration,
    ) -> Result<FleetLook> {
        let began = Instant::now();
        let state = known.map(|(state, _)| state);
        // Alone in not being known, it is asked for alone.
        let is_alone =
            |(size, unknown): (usize, usize)| size < SMALLEST_FLEET || (state.is_none() && unknown < MANY_CHANGES);
        if is_alone(self.enroll(id, poke, state)) {
            let turn = self.turn().await;
            // While it waited for its turn, others may have come.
            if is_alone(self.enroll(id, poke, state)) {
                return service.session(id).await.map(FleetLook::seen);
            }
            drop(turn);
        }
        let size = self.members().len();
        let age =
            AGE_PER_SESSION.saturating_mul(u32::try_from(size).unwrap_or(u32::MAX)).min(OLDEST_PAGE).max(wait / 2);
        let mut latest = self.latest.lock().await;
        let is_old = |sweep: &Sweep| sweep.at.elapsed() > age || (known.is_none() && sweep.at < began);
        if latest.as_ref().is_none_or(is_old) {
            *latest = None;
            *latest = Some(self.sweep(service, id).await?);
        }
        let sweep = latest.as_ref();
        if known.is_some_and(|(_, seen_at)| sweep.is_some_and(|sweep| sweep.at <= seen_at)) {
            return Ok(FleetLook::NothingNewer { update_time: None });
        }
        let light = sweep.and_then(|sweep| sweep.states.get(id)).cloned();
        let changed = sweep.and_then(|sweep| sweep.changed.get(id)).cloned();
        drop(latest);
        match (light, changed) {
            (Some(light), _) if !light.archived && known.is_some_and(|(known, _)| light.state == *known) => {
                Ok(FleetLook::NothingNewer { update_time: light.update_time })
            }
            (Some(_), Some(changed)) => Ok(FleetLook::seen(changed)),
            // It has ended, changed, was put aside, or fell so far down the list that it is asked for alone.
            _ => {
                let _turn = self.turn().await;
                service.session(id).await.map(FleetLook::seen)
            }
        }
    }

    /// Looks at the states that other clients want too, for as long as this one holds the fleet's lease.
    pub(super) fn serve(&self, hub: &Arc<Hub>, held: &Held) {
        let mut service = self.service.lock().unwrap_or_else(PoisonError::into_inner);
        if service.as_ref().is_none_or(runtime::Task::is_finished) {
            *service = runtime::spawn(serve_others(Arc::downgrade(hub), held.weak())).ok();
        }
    }

    async fn turn(&self) -> Option<tokio::sync::MutexGuard<'_, ()>> {
        tokio::time::timeout(LONGEST_TURN, self.turns.lock()).await.ok()
    }

    /// Counts a session in, with the state it is known to be in; gives back the size of the fleet, and of how many nothing
    /// is known.
    fn enroll(&self, id: &SessionId, poke: &Arc<Notify>, known: Option<&SessionState>) -> (usize, usize) {
        let mut members = self.members();
        members.insert(id.clone(), Member { known: known.cloned(), poke: Arc::clone(poke) });
        (members.len(), members.values().filter(|member| member.known.is_none()).count())
    }

    pub(super) fn leave(&self, id: &SessionId) {
        self.members().remove(id);
    }

    async fn sweep(&self, service: &Service, asker: &SessionId) -> Result<Sweep> {
        let at = Instant::now();
        let members: HashMap<_, _> = self.members().clone();
        let states = Self::states(service, members.keys().cloned().collect()).await?;
        let changed: HashSet<_> = states
            .iter()
            .filter(|(id, light)| members.get(*id).is_some_and(|member| member.known.as_ref() != Some(&light.state)))
            .map(|(id, _)| id.clone())
            .collect();
        // Whom it concerns need not wait for a look of its own.
        let concerned: Vec<_> = changed.iter().filter(|id| *id != asker).filter_map(|id| members.get(id)).collect();
        // What came out of one that has ended is wanted too.
        let goes_on = |id: &&SessionId| states.get(*id).is_some_and(|light| !light.state.is_terminal());
        let going_on: HashSet<_> = changed.iter().filter(goes_on).cloned().collect();
        let many = going_on.len() >= MANY_CHANGES;
        let partial = if many { Self::without_outputs(service, going_on).await? } else { HashMap::new() };
        concerned.iter().filter(|member| member.known.is_some()).for_each(|member| member.poke.notify_one());
        Ok(Sweep { at, states, changed: partial })
    }

    /// Lists lightly until all wanted sessions are found, or the next page would cost more than asking for the rest.
    async fn states(service: &Service, mut wanted: HashSet<SessionId>) -> Result<HashMap<SessionId, LightSession>> {
        let mut found = HashMap::new();
        let mut listing = Listing { page_size: Some(LARGEST_PAGE), ..Listing::default() };
        loop {
            let page = service.light_sessions(&listing).await?;
            let before = wanted.len();
            for light in page.items {
                if wanted.remove(&light.id) {
                    found.insert(light.id.clone(), light);
                }
            }
            let worthwhile = wanted.len() > 1 && before > wanted.len();
            match page.next_page_token.filter(|next| worthwhile && Some(next) != listing.page_token.as_ref()) {
                Some(next) => listing.page_token = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// Lists all but the outputs for as long as a page brings more of those that changed than it costs to ask for each: as a
    /// rule they are new ones, and those stand first.
    async fn without_outputs(
        service: &Service,
        mut changed: HashSet<SessionId>,
    ) -> Result<HashMap<SessionId, SeenSession>> {
        let mut found = HashMap::new();
        let mut listing = Listing { page_size: Some(LARGEST_PAGE), ..Listing::default() };
        loop {
            let page = service.sessions_without_outputs(&listing).await?.value;
            let before = changed.len();
            for seen in page.items {
                let Ok(id) = SessionId::parse(&seen.info.id) else { continue };
                if changed.remove(&id) {
                    found.insert(id, seen);
                }
            }
            let worthwhile = changed.len() >= MANY_CHANGES && before - changed.len() >= MANY_CHANGES;
            match page.next_page_token.filter(|next| worthwhile && Some(next) != listing.page_token.as_ref()) {
                Some(next) => listing.page_token = Some(next),
                None => return Ok(found),
            }
        }
    }

    fn members(&self) -> MutexGuard<'_, HashMap<SessionId, Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adopts the sessions whose state others want and nobody's activities, and lets go of those that nobody wants any more.
async fn serve_others(hub: Weak<Hub>, held: WeakHeld) {
    let mut adopted: HashMap<SessionId, Watch> = HashMap::new();
    loop {
        let Some((hub, _held)) = hub.upgrade().zip(held.upgrade()) else { return };
        let mut listeners = hub.store.watch(&Topic::Listeners);
        match hub.store.all_wanted().await {
            Ok(wanted) => {
                // What this client wanted until just now isn't somebody else's.
                let is_own = |id: &SessionId| hub.watched(id).is_wanted_here() || hub.presence.has_told(id);
                let foreign = |one: &Wanted| !one.want.activities && !is_own(&one.session);
                let wanted: HashSet<_> = wanted.into_iter().filter(foreign).map(|one| one.session).collect();
                adopted.retain(|session, _| wanted.contains(session));
                for session in wanted {
                    if let Entry::Vacant(place) = adopted.entry(session)
                        && let Ok(watch) = hub.watched(place.key()).watch(Interest::OfOthers)
                    {
                        place.insert(watch);
                    }
                }
            }
            Err(error) => tracing::warn!(target: "jules::watch", %error, "what others want could not be read"),
        }
        drop((hub, _held));
        tokio::select! {
            () = listeners.changed() => {}
            () = tokio::time::sleep(ASK_AGAIN) => {}
        }
    }
}
