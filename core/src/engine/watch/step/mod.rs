//! What a watcher does next: a pure function of what it knows and what it has just learned. No clock, no requests, no log;
//! the driver (`watcher.rs`) carries out what is said here and comes back with what it learned.
//!
//! A round begins when the time is up or somebody pokes, and ends with a wait. What is due in it has an order:
//!
//! | | what | when |
//! |---|---|---|
//! | 1 | read the session alone | the user acted on a session that awaited approval |
//! | 2 | poll the activities | always, if somebody wants them; else read the state, in the fleet |
//! | 3 | read what follows the user's message | something came while the session may have to wake |
//! | 4 | read where the activities end | something came, or nobody was told yet |
//! | 5 | read the session | its state is suspected to have changed, or was read too long ago |
//! | 6 | compare everything | it is over, and its end is there or it was quiet for long |
//! | 7 | believe its end | it goes on, but its activities ended long ago |
//! | 8 | look back for late arrivals | it goes on, and that was long ago |
//!
//! Where only the state is wanted, the activities are polled now and then when nothing moves.
//!
//! A new habit of the server is a new row in `tests/` and a new case here, nowhere else.

mod command;
mod event;
mod lag;
#[cfg(test)]
mod properties;
mod state;
#[cfg(test)]
mod tests;

use std::time::Duration;

use tokio::time::Instant;

use self::state::{End, ONE_MORE_AFTER, Refusals, Round, Session, Suspicion, Work};
use super::interest::Interest;
use crate::ground::model::{Activity, SessionInfo, SessionState};
use crate::store::Position;

pub(super) use self::command::{Commands, Next, Notification};
pub(super) use self::event::{Ending, Event, Polled};
pub(super) use self::lag::{BELIEVED_AFTER, may_lag};
pub(super) use self::state::State;

/// Late arrivals are looked for this often while the session runs.
const LOOK_BACK_EVERY: Duration = Duration::from_secs(15);
/// The session is read at least this often while its activities are polled.
const READ_EVERY: Duration = Duration::from_secs(10);
/// With a fixed interval it is read with one of so many polls, if that is sooner.
const READ_EVERY_POLLS: u32 = 5;
/// Mere hints, such as an agent's message, don't have it read more often than this.
const HINTED_EVERY: Duration = Duration::from_secs(2);
/// An ended session whose last activity doesn't come is given up after this time.
const DRAINED_AFTER: Duration = Duration::from_secs(10);
/// By the server's clock: where its last activity is older, nothing more is expected behind an end.
const LONG_OVER: Duration = Duration::from_secs(10);

/// What is known after an event, and what to do.
pub(super) fn step(mut state: State, event: Event, now: Instant) -> (State, Commands) {
    let (tell, next) = match event {
        Event::Woke { acts, waking_until, interest, interval } => {
            state.interval = interval;
            (None, state.begin(acts, waking_until, interest, now))
        }
        Event::Polled(polled) => {
            state.refusals.reached = true;
            (None, state.polled(polled, now))
        }
        Event::Followed(since) => state.followed(&since),
        Event::EndsAt(end) => (Some(Notification::EndsAt(end)), state.after_end(now)),
        Event::Read { info, began, ending } => state.read(info, began, ending, now),
        Event::Ending(ending) => (None, state.ending(ending, now)),
        Event::Reconciled { late: 0 } => (None, Next::Settle),
        Event::Settled => state.settled(),
        Event::Reconciled { .. } => (None, state.late(now)),
        Event::LookedBack { late } => (None, state.looked_back(late, now)),
        Event::NothingNewer { update_time } => (None, state.nothing_newer(update_time, now)),
        Event::Passing => (None, state.rest()),
        Event::Refused { error, brand_new } => (None, state.refused(error, brand_new, now)),
    };
    (state, Commands { tell, next })
}

impl State {
    /// A round begins, with what the user did.
    fn begin(&mut self, acts: u64, waking_until: Option<Instant>, interest: Interest, now: Instant) -> Next {
        self.waking_until = waking_until;
        if acts != self.acts {
            self.acts = acts;
            self.work = Work::Possible;
            self.news(now);
            self.session = std::mem::replace(&mut self.session, Session::Unread).acted();
            match self.session.state() {
                // What a session at work makes of a message, its activities will tell.
                Some(SessionState::InProgress) if waking_until.is_some() => {}
                Some(SessionState::AwaitingPlanApproval) => {
                    self.round = Round::Between;
                    return Next::ReadSession;
                }
                _ => self.suspicion = Suspicion::URGENT,
            }
        }
        if interest == Interest::Activities {
            self.round = Round::Activities { added: 0 };
            return Next::PollActivities;
        }
        self.round = Round::States;
        let known = match &self.session {
            Session::Read(state) => self.read_at.map(|at| (state.clone(), at)),
            Session::Unread | Session::Outdated(_) => None,
        };
        Next::ReadState { known }
    }

    fn polled(&mut self, polled: Polled, now: Instant) -> Next {
        match self.round {
            Round::Activities { .. } => {}
            Round::Glance => return Next::ReadEnding,
            // Only what may have woken the session was asked for.
            Round::Between | Round::States | Round::Late => return Next::ReadFollowing,
        }
        self.round = Round::Activities { added: polled.added };
        self.suspect(&polled, now);
        if polled.added > 0 {
            self.news(now);
        }
        if polled.added > 0 && self.is_waking(now) {
            Next::ReadFollowing
        } else if polled.added > 0 || !polled.end_is_told {
            Next::ReadEnd
        } else {
            self.after_end(now)
        }
    }

    /// What new activities say of the state. Work that goes on tells as much as reading it.
    fn suspect(&mut self, polled: &Polled, now: Instant) {
        // Another end after all was known: it went on by itself meanwhile.
        let is_known = |kind| self.session.shows(kind) && self.end != End::Drained;
        if polled.decisive.is_some_and(|kind| !is_known(kind)) {
            self.suspicion = Suspicion::URGENT;
            return;
        }
        let Some(kind) = polled.newest else { return };
        if kind == "progressUpdated" {
            if self.session.is_in_progress() && !matches!(self.suspicion, Suspicion::Urgent(_)) {
                self.suspicion = Suspicion::Calm;
                self.read_at = Some(now);
            }
            return;
        }
        // The user's own message is no news.
        let is_own = kind == "userMessaged" && polled.sent_lately;
        if self.suspicion == Suspicion::Calm && !is_own && !self.session.shows(kind) {
            self.suspicion = Suspicion::HINTED;
        }
    }

    /// A session that was sent a message after its end is awake when what it says ends with another end. The end before the
    /// message may arrive late, behind it.
    fn followed(&mut self, since: &[Activity]) -> (Option<Notification>, Next) {
        let next = if matches!(self.round, Round::Activities { .. }) { Next::ReadEnd } else { self.rest() };
        let sent_at = since.first().and_then(|message| message.create_time);
        if sent_at.is_none() || !since.iter().any(|activity| activity.is_end() && activity.create_time > sent_at) {
            return (None, next);
        }
        self.waking_until = None;
        (Some(Notification::Awake), next)
    }

    /// Goes on in a round once it is known where the activities end.
    fn after_end(&mut self, now: Instant) -> Next {
        match self.round {
            Round::Activities { added } if !self.read_is_due(now) => self.end_or_go_on(added, now),
            Round::Activities { .. } => {
                self.suspicion = self.suspicion.eased();
                Next::ReadSession
            }
            Round::Between | Round::States | Round::Glance | Round::Late => self.rest(),
        }
    }

    fn read_is_due(&self, now: Instant) -> bool {
        let calm = self.interval.map_or(READ_EVERY, |interval| (interval * READ_EVERY_POLLS).min(READ_EVERY));
        let every = match self.suspicion {
            Suspicion::Calm => calm,
            Suspicion::Hinted(_) => calm.min(HINTED_EVERY),
            Suspicion::Urgent(_) => Duration::ZERO,
        };
        self.read_at.is_none_or(|at| now.saturating_duration_since(at) >= every)
    }

    fn read(
        &mut self,
        info: Box<SessionInfo>,
        began: Instant,
        ending: Option<Position>,
        now: Instant,
    ) -> (Option<Notification>, Next) {
        let ended = info.state.is_terminal();
        self.read_at = Some(began);
        if !ended && self.session.state().is_none_or(SessionState::is_terminal) {
            self.earlier_end = ending;
        }
        if !ended && self.session.is_terminal() {
            self.woke_after = ending;
        }
        if ended && info.server_state.is_some() {
            // The end that was there from the beginning is the one that is believed.
            self.earlier_end = self.woke_after;
        }
        let stopped = info.archived && !ended;
        let changed = self.session.state() != Some(&info.state) || stopped != self.stopped;
        if changed {
            self.news_at = now;
            self.suspicion = Suspicion::Calm;
            self.still.since = now;
        }
        self.still.hear(info.update_time, now);
        self.session = Session::Read(info.state.clone());
        (self.stopped, self.end_in_store) = (stopped, ending);
        let woken_by = self.is_waking(now);
        if !ended {
            self.waking_until = None;
        }
        if !self.is_over() {
            self.end = End::Open;
            self.work = Work::Possible;
        }
        let next = match self.round {
            Round::Activities { added } => self.end_or_go_on(added, now),
            Round::States if ended && woken_by => Next::PollActivities,
            Round::States => self.glance_or_rest(now),
            Round::Between | Round::Glance | Round::Late => self.rest(),
        };
        (Some(Notification::Session { info, changed, drained: self.end == End::Drained }), next)
    }

    /// An ended session is drained; of one that goes on late arrivals are looked for now and then.
    fn end_or_go_on(&mut self, added: usize, now: Instant) -> Next {
        if !self.is_over() {
            return if added == 0 && self.doubt_is_due(now) {
                self.doubted_at = Some(now);
                Next::ReadEnding
            } else {
                self.look_back_now_and_then(now)
            };
        }
        if self.end == End::Drained || added > 0 || self.is_waking(now) {
            return self.rest();
        }
        if self.end == End::Open {
            self.end = End::Quiet { since: now, told: false };
        }
        Next::ReadEnding
    }

    /// The session is over. Everything is known when its last activity is there and one more poll somewhat later brought
    /// nothing, or when nothing came for a while; then once everything is compared, for nothing may be missing.
    fn ending(&mut self, ending: Ending, now: Instant) -> Next {
        if !self.is_over() {
            return self.doubted(ending, now);
        }
        let Ending { position, awaits_message, age, compared } = ending;
        let End::Quiet { since, .. } = self.end else { return self.rest() };
        let told = (self.stopped || position > self.earlier_end) && !awaits_message;
        let quiet = now.saturating_duration_since(since);
        let long_over = compared || age.is_some_and(|age| age >= LONG_OVER);
        if (told && (long_over || quiet >= ONE_MORE_AFTER)) || quiet >= DRAINED_AFTER {
            return Next::Reconcile { worked: self.work == Work::Possible };
        }
        self.end = End::Quiet { since, told };
        self.rest()
    }

    fn settled(&mut self) -> (Option<Notification>, Next) {
        self.end = End::Drained;
        self.work = Work::Rested;
        (Some(Notification::Drained), self.rest())
    }

    fn look_back_now_and_then(&mut self, now: Instant) -> Next {
        if now.saturating_duration_since(self.looked_back_at) < LOOK_BACK_EVERY {
            return self.rest();
        }
        self.looked_back_at = now;
        Next::LookBack
    }

    fn looked_back(&mut self, late: usize, now: Instant) -> Next {
        if late > 0 { self.late(now) } else { self.rest() }
    }

    /// Something came late.
    fn late(&mut self, now: Instant) -> Next {
        self.news(now);
        self.round = Round::Late;
        Next::ReadEnd
    }

    /// The round is over.
    fn rest(&mut self) -> Next {
        self.refusals = Refusals { reached: true, ..Refusals::default() };
        self.wait()
    }

    fn wait(&self) -> Next {
        Next::Wait { or_sooner: self.round == Round::Between }
    }
}
