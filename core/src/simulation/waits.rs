//! Waits of a whole client's own, on the simulated clock: each that lasts over a second is counted under its reason, and a
//! time limit that ends one says what it was.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{join, join_all};
use serde_json::json;

use super::clock;
use super::faults::Faults;
use super::program::Schedule;
use super::server::Server;
use super::world::Course;
use crate::store::{Place, Sqlite};
use crate::{ActivityBudget, ErrorKind, Jules, WaitReason};

const COURSE: Course = Course {
    plan: false,
    before: 200,
    after: 0,
    pause: Duration::from_secs(4),
    says_end: true,
    fails: false,
    steady: true,
};

/// Clients of one store, and a server.
fn clients(count: usize, faults: Faults, budget: ActivityBudget) -> (Arc<Server>, Vec<Jules>) {
    let schedule = Schedule { faults, ..Schedule::plain(1, COURSE) };
    let server = schedule.server();
    let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
    let clients = (0..count).map(|_| schedule.client_with(&server, &store, budget)).collect();
    (server, clients)
}

fn session(server: &Server) -> String {
    server.world().create(json!({"prompt": "x"}), COURSE)
}

fn waits(jules: &Jules, reason: WaitReason) -> u64 {
    jules.metrics().waits.get(&reason).copied().unwrap_or_default()
}

#[test]
fn the_turn_behind_another_client_is_counted_and_named_when_time_is_up() {
    clock::run(1, async {
        let (server, clients) = clients(2, Faults::none(), ActivityBudget::Default);
        let id = session(&server);
        let ask = |of: usize| clients[of].session(&id).unwrap().ask("why?");
        let behind = async {
            tokio::time::sleep(Duration::from_millis(10)).await;
            ask(1).timeout(Duration::from_millis(2_500)).await.unwrap_err()
        };
        let (answer, error) = join(ask(0), behind).await;
        answer.unwrap();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        let text = error.to_string();
        assert!(text.contains("timed out after 2.5s while waiting for another call that does the same"), "{text}");
        assert_eq!([0, 1].map(|of| waits(&clients[of], WaitReason::Turn)), [0, 1]);
    });
}

#[test]
fn the_turn_behind_another_call_of_the_same_client_is_counted() {
    clock::run(1, async {
        let (server, clients) = clients(1, Faults::none(), ActivityBudget::Default);
        let session = clients[0].session(&session(&server)).unwrap();
        let (one, other) = join(session.ask("why?"), session.ask("how?")).await;
        one.and(other).unwrap();
        assert_eq!(waits(&clients[0], WaitReason::Turn), 1);
    });
}

#[test]
fn the_budget_for_activities_is_counted() {
    clock::run(1, async {
        let (server, clients) = clients(1, Faults::none(), ActivityBudget::PerMinute(20));
        let looks = (0..30).map(|_| clients[0].session(&session(&server)).unwrap().info());
        assert!(join_all(looks).await.iter().all(Result::is_ok));
        // The first ones go at once; the others wait three seconds for one another.
        let waited = waits(&clients[0], WaitReason::ActivityBudget);
        assert!((15..30).contains(&waited), "{waited} waits");
    });
}

#[test]
fn long_waits_before_another_attempt_are_counted() {
    clock::run(1, async {
        let mut faults = Faults::none();
        faults.outage = Some((Duration::from_secs(1), Duration::from_secs(20)));
        let (server, clients) = clients(1, faults, ActivityBudget::Default);
        let session = clients[0].session(&session(&server)).unwrap();
        session.info().await.unwrap();
        assert_eq!(waits(&clients[0], WaitReason::Retry), 0);
        tokio::time::sleep(Duration::from_secs(2)).await;
        session.info().await.unwrap();
        let metrics = clients[0].metrics();
        let waited = waits(&clients[0], WaitReason::Retry);
        assert!(waited > 0 && waited <= metrics.retries, "{metrics:?}");
    });
}
