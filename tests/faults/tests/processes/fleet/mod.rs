//! Fleets of workers on one queue: how full they keep the plan's slots, and that nothing is doubled or lost while workers are
//! killed and the database goes away. On one machine's file, and with PostgreSQL where `.dev/run faults fleets` runs them; with
//! `JULES_LONG` as large as a day's work. What they did is checked, and the checker is shown to see a fence that is broken.

mod broken;
mod crew;
mod history;
mod machines;

use std::process::Child;
use std::time::{Duration, Instant};

use futures::StreamExt;
use jules::{Jules, QueueOptions};
use jules_emulator::Emulator;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use self::crew::Crew;
use self::history::{Allowed, Finished, History};
use crate::server::Server;

/// What a fleet has to do, and what happens to it meanwhile.
struct Fleet {
    tasks: usize,
    /// How long a session works.
    each: Duration,
    slots: usize,
    workers: usize,
    /// How many tasks a worker is at, at most; 0: as many as there are.
    concurrency: usize,
    /// How often a session is looked at.
    look_every: Duration,
    /// How often a worker is killed, and how often the database is restarted in all.
    kill_every: Option<Duration>,
    restarts: usize,
    /// How often all connections to the database are cut.
    cut_every: Option<Duration>,
    /// How long the database is away once, for all.
    outage: Option<Duration>,
    /// How full the slots are to be, in percent.
    full: f64,
    /// What is done to the database once its tables are there.
    sql: Option<&'static str>,
}

/// One that nothing happens to.
const QUIET: Fleet = Fleet {
    tasks: 0,
    each: Duration::ZERO,
    slots: 15,
    workers: 8,
    concurrency: 0,
    look_every: OFTEN,
    kill_every: None,
    restarts: 0,
    cut_every: None,
    outage: None,
    full: 0.0,
    sql: None,
};

/// Ends all connections of the fleet's clients, whatever they are doing.
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jules-sdk'";

fn long() -> bool {
    std::env::var_os("JULES_LONG").is_some()
}

/// So often sessions are looked at.
const OFTEN: Duration = Duration::from_millis(50);
/// The same where they last half a second: what has ended is to be seen within a twentieth of that.
const QUICKLY: Duration = Duration::from_millis(20);

/// Ten thousand short tasks, where it is long; nobody is killed.
fn throughput() -> Fleet {
    let (tasks, full) = if long() { (10_000, 90.0) } else { (60, 0.0) };
    let tasks = std::env::var("JULES_FLEET_TASKS").map_or(tasks, |tasks| tasks.parse().unwrap());
    let each = Duration::from_millis(500);
    Fleet { tasks, each, look_every: QUICKLY, full, ..QUIET }
}

/// Six hundred tasks under faults, where it is long.
fn faults(restarts: usize) -> Fleet {
    let (tasks, full) = if long() { (600, 85.0) } else { (45, 0.0) };
    let (each, every) = if long() { (10_000, 10_000) } else { (1_000, 900) };
    Fleet {
        tasks,
        each: Duration::from_millis(each),
        // So that whoever is killed is at something.
        concurrency: 3,
        kill_every: Some(Duration::from_millis(every)),
        restarts,
        // Of a file there is nothing to be cut.
        cut_every: (restarts > 0).then_some(Duration::from_millis(every / 2)),
        full,
        ..QUIET
    }
}

/// The database is away for longer than any call tries to reach it that nobody waits for.
fn outage() -> Fleet {
    let outage = Some(Duration::from_secs(if long() { 75 } else { 40 }));
    Fleet { tasks: 45, each: Duration::from_secs(1), concurrency: 3, outage, ..QUIET }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_short_tasks_keep_the_slots_full() {
    let directory = tempfile::tempdir().unwrap();
    throughput().holds(&directory.path().display().to_string(), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_whose_workers_are_killed_doubles_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    faults(0).holds(&directory.path().display().to_string(), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults fleets"]
async fn many_short_tasks_keep_the_slots_full_on_postgres() {
    let server = Server::start();
    throughput().holds(&server.url, Some(&server)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults fleets"]
async fn a_fleet_whose_workers_and_database_go_away_doubles_and_loses_nothing() {
    let server = Server::start();
    faults(3).holds(&server.url, Some(&server)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults fleets"]
async fn a_fleet_goes_on_when_the_database_is_back_after_a_long_time() {
    let server = Server::start();
    outage().holds(&server.url, Some(&server)).await;
}

impl Fleet {
    fn allowed(&self) -> Allowed {
        Allowed { tasks: self.tasks, slots: self.slots, day: self.tasks }
    }

    /// Runs it, and wants all to be right.
    #[expect(clippy::print_stdout, reason = "the figures")]
    async fn holds(&self, store: &str, server: Option<&Server>) {
        let (history, figures) = self.run(store, server).await;
        let report = history.check(self.allowed()).unwrap();
        println!(
            "{} tasks of {:?} on {} slots, {} workers, {figures}; {} creates, {} results given, at most {} at work, slots {:.1} % \
             used, {} requests",
            self.tasks,
            self.each,
            self.slots,
            self.workers,
            history.creates,
            report.given,
            report.most,
            report.used,
            history.requests,
        );
        assert!(report.used >= self.full, "{} % of the slots' time was used, {} % wanted", report.used, self.full);
    }

    async fn run(&self, store: &str, server: Option<&Server>) -> (History, String) {
        let work = format!(
            "name: work\nsteps:\n- state: IN_PROGRESS\n- after: {}ms\n  completed: true\n",
            self.each.as_millis()
        );
        // It takes all that is asked of it: that no more are at work than the slots is the fleet's own doing.
        let emulator = Emulator::builder().scenario(&work).start().await.unwrap();
        let crew = Crew::new(&emulator, store, (self.slots, self.concurrency), self.look_every);
        let began = Instant::now();
        assert!(crew.start(self.tasks, "add").wait().unwrap().success(), "{}", crew.complaints());
        let added = began.elapsed();
        if let (Some(sql), Some(server)) = (self.sql, server) {
            server.run(sql).await;
        }
        let (kills, cuts) = tokio::task::block_in_place(|| self.lead(&crew, server));
        let took = began.elapsed();
        let figures =
            format!("{kills} kills, {} restarts, {cuts} cuts: added in {added:?}, done in {took:?}", self.restarts);
        (History::of(&emulator, &crew, results(&emulator, store).await), figures)
    }

    /// Starts the workers, and kills, cuts and restarts until all are done; gives back how often.
    fn lead(&self, crew: &Crew, server: Option<&Server>) -> (usize, usize) {
        let mut workers: Vec<Child> = (0..self.workers).map(|number| crew.start(0, &number.to_string())).collect();
        let ideal = self.each * u32::try_from(self.tasks / self.slots).unwrap();
        let restart_every = ideal / u32::try_from(self.restarts + 1).unwrap();
        let (began, mut random) = (Instant::now(), SmallRng::seed_from_u64(33));
        let (mut kills, mut restarts, mut cuts, mut outage) = (0, 0, 0, self.outage);
        let is_due = |every: Option<Duration>, before: usize| {
            every.is_some_and(|every| began.elapsed() > every * u32::try_from(before + 1).unwrap())
        };
        loop {
            std::thread::sleep(Duration::from_millis(50));
            let running = |worker: &mut Child| worker.try_wait().unwrap().is_none();
            if !workers.iter_mut().any(running) {
                break;
            }
            if restarts < self.restarts && began.elapsed() > restart_every * u32::try_from(restarts + 1).unwrap() {
                server.unwrap().restart();
                restarts += 1;
            }
            if is_due(self.cut_every, cuts) {
                tokio::runtime::Handle::current().block_on(server.unwrap().run(CUT));
                cuts += 1;
            }
            // All of them are at work by then.
            if let Some(time) = outage.take_if(|_| began.elapsed() > self.each * 2) {
                server.unwrap().halt();
                std::thread::sleep(time);
                server.unwrap().restart();
            }
            if is_due(self.kill_every, kills) {
                kills += 1;
                let place = random.random_range(0..workers.len());
                let next = crew.start(0, &format!("{place}-{kills}"));
                let mut killed = std::mem::replace(&mut workers[place], next);
                killed.kill().unwrap();
                killed.wait().unwrap();
            }
        }
        assert_eq!(restarts, self.restarts, "all was over before the database was restarted so often");
        assert!(self.cut_every.is_none() || cuts > 3, "only {cuts} cuts");
        assert!(outage.is_none(), "all was over before the database was away");
        for mut worker in workers {
            assert!(worker.wait().unwrap().success(), "{}", crew.complaints());
        }
        (kills, cuts)
    }
}

/// What the store has in the end: each task's key and state, and its session.
async fn results(emulator: &Emulator, store: &str) -> Vec<Finished> {
    let builder = Jules::builder().api_key("test-key").base_url(emulator.url()).cache_dir(store);
    let queue = builder.build().unwrap().queue("fleet", QueueOptions::default()).unwrap();
    let finished = queue.results().map(|task| {
        let task = task.unwrap();
        Finished { task: task.key, state: task.state.to_string(), session: task.session_id.unwrap_or_default() }
    });
    finished.collect().await
}
