//! Any answer of a service that lags: states that stay at work behind an end, ends that are old, sessions that are
//! archived at work, refusals of the server's own. What is believed of them is checked by a second account.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

use crate::engine::watch::Interest;
use crate::engine::watch::schedule;
use crate::engine::watch::step::{Commands, Ending, Event, Next, Notification, Polled, State, step};
use crate::ground::error::{Answer, Error, ErrorKind};
use crate::ground::model::{SessionInfo, SessionState};
use crate::store::Position;

const RUNS: u64 = 3_000;
const STEPS: usize = 200;
/// So long an end with nothing behind it takes to be believed against the state.
const OLD: Duration = Duration::from_secs(60);
/// And so long the server's own refusals.
const FIRM: Duration = Duration::from_secs(30);

/// What was answered, as far as it decides what is to be believed.
struct Account {
    random: SmallRng,
    now: Instant,
    interest: Interest,
    acts: u64,
    waking_until: Option<Instant>,
    /// What the server said last of the session: its state, and whether it is archived.
    said: Option<(SessionState, bool)>,
    /// Where its end stands in the store, and what the store said of it last.
    end: Option<Position>,
    ending: Option<Ending>,
    /// The one that comes in the silence at the end of a run.
    fresh_end: Position,
    news_at: Instant,
    /// The server's own refusals since it last went well: how many, and since when.
    firm: Option<(u32, Instant)>,
    refused: bool,
    bad_until: Option<Instant>,
    commands: usize,
    over: bool,
}

impl Account {
    fn new(number: u64, now: Instant) -> Self {
        Self {
            random: SmallRng::seed_from_u64(number),
            now,
            interest: Interest::Activities,
            acts: 0,
            waking_until: None,
            said: None,
            end: None,
            ending: None,
            fresh_end: Position::default(),
            news_at: now,
            firm: None,
            refused: false,
            bad_until: None,
            commands: 0,
            over: false,
        }
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.random.random_bool(probability)
    }

    fn is_waking(&self) -> bool {
        self.waking_until.is_some_and(|until| until > self.now)
    }

    fn answer(&mut self, state: &State, next: &Next) -> Event {
        self.commands += 1;
        assert!(self.commands <= 9, "a round without an end");
        match next {
            Next::Wait { .. } => self.wait(state),
            Next::PollActivities | Next::ReadSession | Next::ReadState { .. } | Next::LookBack if self.is_refused() => {
                self.refuse()
            }
            Next::PollActivities => self.polled(),
            Next::ReadSession | Next::ReadState { .. } => self.read(),
            Next::ReadFollowing => Event::Followed(Vec::new()),
            Next::ReadEnd => Event::EndsAt(Position(1)),
            Next::ReadEnding => self.ends(),
            Next::Reconcile { .. } => {
                let is_over = self.said.as_ref().is_some_and(|(state, archived)| state.is_terminal() || *archived);
                assert!(is_over, "an end that the server didn't say");
                Event::Reconciled { late: 0 }
            }
            Next::Settle => Event::Settled,
            Next::LookBack => Event::LookedBack { late: 0 },
            Next::Believe => self.believe(),
            Next::Fail(error) | Next::Gone(error) => {
                let (count, since) = self.firm.unwrap_or_else(|| panic!("given up without refusals: {error:?}"));
                assert!(
                    count >= 3 && self.now - since >= FIRM,
                    "given up after {count} refusals in {:?}",
                    self.now - since
                );
                self.over = true;
                Event::Passing
            }
        }
    }

    /// The end in the store is taken for the session's, although its state says that it is at work.
    fn believe(&mut self) -> Event {
        assert_eq!(self.said, Some((SessionState::InProgress, false)), "only a state of work lags");
        let Ending { position, awaits_message, age, .. } = self.ending.expect("an end that was asked for");
        assert!(position.is_some() && !awaits_message && !self.is_waking(), "{:?}", self.ending);
        let quiet = self.now - self.news_at;
        assert!(quiet >= OLD || age.is_some_and(|age| age >= OLD), "believed after {quiet:?}, {age:?} old");
        self.read_as(SessionState::Completed, false, Some(SessionState::InProgress))
    }

    /// Now and then, and almost always in a bad hour.
    fn is_refused(&mut self) -> bool {
        let is_bad = self.bad_until.is_some_and(|until| until > self.now);
        self.chance(if is_bad { 0.95 } else { 0.05 })
    }

    fn refuse(&mut self) -> Event {
        self.refused = true;
        if self.chance(0.1) {
            return Event::Refused { error: Error::new(ErrorKind::NotFound, "no"), brand_new: true };
        }
        // Before it ever went well any refusal would end it, which is no matter here.
        if self.said.is_none() || self.chance(0.1) {
            let brand_new = self.said.is_none();
            let kind = if brand_new { ErrorKind::NotFound } else { ErrorKind::Network };
            return Event::Refused { error: Error::new(kind, "perhaps"), brand_new };
        }
        let (count, since) = self.firm.unwrap_or((0, self.now));
        self.firm = Some((count + 1, since));
        let answer = Answer { is_googles: true, ..Answer::default() };
        Event::Refused { error: Error::new(ErrorKind::NotFound, "no").with_answer(answer), brand_new: false }
    }

    fn wait(&mut self, state: &State) -> Event {
        if !std::mem::take(&mut self.refused) {
            self.firm = None;
        }
        self.commands = 0;
        self.now += schedule::wait(&state.situation(self.now, Duration::ZERO), self.random.random());
        if self.chance(0.01) {
            self.bad_until = Some(self.now + Duration::from_secs(120));
        }
        if self.chance(0.05) {
            self.interest = if self.chance(0.5) { Interest::Activities } else { Interest::State };
        }
        if self.chance(0.03) {
            self.acts += 1;
            self.news_at = self.now;
            self.waking_until = self.chance(0.5).then(|| self.now + Duration::from_secs(10));
        }
        Event::Woke { acts: self.acts, waking_until: self.waking_until, interest: self.interest, interval: None }
    }

    fn polled(&mut self) -> Event {
        let added = usize::from(self.chance(0.05));
        if added > 0 {
            self.news_at = self.now;
            if self.chance(0.5) {
                let next = self.end.map_or(1, |end| end.0 + 1);
                self.end = Some(Position(next));
            }
        }
        let kind = (added > 0).then_some(if self.end.is_some() { "sessionCompleted" } else { "progressUpdated" });
        let decisive = kind.filter(|kind| *kind == "sessionCompleted");
        Event::Polled(Polled { added, newest: kind, decisive, sent_lately: false, end_is_told: true })
    }

    fn read(&mut self) -> Event {
        let state = if self.chance(0.9) { SessionState::InProgress } else { SessionState::Completed };
        let archived = self.chance(0.05);
        self.read_as(state, archived, None)
    }

    fn read_as(&mut self, state: SessionState, archived: bool, server_state: Option<SessionState>) -> Event {
        if self.said != Some((state.clone(), archived)) {
            self.news_at = self.now;
        }
        if !state.is_terminal() {
            self.waking_until = None;
        }
        self.said = Some((state.clone(), archived));
        let info = SessionInfo { state, archived, server_state, ..SessionInfo::default() };
        Event::Read { info: Box::new(info), began: self.now, ending: self.end }
    }

    fn ends(&mut self) -> Event {
        let (awaits_message, compared) = (self.chance(0.1), self.chance(0.2));
        let age = self.chance(0.5).then(|| Duration::from_secs(self.random.random_range(0..120)));
        let ending = Ending { position: self.end, awaits_message, age, compared };
        self.ending = Some(ending);
        Event::Ending(ending)
    }

    /// From now on nothing moves: at work, says the server, and its end is there and grows old.
    fn silence(&mut self, next: &Next, state: &State, since: Instant) -> Event {
        match next {
            Next::Wait { .. } => {
                self.now += schedule::wait(&state.situation(self.now, Duration::ZERO), self.random.random());
                let (interest, waking_until) = (Interest::Activities, self.waking_until);
                Event::Woke { acts: self.acts, waking_until, interest, interval: None }
            }
            Next::PollActivities => Event::Polled(Polled { end_is_told: true, ..Polled::default() }),
            Next::ReadSession | Next::ReadState { .. } => {
                let read = self.read_as(SessionState::InProgress, false, None);
                // Only an end behind the work that was seen is one of this work.
                self.end = Some(self.fresh_end);
                read
            }
            Next::ReadFollowing => Event::Followed(Vec::new()),
            Next::ReadEnd => Event::EndsAt(Position(1)),
            Next::ReadEnding => {
                Event::Ending(Ending { position: self.end, age: Some(self.now - since), ..Ending::default() })
            }
            Next::Reconcile { .. } => Event::Reconciled { late: 0 },
            Next::Settle => Event::Settled,
            Next::LookBack => Event::LookedBack { late: 0 },
            Next::Believe | Next::Fail(_) | Next::Gone(_) => unreachable!("the run ends with it"),
        }
    }
}

#[test]
fn what_a_lagging_service_says_is_believed_neither_too_early_nor_never() {
    let begin = Instant::now();
    let (mut believed, mut gone) = (0, 0);
    for number in 0..RUNS {
        let mut account = Account::new(number, begin);
        let woke = Event::Woke { acts: 0, waking_until: None, interest: Interest::Activities, interval: None };
        let (mut state, mut event) = (State::new(None, begin), woke);
        for _ in 0..STEPS {
            let (after, Commands { next, .. }) = step(state, event, account.now);
            believed += usize::from(matches!(next, Next::Believe));
            event = account.answer(&after, &next);
            state = after;
            if account.over {
                break;
            }
        }
        if account.over {
            gone += 1;
            continue;
        }
        // A new end, which the state never follows.
        account.fresh_end = Position(account.end.map_or(1, |end| end.0 + 1));
        let silent_since = account.now;
        loop {
            let (after, Commands { tell, next }) = step(state, event, account.now);
            if matches!(next, Next::Believe | Next::Fail(_) | Next::Gone(_))
                || matches!(tell, Some(Notification::Drained))
            {
                break;
            }
            let waited = account.now - silent_since;
            assert!(waited < Duration::from_secs(400), "run {number}: not believed after {waited:?}: {after:#?}");
            event = account.silence(&next, &after, silent_since);
            state = after;
        }
    }
    // What never happened would not be checked.
    assert!(believed > 100 && gone > 20, "{believed} believed, {gone} gone");
}
