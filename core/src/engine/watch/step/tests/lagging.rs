//! The rows of sessions whose state lags behind what they do, and of those that are stopped.

use super::super::state::Still;
use super::ends::aged;
use super::*;
use crate::ground::model::Timestamp;

/// At work by its state, and with an end in the store.
fn doubtful() -> State {
    State { end_in_store: Some(Position(7)), doubted_at: Some(at(0)), ..at_work() }
}

fn only(state: State) -> State {
    State { round: Round::States, ..state }
}

fn read_at(milliseconds: u64, state: SessionState, update_time: Option<Timestamp>) -> Event {
    let info = Box::new(SessionInfo { state, update_time, ..SessionInfo::default() });
    Event::Read { info, began: at(milliseconds), ending: None }
}

/// As its activities say, against the server's state.
fn believed(milliseconds: u64) -> Event {
    let server_state = Some(InProgress);
    let info = Box::new(SessionInfo { state: Completed, server_state, ..SessionInfo::default() });
    Event::Read { info, began: at(milliseconds), ending: Some(Position(7)) }
}

fn unchanged(update_time: Option<Timestamp>) -> Event {
    Event::NothingNewer { update_time }
}

fn second(second: u64) -> Option<Timestamp> {
    Some(Timestamp::EPOCH.later(Duration::from_secs(second)))
}

pub(super) fn beliefs() -> Vec<Row> {
    let any = |_: &State| true;
    let recently_read = |state: State| State { read_at: Some(at(59_000)), looked_back_at: at(59_000), ..state };
    let unseen = Event::Ending(Ending { position: Some(Position(7)), awaits_message: true, ..Ending::default() });
    vec![
        row(
            "an end with nothing behind it for 60 s is believed",
            recently_read(doubtful()),
            vec![
                (59_999, nothing(), "wait"),
                (60_000, nothing(), "read ending"),
                (60_001, ending(7), "believe"),
                (60_002, read(60_001, Completed), "tell completed changed; read ending"),
            ],
            |state| state.session == Session::Read(Completed),
        ),
        row(
            "by the server's clock too, at once",
            State { doubted_at: None, ..doubtful() },
            vec![(5, nothing(), "read ending"), (6, aged(7, 60), "believe")],
            any,
        ),
        row(
            "one that was there from the beginning is all there is: nothing more is waited for",
            State { round: Round::Activities { added: 0 }, looked_back_at: at(0), ..State::new(None, at(0)) },
            vec![
                (5, read(4, InProgress), "tell inProgress changed; read ending"),
                (6, aged(7, 60), "believe"),
                (7, believed(6), "tell completed changed; read ending"),
                (8, aged(7, 60), "reconcile"),
            ],
            any,
        ),
        row(
            "and not sooner",
            State { doubted_at: None, ..doubtful() },
            vec![(5, nothing(), "read ending"), (6, aged(7, 59), "wait"), (7, nothing(), "wait")],
            any,
        ),
        row(
            "news is waited behind anew",
            recently_read(doubtful()),
            vec![
                (59_500, news("progressUpdated"), "read end"),
                (59_501, end(), "tell end 9; wait"),
                (60_000, nothing(), "wait"),
            ],
            any,
        ),
        row(
            "not one that a message of the user is to follow",
            recently_read(doubtful()),
            vec![(60_000, nothing(), "read ending"), (60_001, unseen, "wait")],
            any,
        ),
        row(
            "not one after which it was seen to go on",
            recently_read(State { woke_after: Some(Position(7)), ..doubtful() }),
            vec![(60_000, nothing(), "wait")],
            any,
        ),
        row(
            "not of one that waits for a person",
            recently_read(State { session: Session::Read(AwaitingPlanApproval), ..doubtful() }),
            vec![(60_000, nothing(), "wait")],
            any,
        ),
        row(
            "it went on after its end: that one says nothing more",
            ended(),
            vec![(5, read(4, InProgress), "tell inProgress changed; wait")],
            |state| state.woke_after == Some(Position(7)),
        ),
    ]
}

pub(super) fn glances() -> Vec<Row> {
    let still = |since| Still { update_time: second(7), since: at(since) };
    let at_work = || only(State { still: still(0), ..at_work() });
    vec![
        row(
            "where nothing moves for 5 minutes the activities are looked at, and again after 5 more",
            at_work(),
            vec![
                (299_999, unchanged(second(7)), "wait"),
                (300_000, unchanged(second(7)), "poll"),
                (300_001, nothing(), "read ending"),
                (300_002, no_ending(), "wait"),
                (300_003, woke_for_states(0), "read state unless inProgress"),
                (599_999, unchanged(None), "wait"),
                (600_000, unchanged(None), "poll"),
            ],
            |_| true,
        ),
        row(
            "an end that stands there for long is believed",
            at_work(),
            vec![
                (300_000, unchanged(None), "poll"),
                (300_001, news("sessionCompleted"), "read ending"),
                (300_002, aged(7, 240), "believe"),
                (300_003, read(300_002, Completed), "tell completed changed; wait"),
            ],
            |_| true,
        ),
        row(
            "one that has just come is not",
            at_work(),
            vec![
                (300_000, unchanged(None), "poll"),
                (300_001, news("sessionCompleted"), "read ending"),
                (300_002, aged(7, 3), "wait"),
            ],
            |_| true,
        ),
        row(
            "an update time that moves is life",
            at_work(),
            vec![(200_000, unchanged(second(8)), "wait"), (300_000, unchanged(None), "wait")],
            |state| state.still == Still { update_time: second(8), since: at(200_000) },
        ),
        row(
            "also when the session itself was read",
            at_work(),
            vec![
                (200_000, read_at(200_000, InProgress, second(8)), "tell inProgress; wait"),
                (499_999, read_at(499_999, InProgress, second(8)), "tell inProgress; wait"),
                (500_000, read_at(500_000, InProgress, second(8)), "tell inProgress; poll"),
            ],
            |_| true,
        ),
        row(
            "who waits for a person may stand still",
            only(State { still: still(0), ..seen(AwaitingPlanApproval) }),
            vec![(900_000, unchanged(None), "wait")],
            |_| true,
        ),
        row(
            "so may the queue",
            only(State { still: still(0), ..seen(Queued) }),
            vec![(900_000, unchanged(None), "wait")],
            |_| true,
        ),
    ]
}

pub(super) fn stops() -> Vec<Row> {
    let archived = |milliseconds, state| {
        let info = Box::new(SessionInfo { state, archived: true, ..SessionInfo::default() });
        Event::Read { info, began: at(milliseconds), ending: None }
    };
    let paused = SessionState::Paused;
    vec![
        row(
            "archived at work is an end, without an activity of its own",
            at_work(),
            vec![
                (5, archived(5, paused.clone()), "tell paused changed; read ending"),
                (6, no_ending(), "wait"),
                (2_005, nothing(), "read ending"),
                (2_006, no_ending(), "reconcile"),
                (2_007, Event::Reconciled { late: 0 }, "settle"),
                (2_008, Event::Settled, "tell drained; wait"),
            ],
            |state| state.stopped && state.end == End::Drained,
        ),
        row(
            "the state need not tell of it",
            at_work(),
            vec![(5, archived(5, InProgress), "tell inProgress changed; read ending")],
            |state| state.stopped,
        ),
        row(
            "paused alone is none",
            at_work(),
            vec![(5, read(5, paused.clone()), "tell paused changed; wait")],
            |state| !state.stopped && state.end == End::Open,
        ),
        row(
            "nor is an ended session that was put aside",
            ended(),
            vec![(5, archived(5, Completed), "tell completed; read ending")],
            |state| !state.stopped,
        ),
        row(
            "taken out again it goes on",
            State { stopped: true, session: Session::Read(paused.clone()), end: End::Drained, ..at_work() },
            vec![(5, read(5, paused), "tell paused changed; wait")],
            |state| !state.stopped && state.end == End::Open,
        ),
    ]
}
