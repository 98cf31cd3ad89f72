//! What a round of watching costs without what it asks for, counted by `.dev/run bench check`.

use std::time::Duration;

use super::{at, woke};
use crate::engine::watch::step::{Ending, Event, Next, Polled, State, step};
use crate::ground::model::{SessionInfo, SessionState};
use crate::guards::{COUNT, guarded};
use crate::store::Position;

/// What is learned of a session that is at work and shows something new each second.
fn learned(next: &Next, milliseconds: u64) -> Event {
    match next {
        Next::PollActivities => {
            let newest = Some("progressUpdated");
            Event::Polled(Polled { added: 1, newest, decisive: None, sent_lately: false, end_is_told: true })
        }
        Next::ReadSession => {
            let info = SessionInfo { state: SessionState::InProgress, ..SessionInfo::default() };
            Event::Read { info: Box::new(info), began: at(milliseconds), ending: None }
        }
        Next::ReadEnd => Event::EndsAt(Position(9)),
        Next::ReadEnding => Event::Ending(Ending::default()),
        Next::LookBack => Event::LookedBack { late: 0 },
        Next::Wait { .. } => woke(0),
        other => panic!("not asked of a session at work: {other:?}"),
    }
}

#[test]
fn step_guard() {
    let mut state = State::new(Some(Duration::from_secs(1)), at(0));
    let rounds = guarded(|| {
        let (mut event, mut rounds, mut now) = (woke(0), 0, 0);
        while rounds < COUNT {
            let (after, commands) = step(state, event, at(now));
            state = after;
            if matches!(commands.next, Next::Wait { .. }) {
                (rounds, now) = (rounds + 1, now + 1_000);
            }
            event = learned(&commands.next, now);
        }
        rounds
    });
    assert_eq!(rounds, COUNT);
}
