//! What a watcher knows, as named states: what was seen of the session, how much a change of its state is suspected, how
//! far it is on the way to its end, and what the present round of requests is for.

use std::time::Duration;

use tokio::time::Instant;

use super::super::schedule::Situation;
use crate::ground::model::{SessionState, Timestamp};
use crate::store::Position;

/// After news that may have changed the state, it is read with this many polls.
const SUSPICIOUS_POLLS: u32 = 3;
/// An ended session whose last activity is there is polled once more, so long after the end was seen.
pub(super) const ONE_MORE_AFTER: Duration = Duration::from_secs(2);

/// What a watcher knows between two steps.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::engine::watch) struct State {
    /// The fixed time between two polls, where the user set one.
    pub(super) interval: Option<Duration>,
    pub(super) session: Session,
    /// Whether it was archived while it was at work: that pauses it for good.
    pub(super) stopped: bool,
    /// When the session was last read.
    pub(super) read_at: Option<Instant>,
    pub(super) still: Still,
    pub(super) suspicion: Suspicion,
    pub(super) end: End,
    /// Whether it may have been at work since everything was compared last.
    pub(super) work: Work,
    /// Until when it may take to wake from the user's message: so long its end isn't believed.
    pub(super) waking_until: Option<Instant>,
    /// The end in the store that the session has gone on after.
    pub(super) earlier_end: Option<Position>,
    /// The end that was in the store when the session was last read.
    pub(super) end_in_store: Option<Position>,
    /// The end in the store when it was seen to go on after it: that one says nothing of what goes on now.
    pub(super) woke_after: Option<Position>,
    /// When it was last asked whether the end in the store is to be believed against the state.
    pub(super) doubted_at: Option<Instant>,
    /// When a new activity, another state or an act of the user was last learned of.
    pub(super) news_at: Instant,
    pub(super) looked_back_at: Instant,
    /// How many acts of the user are taken in.
    pub(super) acts: u64,
    pub(super) refusals: Refusals,
    pub(super) round: Round,
}

/// What is known of the session's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Session {
    Unread,
    /// It was in this state when it was last read.
    Read(SessionState),
    /// It was in this state, and the user has acted since.
    Outdated(SessionState),
}

impl Session {
    pub(super) fn state(&self) -> Option<&SessionState> {
        match self {
            Self::Unread => None,
            Self::Read(state) | Self::Outdated(state) => Some(state),
        }
    }

    pub(super) fn is_terminal(&self) -> bool {
        self.state().is_some_and(SessionState::is_terminal)
    }

    pub(super) fn is_in_progress(&self) -> bool {
        self.state() == Some(&SessionState::InProgress)
    }

    /// Whether the state that such an activity leads to was read already.
    pub(super) fn shows(&self, kind: &str) -> bool {
        match (self.state(), kind) {
            (Some(state), "planGenerated") => *state == SessionState::AwaitingPlanApproval,
            (Some(state), "planApproved") => *state == SessionState::InProgress,
            (Some(state), "sessionCompleted" | "sessionFailed") => state.is_terminal(),
            _ => false,
        }
    }

    /// The user acted: only work goes on as before.
    pub(super) fn acted(self) -> Self {
        match self {
            Self::Read(state) if state != SessionState::InProgress => Self::Outdated(state),
            other => other,
        }
    }
}

/// How much it is suspected that the session's state has changed, and with how many more polls it is read therefore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Suspicion {
    Calm,
    /// A message may be a question, or the last word: no hurry.
    Hinted(u32),
    /// Something came that always goes with another state, or the user acted.
    Urgent(u32),
}

impl Suspicion {
    pub(super) const HINTED: Self = Self::Hinted(SUSPICIOUS_POLLS);
    pub(super) const URGENT: Self = Self::Urgent(SUSPICIOUS_POLLS);

    /// The session is read once more.
    pub(super) fn eased(self) -> Self {
        match self {
            Self::Hinted(polls) if polls > 1 => Self::Hinted(polls - 1),
            Self::Urgent(polls) if polls > 1 => Self::Urgent(polls - 1),
            _ => Self::Calm,
        }
    }
}

/// Since when nothing moved of a session whose state alone is watched.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Still {
    /// What the server said of when it last changed.
    pub(super) update_time: Option<Timestamp>,
    /// Since when it says that, or since the activities were looked at.
    pub(super) since: Instant,
}

impl Still {
    /// Takes in what the server says; whether that moved.
    pub(super) fn hear(&mut self, update_time: Option<Timestamp>, now: Instant) {
        if update_time.is_some() && update_time != self.update_time {
            *self = Self { update_time, since: now };
        }
    }
}

/// What was refused since it last went well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Refusals {
    /// Whether it ever went well.
    pub(super) reached: bool,
    /// How many rounds in a row failed.
    pub(super) rounds: u32,
    /// How often the server itself said no, and when it did first.
    pub(super) firm: u32,
    pub(super) since: Option<Instant>,
}

/// How far the session is on the way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It goes on, or something came of it just now.
    Open,
    /// It has ended, and nothing has come since then; and whether its last activity is there.
    Quiet { since: Instant, told: bool },
    /// It has ended and everything of it is in the store.
    Drained,
}

/// Whether something may have come of the session since everything was compared with the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Work {
    /// It was not seen at work since then, nor given anything to do.
    Rested,
    Possible,
}

/// What the present round of requests is for, and what it brought so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// Between two polls: the session alone, for an approval shows in it at once.
    Between,
    /// Nobody wants activities: the session's state.
    States,
    /// Nobody wants activities, but nothing has moved for long: they tell whether it has ended.
    Glance,
    /// The activities, of which so many were new, and whatever they give reason for.
    Activities { added: usize },
    /// Something came late: nothing but where the activities end now.
    Late,
}

impl State {
    /// What a watcher knows that begins now.
    pub(in crate::engine::watch) fn new(interval: Option<Duration>, now: Instant) -> Self {
        Self {
            interval,
            session: Session::Unread,
            stopped: false,
            read_at: None,
            still: Still { update_time: None, since: now },
            suspicion: Suspicion::Calm,
            end: End::Open,
            work: Work::Rested,
            waking_until: None,
            earlier_end: None,
            end_in_store: None,
            woke_after: None,
            doubted_at: None,
            news_at: now,
            looked_back_at: now,
            acts: 0,
            refusals: Refusals::default(),
            round: Round::States,
        }
    }

    /// The same for a session that this client has seen before: what refuses it now may pass.
    pub(in crate::engine::watch) fn reached(mut self, reached: bool) -> Self {
        self.refusals.reached = reached;
        self
    }

    /// Whether it has ended, or was stopped.
    pub(super) fn is_over(&self) -> bool {
        self.stopped || self.session.is_terminal()
    }

    /// How many acts of the user are taken in: what is told is void once there are more.
    pub(in crate::engine::watch) fn acts(&self) -> u64 {
        self.acts
    }

    /// What the time until the next poll depends on.
    pub(in crate::engine::watch) fn situation(&self, now: Instant, throttle: Duration) -> Situation<'_> {
        Situation {
            state: self.session.state(),
            drained: self.end == End::Drained,
            silence: now.saturating_duration_since(self.news_at),
            throttle,
            fixed: self.interval,
            refusals: if self.refusals.reached { self.refusals.rounds } else { 0 },
            one_more_at: match self.end {
                End::Quiet { since, told: true } => (since + ONE_MORE_AFTER).checked_duration_since(now),
                _ => None,
            },
        }
    }

    /// Something new was learned: what was thought of the end is to be thought again.
    pub(super) fn news(&mut self, now: Instant) {
        self.news_at = now;
        self.end = End::Open;
    }

    pub(super) fn is_waking(&self, now: Instant) -> bool {
        self.waking_until.is_some_and(|until| now < until)
    }
}
