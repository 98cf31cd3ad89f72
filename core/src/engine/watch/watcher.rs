//! The watcher of one session: carries out what the step says, and comes back to it with what was learned. Whatever it
//! decides is in `step/`; here is only how it is done. Its future may be dropped at any await: the store has what was
//! fetched so far, and the next watcher goes on from there.

use std::sync::Arc;

use tokio::time::Instant;

use super::belief::of_state;
use super::fleet::{FleetLook, Member, Rhythm};
use super::interest::Interest;
use super::pulse::Pulse;
use super::schedule;
use super::step::{Commands, Ending, Event, Next, Polled, State, Tell, step};
use super::watched::Watched;
use super::watching::Watching;
use crate::engine::end::ended;
use crate::engine::freshness;
use crate::ground::error::{Error, ErrorKind, Result};
use crate::ground::model::{EndReason, SessionState};
use crate::store::Look;

pub(super) struct Watcher<'a> {
    watched: &'a Arc<Watched>,
    /// Under which lease, and what for.
    watching: &'a Watching,
    /// When the next round begins.
    next: Instant,
}

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        self.watched.hub.fleet.leave(&self.watched.id);
    }
}

impl<'a> Watcher<'a> {
    pub(super) fn new(watching: &'a Watching) -> Self {
        Self { watched: &watching.watched, watching, next: Instant::now() }
    }

    /// Watches until that fails.
    pub(super) async fn run(mut self) -> Result<()> {
        let was_seen = self.watched.pulse.borrow().info.is_some();
        let mut state = State::new(self.watching.interval(), Instant::now()).reached(was_seen);
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
                Err(error) if error.kind() == ErrorKind::Store || given_up => return Err(error),
                Err(error) => {
                    tracing::warn!(target: "jules::watch", session = %self.watched.id, %error, "watching was refused");
                    Event::Refused { error, brand_new: self.watched.is_brand_new() }
                }
            };
        }
    }

    /// The beginning of a round.
    fn woke(&self) -> Event {
        let wants_activities = self.watching.activities;
        if wants_activities {
            self.watched.hub.fleet.leave(&self.watched.id);
        }
        let interest = if wants_activities { Interest::Activities } else { Interest::State };
        let pulse = self.watched.pulse.borrow();
        let interval = self.watching.interval();
        Event::Woke { acts: pulse.acts, waking_until: pulse.waking_until, interest, interval }
    }

    async fn carry_out(&mut self, state: &State, next: Next) -> Result<Event> {
        let (watched, store) = (self.watched, &self.watched.hub.store);
        Ok(match next {
            Next::PollActivities => self.poll().await?,
            Next::ReadSession => self.read_session().await?,
            Next::ReadState { known } => self.read_state(state, known).await?,
            Next::ReadFollowing => match watched.waking() {
                Some(waking) => Event::Followed(watched.since_message(&waking).await?),
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
                match self.watching.believe().await? {
                    Some(info) => Event::Read { info: Box::new(info), began, ending },
                    None => Event::Passing,
                }
            }
            Next::Reconcile { worked } => {
                self.watching.reconcile(worked).await?.map_or(Event::Passing, |late| Event::Reconciled { late })
            }
            Next::LookBack => {
                self.watching.look_back().await?.map_or(Event::Passing, |late| Event::LookedBack { late })
            }
            Next::Settle => {
                let info = watched.pulse.borrow().info.clone();
                if let Some(info) = info {
                    let look = Look::of(&info, watched.hub.surroundings.clock.now());
                    freshness::note(store, &watched.id, look).await?;
                }
                Event::Settled
            }
            Next::Wait { or_sooner } => {
                self.watching.publish().await?;
                self.wait(state, or_sooner).await
            }
            Next::Fail(error) => return Err(self.or_gone(error).await?),
            Next::Gone(error) => {
                tracing::warn!(target: "jules::watch", session = %watched.id, %error, "the server has the session no more");
                store.set_deleted(&watched.id, true).await?;
                return Err(self.gone());
            }
        })
    }

    /// What is refused of a session that is known to be deleted is refused for that.
    async fn or_gone(&self, error: Error) -> Result<Error> {
        let is_known = error.kind() == ErrorKind::NotFound
            && error.is_authoritative()
            && self.watched.hub.store.beacon(&self.watched.id).await?.deleted;
        Ok(if is_known { self.gone() } else { error })
    }

    fn gone(&self) -> Error {
        let info = self.watched.pulse.borrow().info.as_deref().cloned();
        ended(&self.watched.id, EndReason::Deleted, info)
    }

    async fn poll(&self) -> Result<Event> {
        let advance = self.watching.poll_activities().await?;
        Ok(Event::Polled(Polled {
            added: advance.added,
            newest: advance.newest,
            decisive: advance.decisive,
            sent_lately: self.watched.has_sent_lately(),
            end_is_told: self.watched.pulse.borrow().end.is_some(),
        }))
    }

    async fn read_session(&self) -> Result<Event> {
        let began = Instant::now();
        let info = Box::new(self.watching.poll_session().await?);
        Ok(Event::Read { info, began, ending: self.watched.hub.store.ending(&self.watched.id).await? })
    }

    async fn read_state(&self, state: &State, known: Option<(SessionState, Instant)>) -> Result<Event> {
        let (hub, id, began) = (&self.watched.hub, &self.watched.id, Instant::now());
        let (known, seen_at) = known.unzip();
        let member = Member { known, poke: Arc::clone(&self.watched.poke) };
        let seen = match hub.fleet.look(hub, id, &member, seen_at, self.rhythm(state)).await? {
            FleetLook::Seen(seen) => *seen,
            FleetLook::InState(light) => match of_state(&light) {
                Some(seen) => seen,
                None => hub.service.session(id).await?,
            },
            FleetLook::NothingNewer { update_time } => return Ok(Event::NothingNewer { update_time }),
        };
        let info = Box::new(self.watching.remember(seen).await?);
        Ok(Event::Read { info, began, ending: hub.store.ending(id).await? })
    }

    fn rhythm(&self, state: &State) -> Rhythm {
        let hub = &self.watched.hub;
        let situation = state.situation(Instant::now(), hub.service.transport.throttled_by());
        let wait = schedule::wait(&situation, hub.surroundings.chance.draw());
        match situation.fixed {
            Some(_) => Rhythm::Fixed(wait),
            None => Rhythm::Free(wait),
        }
    }

    async fn wait(&mut self, state: &State, or_sooner: bool) -> Event {
        let wait = Instant::now() + self.rhythm(state).wait();
        self.next = if or_sooner { self.next.min(wait) } else { wait };
        tokio::select! {
            () = tokio::time::sleep_until(self.next) => {}
            () = self.watched.poke.notified() => {}
        }
        self.woke()
    }

    /// What was asked before the user's latest act may be older than the act: then nobody is told.
    fn tell(&self, tell: Tell, acts: u64) {
        let watched = self.watched;
        watched.pulse.send_modify(|pulse| match tell {
            Tell::EndsAt(end) => {
                pulse.end = Some(end);
                pulse.caught_up.get_or_insert(end);
            }
            _ if pulse.acts != acts => {}
            Tell::Session { info, changed, drained } => {
                if changed {
                    tracing::info!(target: "jules::watch", session = %watched.id, state = %info.state, "state changed");
                }
                if !info.state.is_terminal() {
                    watched.works();
                }
                pulse.see(*info);
                pulse.drained = drained;
            }
            Tell::Awake => {
                watched.works();
                Pulse::awake(pulse);
            }
            Tell::Drained => pulse.drained = true,
        });
    }
}
