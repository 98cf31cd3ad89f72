//! The budget of `activities.list` at its real pace, on the simulated clock: many sessions watched by clients of one store,
//! how late each activity comes, and that no minute has more calls than the service allows.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use serde_json::json;

use super::clock;
use super::faults::Faults;
use super::program::Schedule;
use super::server::Server;
use super::world::{Course, World};
use crate::store::{Place, Sqlite};
use crate::{ActivityBudget, Jules, StreamOptions};

const MINUTE: Duration = Duration::from_secs(60);

/// So many activities, one each so long.
fn course(count: usize, every: Duration) -> Course {
    Course { plan: false, before: count, after: 0, pause: every, says_end: true, fails: false, steady: true }
}

fn schedule(seed: u64) -> Schedule {
    Schedule::plain(seed, course(0, MINUTE))
}

/// How late the activities of one session came, in seconds.
struct Delays(Vec<f64>);

impl Delays {
    fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / f64::from(u32::try_from(self.0.len()).unwrap().max(1))
    }

    fn longest(&self) -> f64 {
        self.0.iter().copied().fold(0.0, f64::max)
    }
}

/// Streams a session to its end: everything once, and when it came.
async fn stream(server: &Server, jules: &Jules, course: Course, begins: Duration) -> Delays {
    tokio::time::sleep(begins).await;
    let id = &server.world().create(json!({"prompt": "x"}), course);
    let mut stream = jules.session(id).unwrap().stream(StreamOptions::default());
    let (mut delays, mut seen) = (Vec::new(), Vec::new());
    while let Some(activity) = stream.next().await {
        let activity = activity.unwrap().id;
        let mut world = server.world();
        let now = world.now();
        let visible = world.session(id).unwrap().activities.iter().find(|one| one.id == activity).unwrap().visible;
        delays.push((now - visible).as_secs_f64());
        seen.push(activity);
    }
    assert_eq!(seen, server.world().session(id).unwrap().ids(), "everything once, in order");
    // What comes with the end waits for nobody: the last one may be seen with the state.
    Delays(delays)
}

struct Watched {
    server: Arc<Server>,
    delays: Vec<Delays>,
}

impl Watched {
    /// The most calls within any minute.
    fn worst_minute(&self) -> usize {
        let times = self.server.world().listed.clone();
        let within = |from: &Duration| times.iter().filter(|time| *time >= from && **time < *from + MINUTE).count();
        times.iter().map(within).max().unwrap_or_default()
    }
}

/// Watches sessions that go these ways, shared among so many clients of one store.
async fn watch(seed: u64, courses: Vec<(Course, Duration)>, clients: usize, budget: ActivityBudget) -> Watched {
    watch_under(Faults::none(), seed, courses, clients, budget).await
}

async fn watch_under(
    faults: Faults,
    seed: u64,
    courses: Vec<(Course, Duration)>,
    clients: usize,
    budget: ActivityBudget,
) -> Watched {
    let schedule = schedule(seed);
    let world = World::new(seed, schedule.traits.clone(), faults);
    let server = Arc::new(Server::new(world, schedule.course.clone()));
    let store = Sqlite::new(Place::Memory, "account", u64::MAX, clock::surroundings());
    let clients: Vec<_> = (0..clients).map(|_| schedule.client_with(&server, &store, budget)).collect();
    let streams = courses
        .into_iter()
        .enumerate()
        .map(|(place, (course, begins))| stream(&server, &clients[place % clients.len()], course, begins));
    let delays = join_all(streams).await;
    Watched { server, delays }
}

fn mean(delays: &[Delays]) -> f64 {
    let all: Vec<_> = delays.iter().flat_map(|delays| delays.0.iter().copied()).collect();
    Delays(all).mean()
}

/// Four sessions with an activity each two seconds, and sixteen with one a minute, each at its own moment.
fn twenty() -> Vec<(Course, Duration)> {
    let busy = (0..4).map(|one| (course(120, Duration::from_secs(2)), Duration::from_millis(430 * one)));
    busy.chain((0..16).map(|one| (course(4, MINUTE), Duration::from_millis(23_100 * one % 60_000)))).collect()
}

#[test]
fn twenty_sessions_stay_within_the_quota_and_none_is_left_behind() {
    for (clients, seed) in [(1, 0), (3, 1)] {
        let watched = clock::run(seed, watch(seed, twenty(), clients, ActivityBudget::Default));
        let (busy, others) = watched.delays.split_at(4);
        let longest = watched.delays.iter().map(Delays::longest).fold(0.0, f64::max);
        let (busy, others, worst) = (mean(busy), mean(others), watched.worst_minute());
        println!("{clients} clients: busy {busy:.2} s, others {others:.2} s, longest {longest:.1} s, {worst} a minute");
        assert!(worst <= 120, "{worst} calls in a minute");
        assert!(busy <= 2.5, "the busy ones: {busy:.2} s on the average");
        assert!(others <= 8.0, "the others: {others:.2} s on the average");
        assert!(longest <= 30.0, "the longest: {longest:.1} s");
    }
}

#[test]
fn what_is_asked_again_counts_too() {
    for (clients, seed) in [(1, 0), (3, 1)] {
        let faults = Faults { unavailable: 0.15, ..Faults::none() };
        let watched = clock::run(seed, watch_under(faults, seed, twenty(), clients, ActivityBudget::Default));
        let worst = watched.worst_minute();
        let longest = watched.delays.iter().map(Delays::longest).fold(0.0, f64::max);
        println!("{clients} clients, one of seven refused: {worst} a minute, longest {longest:.1} s");
        assert!(worst <= 120, "{worst} calls in a minute");
    }
}

#[test]
fn one_session_alone_uses_what_there_is() {
    for (budget, most) in [(ActivityBudget::Default, 0.35), (ActivityBudget::Unlimited, 0.2)] {
        let one = vec![(course(1_500, Duration::from_millis(120)), Duration::ZERO)];
        let watched = clock::run(1, watch(1, one, 1, budget));
        let (mean, worst) = (mean(&watched.delays), watched.worst_minute());
        println!("one session, {budget:?}: {mean:.3} s, {worst} a minute");
        assert!(mean <= most, "{mean:.3} s on the average");
        assert!(budget != ActivityBudget::Default || worst <= 120, "{worst} calls in a minute");
    }
}
