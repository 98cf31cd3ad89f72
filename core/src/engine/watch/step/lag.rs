//! A session whose state lags behind what it does, one of which nothing moves, and a server that refuses what it gave before.

use std::time::Duration;

use tokio::time::Instant;

use super::state::{Refusals, Round, Session, State};
use super::{Ending, Next};
use crate::ground::error::{Error, ErrorKind};
use crate::ground::model::{SessionState, Timestamp};

/// An end among the activities with nothing behind it for so long is believed, whatever the state says.
pub(in crate::engine::watch) const BELIEVED_AFTER: Duration = Duration::from_secs(60);
/// And so often it is asked whether it is to be.
const DOUBTED_EVERY: Duration = Duration::from_secs(10);
/// A session at work of which nothing moved for so long may have ended: its activities tell.
const STILL_FOR: Duration = Duration::from_secs(300);
/// What the server itself refuses of a session that was there is believed after so many rounds, over so long a time.
const FIRM_REFUSALS: u32 = 3;
const FIRM_FOR: Duration = Duration::from_secs(30);

/// Whether a session of this state is at work, or was a while ago.
pub(in crate::engine::watch) fn may_lag(state: &SessionState) -> bool {
    matches!(state, SessionState::InProgress | SessionState::Unspecified | SessionState::Other(_))
}

impl State {
    pub(super) fn nothing_newer(&mut self, update_time: Option<Timestamp>, now: Instant) -> Next {
        self.still.hear(update_time, now);
        self.glance_or_rest(now)
    }

    /// Where only the state is wanted: of a session at work that doesn't move the activities are looked at.
    pub(super) fn glance_or_rest(&mut self, now: Instant) -> Next {
        if !self.may_lag() || now.saturating_duration_since(self.still.since) < STILL_FOR {
            return self.rest();
        }
        self.still.since = now;
        self.round = Round::Glance;
        Next::PollActivities
    }

    /// Whether its state may be an old one: it is said to be at work.
    pub(super) fn may_lag(&self) -> bool {
        !self.stopped && self.session.state().is_some_and(may_lag)
    }

    /// Whether the end in the store may be its end although its state says that it is at work.
    pub(super) fn doubt_is_due(&self, now: Instant) -> bool {
        let quiet = now.saturating_duration_since(self.news_at) >= BELIEVED_AFTER;
        let is_due = |at| quiet && now.saturating_duration_since(at) >= DOUBTED_EVERY;
        self.may_lag() && self.end_in_store > self.woke_after && self.doubted_at.is_none_or(is_due)
    }

    /// It is said to be at work, and its activities say that it has ended: with nothing behind them for long they are right.
    pub(super) fn doubted(&mut self, Ending { position, awaits_message, age, .. }: Ending, now: Instant) -> Next {
        let quiet = now.saturating_duration_since(self.news_at) >= BELIEVED_AFTER;
        let is_old = quiet && self.round != Round::Glance || age.is_some_and(|age| age >= BELIEVED_AFTER);
        let is_end = self.may_lag() && position > self.woke_after && !awaits_message && !self.is_waking(now);
        match self.round {
            _ if is_end && is_old => Next::Believe,
            Round::Activities { .. } => self.look_back_now_and_then(now),
            Round::Between | Round::States | Round::Glance | Round::Late => self.rest(),
        }
    }

    /// Once it went well, only what the server itself refuses again and again ends the watching. A 404 of a session that
    /// was just created says nothing.
    pub(super) fn refused(&mut self, error: Error, brand_new: bool, now: Instant) -> Next {
        let is_ours =
            matches!(error.kind(), ErrorKind::Closed | ErrorKind::Cancelled | ErrorKind::Config | ErrorKind::Store);
        let not_there = error.kind() == ErrorKind::NotFound;
        // A listing that has no end was read, and is in the store.
        self.refusals.reached |= self.session != Session::Unread || error.is_of_endless_listing();
        let Refusals { reached, rounds, firm, since } = &mut self.refusals;
        if not_there && brand_new {
            return self.wait();
        }
        if is_ours || !*reached {
            return Next::Fail(error);
        }
        *rounds += 1;
        if error.is_authoritative() && (not_there || error.kind() == ErrorKind::Authentication) {
            *firm += 1;
            let long = now.saturating_duration_since(*since.get_or_insert(now)) >= FIRM_FOR;
            if *firm >= FIRM_REFUSALS && long {
                return if not_there { Next::Gone(error) } else { Next::Fail(error) };
            }
        }
        self.wait()
    }
}
