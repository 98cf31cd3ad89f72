//! Which sessions are fetched, and which are fresh enough to be left alone: a pure function of what the listing shows and
//! what the store knows.

use std::time::Duration;

use super::SyncDepth;
use crate::api::LightSession;
use crate::engine::freshness::{A_DAY, ARCHIVAL_AGE};
use crate::ground::model::Timestamp;
use crate::store::{Known, Look};

/// In a sync that is continued, what goes on is looked at again after this time.
const STILL_FRESH: Duration = Duration::from_secs(600);

/// What one sync asks for, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) depth: SyncDepth,
    pub(super) incremental: bool,
    /// When the sync began, before its interruption if there was one.
    pub(super) started: Timestamp,
    pub(super) now: Timestamp,
    /// Whether the server says of everything that it has just changed: then that says nothing of what has ended.
    pub(super) always_now: bool,
}

impl Rule {
    /// The latest look that is enough for the depth.
    fn look<'a>(&self, known: &'a Known) -> Option<&'a Look> {
        match self.depth {
            SyncDepth::Metadata => Some(&known.seen),
            SyncDepth::Activities => known.hydrated.as_ref(),
        }
    }

    /// Whether the store has the session to this depth.
    pub(super) fn has(&self, known: Option<&Known>) -> bool {
        known.is_some_and(|known| self.look(known).is_some())
    }

    /// Whether a session that the listing shows is to be fetched.
    pub(super) fn needs(&self, listed: &LightSession, known: Option<&Known>) -> bool {
        let Some((known, look)) = known.and_then(|known| Some((known, self.look(known)?))) else { return true };
        if self.has_changed(listed, look) {
            return true;
        }
        let ended = listed.state.is_terminal();
        if look.at >= self.started {
            // This sync did it already, perhaps before it was interrupted.
            return !ended && self.is_past(look.at, STILL_FRESH);
        }
        if !self.incremental {
            return true;
        }
        if known.create_time.is_some_and(|created| self.is_past(created, ARCHIVAL_AGE)) {
            return false;
        }
        !ended || (self.depth == SyncDepth::Activities && !known.settled) || self.is_past(look.at, A_DAY)
    }

    /// Whether this sync began to fetch the session before it was interrupted, and didn't come to the end.
    pub(super) fn was_tried(&self, known: Option<&Known>) -> bool {
        known.and_then(|known| known.tried).is_some_and(|tried| tried >= self.started)
    }

    /// Whether nothing but the time of its last change tells that an ended session has changed.
    pub(super) fn is_doubtful(&self, listed: &LightSession, known: Option<&Known>) -> bool {
        let look = known.and_then(|known| self.look(known));
        look.is_some_and(|look| has_ended_so(listed, look) && self.has_changed(listed, look))
    }

    /// Whether the listing shows something else than the look did.
    fn has_changed(&self, listed: &LightSession, look: &Look) -> bool {
        let moved = listed.update_time.is_some() && listed.update_time != look.update_time;
        listed.state.as_str() != look.state || (moved && !(self.always_now && has_ended_so(listed, look)))
    }

    fn is_past(&self, time: Timestamp, age: Duration) -> bool {
        self.now > time.later(age)
    }
}

/// Whether the session has ended, as it had at that look.
fn has_ended_so(listed: &LightSession, look: &Look) -> bool {
    listed.state.is_terminal() && listed.state.as_str() == look.state
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::model::{SessionId, SessionState};

    const HOUR: u64 = 3_600;

    fn at(hours: u64) -> Timestamp {
        "2025-06-01T00:00:00Z".parse::<Timestamp>().unwrap().later(Duration::from_secs(hours * HOUR))
    }

    fn listed(state: SessionState, updated: u64) -> LightSession {
        LightSession { id: SessionId::parse("1").unwrap(), state, update_time: Some(at(updated)), archived: false }
    }

    /// Created at hour 0, fetched at this hour as it was then.
    fn known(state: &SessionState, updated: u64, fetched: u64) -> Known {
        let look = Look { at: at(fetched), state: state.as_str().to_owned(), update_time: Some(at(updated)) };
        Known { create_time: Some(at(0)), seen: look.clone(), hydrated: Some(look), settled: true, tried: None }
    }

    fn rule(now: u64) -> Rule {
        Rule { depth: SyncDepth::Activities, incremental: true, started: at(now), now: at(now), always_now: false }
    }

    use SessionState::{Completed, InProgress};

    #[test]
    fn what_is_not_there_is_fetched() {
        assert!(rule(1).needs(&listed(Completed, 0), None));
        let only_seen = Known { hydrated: None, ..known(&Completed, 0, 1) };
        assert!(rule(2).needs(&listed(Completed, 0), Some(&only_seen)));
        let metadata = Rule { depth: SyncDepth::Metadata, ..rule(2) };
        assert!(!metadata.needs(&listed(Completed, 0), Some(&only_seen)));
    }

    #[test]
    fn a_finished_session_is_left_alone_for_a_day() {
        let known = known(&Completed, 1, 2);
        assert!(!rule(25).needs(&listed(Completed, 1), Some(&known)));
        assert!(rule(27).needs(&listed(Completed, 1), Some(&known)));
    }

    #[test]
    fn an_old_session_is_left_alone_for_good() {
        for state in [Completed, InProgress] {
            let known = known(&state, 1, 2);
            assert!(!rule(31 * 24).needs(&listed(state.clone(), 1), Some(&known)), "{state}");
        }
    }

    #[test]
    fn a_session_that_goes_on_is_always_fetched() {
        assert!(rule(3).needs(&listed(InProgress, 1), Some(&known(&InProgress, 1, 2))));
    }

    #[test]
    fn a_session_that_changed_is_fetched_however_old_or_fresh() {
        for now in [3, 31 * 24] {
            let known = known(&Completed, 1, 2);
            assert!(rule(now).needs(&listed(Completed, 2), Some(&known)));
            assert!(rule(now).needs(&listed(InProgress, 1), Some(&known)));
            let timeless = LightSession { update_time: None, ..listed(Completed, 0) };
            assert!(!rule(now).needs(&timeless, Some(&known)));
        }
    }

    #[test]
    fn where_everything_has_always_just_changed_what_has_ended_is_left_alone() {
        let rule = Rule { always_now: true, ..rule(3) };
        assert!(!rule.needs(&listed(Completed, 3), Some(&known(&Completed, 1, 2))));
        assert!(rule.needs(&listed(SessionState::Failed, 3), Some(&known(&Completed, 1, 2))));
        assert!(rule.needs(&listed(InProgress, 3), Some(&known(&InProgress, 1, 2))));
    }

    #[test]
    fn what_had_changed_before_only_the_session_itself_was_seen_again_is_fetched() {
        let hydrated = known(&Completed, 1, 2);
        let seen_since = Known { seen: known(&Completed, 3, 4).seen, ..hydrated };
        assert!(rule(5).needs(&listed(Completed, 3), Some(&seen_since)));
    }

    #[test]
    fn a_session_whose_end_had_not_come_is_fetched_again() {
        let known = Known { settled: false, ..known(&Completed, 1, 2) };
        assert!(rule(3).needs(&listed(Completed, 1), Some(&known)));
    }

    #[test]
    fn everything_is_fetched_again_when_asked_but_once_in_a_sync() {
        let all = Rule { incremental: false, ..rule(24 * 31) };
        assert!(all.needs(&listed(Completed, 1), Some(&known(&Completed, 1, 2))));
        let continued = Rule { now: all.now.later(Duration::from_secs(HOUR)), ..all };
        assert!(!continued.needs(&listed(Completed, 1), Some(&known(&Completed, 1, 24 * 31))));
        assert!(continued.needs(&listed(InProgress, 1), Some(&known(&InProgress, 1, 24 * 31))));
    }
}
