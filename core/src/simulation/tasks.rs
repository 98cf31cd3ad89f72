//! A queue's tasks while the service is away and the machine's clock is set.

use std::time::Duration;

use futures::StreamExt;
use tokio::time::Instant;

use super::clock;
use super::faults::Faults;
use super::program::{PROMPT, Schedule};
use super::world::Course;
use crate::store::{Place, Sqlite};
use crate::{QueueOptions, RunConfig, TaskConfig, WorkOptions};

#[test]
fn a_task_that_could_not_be_started_is_tried_again_soon_however_the_clock_is_set() {
    let pause = Duration::from_secs(1);
    let course = Course { plan: false, before: 1, after: 1, pause, says_end: true, fails: false, steady: false };
    // Nobody answers until the client has given up; then the clock is set back, or forward, by a day.
    let outage = Some((Duration::ZERO, Duration::from_secs(25)));
    let schedule = Schedule { faults: Faults { outage, ..Faults::none() }, ..Schedule::plain(1, course) };
    for set in [-86_400, 0, 86_400] {
        let took = clock::run(1, async {
            clock::jump(&[(Duration::from_secs(22), set)]);
            let (server, began) = (schedule.server(), Instant::now());
            let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
            let jules = schedule.client_that_retries(&server, &store, false.into(), Duration::from_secs(15));
            let queue = jules.queue("q", QueueOptions::default()).unwrap();
            queue.add(TaskConfig::new("task", RunConfig::new(PROMPT))).await.unwrap();
            let done: Vec<_> = queue.work(WorkOptions::default()).unwrap().collect().await;
            assert_eq!(done.len(), 1, "{set}");
            assert_eq!(done[0].as_ref().unwrap().task.state.to_string(), "done", "{set}");
            assert_eq!(server.world().sessions.len(), 1, "{set}");
            began.elapsed()
        });
        assert!(took > Duration::from_secs(25) && took < Duration::from_secs(120), "{set}: {took:?}");
    }
}
