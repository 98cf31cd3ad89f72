//! Everybody who waits for something of one session shares one watcher: what all of them cost together is what one stream
//! costs.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join3;
use tokio::time::sleep;

use super::clock;
use super::faults::Faults;
use super::program::Schedule;
use super::server::Server;
use super::traits::Traits;
use super::world::{Course, World};
use crate::store::{Place, Sqlite, Store};
use crate::{RunConfig, Session, SessionState, StreamOptions};

const EVERY: Duration = Duration::from_secs(1);

fn schedule(seed: u64) -> Schedule {
    let pause = Duration::from_secs(3);
    Schedule {
        seed,
        traits: Traits::plain(),
        faults: Faults::none(),
        course: Course { plan: true, before: 4, after: 12, pause, says_end: true, fails: false },
        interval: Some(EVERY),
        streams: vec![0],
        messages: Vec::new(),
        decoy: false,
    }
}

async fn begin(seed: u64) -> (Arc<Server>, Session) {
    let schedule = schedule(seed);
    let world = World::new(seed, schedule.traits.clone(), schedule.faults.clone());
    let server = Arc::new(Server::new(world, schedule.course.clone()));
    let store: Arc<dyn Store> = Arc::new(Sqlite::new(Place::Memory, u64::MAX));
    let session = schedule.client(&server, &store).create_session(RunConfig::new("x")).await.unwrap();
    (server, session)
}

async fn stream(session: &Session) -> usize {
    session.stream(StreamOptions::default()).map(|item| item.unwrap()).count().await
}

/// Requests of a stream alone; somebody else approves and asks, in the web app.
async fn alone(seed: u64) -> usize {
    let (server, session) = begin(seed).await;
    let id = session.id().to_owned();
    let somebody_else = async {
        while !server.world().approve(&id) {
            sleep(EVERY).await;
        }
        sleep(Duration::from_secs(5)).await;
        server.world().message(&id, "why?");
    };
    futures::future::join(stream(&session), somebody_else).await;
    server.requests()
}

/// Requests of a stream, `wait_for`, `approve`, `ask` and `result`, all at once.
async fn together(seed: u64) -> usize {
    let (server, session) = begin(seed).await;
    let user = async {
        session.wait_for(SessionState::AwaitingPlanApproval).await.unwrap();
        session.approve().await.unwrap();
        sleep(Duration::from_secs(5)).await;
        session.ask("why?").await.unwrap();
    };
    join3(stream(&session), user, async { session.result().await.unwrap() }).await;
    server.requests()
}

#[test]
fn all_who_wait_for_a_session_cost_what_one_stream_costs_and_a_look_for_each_act() {
    for seed in 0..20 {
        let alone = clock::run(seed, alone(seed));
        let together = clock::run(seed, together(seed));
        // The two POSTs; after each of them a look at once, and the state with three looks; what came last, asked for once
        // by each that gives a whole session back.
        let most = alone + 2 + 2 * (1 + 3) + 2;
        assert!(together <= most, "seed {seed}: {together} requests for all, {alone} for a stream alone");
    }
}
