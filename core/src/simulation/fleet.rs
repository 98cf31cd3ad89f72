//! Many sessions that are watched from the same moment: pages tell of them, not a request for each.

use std::time::Duration;

use futures::future::join_all;
use serde_json::json;

use super::clock;
use super::program::Schedule;
use super::world::Course;
use crate::SessionState;
use crate::store::{Place, Sqlite};

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
