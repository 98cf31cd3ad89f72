//! The watcher of one session: carries out what the step says, and comes back to it with what was learned. Whatever it
//! decides is in `step/`; here is only how it is done. Its future may be dropped at any await: the store has what was
//! fetched so far, and the next watcher goes on from there.

use std::sync::Arc;

use tokio::time::Instant;

use super::pulse::Pulse;
use super::schedule;
use super::step::{Commands, Event, Next, Polled, State, Tell, step};
use super::watched::{Interest, Watched};
use crate::engine::freshness;
use crate::ground::error::{ErrorKind, Result};
use crate::ground::model::SessionState;
use crate::store::Look;

pub(super) struct Watcher {
    watched: Arc<Watched>,
    /// When the next round begins.
    next: Instant,
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.watched.hub.fleet.leave(&self.watched.id);
    }
}

impl Watcher {
    pub(super) fn new(watched: Arc<Watched>) -> Self {
        Self { watched, next: Instant::now() }
    }

    /// Watches until that fails.
    pub(super) async fn run(mut self) -> Result<()> {
        let mut state = State::new(self.watched.interval(), Instant::now());
        let mut event = self.woke();
        loop {
            let (after, Commands { tell, next }) = step(state, event, Instant::now());
            state = after;
            if let Some(tell) = tell {
                self.tell(tell, state.acts());
            }
            let given_up = matches!(next, Next::Fail(_));
            event = match self.carry_out(&state, next).await {
                Ok(event) => event,
                Err(error) if error.kind() == ErrorKind::Store || given_up => return Err(error),
                Err(error) => Event::Refused { error, brand_new: self.watched.is_brand_new() },
            };
        }
    }

    /// The beginning of a round.
    fn woke(&self) -> Event {
        let wants_activities = self.watched.watches_activities();
        if wants_activities {
            self.watched.hub.fleet.leave(&self.watched.id);
        }
        let interest = if wants_activities { Interest::Activities } else { Interest::State };
        let pulse = self.watched.pulse.borrow();
        let interval = self.watched.interval();
        Event::Woke { acts: pulse.acts, waking_until: pulse.waking_until, interest, interval }
    }

    async fn carry_out(&mut self, state: &State, next: Next) -> Result<Event> {
        let (watched, store) = (&self.watched, &self.watched.hub.store);
        Ok(match next {
            Next::PollActivities => self.poll().await?,
            Next::ReadSession => self.read_session().await?,
            Next::ReadState { known } => self.read_state(state, known).await?,
            Next::ReadFollowing => Event::Followed { ended_again: self.ended_again().await? },
            Next::ReadEnd => Event::EndsAt(store.beacon(&watched.id).await?.end),
            Next::ReadEnding => {
                let position = store.ending(&watched.id).await?;
                Event::Ending { position, awaits_message: position.is_some() && watched.awaits_own_message().await? }
            }
            Next::Reconcile { worked } => {
                watched.reconcile(worked).await?.map_or(Event::Passing, |late| Event::Reconciled { late })
            }
            Next::LookBack => watched.look_back().await?.map_or(Event::Passing, |late| Event::LookedBack { late }),
            Next::Settle => self.settle().await?,
            Next::Wait { or_sooner } => {
                watched.publish().await?;
                self.wait(state, or_sooner).await
            }
            Next::Fail(error) => return Err(error),
        })
    }

    async fn poll(&self) -> Result<Event> {
        let advance = self.watched.poll_activities().await?;
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
        let info = self.watched.poll_session().await?;
        let ending = self.watched.hub.store.ending(&self.watched.id).await?;
        Ok(Event::Read { info, began, ending })
    }

    async fn read_state(&self, state: &State, known: Option<(SessionState, Instant)>) -> Result<Event> {
        let (hub, id, began) = (&self.watched.hub, &self.watched.id, Instant::now());
        let known = known.as_ref().map(|(state, at)| (state, *at));
        let wait = self.pace(state);
        let Some(seen) = hub.fleet.look(&hub.service, id, known, wait).await? else { return Ok(Event::NothingNewer) };
        self.watched.remember(&seen).await?;
        Ok(Event::Read { info: seen.info, began, ending: hub.store.ending(id).await? })
    }

    /// Whether what the user's latest message led to ends with another end. The end before the message may arrive late,
    /// behind it.
    async fn ended_again(&self) -> Result<bool> {
        let Some(waking) = self.watched.waking() else { return Ok(false) };
        let since = self.watched.since_message(&waking).await?;
        let sent_at = since.first().and_then(|message| message.create_time);
        Ok(sent_at.is_some() && since.iter().any(|activity| activity.is_end() && activity.create_time > sent_at))
    }

    async fn settle(&self) -> Result<Event> {
        let (hub, info) = (&self.watched.hub, self.watched.pulse.borrow().info.clone());
        if let Some(info) = info {
            let look = Look::of(&info, hub.surroundings.clock.now());
            freshness::note(&hub.store, &self.watched.id, look).await?;
        }
        Ok(Event::Settled)
    }

    fn pace(&self, state: &State) -> std::time::Duration {
        let hub = &self.watched.hub;
        let situation = state.situation(Instant::now(), hub.service.transport.throttled_by());
        schedule::wait(&situation, hub.surroundings.chance.draw())
    }

    async fn wait(&mut self, state: &State, or_sooner: bool) -> Event {
        let wait = Instant::now() + self.pace(state);
        self.next = if or_sooner { self.next.min(wait) } else { wait };
        tokio::select! {
            () = tokio::time::sleep_until(self.next) => {}
            () = self.watched.poke.notified() => {}
        }
        self.woke()
    }

    /// What was asked before the user's latest act may be older than the act: then nobody is told.
    fn tell(&self, tell: Tell, acts: u64) {
        let watched = &self.watched;
        watched.pulse.send_modify(|pulse| match tell {
            Tell::EndsAt(end) => {
                pulse.end = Some(end);
                pulse.caught_up.get_or_insert(end);
            }
            _ if pulse.acts != acts => {}
            Tell::Session { info, changed, drained } => {
                if changed {
                    let state = &info.state;
                    tracing::info!(target: "jules::watch", session = %watched.id, %state, "state changed");
                }
                if !info.state.is_terminal() {
                    watched.works();
                }
                pulse.see(info);
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
