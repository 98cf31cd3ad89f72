//! Everybody who waits for something of one session shares one watcher: what all of them cost together is what one stream
//! costs.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join3;
use tokio::time::sleep;

use super::clock;
use super::program::Schedule;
use super::server::Server;
use super::world::Course;
use crate::store::{Place, Sqlite};
use crate::{RunConfig, Session, SessionState, StreamOptions};

const EVERY: Duration = Duration::from_secs(1);

fn schedule(seed: u64) -> Schedule {
    let pause = Duration::from_secs(3);
    let course = Course { plan: true, before: 4, after: 12, pause, says_end: true, fails: false, steady: false };
    Schedule { interval: Some(EVERY), ..Schedule::plain(seed, course) }
}

async fn begin(seed: u64) -> (Arc<Server>, Session) {
    let schedule = schedule(seed);
    let server = schedule.server();
    let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
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

/// The approval and the message.
const POSTS: usize = 2;

#[test]
fn all_who_wait_for_a_session_cost_what_one_stream_costs_and_the_posts() {
    let (mut sum_alone, mut sum_together, runs) = (0, 0, 20);
    for seed in 0..runs {
        let alone = clock::run(seed, alone(seed));
        let together = clock::run(seed, together(seed));
        // Looks fall on other moments, so a session may seem to last a look longer: that evens out, and is bounded here.
        let most = alone + POSTS + 3;
        assert!(together <= most, "seed {seed}: {together} requests for all, {alone} for a stream alone");
        (sum_alone, sum_together) = (sum_alone + alone, sum_together + together);
    }
    // The message is followed by one look at once, which moves those that come later: half a look more on the average.
    let most = sum_alone + usize::try_from(runs).unwrap() * (POSTS + 1);
    assert!(sum_together <= most, "{sum_together} requests for all, {sum_alone} for streams alone");
}
