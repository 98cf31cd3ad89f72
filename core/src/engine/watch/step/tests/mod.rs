//! Every habit of the server and of the user that watching takes account of, a row each: what is known, what is learned
//! and when (in milliseconds), and what is to be done each time.

mod ends;
mod guard;
mod lagging;

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

use self::ends::{ends, goings_on, late_ones, refusals};
use self::lagging::{beliefs, glances, stops};
use super::state::{End, Round, Session, Suspicion, Work};
use super::{Commands, Ending, Event, Next, Notification, Polled, State, step};
use crate::engine::watch::Interest;
use crate::ground::error::{Answer, Error, ErrorKind};
use crate::ground::model::SessionState::{self, AwaitingPlanApproval, Completed, Failed, InProgress, Planning, Queued};
use crate::ground::model::{Activity, SessionInfo};
use crate::store::Position;

/// What is learned, when, and what is to be done then.
type Learned = (u64, Event, &'static str);

struct Row {
    name: &'static str,
    given: State,
    learned: Vec<Learned>,
    then: fn(&State) -> bool,
}

fn row(name: &'static str, given: State, learned: Vec<Learned>, then: fn(&State) -> bool) -> Row {
    Row { name, given, learned, then }
}

fn at(milliseconds: u64) -> Instant {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    *BEGINNING.get_or_init(Instant::now) + Duration::from_millis(milliseconds)
}

fn new() -> State {
    State::new(None, at(0))
}

/// A round of polling of a session that was read in this state when it began to be watched.
fn seen(state: SessionState) -> State {
    let round = Round::Activities { added: 0 };
    State { session: Session::Read(state), read_at: Some(at(0)), round, ..new() }
}

fn at_work() -> State {
    State { work: Work::Possible, doubted_at: Some(at(0)), ..seen(InProgress) }
}

/// Ended, with nothing new since it was read.
fn ended() -> State {
    State { work: Work::Possible, ..seen(Completed) }
}

fn quiet() -> State {
    State { end: End::Quiet { since: at(0), told: false }, ..ended() }
}

fn drained() -> State {
    State { end: End::Drained, work: Work::Rested, ..ended() }
}

fn waking() -> State {
    State { waking_until: Some(at(10_000)), ..ended() }
}

fn suspicious(suspicion: Suspicion) -> State {
    State { suspicion, ..at_work() }
}

fn every(seconds: u64, state: State) -> State {
    State { interval: Some(Duration::from_secs(seconds)), ..state }
}

fn woke(acts: u64) -> Event {
    Event::Woke { acts, waking_until: None, interest: Interest::Activities, interval: None }
}

fn woke_for_states(acts: u64) -> Event {
    Event::Woke { acts, waking_until: None, interest: Interest::State, interval: None }
}

fn woke_while_waking(interest: Interest) -> Event {
    Event::Woke { acts: 0, waking_until: Some(at(10_000)), interest, interval: None }
}

/// The user sent a message.
fn message(acts: u64) -> Event {
    Event::Woke { acts, waking_until: Some(at(10_000)), interest: Interest::Activities, interval: None }
}

fn nothing() -> Event {
    Event::Polled(Polled { end_is_told: true, ..Polled::default() })
}

fn news(kind: &'static str) -> Event {
    let decisive = ["planGenerated", "planApproved", "sessionCompleted", "sessionFailed"].contains(&kind);
    let decisive = decisive.then_some(kind);
    Event::Polled(Polled { added: 1, newest: Some(kind), decisive, sent_lately: false, end_is_told: true })
}

fn own_message() -> Event {
    let newest = Some("userMessaged");
    Event::Polled(Polled { added: 1, newest, decisive: None, sent_lately: true, end_is_told: true })
}

fn read(milliseconds: u64, state: SessionState) -> Event {
    let info = Box::new(SessionInfo { state, ..SessionInfo::default() });
    Event::Read { info, began: at(milliseconds), ending: Some(Position(7)) }
}

fn end() -> Event {
    Event::EndsAt(Position(9))
}

fn ending(position: i64) -> Event {
    Event::Ending(Ending { position: Some(Position(position)), ..Ending::default() })
}

fn no_ending() -> Event {
    Event::Ending(Ending::default())
}

/// What the store has behind the user's message: kinds, and the seconds of their times.
fn followed(since: &[(&str, Option<u32>)]) -> Event {
    let activity = |(number, (kind, second)): (usize, &(&str, Option<u32>))| {
        let time =
            second.map(|second| format!(r#""createTime": "2026-01-02T03:04:{second:02}Z","#)).unwrap_or_default();
        let content = if *kind == "userMessaged" { r#"{"userMessage": "go on"}"# } else { "{}" };
        Activity::from_wire(&format!(r#"{{"id": "{number}", {time} "{kind}": {content}}}"#)).unwrap()
    };
    Event::Followed(since.iter().enumerate().map(activity).collect())
}

fn another_end() -> Event {
    followed(&[("userMessaged", Some(5)), ("sessionCompleted", Some(9))])
}

/// As a proxy or a broken line refuses.
fn refused(kind: ErrorKind, brand_new: bool) -> Event {
    Event::Refused { error: Error::new(kind, "no"), brand_new }
}

/// As the server itself refuses.
fn firmly(kind: ErrorKind) -> Event {
    let answer = Answer { is_googles: true, ..Answer::default() };
    Event::Refused { error: Error::new(kind, "no").with_answer(answer), brand_new: false }
}

fn say(Commands { tell, next }: &Commands) -> String {
    let told = match tell {
        None => String::new(),
        Some(Notification::Session { info, changed, drained }) => {
            let changed = if *changed { " changed" } else { "" };
            format!("tell {}{changed}{}; ", info.state, if *drained { " drained" } else { "" })
        }
        Some(Notification::Awake) => "tell awake; ".to_owned(),
        Some(Notification::EndsAt(end)) => format!("tell end {}; ", end.0),
        Some(Notification::Drained) => "tell drained; ".to_owned(),
    };
    let next = match next {
        Next::PollActivities => "poll".to_owned(),
        Next::ReadSession => "read session".to_owned(),
        Next::ReadState { known: None } => "read state".to_owned(),
        Next::ReadState { known: Some((state, _)) } => format!("read state unless {state}"),
        Next::ReadFollowing => "read following".to_owned(),
        Next::ReadEnd => "read end".to_owned(),
        Next::ReadEnding => "read ending".to_owned(),
        Next::Reconcile { worked } => format!("reconcile{}", if *worked { "" } else { " if needed" }),
        Next::Settle => "settle".to_owned(),
        Next::Believe => "believe".to_owned(),
        Next::LookBack => "look back".to_owned(),
        Next::Wait { or_sooner: false } => "wait".to_owned(),
        Next::Wait { or_sooner: true } => "wait or sooner".to_owned(),
        Next::Fail(error) => format!("fail {:?}", error.kind()),
        Next::Gone(_) => "gone".to_owned(),
    };
    told + &next
}

fn rounds() -> Vec<Row> {
    let any = |_: &State| true;
    vec![
        row("activities that are wanted are polled at once", new(), vec![(0, woke(0), "poll")], any),
        row("who wants states only has the fleet asked", new(), vec![(0, woke_for_states(0), "read state")], any),
        row(
            "the fleet is told what is known",
            at_work(),
            vec![
                (5, woke_for_states(0), "read state unless inProgress"),
                (9, Event::NothingNewer { update_time: None }, "wait"),
            ],
            any,
        ),
        row(
            "what was known before an act is not taken for fresh",
            seen(Planning),
            vec![(5, woke_for_states(1), "read state")],
            |state| state.session == Session::Outdated(Planning),
        ),
        row(
            "but that it is at work still holds after an act",
            at_work(),
            vec![(5, woke_for_states(1), "read state unless inProgress")],
            any,
        ),
        row("a poke without an act polls and suspects nothing", at_work(), vec![(5, woke(0), "poll")], |state| {
            state.suspicion == Suspicion::Calm && state.news_at == at(0)
        }),
        row(
            "a message to a session at work is told by its activities",
            at_work(),
            vec![(5, message(1), "poll")],
            |state| state.suspicion == Suspicion::Calm,
        ),
        row("any other act on it, such as stopping it, is not", at_work(), vec![(5, woke(1), "poll")], |state| {
            state.suspicion == Suspicion::URGENT
        }),
        row(
            "an approval shows in the session: it is read alone, between the polls",
            seen(AwaitingPlanApproval),
            vec![(5, woke(1), "read session"), (9, read(5, InProgress), "tell inProgress changed; wait or sooner")],
            any,
        ),
        row(
            "also when it doesn't show yet",
            seen(AwaitingPlanApproval),
            vec![
                (5, woke(1), "read session"),
                (9, read(5, AwaitingPlanApproval), "tell awaitingPlanApproval; wait or sooner"),
            ],
            any,
        ),
        row("any other act has the session read urgently", seen(Completed), vec![(5, woke(1), "poll")], |state| {
            state.suspicion == Suspicion::URGENT
        }),
        row("acts from before the watcher count", new(), vec![(5, woke(3), "poll")], |state| {
            state.acts == 3 && state.suspicion == Suspicion::URGENT && state.work == Work::Possible
        }),
        row("an act takes the end back and is news", drained(), vec![(5, woke(1), "poll")], |state| {
            state.end == End::Open && state.work == Work::Possible && state.news_at == at(5)
        }),
        row("an act is taken in once", State { acts: 1, ..drained() }, vec![(5, woke(1), "poll")], |state| {
            state.end == End::Drained && state.news_at == at(0)
        }),
    ]
}

fn states_only() -> Vec<Row> {
    let only = |state: State| State { round: Round::States, ..state };
    vec![
        row(
            "a change of state is told",
            only(at_work()),
            vec![(9, read(5, Failed), "tell failed changed; wait")],
            |state| state.session == Session::Read(Failed) && state.read_at == Some(at(5)),
        ),
        row(
            "no activities are looked back for",
            only(at_work()),
            vec![(60_000, read(60_000, InProgress), "tell inProgress; wait")],
            |state| state.looked_back_at == at(0),
        ),
        row(
            "nothing is drained that nobody wants",
            only(ended()),
            vec![(60_000, read(60_000, Completed), "tell completed; wait")],
            |state| state.end == End::Open,
        ),
        row(
            "an end while it may have to wake has the activities asked for the message",
            only(at_work()),
            vec![
                (5, woke_while_waking(Interest::State), "read state unless inProgress"),
                (6, read(5, Completed), "tell completed changed; poll"),
                (7, news("sessionCompleted"), "read following"),
                (8, another_end(), "tell awake; wait"),
            ],
            |state| state.waking_until.is_none() && state.suspicion == Suspicion::Calm,
        ),
        row(
            "and is not believed while nothing follows the message",
            only(ended()),
            vec![
                (5, woke_while_waking(Interest::State), "read state unless completed"),
                (6, read(5, Completed), "tell completed; poll"),
                (7, nothing(), "read following"),
                (8, followed(&[("userMessaged", Some(5))]), "wait"),
            ],
            |state| state.waking_until == Some(at(10_000)),
        ),
    ]
}

fn suspicions() -> Vec<Row> {
    let urgent = |state: &State| state.suspicion == Suspicion::URGENT;
    let hinted = |state: &State| state.suspicion == Suspicion::HINTED;
    let calm = |state: &State| state.suspicion == Suspicion::Calm;
    let got = |kind| vec![(1_000, news(kind), "read end")];
    let mixed = Event::Polled(Polled {
        added: 4,
        newest: Some("agentMessaged"),
        decisive: Some("sessionCompleted"),
        sent_lately: false,
        end_is_told: true,
    });
    vec![
        row("a plan has the state read urgently", at_work(), got("planGenerated"), urgent),
        row("unless it is known to await approval", seen(AwaitingPlanApproval), got("planGenerated"), calm),
        row("an approval by somebody too", seen(AwaitingPlanApproval), got("planApproved"), urgent),
        row("unless it is known to be at work", at_work(), got("planApproved"), calm),
        row("completion too", at_work(), got("sessionCompleted"), urgent),
        row("failure too", at_work(), got("sessionFailed"), urgent),
        row("unless the end is known", ended(), got("sessionCompleted"), calm),
        row("also the other end", seen(Failed), got("sessionFailed"), calm),
        row("an end before a later message is not missed", at_work(), vec![(1_000, mixed, "read end")], urgent),
        row("a message of the agent is a hint", at_work(), got("agentMessaged"), hinted),
        row("a message of somebody else is a hint", at_work(), got("userMessaged"), hinted),
        row("one's own message is none", at_work(), vec![(1_000, own_message(), "read end")], calm),
        row("what is unknown is a hint", at_work(), got("unknown"), hinted),
        row("a hint doesn't begin again", suspicious(Suspicion::Hinted(1)), got("agentMessaged"), |state| {
            state.suspicion == Suspicion::Hinted(1)
        }),
        row("a hint doesn't take urgency away", suspicious(Suspicion::Urgent(1)), got("agentMessaged"), |state| {
            state.suspicion == Suspicion::Urgent(1)
        }),
        row("progress at work is as good as reading the state", at_work(), got("progressUpdated"), |state| {
            state.read_at == Some(at(1_000))
        }),
        row("and answers a hint", suspicious(Suspicion::HINTED), got("progressUpdated"), calm),
        row("but no urgent suspicion", suspicious(Suspicion::URGENT), got("progressUpdated"), |state| {
            state.suspicion == Suspicion::URGENT && state.read_at == Some(at(0))
        }),
        row("progress that comes late says nothing of another state", ended(), got("progressUpdated"), |state| {
            state.suspicion == Suspicion::Calm && state.read_at == Some(at(0))
        }),
        row(
            "another state ends the suspicion",
            suspicious(Suspicion::URGENT),
            vec![(9, read(5, AwaitingPlanApproval), "tell awaitingPlanApproval changed; wait")],
            calm,
        ),
        row(
            "urgent: with three polls, however soon",
            suspicious(Suspicion::URGENT),
            vec![
                (10, nothing(), "read session"),
                (11, read(10, InProgress), "tell inProgress; wait"),
                (20, nothing(), "read session"),
                (21, read(20, InProgress), "tell inProgress; wait"),
                (30, nothing(), "read session"),
                (31, read(30, InProgress), "tell inProgress; wait"),
                (40, nothing(), "wait"),
            ],
            calm,
        ),
    ]
}

fn readings() -> Vec<Row> {
    let any = |_: &State| true;
    let hinted = || suspicious(Suspicion::HINTED);
    let polling = State { round: Round::Activities { added: 0 }, ..new() };
    vec![
        row("what was never read is read with the first poll", polling, vec![(0, nothing(), "read session")], any),
        row("calm: not before 10 s", at_work(), vec![(9_999, nothing(), "wait")], any),
        row("calm: after 10 s", at_work(), vec![(10_000, nothing(), "read session")], any),
        row("fixed interval: every five polls", every(1, at_work()), vec![(5_000, nothing(), "read session")], any),
        row("fixed interval: not sooner", every(1, at_work()), vec![(4_999, nothing(), "wait")], any),
        row("long interval: after 10 s", every(60, at_work()), vec![(10_000, nothing(), "read session")], any),
        row("hinted: not before 2 s", hinted(), vec![(1_999, nothing(), "wait")], any),
        row("hinted: after 2 s", hinted(), vec![(2_000, nothing(), "read session")], |state| {
            state.suspicion == Suspicion::Hinted(2)
        }),
        row(
            "where the activities end is told at the first poll, though nothing came",
            at_work(),
            vec![(5, Event::Polled(Polled::default()), "read end"), (6, end(), "tell end 9; wait")],
            any,
        ),
        row("told, and nothing came: it isn't read again", at_work(), vec![(5, nothing(), "wait")], any),
        row(
            "something came: it is told before the session is read",
            suspicious(Suspicion::URGENT),
            vec![(5, news("progressUpdated"), "read end"), (6, end(), "tell end 9; read session")],
            any,
        ),
        row("the queue is no end", seen(Queued), vec![(5, nothing(), "wait")], any),
    ]
}

#[test]
fn each_habit_of_the_server_is_answered() {
    let tables = [rounds(), states_only(), suspicions(), readings(), ends(), goings_on(), late_ones(), refusals()];
    let lagging = [beliefs(), glances(), stops()];
    let mut habits = 0;
    for Row { name, given, learned, then } in tables.into_iter().chain(lagging).flatten() {
        habits += 1;
        let mut state = given;
        for (time, event, expected) in learned {
            let told = format!("{event:?}");
            let (after, commands) = step(state, event, at(time));
            assert_eq!(say(&commands), expected, "{name}: at {time} ms, after {told}");
            state = after;
        }
        assert!(then(&state), "{name}: {state:#?}");
    }
    println!("{habits} habits of the server");
}
