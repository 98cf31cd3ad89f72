//! Any answer to any command, drawn at random, with a second account of what may be believed kept beside.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

use super::{LONGEST_WAIT, followed, milliseconds, most_requests};
use crate::engine::watch::Interest;
use crate::engine::watch::schedule;
use crate::engine::watch::step::{Commands, Ending, Event, Next, Notification, Polled, State, step};
use crate::ground::error::{Error, ErrorKind};
use crate::ground::model::{SessionInfo, SessionState};
use crate::store::Position;

const RUNS: u64 = 4_000;
const STEPS: usize = 300;
const KINDS: [&str; 6] =
    ["progressUpdated", "agentMessaged", "userMessaged", "planGenerated", "planApproved", "sessionCompleted"];

/// What was answered so far, as far as it decides whether an end is to be believed.
struct Account {
    random: SmallRng,
    now: Instant,
    interest: Interest,
    acts: u64,
    waking_until: Option<Instant>,
    state: Option<SessionState>,
    /// The last time that something new was learned of.
    news_at: Instant,
    /// What the latest poll brought.
    added: usize,
    /// Whether the end's activity was there, with nothing unseen before it, when it was last asked for.
    end_is_there: bool,
    /// In this round.
    commands: usize,
    requests: usize,
    happened: usize,
}

impl Account {
    fn new(number: u64, now: Instant) -> Self {
        let random = SmallRng::seed_from_u64(number);
        let (state, waking_until, interest) = (None, None, Interest::Activities);
        let (acts, added, end_is_there, commands, requests, happened) = (0, 0, false, 0, 0, 0);
        let news_at = now;
        Self {
            random,
            now,
            interest,
            acts,
            waking_until,
            state,
            news_at,
            added,
            end_is_there,
            commands,
            requests,
            happened,
        }
    }

    fn news(&mut self) {
        self.news_at = self.now;
        self.happened += 1;
    }

    /// What comes of a command, whatever that may be.
    fn answer(&mut self, state: &State, next: &Next) -> Event {
        self.commands += 1;
        assert!(self.commands <= 9, "a round without an end");
        let is_request =
            !matches!(next, Next::ReadFollowing | Next::ReadEnd | Next::ReadEnding | Next::Settle | Next::Wait { .. });
        self.requests += usize::from(is_request);
        if is_request {
            self.now += Duration::from_millis(self.random.random_range(0..400));
            if self.random.random_bool(0.03) {
                return Event::Refused { error: Error::new(ErrorKind::NotFound, "no"), brand_new: true };
            }
        }
        match next {
            Next::Wait { .. } => self.wait(state),
            Next::PollActivities => self.polled(),
            Next::ReadSession => self.read(),
            Next::ReadState { .. } if self.random.random_bool(0.5) => Event::NothingNewer { update_time: None },
            Next::ReadState { .. } => self.read(),
            Next::ReadFollowing => {
                let ended_again = self.random.random_bool(0.2);
                self.waking_until = self.waking_until.filter(|_| !ended_again);
                followed(ended_again)
            }
            Next::ReadEnd => Event::EndsAt(Position(1)),
            Next::ReadEnding => {
                let (is_there, awaits_message) = (self.random.random_bool(0.4), self.random.random_bool(0.2));
                self.end_is_there = is_there && !awaits_message;
                Event::Ending(Ending { position: is_there.then_some(Position(2)), awaits_message, ..Ending::default() })
            }
            Next::Reconcile { .. } => {
                self.check_belief();
                let late = if self.random.random_bool(0.2) { 3 } else { 0 };
                if self.random.random_bool(0.1) {
                    return Event::Passing;
                }
                if late > 0 {
                    self.news();
                }
                Event::Reconciled { late }
            }
            Next::Settle => Event::Settled,
            Next::LookBack => {
                assert!(!self.state.as_ref().is_some_and(SessionState::is_terminal), "looked back behind the end");
                Event::LookedBack { late: 0 }
            }
            Next::Believe => panic!("an end was believed that nobody told"),
            Next::Fail(error) | Next::Gone(error) => panic!("given up for {error:?}"),
        }
    }

    /// An end may be believed now: it was read, nothing came since, it won't wake, and its activity is there or long awaited.
    fn check_belief(&self) {
        assert!(self.state.as_ref().is_some_and(SessionState::is_terminal), "an end that was not read");
        assert_eq!(self.added, 0, "an end with news");
        assert!(self.waking_until.is_none_or(|until| until <= self.now), "an end while it may wake");
        let quiet = milliseconds(self.news_at, self.now);
        assert!(self.end_is_there || quiet >= 10_000, "an end without its activity after {quiet} ms");
    }

    fn wait(&mut self, state: &State) -> Event {
        let wait = schedule::wait(&state.situation(self.now, Duration::ZERO), self.random.random());
        assert!((Duration::from_millis(150)..LONGEST_WAIT).contains(&wait), "{wait:?}");
        self.commands = 0;
        let poked = self.random.random_bool(0.1);
        self.now += if poked { wait.mul_f64(self.random.random()) } else { wait };
        if poked {
            self.happened += 1;
            self.interest = if self.random.random_bool(0.7) { Interest::Activities } else { Interest::State };
        }
        if poked && self.random.random_bool(0.5) {
            self.acts += 1;
            self.news();
            let message = self.random.random_bool(0.5);
            self.waking_until = message.then(|| self.now + Duration::from_secs(10));
        }
        Event::Woke { acts: self.acts, waking_until: self.waking_until, interest: self.interest, interval: None }
    }

    fn polled(&mut self) -> Event {
        let added = if self.random.random_bool(0.25) { self.random.random_range(1..4) } else { 0 };
        let mut kind = || (added > 0).then(|| KINDS[self.random.random_range(0..KINDS.len())]);
        let (newest, decisive) =
            (kind(), kind().filter(|kind| kind.starts_with("plan") || kind.starts_with("session")));
        let (sent_lately, end_is_told) = (self.random.random_bool(0.2), self.random.random_bool(0.9));
        if added > 0 {
            self.news();
        }
        self.added = added;
        Event::Polled(Polled { added, newest, decisive, sent_lately, end_is_told })
    }

    fn read(&mut self) -> Event {
        let states = [SessionState::InProgress, SessionState::AwaitingPlanApproval, SessionState::Failed];
        let state = match &self.state {
            Some(state) if self.random.random_bool(0.5) => state.clone(),
            _ if self.random.random_bool(0.6) => SessionState::Completed,
            _ => states[self.random.random_range(0..3)].clone(),
        };
        // From one end to another is no way on.
        let goes_on = |state: &SessionState| !state.is_terminal();
        if self.state.as_ref().is_none_or(goes_on) || goes_on(&state) {
            self.news();
        }
        self.waking_until = self.waking_until.filter(|_| state.is_terminal());
        self.state = Some(state.clone());
        Event::Read { info: Box::new(SessionInfo { state, ..SessionInfo::default() }), began: self.now, ending: None }
    }

    /// From now on nothing comes any more, the session has ended, and its activity is there or never comes.
    fn silence(&mut self, next: &Next, state: &State, says_end: bool) -> Event {
        let info = Box::new(SessionInfo { state: SessionState::Completed, ..SessionInfo::default() });
        match next {
            Next::Wait { .. } => {
                self.now += schedule::wait(&state.situation(self.now, Duration::ZERO), self.random.random());
                Event::Woke {
                    acts: self.acts,
                    waking_until: self.waking_until,
                    interest: Interest::Activities,
                    interval: None,
                }
            }
            Next::PollActivities => Event::Polled(Polled { end_is_told: true, ..Polled::default() }),
            Next::ReadSession | Next::ReadState { .. } => Event::Read { info, began: self.now, ending: None },
            Next::ReadFollowing => Event::Followed(Vec::new()),
            Next::ReadEnd => Event::EndsAt(Position(1)),
            Next::ReadEnding => {
                Event::Ending(Ending { position: says_end.then_some(Position(2)), ..Ending::default() })
            }
            Next::Reconcile { .. } => Event::Reconciled { late: 0 },
            Next::Settle => Event::Settled,
            Next::LookBack => Event::LookedBack { late: 0 },
            Next::Believe => panic!("an end was believed that nobody told"),
            Next::Fail(error) | Next::Gone(error) => panic!("given up for {error:?}"),
        }
    }
}

#[test]
fn an_end_is_believed_neither_too_early_nor_never() {
    let begin = Instant::now();
    for number in 0..RUNS {
        let mut account = Account::new(number, begin);
        let (mut state, mut event) = (
            State::new(None, begin),
            Event::Woke { acts: 0, waking_until: None, interest: Interest::Activities, interval: None },
        );
        for _ in 0..STEPS {
            let (after, Commands { next, .. }) = step(state, event, account.now);
            event = account.answer(&after, &next);
            state = after;
        }
        let (span, most) = (account.now - begin, most_requests(account.happened, account.now - begin));
        assert!(account.requests <= most, "run {number}: {} requests in {span:?}, {most} are enough", account.requests);
        let (silent_since, says_end) = (account.now, number % 2 == 0);
        loop {
            let (after, Commands { tell, next }) = step(state, event, account.now);
            let read_as_ended = matches!(&tell, Some(Notification::Session { drained: true, .. }));
            if matches!(tell, Some(Notification::Drained)) || read_as_ended {
                break;
            }
            let waited = account.now - silent_since;
            assert!(
                waited < Duration::from_secs(120),
                "run {number}: not drained after {waited:?} of silence: {after:#?}"
            );
            event = account.silence(&next, &after, says_end);
            state = after;
        }
    }
}
