//! What a fleet has done, as the server and its users saw it, and a checker of that.

use std::collections::BTreeMap;

use jiff::{Span, Timestamp};
use jules_emulator::Emulator;

use super::crew::Crew;

/// A session at the server: whose it is, and when it was at work.
#[derive(Clone, Debug)]
struct Session {
    id: String,
    task: String,
    began: Timestamp,
    ended: Option<Timestamp>,
}

pub(super) struct History {
    sessions: Vec<Session>,
    /// A task's key and state, as often as they were given to a user.
    given: Vec<String>,
    /// What the store has in the end.
    finished: Vec<Finished>,
    pub(super) creates: usize,
    /// Those that the server answered with a session.
    created: usize,
    pub(super) requests: usize,
    /// By operation.
    pub(super) asked: BTreeMap<&'static str, usize>,
}

/// A task as the store has it in the end.
#[derive(Clone, Debug)]
pub(super) struct Finished {
    pub(super) task: String,
    pub(super) state: String,
    pub(super) session: String,
}

/// What may be, at most.
#[derive(Clone, Copy)]
pub(super) struct Allowed {
    pub(super) tasks: usize,
    pub(super) slots: usize,
    /// In any 24 hours.
    pub(super) day: usize,
}

/// What is told of a run that was right.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) given: usize,
    /// How many were at work at once at most.
    pub(super) most: usize,
    /// How much of the slots' time was used while there was enough to do, in percent.
    pub(super) used: f64,
}

impl History {
    pub(super) fn of(emulator: &Emulator, crew: &Crew, finished: Vec<Finished>) -> Self {
        let time = |resource: &serde_json::Value, field: &str| -> Timestamp {
            resource[field].as_str().unwrap().parse().unwrap()
        };
        let sessions = emulator.sessions().into_iter().map(|session| Session {
            began: time(&session.resource, "createTime"),
            ended: (session.state == "COMPLETED").then(|| time(&session.resource, "updateTime")),
            id: session.id,
            task: session.title,
        });
        let journal = emulator.journal();
        let creates = || journal.iter().filter(|entry| entry.operation == Some("sessions.create"));
        let (created, creates) = (creates().filter(|entry| entry.status == Some(200)).count(), creates().count());
        let mut asked = BTreeMap::new();
        journal.iter().for_each(|entry| *asked.entry(entry.operation.unwrap_or("none")).or_default() += 1);
        Self {
            sessions: sessions.collect(),
            given: crew.given(),
            finished,
            creates,
            created,
            requests: journal.len(),
            asked,
        }
    }

    /// The first thing that must not be, if there is one.
    pub(super) fn check(&self, allowed: Allowed) -> Result<Report, String> {
        let mut sessions: BTreeMap<&str, usize> = BTreeMap::new();
        self.sessions.iter().for_each(|session| *sessions.entry(&session.task).or_default() += 1);
        if let Some((task, count)) = sessions.iter().find(|(_, count)| **count > 1) {
            return Err(format!("{task} was doubled: it has {count} sessions"));
        }
        if sessions.len() != allowed.tasks {
            return Err(format!("{} tasks of {} have a session", sessions.len(), allowed.tasks));
        }
        if self.created != allowed.tasks {
            return Err(format!("{} creates passed for {} tasks", self.created, allowed.tasks));
        }
        if let Some(session) = self.sessions.iter().find(|session| session.ended.is_none()) {
            return Err(format!("{} was not brought to its end", session.task));
        }
        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        for line in &self.given {
            let (task, state) = line.split_once(' ').unwrap_or((line, ""));
            if state != "done" {
                return Err(format!("{task} was given as {state}"));
            }
            *outcomes.entry(task).or_default() += 1;
        }
        if let Some((task, count)) = outcomes.iter().find(|(_, count)| **count > 1) {
            return Err(format!("the outcome of {task} was given {count} times"));
        }
        if let Some(task) = outcomes.keys().find(|task| !sessions.contains_key(*task)) {
            return Err(format!("{task} was given, and nobody added it"));
        }
        self.check_finished(allowed.tasks)?;
        self.check_window(allowed.day)?;
        let (most, used) = self.slots(allowed.slots);
        if most > allowed.slots {
            return Err(format!("{most} were at work on {} slots", allowed.slots));
        }
        Ok(Report { given: self.given.len(), most, used })
    }

    /// Each task is done in the store, with the session that the server has for it.
    fn check_finished(&self, tasks: usize) -> Result<(), String> {
        let sessions: BTreeMap<&str, &str> =
            self.sessions.iter().map(|session| (&*session.task, &*session.id)).collect();
        for Finished { task, state, session } in &self.finished {
            if state != "done" || sessions.get(&**task) != Some(&&**session) {
                return Err(format!("{task} is {state} with the session {session:?} in the store"));
            }
        }
        let done: std::collections::BTreeSet<_> = self.finished.iter().map(|one| &one.task).collect();
        match (done.len(), self.finished.len()) {
            (done, finished) if done == tasks && finished == tasks => Ok(()),
            (done, finished) => Err(format!("{done} tasks of {tasks} are done in the store, in {finished} results")),
        }
    }

    /// How often somebody looked at sessions or activities.
    pub(super) fn looks(&self) -> usize {
        let looks = ["sessions.get", "sessions.list", "activities.list"];
        looks.iter().filter_map(|operation| self.asked.get(operation)).sum()
    }

    /// No 24 hours have more creations than allowed.
    fn check_window(&self, day: usize) -> Result<(), String> {
        let mut began: Vec<_> = self.sessions.iter().map(|session| session.began).collect();
        began.sort();
        let too_many = |(first, last): (&Timestamp, &Timestamp)| *last < *first + Span::new().hours(24);
        match began.iter().zip(began.iter().skip(day)).position(too_many) {
            Some(place) => Err(format!("more than {day} were created in the day from {}", began[place])),
            None => Ok(()),
        }
    }

    /// How many were at work at once at most, and how much of the slots' time was used from when they were first full until
    /// the last one began, in percent.
    fn slots(&self, slots: usize) -> (usize, f64) {
        let spans = self.sessions.iter().filter_map(|session| Some((session.began, session.ended?)));
        let mut changes: Vec<(Timestamp, isize)> = spans.clone().flat_map(|(from, to)| [(from, 1), (to, -1)]).collect();
        // An end frees its slot for what begins at that very time.
        changes.sort();
        let last = spans.map(|(from, _)| from).max().unwrap_or_default();
        let (mut held, mut most, mut full_since, mut used, mut before) = (0_isize, 0, None, 0.0, None);
        for (at, change) in changes {
            if let (Some(_), Some(before)) = (full_since, before) {
                used += held as f64 * at.min(last).duration_since(before).as_secs_f64().max(0.0);
            }
            held += change;
            most = most.max(held);
            if held >= slots.cast_signed() && full_since.is_none() {
                full_since = Some(at);
            }
            before = Some(at);
        }
        let whole = full_since.map_or(0.0, |since| last.duration_since(since).as_secs_f64()) * slots as f64;
        (most.unsigned_abs(), if whole > 0.0 { 100.0 * used / whole } else { 0.0 })
    }
}

#[test]
fn the_checker_sees_what_must_not_be() {
    let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).unwrap();
    let id = |task: &str| format!("of {task}");
    let session =
        |task: &str, from, to| Session { id: id(task), task: task.to_owned(), began: at(from), ended: Some(at(to)) };
    let finished = |state: &str| {
        let one = |task: &str| Finished { task: task.to_owned(), state: state.to_owned(), session: id(task) };
        ["a", "b", "c", "d"].map(one).to_vec()
    };
    let sessions = vec![session("a", 0, 10), session("b", 1, 9), session("c", 10, 20), session("d", 90_000, 90_010)];
    let given = ["a done", "b done", "d done"].map(str::to_owned).to_vec();
    let history = |sessions: &[Session], given: &[String]| History {
        sessions: sessions.to_vec(),
        given: given.to_vec(),
        finished: finished("done"),
        creates: 0,
        created: 4,
        requests: 0,
        asked: BTreeMap::new(),
    };
    let allowed = Allowed { tasks: 4, slots: 2, day: 3 };
    let report = history(&sessions, &given).check(allowed).unwrap();
    assert_eq!((report.given, report.most), (3, 2));
    let seen = |sessions: &[Session], given: &[String], allowed| history(sessions, given).check(allowed).unwrap_err();
    let with = |more: Session| [&sessions[..], &[more]].concat();
    assert!(seen(&with(session("a", 30, 40)), &given, allowed).contains("a was doubled"));
    assert!(seen(&sessions[1..], &given, allowed).contains("3 tasks of 4"));
    assert!(seen(&sessions, &given, Allowed { slots: 1, ..allowed }).contains("2 were at work on 1"));
    assert!(seen(&sessions, &given, Allowed { day: 2, ..allowed }).contains("more than 2 were created"));
    let unfinished = [&sessions[1..], &[Session { ended: None, ..sessions[0].clone() }]].concat();
    assert!(seen(&unfinished, &given, allowed).contains("a was not brought to its end"));
    let one_more = History { created: 5, ..history(&sessions, &given) };
    assert!(one_more.check(allowed).unwrap_err().contains("5 creates passed for 4"));
    let in_store =
        |finished: Vec<Finished>| History { finished, ..history(&sessions, &given) }.check(allowed).unwrap_err();
    assert!(in_store(finished("done")[1..].to_vec()).contains("3 tasks of 4 are done"));
    assert!(in_store([&finished("done")[..], &finished("done")[..1]].concat()).contains("in 5 results"));
    assert!(in_store(finished("working")).contains("a is working"));
    let of_another = Finished { session: id("b"), ..finished("done")[0].clone() };
    assert!(in_store([&[of_another], &finished("done")[1..]].concat()).contains("a is done with the session"));
    let given_too = |line: &str| [&given[..], &[line.to_owned()]].concat();
    assert!(seen(&sessions, &given_too("b done"), allowed).contains("the outcome of b was given 2 times"));
    assert!(seen(&sessions, &given_too("c failed"), allowed).contains("c was given as failed"));
    assert!(seen(&sessions, &given_too("e done"), allowed).contains("nobody added it"));
}
