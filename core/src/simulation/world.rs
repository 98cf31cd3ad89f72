//! What the simulated server knows: sessions that go their way, and what the client does to them.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::faults::Faults;
use super::traits::Traits;

/// 2026-01-02T03:04:05.123Z: when every simulation begins, by a clock that is right.
const BEGINNING: i128 = 1_767_323_045_123_000_000;

/// The window in which creations are counted.
pub(super) const DAY: Duration = Duration::from_secs(24 * 3_600);

#[derive(Debug)]
pub(super) struct World {
    /// What decides how sessions go,
    pub(super) random: SmallRng,
    /// and what happens on the way: apart, so that one more request doesn't change the course of a session.
    pub(super) network: SmallRng,
    pub(super) traits: Traits,
    pub(super) faults: Faults,
    pub(super) plan: Plan,
    pub(super) sessions: Vec<SimSession>,
    /// Requests by operation.
    pub(super) requests: BTreeMap<&'static str, usize>,
    /// When activities were listed.
    pub(super) listed: Vec<Duration>,
    started: Instant,
    ids: u64,
}

/// What the account may use.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    /// How many sessions may be at work at once.
    pub(super) slots: Option<usize>,
    /// How many may be created within 24 hours.
    pub(super) day: Option<usize>,
    /// How often activities may be listed in a minute.
    pub(super) listings: Option<usize>,
    /// Whether a create beyond the plan is refused in a quota's general words, or without any.
    pub(super) says_quota: bool,
    /// How likely a create is taken that is refused.
    pub(super) taken: f64,
}

impl Plan {
    pub(super) fn unlimited() -> Self {
        Self { slots: None, day: None, listings: None, says_quota: false, taken: 0.0 }
    }
}

/// How a session goes on its own.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Course {
    /// Whether it makes a plan in the middle and waits for its approval.
    pub(super) plan: bool,
    /// How many activities before and after the plan.
    pub(super) before: usize,
    pub(super) after: usize,
    /// The longest time between two activities.
    pub(super) pause: Duration,
    /// Whether it ends with an activity that says so, and as failed.
    pub(super) says_end: bool,
    pub(super) fails: bool,
    /// Whether all pauses are as long as the longest.
    pub(super) steady: bool,
}

#[derive(Debug)]
pub(super) struct SimSession {
    pub(super) id: String,
    pub(super) body: Value,
    pub(super) created: Duration,
    pub(super) activities: Vec<SimActivity>,
    states: Vec<(Duration, &'static str)>,
    course: Course,
    /// When it will end, as far as is known now.
    end: Option<Duration>,
    pub(super) approvals: usize,
    pub(super) archived: bool,
    /// Whether a message came after the end.
    pub(super) woken: bool,
}

#[derive(Debug)]
pub(super) struct SimActivity {
    pub(super) id: String,
    /// Its place in the server's order.
    pub(super) at: Duration,
    pub(super) visible: Duration,
    /// Its `createTime` in nanoseconds.
    pub(super) time: Option<i128>,
    pub(super) event: Value,
}

impl World {
    pub(super) fn new(seed: u64, traits: Traits, faults: Faults) -> Self {
        let [random, network] = [0x5eed, 0x3e7].map(|apart| SmallRng::seed_from_u64(seed ^ apart));
        let (sessions, requests, listed) = Default::default();
        let plan = Plan::unlimited();
        Self { random, network, traits, faults, plan, sessions, requests, listed, started: Instant::now(), ids: 100 }
    }

    pub(super) fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// What the server's clock shows then.
    pub(super) fn clock(&self, at: Duration) -> i128 {
        BEGINNING + i128::from(self.traits.skew) * 1_000_000_000 + at.as_nanos().cast_signed()
    }

    fn id(&mut self) -> String {
        self.ids += 1;
        self.ids.to_string()
    }

    pub(super) fn session(&mut self, id: &str) -> Option<&mut SimSession> {
        self.sessions.iter_mut().find(|session| session.id == id)
    }

    /// How many sessions are at work.
    pub(super) fn at_work(&self) -> usize {
        let now = self.now();
        self.sessions.iter().filter(|session| !matches!(session.state(now), "COMPLETED" | "FAILED")).count()
    }

    /// Whether the plan has no room for one more.
    pub(super) fn is_full(&self) -> bool {
        let since = self.now().checked_sub(DAY);
        let today = self.sessions.iter().filter(|session| since.is_none_or(|since| session.created > since)).count();
        let full = |limit: Option<usize>, used: usize| limit.is_some_and(|limit| used >= limit);
        full(self.plan.slots, self.at_work()) || full(self.plan.day, today)
    }

    /// Whether activities were listed too often within the last minute.
    pub(super) fn lists_too_often(&self) -> bool {
        let since = self.now().saturating_sub(Duration::from_secs(60));
        let lately = self.listed.iter().rev().take_while(|at| **at >= since).count();
        self.plan.listings.is_some_and(|most| lately > most)
    }

    /// Somebody makes a session; answers its id.
    pub(super) fn create(&mut self, body: Value, course: Course) -> String {
        let (id, now) = (self.id(), self.now());
        let mut session = SimSession {
            id: id.clone(),
            body,
            created: now,
            activities: Vec::new(),
            states: vec![(Duration::ZERO, "QUEUED"), (now, "PLANNING")],
            course: course.clone(),
            end: None,
            approvals: 0,
            archived: false,
            woken: false,
        };
        let before = self.work(&mut session, now, course.before);
        if course.plan {
            let at = before + Duration::from_millis(self.random.random_range(1..2_000));
            self.add(&mut session, at, at, json!({"planGenerated": {"plan": {"id": "p", "steps": [{"title": "s"}]}}}));
            session.states.push((at + self.lag(), "AWAITING_PLAN_APPROVAL"));
        } else {
            session.states.push((before, "IN_PROGRESS"));
            let after = self.work(&mut session, before, course.after);
            session.end = Some(after + Duration::from_secs(1));
        }
        self.sessions.push(session);
        id
    }

    /// The agent does so many things; answers when all of them can be seen.
    fn work(&mut self, session: &mut SimSession, from: Duration, count: usize) -> Duration {
        let (mut at, mut all_seen) = (from, from);
        for _ in 0..count {
            let pause = u64::try_from(session.course.pause.as_millis()).unwrap_or(u64::MAX);
            at +=
                Duration::from_millis(if session.course.steady { pause } else { self.random.random_range(0..=pause) });
            let late = self.random.random_bool(self.traits.late);
            let visible = if late { at + Duration::from_millis(self.random.random_range(1..90_000)) } else { at };
            let title = "x".repeat(self.random.random_range(0..60));
            self.add(session, at, visible, json!({"progressUpdated": {"title": title}}));
            self.distort(session);
            all_seen = all_seen.max(visible).max(at);
        }
        all_seen
    }

    /// Gives the latest activity another time than its own, or none.
    fn distort(&mut self, session: &mut SimSession) {
        let before = session.activities.iter().rev().nth(1).and_then(|activity| activity.time);
        let (timeless, equal, wild) = (self.traits.timeless, self.traits.equal, self.traits.wild);
        let Some(activity) = session.activities.last_mut() else { return };
        if self.random.random_bool(timeless) {
            activity.time = None;
        } else if self.random.random_bool(wild) {
            let off = self.random.random_range(-7_200_000_000_000..7_200_000_000_000_i64);
            activity.time = activity.time.map(|time| time + i128::from(off));
        } else if self.random.random_bool(equal) && before.is_some() {
            activity.time = before;
        }
    }

    fn add(&mut self, session: &mut SimSession, at: Duration, visible: Duration, event: Value) {
        let time = Some(self.clock(at));
        session.activities.push(SimActivity { id: self.id(), at, visible, time, event });
    }

    fn lag(&mut self) -> Duration {
        let most = u64::try_from(self.traits.lag.as_millis()).unwrap_or(0);
        Duration::from_millis(if most == 0 { 0 } else { self.random.random_range(0..=most) })
    }

    /// The user approves the plan. Says whether there was one to approve.
    pub(super) fn approve(&mut self, id: &str) -> bool {
        let (now, lag) = (self.now(), self.lag());
        self.with(id, |world, session| {
            if session.approvals > 0 || session.state(now) != "AWAITING_PLAN_APPROVAL" {
                return false;
            }
            session.approvals += 1;
            session.states.push((now + lag, "IN_PROGRESS"));
            world.add(session, now, now + lag, json!({"planApproved": {"planId": "p"}}));
            world.work(session, now + lag, session.course.after);
            let last = session.activities.iter().map(|activity| activity.visible).max();
            session.end = last.map(|last| last + Duration::from_secs(1));
            true
        })
        .unwrap_or_default()
    }

    /// The user says something; the agent answers some time later, and goes on to the end (again, when it had ended).
    pub(super) fn message(&mut self, id: &str, text: &str) {
        let (now, lag) = (self.now(), self.lag());
        let reply = now + lag + Duration::from_millis(self.random.random_range(100..20_000));
        self.with(id, |world, session| {
            session.settle(world, now);
            world.add(session, now, now + lag, json!({"userMessaged": {"userMessage": text}}));
            world.add(session, reply, reply, json!({"agentMessaged": {"agentMessage": format!("about {text}")}}));
            let ended = session.states.iter().map(|(at, _)| *at).max().unwrap_or_default();
            if session.has_ended() {
                session.woken = true;
                if ended > now {
                    // It was about to say that it had ended.
                    session.states.pop();
                }
                session.states.push((now + lag, "IN_PROGRESS"));
                session.end = Some(reply + Duration::from_secs(5));
            } else if let Some(end) = session.end {
                session.end = Some(end.max(reply + Duration::from_secs(1)));
            }
        });
    }

    /// Lets everything happen that is due.
    pub(super) fn settle(&mut self) {
        let now = self.now();
        let due = |session: &&SimSession| session.end.is_some_and(|end| end <= now);
        for id in self.sessions.iter().filter(due).map(|session| session.id.clone()).collect::<Vec<_>>() {
            self.with(&id, |world, session| session.settle(world, now));
        }
    }

    fn with<T>(&mut self, id: &str, change: impl FnOnce(&mut Self, &mut SimSession) -> T) -> Option<T> {
        let place = self.sessions.iter().position(|session| session.id == id)?;
        let mut session = self.sessions.remove(place);
        let result = change(self, &mut session);
        self.sessions.insert(place, session);
        Some(result)
    }
}

impl SimSession {
    /// The state at a moment.
    pub(super) fn state(&self, now: Duration) -> &'static str {
        let past = self.states.iter().filter(|(at, _)| *at <= now);
        past.max_by_key(|(at, _)| *at).map_or("QUEUED", |(_, state)| state)
    }

    fn has_ended(&self) -> bool {
        self.states.last().is_some_and(|(_, state)| matches!(*state, "COMPLETED" | "FAILED"))
    }

    /// The end comes when nothing puts it off any more.
    fn settle(&mut self, world: &mut World, now: Duration) {
        let Some(end) = self.end.filter(|end| *end <= now) else { return };
        self.end = None;
        let (state, event) = match self.course.fails {
            true => ("FAILED", json!({"sessionFailed": {"reason": "tired"}})),
            false => ("COMPLETED", json!({"sessionCompleted": {}})),
        };
        let mut soon = |most| Duration::from_millis(world.random.random_range(0..=most));
        let (state_at, visible) = (end + soon(3_000), end + soon(3_000));
        self.states.push((state_at, state));
        if self.course.says_end {
            world.add(self, end, visible, event);
        }
    }

    /// What can be seen at a moment, in the server's order.
    pub(super) fn visible(&self, now: Duration) -> Vec<&SimActivity> {
        let mut seen: Vec<_> = self.activities.iter().filter(|activity| activity.visible <= now).collect();
        seen.sort_by_key(|activity| activity.at);
        seen
    }

    /// The texts of all events of a kind.
    pub(super) fn said(&self, kind: &str, field: &str) -> Vec<String> {
        let texts = self.activities.iter().filter_map(|activity| activity.event[kind][field].as_str());
        texts.map(str::to_owned).collect()
    }

    /// The agent's first message behind each of the user's messages with this text.
    pub(super) fn answers_to(&self, question: &str) -> Vec<String> {
        let all = self.visible(Duration::MAX);
        let places = (0..all.len()).filter(|place| all[*place].event["userMessaged"]["userMessage"] == question);
        let answer = |place: usize| all[place..].iter().find(|activity| activity.event.get("agentMessaged").is_some());
        places.filter_map(answer).map(|activity| activity.id.clone()).collect()
    }

    /// Everything, in the server's order.
    pub(super) fn ids(&self) -> Vec<String> {
        self.visible(Duration::MAX).into_iter().map(|activity| activity.id.clone()).collect()
    }
}
