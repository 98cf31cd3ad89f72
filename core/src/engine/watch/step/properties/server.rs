//! A server with one session whose course is drawn at random: it works, ends, is woken by the user or by itself, shows
//! things late, and every request takes its time. A second client's memory of what was told stands for the listeners.

use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::time::Instant;

use super::{LONGEST_WAIT, followed, most_requests};
use crate::engine::watch::Interest;
use crate::engine::watch::schedule;
use crate::engine::watch::step::{Commands, Ending, Event, Next, Notification, Polled, State, step};
use crate::ground::model::{SessionInfo, SessionState};
use crate::store::Position;

const RUNS: u64 = 4_000;
const WAKING: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Progress,
    OwnMessage,
    Answer,
    End,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Progress => "progressUpdated",
            Self::OwnMessage => "userMessaged",
            Self::Answer => "agentMessaged",
            Self::End => "sessionCompleted",
        }
    }
}

#[derive(Debug)]
struct Activity {
    at: Instant,
    visible: Instant,
    kind: Kind,
}

/// The session's whole course, known beforehand.
#[derive(Debug, Default)]
struct Course {
    activities: Vec<Activity>,
    /// From when to when it works.
    bouts: Vec<(Instant, Instant)>,
    /// From when on it is seen at work, or not.
    work: Vec<(Instant, bool)>,
    /// When the user sends a message.
    messages: Vec<Instant>,
}

fn soon(random: &mut SmallRng, most: u64) -> Duration {
    Duration::from_millis(random.random_range(0..=most))
}

impl Course {
    fn random(random: &mut SmallRng, begin: Instant) -> Self {
        let mut course = Self { work: vec![(begin, true)], ..Self::default() };
        let says_end = random.random_bool(0.85);
        let mut now = course.works(random, begin, says_end);
        for _ in 0..random.random_range(0..4) {
            now += soon(random, 60_000);
            // The user's message wakes it within the time that is given for it; by itself it goes on at once.
            let lag = if random.random_bool(0.7) {
                let lag = soon(random, 8_000);
                course.messages.push(now);
                course.activities.push(Activity { at: now, visible: now + lag, kind: Kind::OwnMessage });
                lag
            } else {
                Duration::ZERO
            };
            course.work.push((now + lag, true));
            course.activities.push(Activity { at: now + lag, visible: now + lag, kind: Kind::Answer });
            now = course.works(random, now + lag, says_end);
        }
        course
    }

    /// It works for a while, and ends; answers when all of that is seen.
    fn works(&mut self, random: &mut SmallRng, from: Instant, says_end: bool) -> Instant {
        let (mut at, mut seen) = (from, from);
        for _ in 0..random.random_range(0..6) {
            at += soon(random, 20_000);
            let visible = if random.random_bool(0.2) { at + soon(random, 30_000) } else { at };
            self.activities.push(Activity { at, visible, kind: Kind::Progress });
            seen = seen.max(visible);
        }
        let end = seen + Duration::from_secs(1);
        let (state, visible) = (end + soon(random, 3_000), end + soon(random, 3_000));
        self.bouts.push((from, end));
        self.work.push((state, false));
        if says_end {
            self.activities.push(Activity { at: end, visible, kind: Kind::End });
        }
        state.max(visible)
    }

    fn works_at(&self, now: Instant) -> bool {
        self.work.iter().filter(|(at, _)| *at <= now).max_by_key(|(at, _)| *at).is_some_and(|(_, works)| *works)
    }

    fn last(&self) -> Instant {
        let seen = self.activities.iter().map(|activity| activity.visible);
        seen.chain(self.work.iter().map(|(at, _)| *at)).max().unwrap()
    }
}

struct Run {
    number: u64,
    random: SmallRng,
    course: Course,
    now: Instant,
    interval: Option<Duration>,
    /// Which activities are in the store, in this order.
    store: Vec<usize>,
    /// What the listeners know.
    acts: u64,
    waking_until: Option<Instant>,
    end_is_told: bool,
    drained: bool,
    /// When the latest comparison was made.
    compared: Instant,
    requests: usize,
    next: Instant,
}

impl Run {
    fn new(number: u64, begin: Instant) -> Self {
        let mut random = SmallRng::seed_from_u64(number ^ 0x57e9);
        let course = Course::random(&mut random, begin);
        let interval = random.random_bool(0.2).then(|| Duration::from_millis(random.random_range(500..5_000)));
        let (store, waking_until, acts, requests) = (Vec::new(), None, 0, 0);
        let (now, compared, next, drained, end_is_told) = (begin, begin, begin, false, false);
        Self {
            number,
            random,
            course,
            now,
            interval,
            store,
            acts,
            waking_until,
            end_is_told,
            drained,
            compared,
            requests,
            next,
        }
    }

    /// Takes what can be seen; behind what is known only, or all of it.
    fn fetch(&mut self, all: bool) -> Vec<Kind> {
        let newest = self.store.iter().map(|place| self.course.activities[*place].at).max();
        let mut new = Vec::new();
        let mut places: Vec<_> = (0..self.course.activities.len()).collect();
        places.sort_by_key(|place| self.course.activities[*place].at);
        for place in places {
            let activity = &self.course.activities[place];
            let is_asked = all || newest.is_none_or(|newest| activity.at >= newest);
            if activity.visible <= self.now && is_asked && !self.store.contains(&place) {
                self.store.push(place);
                new.push(activity.kind);
            }
        }
        new
    }

    /// A request takes its time, there and back; meanwhile the user may act.
    fn way(&mut self) {
        let most = if self.random.random_bool(0.02) { 20_000 } else { 300 };
        self.now += soon(&mut self.random, most);
        self.user_acts();
    }

    fn user_acts(&mut self) {
        let sent = self.course.messages.iter().filter(|at| **at <= self.now).count();
        let Ok(sent) = u64::try_from(sent) else { return };
        if sent > self.acts {
            self.acts = sent;
            self.drained = false;
            self.waking_until = self.course.messages.get(usize::try_from(sent).unwrap() - 1).map(|at| *at + WAKING);
        }
    }

    fn kind_at(&self, place: usize) -> Kind {
        self.course.activities[self.store[place]].kind
    }

    /// The end in the store with no message behind it.
    fn ending(&self) -> Option<Position> {
        let end = (0..self.store.len()).rev().find(|place| self.kind_at(*place) != Kind::Progress)?;
        (self.kind_at(end) == Kind::End).then(|| Position(i64::try_from(end).unwrap() + 1))
    }

    /// Where the latest message of the user stands in the store, and when it was sent.
    fn latest_message(&self) -> Option<(Instant, bool)> {
        let sent = *self.course.messages.iter().rfind(|at| **at <= self.now)?;
        let is_it = |place: &usize| {
            let activity = &self.course.activities[*place];
            activity.kind == Kind::OwnMessage && activity.at == sent
        };
        Some((sent, self.store.iter().any(is_it)))
    }

    fn ended_again(&self) -> bool {
        let Some((sent, true)) = self.latest_message() else { return false };
        let ends = self.store.iter().map(|place| &self.course.activities[*place]);
        ends.filter(|activity| activity.kind == Kind::End).any(|end| end.at > sent)
    }

    fn woke(&self) -> Event {
        Event::Woke {
            acts: self.acts,
            waking_until: self.waking_until,
            interest: Interest::Activities,
            interval: self.interval,
        }
    }

    fn request(&mut self) {
        self.requests += 1;
        self.way();
    }

    fn carry_out(&mut self, state: &State, next: &Next) -> Event {
        match next {
            Next::Wait { or_sooner } => return self.wait(state, *or_sooner),
            Next::ReadFollowing => return followed(self.ended_again()),
            Next::ReadEnd => return Event::EndsAt(Position(i64::try_from(self.store.len()).unwrap())),
            Next::ReadEnding => {
                let awaits_message = self.latest_message().is_some_and(|(_, is_there)| !is_there);
                return Event::Ending(Ending { position: self.ending(), awaits_message, ..Ending::default() });
            }
            Next::Settle => return Event::Settled,
            Next::Believe => panic!("run {}: its state didn't lag for so long", self.number),
            Next::Fail(error) | Next::Gone(error) => panic!("run {}: given up for {error:?}", self.number),
            Next::PollActivities | Next::ReadSession | Next::ReadState { .. } => self.request(),
            Next::Reconcile { .. } | Next::LookBack => self.request(),
        }
        let (asked, works) = (self.now, self.course.works_at(self.now));
        let event = match next {
            Next::PollActivities => {
                let new = self.fetch(false);
                let newest = new.last().map(|kind| kind.name());
                let decisive = new.contains(&Kind::End).then_some(Kind::End.name());
                let sent_lately = self.latest_message().is_some_and(|(sent, _)| asked < sent + Duration::from_secs(5));
                Event::Polled(Polled { added: new.len(), newest, decisive, sent_lately, end_is_told: self.end_is_told })
            }
            Next::Reconcile { .. } => {
                self.compared = asked;
                Event::Reconciled { late: self.fetch(true).len() }
            }
            Next::LookBack => Event::LookedBack { late: self.fetch(true).len() },
            _ => {
                let state = if works { SessionState::InProgress } else { SessionState::Completed };
                let info = Box::new(SessionInfo { state, ..SessionInfo::default() });
                Event::Read { info, began: asked, ending: self.ending() }
            }
        };
        self.way();
        event
    }

    fn wait(&mut self, state: &State, or_sooner: bool) -> Event {
        let wait = schedule::wait(&state.situation(self.now, Duration::ZERO), self.random.random());
        assert!(wait < LONGEST_WAIT, "run {}: {wait:?}", self.number);
        self.next = if or_sooner { self.next.min(self.now + wait) } else { self.now + wait };
        let acts = self.course.messages.iter().copied().filter(|at| *at > self.now).min();
        self.now = acts.filter(|at| *at < self.next).unwrap_or(self.next).max(self.now);
        self.user_acts();
        self.woke()
    }

    /// The listeners hear it, unless it is older than what the user did.
    fn hear(&mut self, tell: &Notification, acts: u64) {
        match tell {
            Notification::EndsAt(_) => self.end_is_told = true,
            _ if acts != self.acts => {}
            Notification::Awake => self.waking_until = None,
            Notification::Session { info, drained, .. } => {
                self.waking_until = self.waking_until.filter(|_| info.state.is_terminal());
                self.drained = *drained;
            }
            Notification::Drained => {
                self.drained = true;
                self.check_nothing_is_missing();
            }
        }
    }

    /// All that had happened when everything was compared is in the store.
    fn check_nothing_is_missing(&self) {
        let is_within = |(from, end): &(Instant, Instant)| (*from..*end).contains(&self.compared);
        assert!(!self.course.bouts.iter().any(is_within), "run {}: drained at work: {:#?}", self.number, self.course);
        for (place, activity) in self.course.activities.iter().enumerate() {
            let known = activity.at > self.compared || self.store.contains(&place);
            assert!(known, "run {}: drained without {activity:?}\n{:#?}", self.number, self.course);
        }
    }
}

#[test]
fn all_of_a_session_is_known_when_it_is_drained_and_it_drains() {
    let begin = Instant::now();
    for number in 0..RUNS {
        let mut run = Run::new(number, begin);
        let (mut state, mut event) = (State::new(run.interval, begin), run.woke());
        let until = run.course.last() + Duration::from_secs(120);
        while run.now < until {
            let (after, Commands { tell, next }) = step(state, event, run.now);
            if let Some(tell) = tell {
                run.hear(&tell, after.acts());
            }
            event = run.carry_out(&after, &next);
            state = after;
        }
        assert!(run.drained, "run {number}: not drained in the end: {state:#?}\n{:#?}", run.course);
        let happened = run.course.activities.len() + run.course.work.len() + run.course.messages.len();
        let span = run.now - begin;
        let most = most_requests(happened, span) + run.interval.map_or(0, |every| polls(span, every));
        assert!(run.requests <= most, "run {number}: {} requests in {span:?}, {most} are enough", run.requests);
    }
}

fn polls(span: Duration, every: Duration) -> usize {
    usize::try_from(2 * span.as_millis() / every.as_millis()).unwrap()
}
