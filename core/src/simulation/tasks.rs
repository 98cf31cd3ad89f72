//! A queue's tasks while the service is away and the machine's clock is set.

use std::time::Duration;

use futures::StreamExt;
use serde_json::json;
use tokio::time::Instant;

use super::clock;
use super::faults::Faults;
use super::program::{PROMPT, Schedule};
use super::traits::Traits;
use super::world::{Course, DAY, Plan};
use crate::store::{Place, Sqlite};
use crate::{QueueOptions, RunConfig, TaskConfig, WorkOptions};

/// With so many seconds between them the server's clock shows what this machine's does.
const AS_HERE: i64 = -23_045;

#[test]
fn a_task_that_could_not_be_started_is_tried_again_soon_however_the_clock_is_set() {
    let pause = Duration::from_secs(1);
    let course = Course { plan: false, before: 1, after: 1, pause, says_end: true, fails: false, steady: false };
    // Nobody answers until the client has given up. The clock is set back, or forward, by a day: also while the task waits for
    // its next try.
    let outage = Some((Duration::ZERO, Duration::from_secs(25)));
    let schedule = Schedule { faults: Faults { outage, ..Faults::none() }, ..Schedule::plain(1, course) };
    for (set, at) in [-86_400, 0, 86_400].into_iter().flat_map(|set| (14..40).step_by(2).map(move |at| (set, at))) {
        let took = clock::run(1, async {
            clock::jump(&[(Duration::from_secs(at), set)]);
            let (server, began) = (schedule.server(), Instant::now());
            let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
            let jules = schedule.client_that_retries(&server, &store, false.into(), Duration::from_secs(15));
            let queue = jules.queue("q", QueueOptions::default()).unwrap();
            queue.add(TaskConfig::new("task", RunConfig::new(PROMPT))).await.unwrap();
            let done: Vec<_> = queue.work(WorkOptions::default()).unwrap().collect().await;
            assert_eq!(done.len(), 1, "{set} at {at}");
            assert_eq!(done[0].as_ref().unwrap().task.state.to_string(), "done", "{set} at {at}");
            assert_eq!(server.world().sessions.len(), 1, "{set} at {at}");
            began.elapsed()
        });
        assert!(took > Duration::from_secs(25) && took < Duration::from_secs(120), "{set} at {at}: {took:?}");
    }
}

/// Places leave the day by the store's clock, which is this machine's here: it shows what the server's does. Where it is set
/// forward, places leave too early, and the server says so.
#[test]
fn a_queue_waits_for_the_day_to_have_room_and_goes_on() {
    let pause = Duration::from_secs(1);
    let course = Course { plan: false, before: 1, after: 1, pause, says_end: true, fails: false, steady: false };
    let (left, most) = (Duration::from_secs(600), 2);
    for (says_quota, set) in [(false, 0), (true, 0), (false, 39_600)] {
        let took = clock::run(1, async {
            // The machine's clock begins with its client, and is set in the middle of the wait.
            clock::jump(&[(Duration::ZERO, (DAY - left).as_secs().cast_signed()), (left / 2, set)]);
            let traits = Traits { skew: AS_HERE, ..Traits::plain() };
            let schedule = Schedule { traits, ..Schedule::plain(1, course.clone()) };
            let server = schedule.server();
            server.world().plan = Plan { day: Some(most), says_quota, ..Plan::unlimited() };
            for number in 0..most {
                server.world().create(json!({"prompt": format!("of before {number}")}), course.clone());
            }
            tokio::time::sleep(DAY - left).await;
            let began = Instant::now();
            let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
            let jules = schedule.client(&server, &store);
            let queue = jules.queue("q", QueueOptions::default()).unwrap();
            let task =
                |number: usize| TaskConfig::new(number.to_string(), RunConfig::new(format!("{PROMPT} {number}")));
            queue.add_all((0..most).map(task)).await.unwrap();
            let done: Vec<_> = queue.work(WorkOptions::default()).unwrap().collect().await;
            assert!(done.iter().all(|one| one.as_ref().unwrap().result.is_ok()), "{set}: {done:?}");
            assert_eq!((done.len(), server.world().sessions.len()), (most, 2 * most), "{set}");
            let creates = server.world().requests["sessions.create"];
            assert!(creates <= most + 4, "{set}: {} creates were refused", creates - most);
            began.elapsed()
        });
        assert!(took > left && took < left + Duration::from_secs(120), "{says_quota} {set}: {took:?}");
    }
}
