//! The rows of the end, of late arrivals and of refusals.

use super::*;

/// The same, of what was all there at an earlier end.
fn compared(position: i64) -> Event {
    Event::Ending(Ending { position: Some(Position(position)), compared: true, ..Ending::default() })
}

/// The same, with the last activity so many seconds old by the server's clock.
pub(super) fn aged(position: i64, seconds: u64) -> Event {
    let age = Some(Duration::from_secs(seconds));
    Event::Ending(Ending { position: Some(Position(position)), age, ..Ending::default() })
}

/// It may have to wake yet, for all that follows the message.
fn follows(name: &'static str, since: &[(&str, Option<u32>)]) -> Row {
    let learned = vec![(5, news("sessionCompleted"), "read following"), (6, followed(since), "read end")];
    row(name, waking(), learned, |state| state.waking_until.is_some())
}

pub(super) fn ends() -> Vec<Row> {
    let open = |state: &State| state.end == End::Open;
    let since = |state: &State| matches!(state.end, End::Quiet { since, .. } if since == at(0));
    let earlier = || State { earlier_end: Some(Position(7)), ..quiet() };
    let unseen = Event::Ending(Ending { position: Some(Position(9)), awaits_message: true, ..Ending::default() });
    vec![
        row(
            "what came with the same poll may be followed by more",
            ended(),
            vec![(5, news("sessionCompleted"), "read end"), (6, end(), "tell end 9; wait")],
            open,
        ),
        row(
            "the end is there and another poll is empty 2 s later: compare, settle, drained",
            ended(),
            vec![
                (5, nothing(), "read ending"),
                (6, ending(9), "wait"),
                (2_004, nothing(), "read ending"),
                (2_004, ending(9), "wait"),
                (2_005, nothing(), "read ending"),
                (2_006, ending(9), "reconcile"),
                (2_007, Event::Reconciled { late: 0 }, "settle"),
                (2_008, Event::Settled, "tell drained; wait"),
            ],
            |state| state.end == End::Drained && state.work == Work::Rested,
        ),
        row(
            "an end of long ago by the server's clock needs no other poll",
            ended(),
            vec![
                (5, nothing(), "read ending"),
                (6, aged(9, 9), "wait"),
                (7, nothing(), "read ending"),
                (8, aged(9, 10), "reconcile"),
            ],
            |_| true,
        ),
        row(
            "nor does one that was compared before",
            ended(),
            vec![(5, nothing(), "read ending"), (6, compared(9), "reconcile")],
            |_| true,
        ),
        row(
            "an end without its activity waits",
            quiet(),
            vec![(9_998, nothing(), "read ending"), (9_999, no_ending(), "wait")],
            since,
        ),
        row(
            "for 10 s of empty polls",
            quiet(),
            vec![(9_999, nothing(), "read ending"), (10_000, no_ending(), "reconcile")],
            since,
        ),
        row(
            "news begins the quiet anew",
            quiet(),
            vec![
                (9_000, news("agentMessaged"), "read end"),
                (9_001, end(), "tell end 9; read session"),
                (9_002, read(9_001, Completed), "tell completed; wait"),
                (9_500, nothing(), "read ending"),
                (10_000, no_ending(), "wait"),
            ],
            |state| state.end == End::Quiet { since: at(9_500), told: false },
        ),
        row("the end before it went on is not its end", earlier(), vec![(5, ending(7), "wait")], since),
        row("a later one is", earlier(), vec![(5, ending(8), "wait"), (2_000, ending(8), "reconcile")], |state| {
            state.end == End::Quiet { since: at(0), told: true }
        }),
        row("what follows one's own unseen message is unseen too", quiet(), vec![(5, unseen.clone(), "wait")], since),
        row("unless it was quiet for 10 s", quiet(), vec![(10_000, unseen, "reconcile")], since),
        row("nothing is drained that may have to wake", waking(), vec![(9_999, nothing(), "wait")], open),
        row(
            "it didn't wake in time: its end is believed",
            waking(),
            vec![(10_000, nothing(), "read session"), (10_001, read(10_000, Completed), "tell completed; read ending")],
            |state| state.end == End::Quiet { since: at(10_001), told: false },
        ),
        row(
            "it woke and ended between two reads: another end follows the message",
            waking(),
            vec![
                (5, news("sessionCompleted"), "read following"),
                (6, another_end(), "tell awake; read end"),
                (7, end(), "tell end 9; wait"),
                (9, nothing(), "read ending"),
            ],
            |state| state.waking_until.is_none(),
        ),
        follows(
            "the end before the message that comes late is none",
            &[("userMessaged", Some(5)), ("sessionCompleted", Some(3))],
        ),
        follows("one of the same time may be the end before", &[("userMessaged", Some(5)), ("sessionFailed", Some(5))]),
        follows("without times nobody can tell", &[("userMessaged", None), ("sessionCompleted", Some(9))]),
        follows("what has yet to appear led to nothing", &[]),
        follows("an answer is no end", &[("userMessaged", Some(5)), ("agentMessaged", Some(9))]),
        row(
            "what is seen at work is awake",
            waking(),
            vec![(9, read(5, InProgress), "tell inProgress changed; wait")],
            |state| state.waking_until.is_none() && state.work == Work::Possible,
        ),
    ]
}

pub(super) fn goings_on() -> Vec<Row> {
    let goes_on = |was| vec![(9, read(5, InProgress), was)];
    let resumed = "tell inProgress changed; wait";
    vec![
        row(
            "drained: polls go on and bring nothing",
            drained(),
            vec![(5, woke(0), "poll"), (6, nothing(), "wait")],
            |state| state.end == End::Drained,
        ),
        row(
            "drained: the session is read now and then, and still is drained",
            drained(),
            vec![
                (10_000, nothing(), "read session"),
                (10_001, read(10_000, Completed), "tell completed drained; wait"),
            ],
            |state| state.end == End::Drained,
        ),
        row("drained: news takes it back", drained(), vec![(5, news("progressUpdated"), "read end")], |state| {
            state.end == End::Open && state.work == Work::Rested
        }),
        row(
            "drained: another end has the state read",
            drained(),
            vec![(5, news("sessionCompleted"), "read end"), (6, end(), "tell end 9; read session")],
            |state| state.suspicion == Suspicion::Urgent(2),
        ),
        row(
            "drained, news and nothing seen at work: compared only if needed",
            State { end: End::Quiet { since: at(0), told: true }, ..drained() },
            vec![(2_000, ending(9), "reconcile if needed")],
            |_| true,
        ),
        row("it goes on by itself: the end is taken back", drained(), goes_on(resumed), |state| {
            state.end == End::Open && state.work == Work::Possible
        }),
        row("and the end in the store is an earlier one", drained(), goes_on(resumed), |state| {
            state.earlier_end == Some(Position(7))
        }),
        row("at work when first read: an end in the store is an earlier one", new(), goes_on(resumed), |state| {
            state.earlier_end == Some(Position(7))
        }),
        row(
            "still at work: an end in the store may be the last",
            at_work(),
            goes_on("tell inProgress; wait"),
            |state| state.earlier_end.is_none(),
        ),
        row(
            "ended when first read: an end in the store is its end",
            new(),
            vec![(9, read(5, Completed), "tell completed changed; wait")],
            |state| state.earlier_end.is_none(),
        ),
        row("goes on: quiet before says nothing of the next end", quiet(), goes_on(resumed), |state| {
            state.end == End::Open
        }),
    ]
}

pub(super) fn late_ones() -> Vec<Row> {
    let late = |state: &State| state.end == End::Open && state.news_at == at(6);
    vec![
        row(
            "late ones are looked for after 15 s",
            State { read_at: Some(at(14_000)), ..at_work() },
            vec![(15_000, nothing(), "look back")],
            |state| state.looked_back_at == at(15_000),
        ),
        row("not sooner", State { read_at: Some(at(14_000)), ..at_work() }, vec![(14_999, nothing(), "wait")], |_| {
            true
        }),
        row(
            "not of what has ended: that is compared",
            State { read_at: Some(at(14_000)), ..ended() },
            vec![(15_000, nothing(), "read ending")],
            |_| true,
        ),
        row(
            "after all else in a round",
            State { read_at: None, ..at_work() },
            vec![(15_000, nothing(), "read session"), (15_001, read(15_000, InProgress), "tell inProgress; look back")],
            |_| true,
        ),
        row("none found: nothing to tell", at_work(), vec![(6, Event::LookedBack { late: 0 }, "wait")], |state| {
            state.news_at == at(0)
        }),
        row(
            "found: told, and news",
            at_work(),
            vec![(6, Event::LookedBack { late: 2 }, "read end"), (7, end(), "tell end 9; wait")],
            late,
        ),
        row(
            "found in the comparison: the end is to be thought again",
            quiet(),
            vec![(6, Event::Reconciled { late: 2 }, "read end"), (7, end(), "tell end 9; wait")],
            late,
        ),
        row("a passing 404 to a comparison drains nothing", quiet(), vec![(6, Event::Passing, "wait")], |state| {
            state.end != End::Drained
        }),
    ]
}

pub(super) fn refusals() -> Vec<Row> {
    let any = |_: &State| true;
    let gone = || firmly(ErrorKind::NotFound);
    let forbidden = || firmly(ErrorKind::Authentication);
    let passing = [ErrorKind::Network, ErrorKind::Server, ErrorKind::RateLimit, ErrorKind::Decode, ErrorKind::Timeout];
    let mut rows = vec![
        row(
            "a 404 of what was there is believed after three times and 30 s",
            at_work(),
            vec![(1, gone(), "wait"), (2, gone(), "wait"), (30_000, gone(), "wait"), (30_001, gone(), "gone")],
            any,
        ),
        row("not after two times", at_work(), vec![(1, gone(), "wait"), (60_000, gone(), "wait")], any),
        row(
            "trouble on the way doesn't count, and takes nothing back",
            at_work(),
            vec![
                (1, gone(), "wait"),
                (2, refused(ErrorKind::NotFound, false), "wait"),
                (3, refused(ErrorKind::Network, false), "wait"),
                (40_000, gone(), "wait"),
                (40_001, gone(), "gone"),
            ],
            any,
        ),
        row(
            "what went well in between does",
            at_work(),
            vec![(1, gone(), "wait"), (2, gone(), "wait"), (3, nothing(), "wait"), (40_000, gone(), "wait")],
            |state| (state.refusals.firm, state.refusals.rounds) == (1, 1),
        ),
        row("a 404 of what was never there is believed", new(), vec![(1, gone(), "fail NotFound")], any),
        row(
            "but not of what this client has seen before",
            new().reached(true),
            vec![(1, gone(), "wait"), (2, gone(), "wait"), (31_000, gone(), "gone")],
            any,
        ),
        row(
            "nor of what it has just created",
            new(),
            (1..6).map(|time| (time, refused(ErrorKind::NotFound, true), "wait")).collect(),
            any,
        ),
        row(
            "one good poll is a success",
            new(),
            vec![(1, woke(0), "poll"), (2, nothing(), "read session"), (3, refused(ErrorKind::Network, false), "wait")],
            any,
        ),
        row(
            "a key that is refused for long is refused",
            at_work(),
            vec![(1, forbidden(), "wait"), (2, forbidden(), "wait"), (30_001, forbidden(), "fail Authentication")],
            any,
        ),
        row("at once when it never worked", new(), vec![(1, forbidden(), "fail Authentication")], any),
        row(
            "the store's refusal is believed",
            at_work(),
            vec![(1, refused(ErrorKind::Store, false), "fail Store")],
            any,
        ),
        row(
            "and that the client is closed",
            at_work(),
            vec![(1, refused(ErrorKind::Cancelled, false), "fail Cancelled")],
            any,
        ),
        row(
            "after a passing 404 between the polls the next poll is no later",
            State { session: Session::Read(AwaitingPlanApproval), ..at_work() },
            vec![(1, woke(1), "read session"), (2, gone(), "wait or sooner")],
            any,
        ),
    ];
    rows.extend(passing.map(|kind| {
        let for_hours = (1..40).map(|round| (round * 100_000, refused(kind, false), "wait")).collect();
        row("what may pass is waited for, however long", at_work(), for_hours, |state| state.refusals.rounds == 39)
    }));
    rows.push(row(
        "unless nothing ever worked",
        new(),
        vec![(1, refused(ErrorKind::Network, false), "fail Network")],
        any,
    ));
    rows
}
