//! What a worker does next, and what comes of a task: pure functions of what is known. No clock, no requests; the drivers
//! (`worker.rs`, `job.rs`) carry out what is said here.

use std::time::Duration;

use crate::ground::error::{Error, ErrorKind, Limit};
use crate::ground::model::{EndReason, Outcome, SessionState, TaskState};
use crate::store::Bound;

/// The longest time without asking the store, in case that a notice was lost.
pub(super) const ASK_AGAIN: Duration = Duration::from_secs(2);
/// A create that could not be sent is tried again after so long.
pub(super) const LATER: Duration = Duration::from_secs(10);
/// When nobody can tell why creates are refused.
pub(super) const UNEXPLAINED: Duration = Duration::from_secs(60);
/// When the day is over, and nobody can tell when.
pub(super) const SOME_OF_A_DAY: Duration = Duration::from_secs(300);

/// How a worker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Tasks that it is at.
    pub(super) busy: usize,
    /// At most so many.
    pub(super) concurrency: Option<usize>,
    pub(super) paused: bool,
    /// How long creates are known to be refused.
    pub(super) blocked: Option<Duration>,
    /// Whether it stays when nothing is left.
    pub(super) follow: bool,
}

/// What asking for a task has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tried {
    /// It was not asked.
    No,
    /// One is begun.
    Started,
    /// No place is free: until when, as far as that is known.
    Full(Bound, Option<Duration>),
    /// None waits whose time has come: when the next comes, and how many of the queue are not finished.
    Nothing { next: Option<Duration>, unfinished: u64 },
}

/// What a worker does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Asks again at once.
    Again,
    /// Waits until something changes, and no longer than this.
    Wait(Duration),
    /// Ends: nothing is left.
    End,
}

impl View {
    /// Whether it has hands free for another task.
    pub(super) fn has_room(&self) -> bool {
        self.concurrency.is_none_or(|most| self.busy < most)
    }

    /// Whether it may begin one.
    pub(super) fn may_start(&self) -> bool {
        self.has_room() && !self.paused && self.blocked.is_none()
    }
}

pub(super) fn next(view: View, tried: Tried) -> Next {
    let at_most = |until: Option<Duration>| Next::Wait(until.unwrap_or(ASK_AGAIN).min(ASK_AGAIN));
    match tried {
        Tried::Started => Next::Again,
        Tried::No => at_most(view.blocked),
        Tried::Full(_, until) => at_most(until),
        Tried::Nothing { next: None, unfinished: 0 } if !view.follow && view.busy == 0 => Next::End,
        Tried::Nothing { next, .. } => at_most(next),
    }
}

/// What a session's state means for its task.
pub(super) fn state_of(state: &SessionState) -> TaskState {
    match state {
        state if state.awaits_user() || *state == SessionState::Paused => TaskState::NeedsPerson,
        _ => TaskState::Working,
    }
}

/// What becomes of a task whose create has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The plan is full: it waits on, and nobody tries before.
    Wait { block: Option<Duration> },
    /// The server could not be asked, or gave no answer to be relied on: it is tried again later.
    Later(Duration),
    /// It can't be made.
    Failed,
    /// The key is refused: no task can be made here.
    Fatal,
}

/// `left`: how long until the time that the error names.
pub(super) fn refused(error: &Error, left: Option<Duration>) -> Refusal {
    match (error.limit(), error.kind()) {
        // What frees a slot is an end, which wakes.
        (Some(Limit::Slots), _) => Refusal::Wait { block: None },
        (Some(Limit::Day), _) => Refusal::Wait { block: Some(left.unwrap_or(SOME_OF_A_DAY)) },
        (Some(Limit::Unknown), _) if error.used() == Some(0) => Refusal::Wait { block: Some(UNEXPLAINED) },
        (Some(Limit::Unknown), _) => Refusal::Wait { block: None },
        (None, ErrorKind::Authentication | ErrorKind::MissingApiKey | ErrorKind::Cancelled) => Refusal::Fatal,
        (
            None,
            ErrorKind::Network
            | ErrorKind::Timeout
            | ErrorKind::Server
            | ErrorKind::RateLimit
            | ErrorKind::Decode
            | ErrorKind::Store,
        ) => Refusal::Later(LATER),
        (None, _) => Refusal::Failed,
    }
}

/// What comes of a task whose session is over, or can't be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It has its end.
    Is(TaskState),
    /// Another session is started for it.
    Again,
    /// It goes on, and is taken up again later.
    Later(Duration),
    /// Nothing can be watched here.
    Fatal,
}

/// How often a task is started, and after which failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Attempts {
    pub(super) made: u32,
    pub(super) most: u32,
    pub(super) retry_any: bool,
}

pub(super) fn ended(result: &Result<Outcome, Error>, attempts: Attempts, cancelled: bool) -> Ending {
    match result {
        Ok(outcome) if outcome.state != SessionState::Failed => Ending::Is(TaskState::Done),
        Ok(outcome) => {
            let retried = attempts.retry_any || crate::engine::outcome::is_of_the_service(outcome);
            if retried && attempts.made < attempts.most && !cancelled {
                Ending::Again
            } else {
                Ending::Is(TaskState::Failed)
            }
        }
        Err(error) => match (error.kind(), error.reason()) {
            (ErrorKind::SessionEnded, Some(EndReason::Stopped | EndReason::Deleted)) => {
                Ending::Is(TaskState::Cancelled)
            }
            // Nothing new came for as long as its user was willing to wait.
            (ErrorKind::Timeout, _) if error.since().is_some() => Ending::Is(TaskState::Failed),
            (ErrorKind::Authentication | ErrorKind::MissingApiKey | ErrorKind::Cancelled, _) => Ending::Fatal,
            (ErrorKind::NotFound, _) => Ending::Is(TaskState::Failed),
            _ => Ending::Later(LATER),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::error::LimitFigures;

    const IDLE: View = View { busy: 0, concurrency: None, paused: false, blocked: None, follow: false };
    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_worker_goes_on_waits_or_ends() {
        let busy = View { busy: 2, ..IDLE };
        let follows = View { follow: true, ..IDLE };
        let nothing = |next, unfinished| Tried::Nothing { next, unfinished };
        for (what, view, tried, expected) in [
            ("one begun is followed by the next", IDLE, Tried::Started, Next::Again),
            ("full: until something ends", busy, Tried::Full(Bound::Slots, None), Next::Wait(ASK_AGAIN)),
            ("the day frees one soon", busy, Tried::Full(Bound::Day, Some(SECOND)), Next::Wait(SECOND)),
            ("the day frees one late", busy, Tried::Full(Bound::Day, Some(SECOND * 900)), Next::Wait(ASK_AGAIN)),
            ("one is to be begun later", IDLE, nothing(Some(SECOND), 1), Next::Wait(SECOND)),
            ("others are at the rest", IDLE, nothing(None, 3), Next::Wait(ASK_AGAIN)),
            ("nothing is left", IDLE, nothing(None, 0), Next::End),
            ("its own are not yet given", busy, nothing(None, 0), Next::Wait(ASK_AGAIN)),
            ("it stays", follows, nothing(None, 0), Next::Wait(ASK_AGAIN)),
            ("paused", View { paused: true, ..IDLE }, Tried::No, Next::Wait(ASK_AGAIN)),
            ("refused", View { blocked: Some(SECOND), ..IDLE }, Tried::No, Next::Wait(SECOND)),
        ] {
            assert_eq!(next(view, tried), expected, "{what}");
        }
    }

    #[test]
    fn a_worker_begins_what_it_has_hands_for() {
        for (what, view, room, may) in [
            ("idle", IDLE, true, true),
            ("at its bound", View { busy: 3, concurrency: Some(3), ..IDLE }, false, false),
            ("below it", View { busy: 2, concurrency: Some(3), ..IDLE }, true, true),
            ("paused", View { paused: true, ..IDLE }, true, false),
            ("blocked", View { blocked: Some(SECOND), ..IDLE }, true, false),
        ] {
            assert_eq!((view.has_room(), view.may_start()), (room, may), "{what}");
        }
    }

    #[test]
    fn what_a_refused_create_means() {
        let error = |kind, limit, used| {
            let figures = LimitFigures { used, ..LimitFigures::default() };
            Error::new(kind, "no").with_limit(limit).with_limit_figures(figures)
        };
        let precondition = |limit, used| error(ErrorKind::Precondition, limit, used);
        for (what, error, left, expected) in [
            ("slots", precondition(Some(Limit::Slots), Some(3)), None, Refusal::Wait { block: None }),
            ("a day", precondition(Some(Limit::Day), None), Some(SECOND), Refusal::Wait { block: Some(SECOND) }),
            ("some day", precondition(Some(Limit::Day), None), None, Refusal::Wait { block: Some(SOME_OF_A_DAY) }),
            ("who knows", precondition(Some(Limit::Unknown), Some(2)), None, Refusal::Wait { block: None }),
            ("nobody", precondition(Some(Limit::Unknown), Some(0)), None, Refusal::Wait { block: Some(UNEXPLAINED) }),
            ("something else", precondition(None, None), None, Refusal::Failed),
            ("no source", error(ErrorKind::SourceNotFound, None, None), None, Refusal::Failed),
            ("invalid", error(ErrorKind::InvalidRequest, None, None), None, Refusal::Failed),
            ("no network", error(ErrorKind::Network, None, None), None, Refusal::Later(LATER)),
            ("down", error(ErrorKind::Server, None, None), None, Refusal::Later(LATER)),
            ("no key", error(ErrorKind::Authentication, None, None), None, Refusal::Fatal),
        ] {
            assert_eq!(refused(&error, left), expected, "{what}");
        }
    }

    #[test]
    fn what_an_end_means() {
        let outcome = |state: &str, reason: &str| -> Outcome {
            let json = serde_json::json!({"sessionId": "1", "state": state, "failureReason": reason});
            serde_json::from_value(json).unwrap()
        };
        let tired = "Jules encountered an error when working on the task.";
        let once = Attempts { made: 1, most: 1, retry_any: false };
        let twice = Attempts { most: 2, ..once };
        let any = Attempts { retry_any: true, ..twice };
        let over = |reason| Err(Error::new(ErrorKind::SessionEnded, "over").with(reason));
        let failed = Ending::Is(TaskState::Failed);
        for (what, result, attempts, expected) in [
            ("completed", Ok(outcome("completed", "")), once, Ending::Is(TaskState::Done)),
            ("failed", Ok(outcome("failed", "tests")), once, failed),
            ("failed, and tried for others only", Ok(outcome("failed", "tests")), twice, failed),
            ("failed, and tried for any", Ok(outcome("failed", "tests")), any, Ending::Again),
            ("the service's", Ok(outcome("failed", tired)), twice, Ending::Again),
            ("the service's, once too often", Ok(outcome("failed", tired)), Attempts { made: 2, ..twice }, failed),
            ("stopped", over(EndReason::Stopped), any, Ending::Is(TaskState::Cancelled)),
            ("deleted", over(EndReason::Deleted), any, Ending::Is(TaskState::Cancelled)),
            ("no network", Err(Error::new(ErrorKind::Network, "no")), any, Ending::Later(LATER)),
            ("no key", Err(Error::new(ErrorKind::Authentication, "no")), any, Ending::Fatal),
        ] {
            assert_eq!(ended(&result, attempts, false), expected, "{what}");
        }
        assert_eq!(ended(&Ok(outcome("failed", tired)), any, true), failed, "cancelled");
    }

    #[test]
    fn whose_turn_it_is_by_the_sessions_state() {
        for (state, expected) in [
            (SessionState::Queued, TaskState::Working),
            (SessionState::InProgress, TaskState::Working),
            (SessionState::AwaitingPlanApproval, TaskState::NeedsPerson),
            (SessionState::AwaitingUserFeedback, TaskState::NeedsPerson),
            (SessionState::Paused, TaskState::NeedsPerson),
            (SessionState::Other("NEW".to_owned()), TaskState::Working),
        ] {
            assert_eq!(state_of(&state), expected, "{state}");
        }
    }
}
