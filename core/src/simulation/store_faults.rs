//! A store whose reads and writes fail now and then, also after they were done, beside everything that goes wrong on the way
//! to the server. A user who makes each call again has every activity once, one session, each effect once.

use std::collections::BTreeSet;
use std::future::Future;
use std::panic::RefUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::clock;
use super::faults::Faults;
use super::program::{PROMPT, Schedule};
use super::schedules::play_seeds;
use super::server::Server;
use crate::store::{Place, Sqlite, Trouble};
use crate::{AllOptions, ErrorKind, Jules, Result, RunConfig, Session, SessionState, StreamOptions};

const MESSAGE: &str = "go on";

/// How often one call is made.
const PATIENCE: usize = 100;

/// Makes a call until the store lets it be; any other error is a failure.
async fn persist<T, F: Future<Output = Result<T>>>(what: &str, call: impl Fn() -> F) -> T {
    for _ in 0..PATIENCE {
        match call().await {
            Ok(done) => return done,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Store, "{what}: {error}");
                assert!(error.fault().is_some() && error.retryable(), "{what}: {error:?}");
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("{what} failed {PATIENCE} times");
}

/// A session whose create was answered is never lost: where the store fails then, the error has its id.
async fn create(jules: &Jules) -> Session {
    for _ in 0..PATIENCE {
        match jules.create_session(RunConfig::new(PROMPT)).await {
            Ok(session) => return session,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Store, "{error}");
                if let Some(id) = error.session_id() {
                    return jules.session(id).unwrap();
                }
            }
        }
    }
    panic!("creating failed {PATIENCE} times");
}

async fn stream(session: &Session) -> Vec<String> {
    let mut given: Vec<String> = Vec::new();
    for _ in 0..PATIENCE {
        let options = given.last().map_or_else(StreamOptions::default, |last| StreamOptions::default().after(last));
        let mut activities = session.stream(options);
        loop {
            match activities.next().await {
                Some(Ok(activity)) => given.push(activity.id),
                Some(Err(error)) => {
                    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
                    break;
                }
                None => return given,
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("the stream broke {PATIENCE} times");
}

/// A server, a store that fails at times, and a client of both.
struct Stage {
    schedule: Schedule,
    server: Arc<Server>,
    store: Sqlite,
    jules: Jules,
}

impl Stage {
    fn new(seed: u64) -> Self {
        let mut schedule = Schedule::random(seed);
        let mut random = SmallRng::seed_from_u64(seed ^ 0x57_0e);
        if random.random_bool(0.5) {
            schedule.faults = Faults::none();
        }
        schedule.faults.unreachable = false;
        let server = schedule.server();
        let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
        let jules = schedule.client(&server, &store);
        let (often, mut left) = (random.random_range(0.01..0.5), random.random_range(1..40));
        // The client has a handle of its own on the same memory, and shares this one's troubles.
        store.troubles.set(move |_| {
            let trouble = if random.random_bool(0.5) { Trouble::Before } else { Trouble::After };
            (left > 0 && random.random_bool(often)).then(|| {
                left -= 1;
                trouble
            })
        });
        Self { schedule, server, store, jules }
    }
}

async fn play(seed: u64) {
    let Stage { schedule, server, store, jules } = Stage::new(seed);
    let session = create(&jules).await;
    let user = async {
        if schedule.course.plan {
            persist("waiting for the plan", || session.wait_for(SessionState::AwaitingPlanApproval)).await;
            // An approval that was taken, and then not noted, is refused when it is made again.
            while session.approve().await.is_err_and(|error| error.kind() == ErrorKind::Store) {}
        }
        persist("a message", || session.send(MESSAGE)).await;
        persist("the result", || session.result()).await
    };
    let (given, outcome) = join(stream(&session), user).await;
    store.troubles.end();

    assert!(outcome.state.is_terminal());
    let again = stream(&session).await;
    let mut world = server.world();
    let woken = world.session(session.id()).unwrap().woken;
    // One that ended before the message woke the session had all that was there then.
    assert!(again.starts_with(&given) && (woken || given.len() == again.len()), "{given:?}, then {again:?}");
    assert_eq!(world.sessions.len(), 1, "sessions");
    let there = world.session(session.id()).unwrap();
    assert_eq!(there.approvals, usize::from(schedule.course.plan), "approvals");
    assert_eq!(there.said("userMessaged", "userMessage"), [MESSAGE], "messages");
    let (mut wanted, mut had) = (there.ids(), again);
    wanted.sort();
    had.sort();
    assert_eq!(had, wanted, "activities");
}

/// `all` gives each session that was made, or the error that has its id: as many as the server has.
async fn play_all(seed: u64) {
    let stage = Stage::new(seed);
    let map = |item: usize| async move { Ok(RunConfig::new(format!("{PROMPT} {item}")).require_approval(false)) };
    // Nobody approves: sessions that wait for that leave no room for others.
    let concurrency = stage.schedule.course.plan.then_some(4);
    let options = AllOptions { stop_on_error: Some(false), concurrency, ..AllOptions::default() };
    let mut ids = BTreeSet::new();
    let mut all = stage.jules.all(0..4, map, options).unwrap().created();
    while let Some(one) = all.next().await {
        match one.result {
            Ok(session) => drop(ids.insert(session.id().to_owned())),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Store, "{error}");
                ids.extend(error.session_id().map(str::to_owned));
            }
        }
    }
    let there: BTreeSet<_> = stage.server.world().sessions.iter().map(|session| session.id.clone()).collect();
    assert_eq!(ids, there);
}

/// A run with a key that is made again until the store lets it be has one session.
async fn play_keyed(seed: u64) {
    let Stage { schedule, server, jules, .. } = Stage::new(seed);
    let run = || async { jules.run(RunConfig::new(PROMPT).key("k").require_approval(false)).await };
    if schedule.course.plan {
        return;
    }
    let outcome = persist("a run", run).await;
    assert!(outcome.state.is_terminal());
    assert_eq!(server.world().sessions.len(), 1);
}

fn all_seeds<F: Future<Output = ()>>(play: impl Fn(u64) -> F + RefUnwindSafe) {
    let day = Duration::from_secs(24 * 3_600);
    play_seeds(60, 1, 0, |seed| {
        clock::run(seed, async { tokio::time::timeout(day, play(seed)).await.expect("it ends within a day") });
    });
}

#[test]
fn all_gives_the_id_of_each_session_that_was_made() {
    all_seeds(play_all);
}

#[test]
fn a_run_with_a_key_has_one_session() {
    all_seeds(play_keyed);
}

#[test]
fn nothing_is_lost_and_nothing_is_doubled() {
    all_seeds(play);
}
