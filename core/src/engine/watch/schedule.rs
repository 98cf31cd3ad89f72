//! When to look again: a pure function of what is known.
//!
//! While the agent works, the wait is a third of the silence so far: quick after news, slower when nothing happens, so
//! that what comes is noticed after a small part of the time it took to come.
//!
//! | situation | first wait after news | longest wait |
//! |---|---|---|
//! | the agent works, or the session is ending | 225 ms | 10 s |
//! | the session waits for a machine | 500 ms | 10 s |
//! | the session waits for a person, or has ended and is followed | 1 s | 30 s |
//!
//! The user's own message or approval counts as news. Waits are jittered by a fifth in both directions. A fixed interval
//! is kept exactly. While the server refuses what it gave before, the wait doubles from 1 s up to 60 s. A throttled client waits at least as long as its throttle says.

use std::time::Duration;

use crate::ground::model::SessionState;

/// What the next wait depends on.
#[derive(Clone, Debug)]
pub(super) struct Situation<'a> {
    pub(super) state: Option<&'a SessionState>,
    /// Whether everything of an ended session is known.
    pub(super) drained: bool,
    /// Since the last new activity, change of state or act of the user.
    pub(super) silence: Duration,
    /// The time between two requests that the server has pressed the client to.
    pub(super) throttle: Duration,
    /// What the user set.
    pub(super) fixed: Option<Duration>,
    /// How many rounds in a row were refused, of a server that answered before.
    pub(super) refusals: u32,
    /// When an ended session is to be polled once more.
    pub(super) one_more_at: Option<Duration>,
}

/// The longest pace at which a server is asked again that refuses.
const LONGEST_REFUSAL: Duration = Duration::from_secs(60);

impl Situation<'_> {
    /// How long to leave the server alone.
    fn least(&self) -> Duration {
        let doubled = 1_u64.checked_shl(self.refusals.saturating_sub(1)).unwrap_or(u64::MAX);
        let refused = Duration::from_secs(doubled).min(LONGEST_REFUSAL);
        if self.refusals == 0 { self.throttle } else { self.throttle.max(refused) }
    }
}

/// The time until the next look. `chance` is in 0..1.
pub(super) fn wait(situation: &Situation<'_>, chance: f64) -> Duration {
    if let Some(fixed) = situation.fixed {
        return fixed.max(situation.least());
    }
    let (shortest, longest) = match situation.state {
        Some(state) if state.awaits_user() || situation.drained => (Duration::from_secs(1), Duration::from_secs(30)),
        Some(SessionState::Queued) => (Duration::from_millis(500), Duration::from_secs(10)),
        _ => (Duration::from_millis(225), Duration::from_secs(10)),
    };
    if let Some(one_more_at) = situation.one_more_at {
        return one_more_at.max(shortest.mul_f64(0.8 + 0.4 * chance)).max(situation.least());
    }
    let wait = (situation.silence / 3).clamp(shortest, longest);
    wait.mul_f64(0.8 + 0.4 * chance).max(situation.least())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn working(silence: u64) -> Situation<'static> {
        Situation {
            state: Some(&SessionState::InProgress),
            drained: false,
            silence: Duration::from_millis(silence),
            throttle: Duration::ZERO,
            fixed: None,
            refusals: 0,
            one_more_at: None,
        }
    }

    #[test]
    fn a_server_that_refuses_is_left_alone_longer_and_longer() {
        for fixed in [None, Some(Duration::from_millis(20))] {
            let waits = [1, 2, 3, 6, 7, 900].map(|refusals| wait(&Situation { refusals, fixed, ..working(0) }, 0.5));
            assert_eq!(waits.map(|wait| wait.as_secs()), [1, 2, 4, 32, 60, 60]);
        }
    }

    #[test]
    fn an_ended_session_is_polled_once_more_when_that_is_due() {
        let ended = Situation { one_more_at: Some(Duration::from_millis(1_700)), ..working(100) };
        assert_eq!(wait(&ended, 0.5), Duration::from_millis(1_700));
        assert!(wait(&Situation { one_more_at: Some(Duration::ZERO), ..ended }, 0.5) >= Duration::from_millis(180));
    }

    #[test]
    fn quick_after_news_and_slower_in_silence() {
        let waits = [0, 1_000, 6_000, 60_000].map(|silence| wait(&working(silence), 0.5).as_millis());
        assert_eq!(waits, [225, 333, 2_000, 10_000]);
    }

    #[test]
    fn slowest_when_a_person_is_awaited() {
        let situation = Situation { state: Some(&SessionState::AwaitingPlanApproval), ..working(600_000) };
        assert_eq!(wait(&situation, 0.5), Duration::from_secs(30));
    }

    #[test]
    fn a_fixed_interval_is_kept_exactly_but_for_throttling() {
        let fixed = Situation { fixed: Some(Duration::from_secs(2)), ..working(0) };
        for chance in [0.0, 0.99] {
            assert_eq!(wait(&fixed, chance), Duration::from_secs(2));
        }
        let throttled = Situation { throttle: Duration::from_secs(5), ..fixed };
        assert_eq!(wait(&throttled, 0.0), Duration::from_secs(5));
    }

    #[test]
    fn chance_moves_a_wait_by_a_fifth_and_no_more() {
        for silence in [0, 500, 5_000, 50_000, 5_000_000] {
            let middle = wait(&working(silence), 0.5);
            for chance in [0.0, 0.25, 0.75, 0.999] {
                let jittered = wait(&working(silence), chance);
                assert!(jittered >= middle.mul_f64(0.79) && jittered <= middle.mul_f64(1.21));
            }
        }
    }
}
