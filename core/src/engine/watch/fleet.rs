//! Many sessions whose state is watched: one light page of `sessions.list` tells of a hundred of them, where that takes
//! fewer requests than asking for each. Only the state is believed of it; `updateTime` is a hint at most.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::interest::Interest;
use super::subscription::Subscription;
use super::watched::Watched;
use crate::api::{LARGEST_PAGE, LightSession, Listing, SeenSession, Service};
use crate::engine::Hub;
use crate::engine::presence::{ASK_AGAIN, Held, WeakHeld};
use crate::ground::error::{ErrorKind, Result};
use crate::ground::model::{SessionId, SessionState, Timestamp};
use crate::ground::runtime;
use crate::store::{Topic, Wanted};

/// With fewer sessions than this, asking for each is as cheap.
const SMALLEST_FLEET: usize = 4;
/// With at least so many of whom nothing is known, one page of all but the outputs is cheaper than asking for each.
const MANY_UNKNOWN: usize = 3;
/// A page may be this old for each session of the fleet: the larger the fleet, the more somebody always has just asked.
const AGE_PER_SESSION: Duration = Duration::from_millis(20);
const OLDEST_PAGE: Duration = Duration::from_secs(2);

/// Sessions that are asked for alone take turns, so that they cost one connection. A turn that takes longer than this
/// holds up nobody.
const LONGEST_TURN: Duration = Duration::from_secs(1);

/// Where the server has refused to show a session that other clients want, it is asked again after this, then after twice as
/// long each time, up to the other.
const FIRST_REST: Duration = Duration::from_secs(1);
pub(super) const REFUSED_FOR: Duration = Duration::from_secs(30);

/// How often somebody looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PollInterval {
    /// As often as the user has said: who looks is told of nothing older than that.
    Fixed(Duration),
    /// So long after this look comes the next.
    Free(Duration),
}

impl PollInterval {
    pub(super) fn wait(self) -> Duration {
        match self {
            Self::Fixed(wait) | Self::Free(wait) => wait,
        }
    }

    /// How old a page may be, in a fleet of this size.
    fn oldest_page(self, size: usize) -> Duration {
        match self {
            Self::Fixed(wait) => wait,
            Self::Free(wait) => {
                let of_size = AGE_PER_SESSION.saturating_mul(u32::try_from(size).unwrap_or(u32::MAX));
                of_size.min(OLDEST_PAGE).max(wait / 2)
            }
        }
    }
}

/// The sessions of one client whose state is watched and nothing else of them.
#[derive(Debug, Default)]
pub(crate) struct Fleet {
    /// In the order of their ids, so that chance has no say in who is told first and a simulation can be repeated.
    members: Mutex<BTreeMap<SessionId, Member>>,
    turns: tokio::sync::Mutex<()>,
    /// One listing at a time; who waits for it uses it.
    latest: tokio::sync::Mutex<Option<Sweep>>,
    /// Takes in the sessions of other clients that share the store, while this one holds the fleet's lease.
    service: Mutex<Option<runtime::Task>>,
}

/// A session of the fleet.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// The state it was seen in last; then the rest of it is in the store.
    pub(super) known: Option<SessionState>,
    /// Has its watcher look at once.
    pub(super) poke: Arc<Notify>,
}

/// What one listing showed.
#[derive(Debug)]
struct Sweep {
    at: Instant,
    /// Whom it was to tell of: others came later.
    asked: BTreeSet<SessionId>,
    states: BTreeMap<SessionId, LightSession>,
    /// Of those whose state was not known and that go on: whose rest is in the store, and all but the outputs of the others.
    stored: BTreeSet<SessionId>,
    unknown: BTreeMap<SessionId, SeenSession>,
}

/// What a look at one member told.
#[derive(Debug)]
pub(super) enum FleetPoll {
    Seen(Box<SeenSession>),
    /// It goes on, in this state; the rest of it is in the store.
    InState(LightSession),
    /// Its state is the one that was known; and when the server says that it last changed, where it said so.
    NothingNewer {
        update_time: Option<Timestamp>,
    },
}

impl FleetPoll {
    fn seen(seen: SeenSession) -> Self {
        Self::Seen(Box::new(seen))
    }
}

impl Fleet {
    /// A look at one member, whose known state is of `seen_at`; nothing comes back when nothing newer is to be told. Of whom
    /// nothing is known, for the watching just began or the user just acted, is told of nothing that was asked before this
    /// call.
    pub(super) async fn look(
        &self,
        hub: &Hub,
        id: &SessionId,
        member: &Member,
        seen_at: Option<Instant>,
        interval: PollInterval,
    ) -> Result<FleetPoll> {
        let (service, began) = (&hub.service, Instant::now());
        let state = member.known.as_ref();
        // Alone in not being known, it is asked for alone.
        let is_alone =
            |(size, unknown): (usize, usize)| size < SMALLEST_FLEET || (state.is_none() && unknown < MANY_UNKNOWN);
        if is_alone(self.enroll(id, member)) {
            let turn = self.turn().await;
            // While it waited for its turn, others may have come.
            if is_alone(self.enroll(id, member)) {
                return Box::pin(service.session(id)).await.map(FleetPoll::seen);
            }
            drop(turn);
        }
        let age = interval.oldest_page(self.members().len());
        let mut latest = self.latest.lock().await;
        let is_old = |sweep: &Sweep| {
            sweep.at.elapsed() > age || (state.is_none() && sweep.at < began) || self.has_passed_over(sweep, id)
        };
        let sweep = match &mut *latest {
            Some(sweep) if !is_old(sweep) => sweep,
            outdated => {
                *outdated = None;
                outdated.insert(Box::pin(self.sweep(hub, id)).await?)
            }
        };
        if seen_at.is_some_and(|seen_at| sweep.at <= seen_at) {
            return Ok(FleetPoll::NothingNewer { update_time: None });
        }
        let (light, is_stored) = (sweep.states.get(id).cloned(), sweep.stored.contains(id));
        // Only this one asks for it, and not twice: of whom nothing is known is told of nothing that was asked before.
        let unknown = sweep.unknown.remove(id);
        drop(latest);
        match (light, unknown) {
            (Some(light), _) if !light.archived && state == Some(&light.state) => {
                Ok(FleetPoll::NothingNewer { update_time: light.update_time })
            }
            (Some(light), _) if light.goes_on() && (state.is_some() || is_stored) => Ok(FleetPoll::InState(light)),
            (Some(_), Some(unknown)) => Ok(FleetPoll::seen(unknown)),
            // It has ended, was put aside, or fell so far down the list that it is asked for alone.
            _ => {
                let _turn = self.turn().await;
                Box::pin(service.session(id)).await.map(FleetPoll::seen)
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

    /// Counts a session in; gives back the size of the fleet, and of how many no state is known.
    fn enroll(&self, id: &SessionId, member: &Member) -> (usize, usize) {
        let mut members = self.members();
        members.insert(id.clone(), member.clone());
        (members.len(), members.values().filter(|member| member.known.is_none()).count())
    }

    /// Whether a listing told nothing of this one, which came while it was under way, nor of several others: one more costs
    /// less than asking for each.
    fn has_passed_over(&self, sweep: &Sweep, id: &SessionId) -> bool {
        let passed_over = |members: &BTreeMap<SessionId, Member>| {
            members.keys().filter(|member| !sweep.asked.contains(*member)).take(MANY_UNKNOWN).count()
        };
        !sweep.asked.contains(id) && passed_over(&self.members()) >= MANY_UNKNOWN
    }

    pub(super) fn leave(&self, id: &SessionId) {
        self.members().remove(id);
    }

    async fn sweep(&self, hub: &Hub, asker: &SessionId) -> Result<Sweep> {
        let at = Instant::now();
        let members: BTreeMap<_, _> = self.members().clone();
        let asked: BTreeSet<_> = members.keys().cloned().collect();
        let states = Self::states(&hub.service, asked.clone()).await?;
        let changed: BTreeSet<_> = states
            .iter()
            .filter(|(id, light)| members.get(*id).is_some_and(|member| member.known.as_ref() != Some(&light.state)))
            .map(|(id, _)| id.clone())
            .collect();
        // A slot is free at once, whatever else is to be found out of the session.
        for (id, light) in states.iter().filter(|(id, light)| changed.contains(*id) && light.state.is_terminal()) {
            hub.quota.saw(id.as_str(), &light.state);
        }
        // Whom it concerns need not wait for a look of its own.
        let concerned: Vec<_> = changed.iter().filter(|id| *id != asker).filter_map(|id| members.get(id)).collect();
        // What came out of one that has ended is wanted too, so it is asked for alone.
        let goes_on = |id: &&SessionId| states.get(*id).is_some_and(LightSession::goes_on);
        let is_new = |id: &&SessionId| members.get(*id).is_some_and(|member| member.known.is_none());
        let new: BTreeSet<_> = changed.iter().filter(goes_on).filter(is_new).cloned().collect();
        let (stored, unknown) =
            if new.len() >= MANY_UNKNOWN { Self::of_new(hub, new).await? } else { Default::default() };
        concerned.iter().filter(|member| member.known.is_some()).for_each(|member| member.poke.notify_one());
        Ok(Sweep { at, asked, states, stored, unknown })
    }

    /// Lists lightly until all wanted sessions are found, or the next page would cost more than asking for the rest.
    async fn states(service: &Service, mut wanted: BTreeSet<SessionId>) -> Result<BTreeMap<SessionId, LightSession>> {
        let mut found = BTreeMap::new();
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

    /// Those whose rest is in the store, and all but the outputs of the others.
    async fn of_new(
        hub: &Hub,
        mut new: BTreeSet<SessionId>,
    ) -> Result<(BTreeSet<SessionId>, BTreeMap<SessionId, SeenSession>)> {
        let stored: BTreeSet<_> = hub.store.known(new.iter().cloned().collect()).await?.into_keys().collect();
        new.retain(|id| !stored.contains(id));
        let unknown = if new.is_empty() { BTreeMap::new() } else { Self::without_outputs(&hub.service, new).await? };
        Ok((stored, unknown))
    }

    /// Lists all but the outputs for as long as a page brings more of those that are new than it costs to ask for each: as a
    /// rule they are new ones, and those stand first.
    async fn without_outputs(
        service: &Service,
        mut wanted: BTreeSet<SessionId>,
    ) -> Result<BTreeMap<SessionId, SeenSession>> {
        let mut found = BTreeMap::new();
        let mut listing = Listing { page_size: Some(LARGEST_PAGE), ..Listing::default() };
        loop {
            let page = service.sessions_without_outputs(&listing).await?.value;
            let before = wanted.len();
            for seen in page.items {
                let Ok(id) = SessionId::parse(&seen.info.id) else { continue };
                if wanted.remove(&id) {
                    found.insert(id, seen);
                }
            }
            let worthwhile = wanted.len() >= MANY_UNKNOWN && before - wanted.len() >= MANY_UNKNOWN;
            match page.next_page_token.filter(|next| worthwhile && Some(next) != listing.page_token.as_ref()) {
                Some(next) => listing.page_token = Some(next),
                None => return Ok(found),
            }
        }
    }

    fn members(&self) -> MutexGuard<'_, BTreeMap<SessionId, Member>> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session that is watched for others.
struct Adopted {
    watch: Subscription,
    /// How often in a row it was refused, and since when it is.
    refusals: u32,
    refused: Option<Instant>,
}

impl Adopted {
    fn begin(watched: &Arc<Watched>) -> Result<Self> {
        Ok(Self { watch: watched.watch(Interest::OfOthers)?, refusals: 0, refused: None })
    }

    /// Watches anew after watching has failed, for whoever wants the session waits for this client: at once where the store
    /// failed, and sooner at first where the server refused it, for a new session is not known everywhere yet.
    fn begin_again(&mut self, watched: &Arc<Watched>, now: Instant) {
        let Some(error) = self.watch.failure() else {
            if self.watch.has_seen() {
                self.refusals = 0;
            }
            return;
        };
        let refused = *self.refused.get_or_insert(now);
        let rest = FIRST_REST.saturating_mul(1 << self.refusals.min(5)).min(REFUSED_FOR);
        if error.kind() != ErrorKind::Store && now.saturating_duration_since(refused) < rest {
            return;
        }
        if let Ok(watch) = watched.watch(Interest::OfOthers) {
            (self.watch, self.refusals, self.refused) = (watch, self.refusals + 1, None);
        }
    }
}

/// Adopts the sessions whose state others want and nobody's activities, and lets go of those that nobody wants any more.
async fn serve_others(hub: Weak<Hub>, held: WeakHeld) {
    let mut adopted: BTreeMap<SessionId, Adopted> = BTreeMap::new();
    loop {
        let Some((hub, _held)) = hub.upgrade().zip(held.upgrade()) else { return };
        let mut listeners = hub.store.watch(&Topic::Listeners);
        // What this client wanted until just now, also while the store was read, isn't somebody else's.
        let told = hub.presence.told();
        match hub.store.all_wanted().await {
            Ok(wanted) => {
                let is_own =
                    |id: &SessionId| told.contains(id) || hub.watched(id).is_wanted_here() || hub.presence.has_told(id);
                let foreign = |one: &Wanted| !one.want.activities && !is_own(&one.session);
                let wanted: BTreeSet<_> = wanted.into_iter().filter(foreign).map(|one| one.session).collect();
                adopted.retain(|session, _| wanted.contains(session));
                for session in wanted {
                    let watched = hub.watched(&session);
                    match adopted.entry(session) {
                        Entry::Occupied(mut place) => place.get_mut().begin_again(&watched, Instant::now()),
                        Entry::Vacant(place) => {
                            if let Ok(one) = Adopted::begin(&watched) {
                                place.insert(one);
                            }
                        }
                    }
                }
            }
            Err(error) => {
                tracing::warn!(target: "jules::watch", %error, "cannot read which sessions other clients want")
            }
        }
        drop((hub, _held));
        tokio::select! {
            biased;
            () = listeners.changed() => {}
            () = tokio::time::sleep(ASK_AGAIN) => {}
        }
    }
}
