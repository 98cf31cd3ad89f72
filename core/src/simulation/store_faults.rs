//! A store whose reads and writes fail now and then, also after they were done, beside everything that goes wrong on the way
//! to the server. A user who makes each call again has every activity once, one session, each effect once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::clock;
use super::program::{PROMPT, Schedule};
use super::schedules::play_seeds;
use super::server::Server;
use super::world::World;
use crate::store::{Place, Sqlite, Trouble};
use crate::{ErrorKind, Jules, Result, RunConfig, Session, SessionState, StreamOptions};

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

async fn play(seed: u64) {
    let mut schedule = Schedule::random(seed);
    let mut random = SmallRng::seed_from_u64(seed ^ 0x57_0e);
    if random.random_bool(0.5) {
        schedule.faults = super::faults::Faults::none();
    }
    schedule.faults.unreachable = false;
    let world = World::new(seed, schedule.traits.clone(), schedule.faults.clone());
    let server = Arc::new(Server::new(world, schedule.course.clone()));
    let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
    let jules = schedule.client(&server, &store);
    let (often, mut left) = (random.random_range(0.01..0.5), random.random_range(1..40));
    store.troubles.set(move || {
        let trouble = if random.random_bool(0.5) { Trouble::Before } else { Trouble::After };
        (left > 0 && random.random_bool(often)).then(|| {
            left -= 1;
            trouble
        })
    });

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

#[test]
fn a_store_that_fails_now_and_then_loses_and_doubles_nothing() {
    play_seeds(200, 1, 0, |seed| {
        let day = Duration::from_secs(24 * 3_600);
        clock::run(seed, async { tokio::time::timeout(day, play(seed)).await.expect("it ends within a day") });
    });
}
