//! Many sessions that live for a day: what the client holds at its end, it held in the morning. Memory, tasks, open files and
//! the files on disk are looked at each hour, and again when all is over.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use allocation_counter::measure;
use futures::StreamExt;
use serde_json::json;
use tokio::task::JoinHandle;

use super::clock::{self, Simulation};
use super::program::Schedule;
use super::server::Server;
use super::world::Course;
use crate::store::{Place, Sqlite};
use crate::{ActivityBudget, Jules, StreamOptions};

const HOUR: Duration = Duration::from_secs(3_600);

/// How many sessions there are, how many activities each has, and how long they take.
#[derive(Clone, Copy, Debug)]
struct Load {
    sessions: usize,
    activities: usize,
    hours: u32,
}

impl Load {
    fn pause(self) -> Duration {
        HOUR * self.hours / u32::try_from(self.activities).unwrap()
    }

    fn schedule(self) -> Schedule {
        let (before, pause) = (self.activities, self.pause());
        Schedule::plain(1, Course { plan: false, before, after: 0, pause, says_end: true, fails: false, steady: true })
    }
}

/// What is held at some moment, besides memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Held {
    tasks: usize,
    files: usize,
    handles: usize,
}

impl Held {
    fn now(simulation: &Simulation, directory: &Path) -> Self {
        let mut folders = vec![directory.to_owned()];
        let mut files = 0;
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files += 1 }
            }
        }
        Self { tasks: simulation.tasks(), files, handles: handles_in(directory) }
    }
}

/// How many files of a directory are open; zero where the system doesn't say.
fn handles_in(directory: &Path) -> usize {
    let Ok(open) = fs::read_dir("/proc/self/fd") else { return 0 };
    let targets = open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    targets.filter(|target| target.starts_with(directory)).count()
}

/// Streams a session that begins at its own moment: each activity once, in order.
fn watch(server: &Arc<Server>, jules: &Jules, course: Course, begins: Duration) -> JoinHandle<usize> {
    let (server, jules) = (Arc::clone(server), jules.clone());
    tokio::spawn(async move {
        tokio::time::sleep(begins).await;
        let id = server.world().create(json!({"prompt": "x"}), course);
        let expected = server.world().session(&id).unwrap().ids();
        let mut stream = jules.session(&id).unwrap().stream(StreamOptions::default());
        let mut count = 0;
        while let Some(activity) = stream.next().await {
            // The end is made when it comes.
            assert!(expected.get(count).is_none_or(|id| *id == activity.unwrap().id), "{id}, activity {count}");
            count += 1;
        }
        count
    })
}

/// Plays it, and looks at what is held each hour.
fn day(load: Load) {
    let directory = tempfile::tempdir().unwrap();
    let (simulation, schedule) = (Simulation::new(1), load.schedule());
    let (server, jules, watching) = simulation.run(async {
        let server = schedule.server();
        let place = Place::File { path: directory.path().join("store.sqlite3"), chosen: true };
        let store = Sqlite::new(place, "account", u64::MAX, clock::surroundings());
        let jules = schedule.client_with(&server, &store, ActivityBudget::Default);
        let step = load.pause() / u32::try_from(load.sessions).unwrap();
        let begins = (0..load.sessions).map(|number| step * u32::try_from(number).unwrap());
        let watching: Vec<_> = begins.map(|begins| watch(&server, &jules, schedule.course.clone(), begins)).collect();
        (server, jules, watching)
    });
    let mut hours = Vec::new();
    for _ in 0..load.hours {
        // What the test itself remembers is not the client's.
        let grown = measure(|| {
            simulation.run(async { tokio::time::sleep(HOUR).await });
            server.world().listed = Vec::new();
        });
        hours.push((grown.bytes_current, Held::now(&simulation, directory.path())));
    }
    println!("{load:?}: {} requests", server.requests());
    for (hour, (grown, held)) in hours.iter().enumerate() {
        println!("hour {hour}: {grown} bytes more, {held:?}");
    }
    let counts = simulation.run(futures::future::join_all(watching));
    assert!(counts.iter().all(|count| *count.as_ref().unwrap() == load.activities + 1), "each activity, and the end");

    // The first hours begin the sessions, and learn what there is to learn.
    stays(load, &hours[hours.len().div_ceil(4)..]);
    simulation.run(async {
        jules.close().await;
        drop(jules);
        // What is given back by and by is given back then.
        tokio::time::sleep(HOUR).await;
    });
    drop((server, schedule));
    assert!(simulation.tasks() <= 1, "{} tasks are left", simulation.tasks());
    // The thread that notices commits of other processes goes at its next look; its clock is the system's.
    let end = Instant::now() + Duration::from_secs(10);
    while handles_in(directory.path()) > 0 && Instant::now() < end {
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(handles_in(directory.path()), 0, "the store is closed");
}

/// What grew in each of these hours, and what was held at their ends. How much is under way comes and goes over hours: the
/// least that was held in the first half is compared with the least in the second.
fn stays(load: Load, hours: &[(i64, Held)]) {
    let Some((_, first)) = hours.first() else { return };
    let mut bytes = Vec::from_iter(hours.iter().map(|(grown, _)| *grown));
    for hour in 1..bytes.len() {
        bytes[hour] += bytes[hour - 1];
    }
    let (before, behind) = bytes.split_at(bytes.len() / 2);
    let least = |part: &[i64]| part.iter().copied().min().unwrap_or_default();
    let grown = least(behind) - least(before);
    assert!(grown <= 64 * load.sessions as i64 + 16_384, "{grown} bytes more in {} hours", hours.len());
    for (_, held) in hours {
        assert!(held.tasks <= first.tasks + 3, "{first:?}, and then {held:?}");
        assert_eq!((held.files, held.handles), (first.files, first.handles));
    }
}

fn leaves_nothing(load: Load) {
    // What is made once for good, such as the names that logs have.
    day(Load { sessions: 2, activities: 2, hours: 1 });
    let left = measure(|| day(load)).bytes_current;
    assert!(left.unsigned_abs() < 16_384, "{left} bytes are left");
}

#[test]
#[ignore = "takes minutes: .dev/run faults load"]
fn a_day_of_many_sessions_leaves_memory_tasks_and_files_as_they_were() {
    leaves_nothing(Load { sessions: 1_000, activities: 100, hours: 24 });
}
