//! Many sessions that are watched from the same moment: pages tell of them, not a request for each.

use std::time::Duration;

use futures::future::{join, join_all};
use serde_json::json;

use super::clock;
use super::program::Schedule;
use super::server::Server;
use super::world::Course;
use crate::store::{Place, Sqlite};
use crate::{ErrorKind, Jules, RunConfig, SessionState};

const SESSIONS: usize = 250;

#[test]
fn who_begins_to_watch_many_asks_for_them_by_the_page() {
    let pause = Duration::from_secs(60);
    let course = Course { plan: false, before: 5, after: 0, pause, says_end: true, fails: false, steady: true };
    let schedule = Schedule::plain(1, course.clone());
    clock::run(1, async {
        let server = schedule.server();
        let ids: Vec<_> =
            (0..SESSIONS).map(|_| server.world().create(json!({"prompt": "x"}), course.clone())).collect();
        let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
        let jules = schedule.client(&server, &store);
        let sessions: Vec<_> = ids.iter().map(|id| jules.session(id).unwrap()).collect();
        let infos = join_all(sessions.iter().map(|session| session.wait_for(SessionState::Planning).into_future()));
        infos.await.into_iter().for_each(|info| drop(info.unwrap()));
        let asked = server.world().requests.clone();
        // The first is alone when it asks. Those that came while a page was under way are in the next one.
        assert!(asked["sessions.get"] <= 2 && asked["sessions.list"] <= 4, "{asked:?}");
    });
}

/// Two clients on one store, of which the first watches a session of its own for all.
async fn with_a_watcher<T>(works: impl AsyncFnOnce(Jules, &Server) -> T) -> T {
    let pause = Duration::from_secs(600);
    let course = Course { plan: false, before: 5, after: 0, pause, says_end: true, fails: false, steady: true };
    let schedule = Schedule::plain(1, course.clone());
    let server = schedule.server();
    let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
    let (first, second) = (schedule.client(&server, &store), schedule.client(&server, &store));
    let own = server.world().create(json!({"prompt": "x"}), course);
    let watches = first.session(&own).unwrap().result().into_future();
    let works = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        works(second, &server).await
    };
    tokio::select! {
        ended = watches => panic!("the first session lasts long: {ended:?}"),
        done = works => done,
    }
}

#[test]
fn who_follows_learns_that_a_session_is_refused() {
    clock::run(
        1,
        with_a_watcher(async |jules, server| {
            let (began, before) = (tokio::time::Instant::now(), server.requests());
            let error = jules.session("4711").unwrap().result().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{error:?}");
            assert!(began.elapsed() < Duration::from_secs(5), "after {:?}", began.elapsed());
            let asked = server.requests() - before;
            assert!(asked < 10, "{asked} requests");
        }),
    );
}

#[test]
fn a_new_session_that_is_not_known_everywhere_is_soon_asked_for_again() {
    clock::run(
        1,
        with_a_watcher(async |jules, server| {
            let session = jules.create_session(RunConfig::new("y").require_approval(false)).await.unwrap();
            let hidden = server.world().sessions.pop().unwrap();
            let appears = async {
                tokio::time::sleep(Duration::from_secs(5)).await;
                let began = tokio::time::Instant::now();
                server.world().sessions.push(hidden);
                began
            };
            let (info, appeared) = join(session.wait_for(SessionState::Planning).into_future(), appears).await;
            info.unwrap();
            assert!(appeared.elapsed() < Duration::from_secs(10), "after {:?}", appeared.elapsed());
        }),
    );
}
