//! What a cell plays in: a server without surprises, a store, one client after another, and what their user keeps in mind.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Sub;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;

use super::calls::{Before, Call, Once};
use crate::api::transport::http::{Exchange, Http, HttpRequest};
use crate::simulation::clock;
use crate::simulation::program::{PROMPT, Schedule};
use crate::simulation::server::Server;
use crate::simulation::world::Course;
use crate::store::{Place, Sqlite, Terms, Troubles};
use crate::{
    Error, ErrorKind, HistoryOptions, Jules, QueueOptions, Result, RunConfig, Session, SessionState, StreamOptions,
    TaskConfig,
};

/// The way to the server, until the process is gone that uses it.
pub(super) struct Line {
    server: Arc<Server>,
    is_cut: AtomicBool,
}

impl Line {
    /// Nothing leaves any more, and nothing arrives.
    pub(super) fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    async fn unless_cut(&self) {
        if self.is_cut.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

#[async_trait]
impl Http for Line {
    async fn exchange(&self, request: HttpRequest) -> Exchange {
        self.unless_cut().await;
        let answer = self.server.exchange(request).await;
        self.unless_cut().await;
        answer
    }
}

/// What was needed so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent {
    pub(super) requests: usize,
    pub(super) time: Duration,
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { requests: self.requests - other.requests, time: self.time - other.time }
    }
}

/// A client, and what is between it and the rest.
struct Process {
    jules: Jules,
    troubles: Troubles,
    line: Arc<Line>,
}

pub(super) struct Scene {
    schedule: Schedule,
    server: Arc<Server>,
    store: Sqlite,
    process: Mutex<Process>,
    /// Whether it is another process than the first.
    restarted: AtomicBool,
    /// The sessions that the user knows of, by the number of what they were made for.
    pub(super) known: Mutex<BTreeMap<usize, String>>,
    /// The activities that the user was given.
    pub(super) given: Mutex<Vec<String>>,
}

pub(super) const QUEUE: &str = "q";
pub(super) const TASKS: usize = 2;

pub(super) fn tasks() -> impl Iterator<Item = TaskConfig> {
    (0..TASKS).map(|task| TaskConfig::new(format!("task-{task}"), RunConfig::new(format!("{PROMPT} {task}"))))
}

impl Scene {
    /// The scene as it is before the call.
    pub(super) async fn new(call: &Call) -> Self {
        let (plan, pause) = (call.before == Before::Plan, Duration::from_secs(1));
        let course = Course { plan, before: 2, after: 2, pause, says_end: true, fails: false, steady: true };
        let schedule = Schedule::plain(1, course);
        let server = schedule.server();
        // As in a file: who is gone without a word loses what it holds after a while.
        let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings()).with_terms(Terms::default());
        let process = Mutex::new(Process::new(&schedule, &server, &store));
        let (known, given) = Default::default();
        let restarted = AtomicBool::new(false);
        let scene = Self { schedule, server, store, process, restarted, known, given };
        scene.prepare(call.before).await;
        scene
    }

    async fn prepare(&self, before: Before) {
        let jules = self.jules();
        match before {
            Before::Nothing => {}
            Before::Tasks => drop(self.queue().add_all(tasks()).await.unwrap()),
            Before::Session | Before::Plan | Before::Ended => {
                let session = jules.create_session(RunConfig::new(PROMPT)).await.unwrap();
                self.knows(0, session.id());
                match before {
                    Before::Plan => drop(session.wait_for(SessionState::AwaitingPlanApproval).await.unwrap()),
                    Before::Ended => {
                        let ended = session.stream(StreamOptions::default());
                        ended.for_each(async |activity| drop(activity.unwrap())).await;
                    }
                    _ => {}
                }
            }
        }
    }

    pub(super) fn jules(&self) -> Jules {
        self.process.lock().unwrap().jules.clone()
    }

    pub(super) fn troubles(&self) -> Troubles {
        self.process.lock().unwrap().troubles.clone()
    }

    pub(super) fn line(&self) -> Arc<Line> {
        Arc::clone(&self.process.lock().unwrap().line)
    }

    /// Another client on the same store; the one before is gone without a word.
    pub(super) fn restart(&self) {
        self.line().cut();
        self.restarted.store(true, Ordering::Relaxed);
        *self.process.lock().unwrap() = Process::new(&self.schedule, &self.server, &self.store);
    }

    pub(super) fn was_restarted(&self) -> bool {
        self.restarted.load(Ordering::Relaxed)
    }

    pub(super) fn session(&self) -> Session {
        self.jules().session(&self.known(0).unwrap()).unwrap()
    }

    pub(super) fn queue(&self) -> crate::Queue {
        self.jules().queue(QUEUE, QueueOptions::default()).unwrap()
    }

    pub(super) fn known(&self, number: usize) -> Option<String> {
        self.known.lock().unwrap().get(&number).cloned()
    }

    pub(super) fn knows(&self, number: usize, session: &str) {
        self.known.lock().unwrap().insert(number, session.to_owned());
    }

    pub(super) fn spent(&self) -> Spent {
        Spent { requests: self.server.requests(), time: self.server.world().now() }
    }

    /// What the server has of the one session, in its order.
    pub(super) fn there(&self) -> Vec<String> {
        self.server.world().session(&self.known(0).unwrap()).unwrap().ids()
    }

    /// A store's error says what happened, that the call may be made again, and about which session it was. Gives back whether
    /// it is to be made again.
    pub(super) fn judge(&self, call: &Call, error: &Error) -> bool {
        assert_eq!(error.kind(), ErrorKind::Store, "{error}");
        assert!(error.fault().is_some(), "{error:?}");
        match (call.once, error.session_id()) {
            (Once::Session, Some(id)) => self.knows(0, id),
            (Once::Session | Once::Sessions(_) | Once::Tasks | Once::Account, _) => {}
            (_, None) if matches!(call.before, Before::Nothing | Before::Tasks) => {}
            (_, id) => assert_eq!(id, self.known(0).as_deref(), "{error:?}"),
        }
        let was_sent = call.once == Once::Message && error.to_string().contains("was sent");
        assert!(error.retryable() != was_sent, "{error:?}");
        !was_sent
    }

    /// What the call was for is there once, and all that the server has is read once and in order.
    pub(super) async fn check(&self, call: &Call, was_killed: bool) {
        let made: Vec<_> = {
            let world = self.server.world();
            world.sessions.iter().map(|session| session.id.clone()).collect()
        };
        let wanted = call.once.sessions();
        // Without a key nobody knows what a process did that is gone.
        match was_killed && !call.is_kept {
            true => assert!((wanted..=2 * wanted).contains(&made.len()), "{} sessions", made.len()),
            false => assert_eq!(made.len(), wanted, "sessions"),
        }
        for id in &made {
            self.check_session(call, id, was_killed).await;
        }
    }

    async fn check_session(&self, call: &Call, id: &str, was_killed: bool) {
        let session = self.jules().session(id).unwrap();
        let ids = |stream: crate::ActivityStream| stream.map(|item| item.unwrap().id).collect::<Vec<_>>();
        let (said, approvals, archived) = {
            let mut world = self.server.world();
            let session = world.session(id).unwrap();
            (session.said("userMessaged", "userMessage").len(), session.approvals, session.archived)
        };
        let wanted = usize::from(matches!(call.once, Once::Message));
        match was_killed && !call.is_kept {
            true => assert!((wanted..=wanted + 1).contains(&said), "{said} messages"),
            false => assert_eq!(said, wanted, "messages"),
        }
        assert_eq!(approvals, usize::from(matches!(call.once, Once::Approval)), "approvals");
        assert_eq!(archived, matches!(call.once, Once::Archived), "archived");
        if archived || (call.before == Before::Plan && approvals == 0) {
            return;
        }
        let streamed = ids(session.stream(StreamOptions::default())).await;
        let offline = HistoryOptions { offline: true, ..HistoryOptions::default() };
        assert_eq!(ids(session.history(offline)).await, streamed, "in the store");
        let mut world = self.server.world();
        let there = world.session(id).unwrap();
        // What becomes visible late is given late.
        let in_order = there.visible(Duration::MAX).is_sorted_by_key(|activity| activity.visible);
        let sorted = |mut ids: Vec<String>| {
            if !in_order {
                ids.sort();
            }
            ids
        };
        assert_eq!(sorted(streamed), sorted(there.ids()), "every activity once, in order");
    }

    /// Goes on with a stream where it broke.
    pub(super) async fn take_in(&self, stream: impl FnOnce(Option<String>) -> crate::ActivityStream) -> Result<()> {
        let last = self.given.lock().unwrap().last().cloned();
        let mut stream = stream(last);
        while let Some(activity) = stream.next().await {
            self.given.lock().unwrap().push(activity?.id);
        }
        Ok(())
    }
}

impl Process {
    fn new(schedule: &Schedule, server: &Arc<Server>, store: &Sqlite) -> Self {
        let mut handle = store.beside("account");
        handle.troubles = Troubles::default();
        let line = Arc::new(Line { server: Arc::clone(server), is_cut: AtomicBool::new(false) });
        let retries = Duration::from_secs(3_600);
        let jules = schedule.client_over(Arc::clone(&line) as _, &handle, false.into(), retries);
        Self { jules, troubles: handle.troubles.clone(), line }
    }
}
