//! The watcher of one session: carries out what the step says, and comes back to it with what was learned. Whatever it
//! decides is in `step/`; here is only how it is done. Its future may be dropped at any await: the store has what was
//! fetched so far, and the next watcher goes on from there.

use std::sync::Arc;

use tokio::time::Instant;

use super::belief::of_state;
use super::fleet::{FleetPoll, Member, PollInterval};
use super::interest::Interest;
use super::lease::WatchLease;
use super::schedule;
use super::snapshot::WatchSnapshot;
use super::step::{Commands, Ending, Event, Next, Notification, Polled, State, step};
use super::watched::Watched;
use crate::engine::deleted::says_deleted;
use crate::engine::end::ended;
use crate::engine::freshness;
use crate::ground::error::{Error, Result};
use crate::ground::model::{EndReason, SessionState};
use crate::ground::waits::{Wait, WaitReason};
use crate::store::Look;

pub(super) struct Watcher<'a> {
    watched: &'a Arc<Watched>,
    /// Under which lease, and what for.
    lease: &'a WatchLease,
    /// When the next round begins.
    next: Instant,
}

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        self.watched.hub.fleet.leave(&self.watched.id);
    }
}

impl<'a> Watcher<'a> {
    pub(super) fn new(lease: &'a WatchLease) -> Self {
        Self { watched: &lease.watched, lease, next: Instant::now() }
    }

    /// Watches until that fails.
    pub(super) async fn run(mut self) -> Result<()> {
        let was_seen = self.watched.snapshot.borrow().info.is_some();
        let mut state = State::new(self.lease.interval(), Instant::now()).reached(was_seen);
        let mut event = self.woke();
        loop {
            let (after, Commands { tell, next }) = step(state, event, Instant::now());
            state = after;
            if let Some(tell) = tell {
                self.tell(tell, state.acts());
            }
            let given_up = matches!(next, Next::Fail(_) | Next::Gone(_));
            event = match self.carry_out(&state, next).await {
                Ok(event) => event,
                Err(error) if given_up => return Err(error),
                Err(error) => {
                    tracing::warn!(target: "jules::watch", session = %self.watched.id, %error, "watching was refused");
                    Event::Refused { error, brand_new: self.watched.is_brand_new() }
                }
            };
        }
    }

    /// The beginning of a round.
    fn woke(&self) -> Event {
        let wants_activities = self.lease.activities;
        if wants_activities {
            self.watched.hub.fleet.leave(&self.watched.id);
        }
        let interest = if wants_activities { Interest::Activities } else { Interest::State };
        let snapshot = self.watched.snapshot.borrow();
        let interval = self.lease.interval();
        Event::Woke { acts: snapshot.acts, waking_until: snapshot.waking_until, interest, interval }
    }

    async fn carry_out(&mut self, state: &State, next: Next) -> Result<Event> {
        let (watched, store) = (self.watched, &self.watched.hub.store);
        Ok(match next {
            // On the heap while it lasts: a watcher waits most of its time.
            Next::PollActivities => Box::pin(self.poll()).await?,
            Next::ReadSession => Box::pin(self.read_session()).await?,
            Next::ReadState { known } => Box::pin(self.read_state(state, known)).await?,
            Next::ReadFollowing => match watched.waking() {
                Some(waking) => Event::Followed(Box::pin(watched.since_message(&waking)).await?),
                None => Event::Followed(Vec::new()),
            },
            Next::ReadEnd => Event::EndsAt(store.beacon(&watched.id).await?.end),
            Next::ReadEnding => {
                let position = store.ending(&watched.id).await?;
                let awaits_message = position.is_some() && watched.awaits_own_message().await?;
                let (age, compared) = (watched.age_of_last().await?, watched.is_compared().await?);
                Event::Ending(Ending { position, awaits_message, age, compared })
            }
            Next::Believe => {
                let (began, ending) = (Instant::now(), store.ending(&watched.id).await?);
                match Box::pin(self.lease.believe()).await? {
                    Some(info) => Event::Read { info: Box::new(info), began, ending },
                    None => Event::Passing,
                }
            }
            Next::Reconcile { worked } => {
                Box::pin(self.lease.reconcile(worked)).await?.map_or(Event::Passing, |late| Event::Reconciled { late })
            }
            Next::LookBack => {
                Box::pin(self.lease.look_back()).await?.map_or(Event::Passing, |late| Event::LookedBack { late })
            }
            Next::Settle => {
                let info = watched.snapshot.borrow().info.clone();
                if let Some(info) = info {
                    let look = Look::of(&info, watched.hub.surroundings.clock.now());
                    freshness::note(store, &watched.id, look).await?;
                }
                Event::Settled
            }
            Next::Wait { or_sooner } => {
                Box::pin(self.lease.publish()).await?;
                self.wait(state, or_sooner).await
            }
            Next::Fail(error) => return Err(self.or_gone(error).await?),
            Next::Gone(error) => {
                tracing::warn!(target: "jules::watch", session = %watched.id, %error, "the session no longer exists on the server");
                store.set_deleted(&watched.id, true).await?;
                return Err(self.gone());
            }
        })
    }

    /// What is refused of a session that is known to be deleted, or is being deleted here, is refused for that.
    async fn or_gone(&self, error: Error) -> Result<Error> {
        if !says_deleted(&error) {
            return Ok(error);
        }
        let deleting = Wait::of(WaitReason::Turn).in_session(self.watched.id.as_str());
        let _known = deleting.during(self.watched.deleting.lock()).await;
        let deleted = self.watched.hub.store.beacon(&self.watched.id).await?.deleted;
        Ok(if deleted { self.gone() } else { error })
    }

    fn gone(&self) -> Error {
        let info = self.watched.snapshot.borrow().info.as_deref().cloned();
        ended(&self.watched.id, EndReason::Deleted, info)
    }

    async fn poll(&self) -> Result<Event> {
        let advance = self.lease.poll_activities().await?;
        Ok(Event::Polled(Polled {
            added: advance.added,
            newest: advance.newest,
            decisive: advance.decisive,
            sent_lately: self.watched.has_sent_lately(),
            end_is_told: self.watched.snapshot.borrow().end.is_some(),
        }))
    }

    async fn read_session(&self) -> Result<Event> {
        let began = Instant::now();
        let info = Box::new(self.lease.poll_session().await?);
        Ok(Event::Read { info, began, ending: self.watched.hub.store.ending(&self.watched.id).await? })
    }

    async fn read_state(&self, state: &State, known: Option<(SessionState, Instant)>) -> Result<Event> {
        let (hub, id, began) = (&self.watched.hub, &self.watched.id, Instant::now());
        let (known, seen_at) = known.unzip();
        let member = Member { known, poke: Arc::clone(&self.watched.poke) };
        let seen = match hub.fleet.look(hub, id, &member, seen_at, self.interval(state)).await? {
            FleetPoll::Seen(seen) => seen,
            FleetPoll::InState(light) => match of_state(&light) {
                Some(seen) => Box::new(seen),
                None => Box::new(Box::pin(hub.service.session(id)).await?),
            },
            FleetPoll::NothingNewer { update_time } => return Ok(Event::NothingNewer { update_time }),
        };
        // On the heap once there is something: all sessions wait for the same listing, and each with the room for this.
        let info = Box::new(Box::pin(self.lease.remember(*seen)).await?);
        Ok(Event::Read { info, began, ending: hub.store.ending(id).await? })
    }

    fn interval(&self, state: &State) -> PollInterval {
        let hub = &self.watched.hub;
        let situation = state.situation(Instant::now(), hub.service.transport.throttled_by());
        let wait = schedule::wait(&situation, hub.surroundings.chance.draw());
        match situation.fixed {
            Some(_) => PollInterval::Fixed(wait),
            None => PollInterval::Free(wait),
        }
    }

    async fn wait(&mut self, state: &State, or_sooner: bool) -> Event {
        let wait = Instant::now() + self.interval(state).wait();
        self.next = if or_sooner { self.next.min(wait) } else { wait };
        tokio::select! {
            biased;
            () = self.watched.poke.notified() => {}
            () = tokio::time::sleep_until(self.next) => {}
        }
        self.woke()
    }

    /// What was asked before the user's latest act may be older than the act: then nobody is told.
    fn tell(&self, tell: Notification, acts: u64) {
        let watched = self.watched;
        watched.snapshot.send_modify(|snapshot| match tell {
            Notification::EndsAt(end) => {
                snapshot.end = Some(end);
                snapshot.caught_up.get_or_insert(end);
            }
            _ if snapshot.acts != acts => {}
            Notification::Session { info, changed, drained } => {
                if changed {
                    tracing::info!(target: "jules::watch", session = %watched.id, state = %info.state, "state changed");
                }
                if !info.state.is_terminal() {
                    watched.works();
                }
                snapshot.see(*info);
                snapshot.drained = drained;
            }
            Notification::Awake => {
                watched.works();
                WatchSnapshot::awake(snapshot);
            }
            Notification::Drained => snapshot.drained = true,
        });
    }
}
