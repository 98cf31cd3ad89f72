//! What this client holds in the store: its leases, kept alive while somebody uses them. A lease that is lost says so to
//! whoever uses it; one that nobody uses any more is given back.

mod held;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use self::held::Inner;
pub(crate) use self::held::{Held, Hold, WeakHeld};
use super::named_locks::NamedLocks;
use crate::ground::error::Result;
use crate::ground::model::SessionId;
use crate::ground::outage::{is_waited_out, not_waited_out};
use crate::ground::runtime;
use crate::ground::waits::{Wait, WaitReason};
use crate::store::{Acquired, Grant, LeaseKey, Store, Want};

/// How long whoever waits for a lease lets pass before it asks again, when nothing wakes it.
pub(crate) const ASK_AGAIN: Duration = Duration::from_millis(500);

/// The leases and wants of one client.
#[derive(Debug)]
pub(crate) struct Presence {
    store: Arc<dyn Store>,
    state: Mutex<State>,
    /// A lease is taken or given back at a time, so that it is not given back when it was just taken again.
    turns: NamedLocks,
    /// Closing waits for those who are at one, and they for it.
    closing: tokio::sync::RwLock<()>,
}

#[derive(Debug, Default)]
struct State {
    held: BTreeMap<LeaseKey, Weak<Inner>>,
    /// No longer used, to be given back.
    idle: BTreeMap<LeaseKey, Grant>,
    /// What this client wants of sessions, and what of it the store was told.
    wants: BTreeMap<SessionId, Want>,
    told: BTreeMap<SessionId, Want>,
    renewing: Option<runtime::Task>,
    /// When all leases were last known to be alive.
    renewed: Option<Instant>,
}

impl Presence {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store, state: Mutex::default(), turns: NamedLocks::default(), closing: tokio::sync::RwLock::default() }
    }

    /// Takes a lease, or tells under which generation somebody else has it.
    pub(crate) async fn hold(self: &Arc<Self>, key: &LeaseKey) -> Result<Hold> {
        if let Some(held) = self.in_use(key) {
            return Ok(Hold::Ours(held));
        }
        let _open = self.closing.read().await;
        let turn = self.turns.of(&key.to_string());
        let _turn = turn.lock().await;
        // Another one here may have taken it meanwhile, or let go of it.
        if let Some(held) = self.in_use(key) {
            return Ok(Hold::Ours(held));
        }
        let idle = self.state().idle.remove(key);
        let began = Instant::now();
        let grant = match idle {
            Some(grant) => grant,
            // Whoever closes the client waits for this.
            None => match not_waited_out(self.store.acquire(key)).await? {
                Acquired::Granted(grant) => {
                    // The others here are as old as they were.
                    let mut state = self.state();
                    if state.held.is_empty() && state.idle.is_empty() {
                        state.renewed = Some(began);
                    }
                    drop(state);
                    grant
                }
                Acquired::Held { generation } => return Ok(Hold::Theirs(generation)),
            },
        };
        let inner = Arc::new(Inner { grant, lost: watch::Sender::new(false), presence: Arc::clone(self) });
        self.state().held.insert(key.clone(), Arc::downgrade(&inner));
        self.keep_renewing();
        Ok(Hold::Ours(Held(inner)))
    }

    /// Keeps a lease that the store gave together with what it is for.
    pub(crate) fn keep(self: &Arc<Self>, grant: Grant) -> Held {
        let inner =
            Arc::new(Inner { grant: grant.clone(), lost: watch::Sender::new(false), presence: Arc::clone(self) });
        {
            let mut state = self.state();
            // Given back by an earlier use, and not yet told to the store: it stays.
            state.idle.remove(&grant.key);
            state.held.insert(grant.key, Arc::downgrade(&inner));
        }
        self.keep_renewing();
        Held(inner)
    }

    /// Waits until the lease is ours.
    pub(crate) async fn wait_for(self: &Arc<Self>, key: &LeaseKey) -> Result<Held> {
        let mut revisions = self.store.watch(&key.topic());
        let taking = async {
            loop {
                revisions.seen();
                match self.hold(key).await {
                    Ok(Hold::Ours(held)) => return Ok(held),
                    Ok(Hold::Theirs(_)) => {}
                    Err(error) if error.is_of_outage() && is_waited_out() => {}
                    Err(error) => return Err(error),
                }
                tokio::select! {
                    biased;
                    () = revisions.changed() => {}
                    () = tokio::time::sleep(ASK_AGAIN) => {}
                }
            }
        };
        let waiting = Wait::of(WaitReason::Turn);
        match key.session() {
            Some(session) => waiting.in_session(session.as_str()).during(taking).await,
            None => waiting.during(taking).await,
        }
    }

    /// The lease, still ours: where this process stood still for longer than a lease lives, somebody else may have had it
    /// meanwhile; then it is waited for anew. Asked before something is done that mustn't mix with another's.
    pub(crate) async fn still(self: &Arc<Self>, held: Held) -> Result<Held> {
        let is_fresh = |presence: &Self| {
            let renewed = presence.state().renewed;
            renewed.is_some_and(|at| at.elapsed() < presence.store.terms().lease)
        };
        if !held.is_lost() && !is_fresh(self) {
            self.renew_now().await?;
        }
        if !held.is_lost() {
            return Ok(held);
        }
        let key = held.grant().key.clone();
        drop(held);
        self.wait_for(&key).await
    }

    /// Renews all there is, and tells those whose lease is lost.
    async fn renew_now(&self) -> Result<()> {
        let began = Instant::now();
        let lost = self.store.renew().await?;
        self.state().renewed = Some(began);
        self.all_held().iter().filter(|held| lost.contains(held.grant())).for_each(Held::lose);
        Ok(())
    }

    /// Notes what this client wants of a session from now on. [`tell`](Self::tell) tells it to everybody.
    pub(crate) fn want(&self, session: &SessionId, want: Option<Want>) {
        let mut state = self.state();
        match want {
            Some(want) => state.wants.insert(session.clone(), want),
            None => state.wants.remove(session),
        };
    }

    /// Tells everybody what this client wants of a session, if that has changed.
    pub(crate) async fn tell(self: &Arc<Self>, session: &SessionId) -> Result<()> {
        let _open = self.closing.read().await;
        let turn = self.turns.of(session.as_str());
        let _turn = turn.lock().await;
        let (want, told) = {
            let state = self.state();
            (state.wants.get(session).copied(), state.told.get(session).copied())
        };
        if want == told {
            return Ok(());
        }
        let heard = not_waited_out(self.store.listen(session, want)).await;
        match want {
            Some(want) => {
                heard?;
                self.state().told.insert(session.clone(), want);
                self.keep_renewing();
                Ok(())
            }
            // What the store hasn't heard it is told with the next renewal. Until then it isn't taken for a want of this client:
            // whoever else wants the session would wait for it.
            None => {
                self.state().told.remove(session);
                heard
            }
        }
    }

    /// Whether all have been told that this client wants something of a session.
    pub(crate) fn has_told(&self, session: &SessionId) -> bool {
        self.state().told.contains_key(session)
    }

    /// Of which sessions all have been told that this client wants something.
    pub(crate) fn told(&self) -> BTreeSet<SessionId> {
        self.state().told.keys().cloned().collect()
    }

    /// Tells it by and by, where nobody waits for it.
    pub(crate) fn tell_later(self: &Arc<Self>, session: &SessionId) {
        let (presence, session) = (Arc::clone(self), session.clone());
        runtime::detach(async move {
            if let Err(error) = presence.tell(&session).await {
                tracing::debug!(target: "jules::store", %session, %error, "cannot announce which sessions are wanted");
            }
        });
    }

    /// Releases a lease that is not used any more, unless it was taken up again.
    async fn give_back(&self, key: &LeaseKey) {
        let _open = self.closing.read().await;
        let turn = self.turns.of(&key.to_string());
        let _turn = turn.lock().await;
        let Some(grant) = self.state().idle.remove(key) else { return };
        if let Err(error) = self.store.release(&grant).await {
            // It runs out by itself.
            tracing::debug!(target: "jules::store", %key, %error, "cannot release a lease");
        }
    }

    /// Releases a lease that was lost, unless it was taken anew.
    async fn release_lost(&self, grant: &Grant) -> Result<()> {
        let turn = self.turns.of(&grant.key.to_string());
        let _turn = turn.lock().await;
        let is_anew = {
            let state = self.state();
            state.idle.contains_key(&grant.key) || state.held.contains_key(&grant.key)
        };
        if is_anew { Ok(()) } else { self.store.release(grant).await }
    }

    /// Gives everything back at once: the client is closed.
    pub(crate) async fn close(&self) {
        let _closing = self.closing.write().await;
        // Dropping the last of a hold asks for the state: that has to wait until this has let go of it.
        let (_held, grants, sessions) = {
            let mut state = self.state();
            state.renewing = None;
            state.wants.clear();
            let held =
                std::mem::take(&mut state.held).into_values().filter_map(|held| held.upgrade()).collect::<Vec<_>>();
            for held in &held {
                held.lost.send_replace(true);
            }
            let grants: Vec<_> = held
                .iter()
                .map(|held| held.grant.clone())
                .chain(std::mem::take(&mut state.idle).into_values())
                .collect();
            (held, grants, std::mem::take(&mut state.told).into_keys().collect::<Vec<_>>())
        };
        for grant in &grants {
            self.store.release(grant).await.ok();
        }
        for session in &sessions {
            self.store.listen(session, None).await.ok();
        }
    }

    fn in_use(&self, key: &LeaseKey) -> Option<Held> {
        let held = self.state().held.get(key).and_then(Weak::upgrade).map(Held)?;
        if held.is_lost() { None } else { Some(held) }
    }

    fn let_go(self: &Arc<Self>, grant: &Grant, lost: bool) {
        let mut state = self.state();
        if state.held.get(&grant.key).is_some_and(|held| held.strong_count() == 0) {
            state.held.remove(&grant.key);
        }
        if lost {
            drop(state);
            runtime::detach(give_up(Arc::downgrade(self), grant.clone()));
            return;
        }
        state.idle.insert(grant.key.clone(), grant.clone());
        drop(state);
        let (presence, key) = (Arc::clone(self), grant.key.clone());
        runtime::detach(async move { presence.give_back(&key).await });
    }

    /// Renews from now on, as long as there is something to renew.
    fn keep_renewing(self: &Arc<Self>) {
        let mut state = self.state();
        if state.renewing.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        state.renewing = runtime::spawn(renew(Arc::downgrade(self), self.store.terms())).ok();
    }

    fn has_something(&self) -> bool {
        let mut state = self.state();
        state.held.retain(|_, held| held.strong_count() > 0);
        !state.held.is_empty() || !state.told.is_empty()
    }

    fn all_held(&self) -> Vec<Held> {
        self.state().held.values().filter_map(Weak::upgrade).map(Held).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lease that nobody else has taken, for the store was away when it was to be renewed, must not be kept alive once it is back:
/// nobody here is at what it is about any more.
async fn give_up(presence: Weak<Presence>, grant: Grant) {
    while let Some(presence) = presence.upgrade() {
        match presence.release_lost(&grant).await {
            Err(error) if error.is_of_outage() => {}
            Err(error) => {
                tracing::debug!(target: "jules::store", key = %grant.key, %error, "cannot release a lost lease");
                return;
            }
            Ok(()) => return,
        }
        drop(presence);
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Keeps alive what a client holds, until it has nothing or is gone.
async fn renew(presence: Weak<Presence>, terms: crate::store::Terms) {
    loop {
        tokio::time::sleep(terms.renew).await;
        let Some(presence) = presence.upgrade() else { return };
        if !presence.has_something() {
            return;
        }
        if let Err(error) = presence.renew_now().await {
            tracing::warn!(target: "jules::store", %error, "cannot renew the leases");
            let renewed = presence.state().renewed;
            if renewed.is_none_or(|renewed| renewed.elapsed() > terms.lease) {
                presence.all_held().iter().for_each(Held::lose);
            }
        }
    }
}

#[cfg(test)]
mod tests;
