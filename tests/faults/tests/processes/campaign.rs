//! Fleets as large as a day's work: how full they keep the plan's slots, and that nothing is doubled or lost while workers are
//! killed and the database goes away. On one machine's file, and with PostgreSQL where `make test-faults` starts one.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jules_emulator::{Emulator, LimitAnswer};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

/// What a fleet has to do, and what happens to it meanwhile.
struct Fleet {
    tasks: usize,
    /// How long a session works.
    each: Duration,
    slots: usize,
    workers: usize,
    /// How often a worker is killed, and how often the database is restarted in all.
    kill_every: Option<Duration>,
    restarts: usize,
    /// How full the slots are to be, in percent.
    full: f64,
}

fn long() -> bool {
    std::env::var_os("JULES_LONG").is_some()
}

/// Ten thousand short tasks, where it is long; nobody is killed.
fn throughput() -> Fleet {
    let (tasks, full) = if long() { (10_000, 90.0) } else { (60, 0.0) };
    Fleet { tasks, each: Duration::from_millis(500), slots: 15, workers: 8, kill_every: None, restarts: 0, full }
}

/// Six hundred tasks under faults, where it is long.
fn faults(restarts: usize) -> Fleet {
    let (tasks, full) = if long() { (600, 85.0) } else { (45, 0.0) };
    let (each, every) = if long() { (10_000, 10_000) } else { (1_000, 900) };
    Fleet {
        tasks,
        each: Duration::from_millis(each),
        slots: 15,
        workers: 8,
        kill_every: Some(Duration::from_millis(every)),
        restarts,
        full,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_short_tasks_keep_the_slots_full() {
    let directory = tempfile::tempdir().unwrap();
    throughput().run(&directory.path().display().to_string(), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_whose_workers_are_killed_doubles_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    faults(0).run(&directory.path().display().to_string(), None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: make test-faults"]
async fn many_short_tasks_keep_the_slots_full_on_postgres() {
    let server = Server::start();
    throughput().run(&server.url, Some(&server)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: make test-faults"]
async fn a_fleet_whose_workers_and_database_go_away_doubles_and_loses_nothing() {
    let server = Server::start();
    faults(3).run(&server.url, Some(&server)).await;
}

impl Fleet {
    async fn run(&self, store: &str, server: Option<&Server>) {
        let work = format!(
            "name: work\nsteps:\n- state: IN_PROGRESS\n- after: {}ms\n  completed: true\n",
            self.each.as_millis()
        );
        let emulator = Emulator::builder().limit_answer(LimitAnswer::Bare).scenario(&work).start().await.unwrap();
        emulator.configure(|config| config.concurrent_sessions = Some(self.slots)).unwrap();
        let crew = Crew::new(&emulator, store, self.slots);
        let began = Instant::now();
        assert!(crew.start(self.tasks, "add").wait().unwrap().success());
        let added = began.elapsed();
        let kills = tokio::task::block_in_place(|| self.lead(&crew, server));
        self.check(&emulator, &crew, kills, added, began.elapsed());
    }

    /// Starts the workers, and kills and restarts until all are done.
    fn lead(&self, crew: &Crew, server: Option<&Server>) -> usize {
        let mut workers: Vec<Child> = (0..self.workers).map(|number| crew.start(0, &number.to_string())).collect();
        let ideal = self.each * u32::try_from(self.tasks / self.slots).unwrap();
        let restart_every = ideal / u32::try_from(self.restarts + 1).unwrap();
        let (began, mut random) = (Instant::now(), SmallRng::seed_from_u64(33));
        let (mut kills, mut restarts) = (0, 0);
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
            let due = self.kill_every.is_some_and(|every| began.elapsed() > every * u32::try_from(kills + 1).unwrap());
            if due {
                kills += 1;
                let place = random.random_range(0..workers.len());
                let next = crew.start(0, &format!("{place}-{kills}"));
                let mut killed = std::mem::replace(&mut workers[place], next);
                killed.kill().unwrap();
                killed.wait().unwrap();
            }
        }
        assert_eq!(restarts, self.restarts, "all was over before the database was restarted so often");
        for mut worker in workers {
            assert!(worker.wait().unwrap().success(), "{}", crew.complaints());
        }
        kills
    }

    #[expect(clippy::print_stdout, reason = "the figures")]
    fn check(&self, emulator: &Emulator, crew: &Crew, kills: usize, added: Duration, took: Duration) {
        let sessions = emulator.sessions();
        let mut by_title: BTreeMap<&str, usize> = BTreeMap::new();
        sessions.iter().for_each(|session| *by_title.entry(&session.title).or_default() += 1);
        let doubled: Vec<_> = by_title.iter().filter(|(_, count)| **count > 1).collect();
        assert!(doubled.is_empty(), "doubled: {doubled:?}");
        assert_eq!(by_title.len(), self.tasks, "some are lost");
        assert!(sessions.iter().all(|session| session.state == "COMPLETED"), "each was brought to its end");
        let given = crew.given();
        let mut once = given.clone();
        once.dedup();
        assert_eq!(once.len(), given.len(), "no result was given twice");
        assert!(
            given.iter().all(|line| line.ends_with(" done")),
            "{:?}",
            given.iter().find(|line| !line.ends_with(" done"))
        );
        let time = |resource: &serde_json::Value, field: &str| -> Timestamp {
            resource[field].as_str().unwrap().parse().unwrap()
        };
        let spans = sessions
            .iter()
            .map(|session| (time(&session.resource, "createTime"), time(&session.resource, "updateTime")));
        let (most, use_of_slots) = usage(spans.collect(), self.slots);
        let journal = emulator.journal();
        let creates = journal.iter().filter(|entry| entry.operation == Some("sessions.create")).count();
        println!(
            "{} tasks of {:?} on {} slots, {} workers, {kills} kills, {} restarts: added in {added:?}, done in {took:?}; {creates} creates, \
             {} results given, at most {most} at work, slots {use_of_slots:.1} % used, {} requests",
            self.tasks,
            self.each,
            self.slots,
            self.workers,
            self.restarts,
            given.len(),
            journal.len(),
        );
        assert!(most <= self.slots, "{most} at work on {} slots", self.slots);
        assert!(use_of_slots >= self.full, "{use_of_slots} % of the slots' time was used, {} % wanted", self.full);
    }
}

/// How many were at work at once at most, and how much of the slots' time was used from when they were first full until the
/// last one began, in percent.
fn usage(mut spans: Vec<(Timestamp, Timestamp)>, slots: usize) -> (usize, f64) {
    spans.sort();
    let mut changes: Vec<(Timestamp, isize)> = spans.iter().flat_map(|&(from, to)| [(from, 1), (to, -1)]).collect();
    // An end frees its slot for what begins at that very time.
    changes.sort();
    let last = spans.last().unwrap().0;
    let (mut held, mut most, mut full_since, mut used, mut before) = (0_isize, 0, None, 0.0, None);
    for (at, change) in changes {
        if let (Some(_), Some(before)) = (full_since, before) {
            let until: Timestamp = at.min(last);
            used += held as f64 * (until.duration_since(before).as_secs_f64()).max(0.0);
        }
        held += change;
        most = most.max(held);
        if held >= slots.cast_signed() && full_since.is_none() {
            full_since = Some(at);
        }
        before = Some(at);
    }
    let whole = full_since.map_or(0.0, |since| last.duration_since(since).as_secs_f64()) * slots as f64;
    (most.unsigned_abs(), if whole > 0.0 { 100.0 * used / whole } else { 0.0 })
}

/// The programs of one fleet, and the files that they write what they gave to.
struct Crew {
    url: String,
    store: String,
    slots: usize,
    said: tempfile::TempDir,
}

impl Crew {
    fn new(emulator: &Emulator, store: &str, slots: usize) -> Self {
        Self { url: emulator.url(), store: store.to_owned(), slots, said: tempfile::tempdir().unwrap() }
    }

    fn start(&self, tasks: usize, name: &str) -> Child {
        let file = |kind: &str| File::create(self.said.path().join(format!("{name}.{kind}"))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_jules-worker"));
        command.arg(&self.url).arg(&self.store).arg(self.slots.to_string()).arg(tasks.to_string());
        command.env("JULES_PROGRAM_LIMIT", "1800");
        command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err")).spawn().unwrap()
    }

    fn texts(&self, kind: &str) -> Vec<String> {
        let files = std::fs::read_dir(self.said.path()).unwrap().map(|entry| entry.unwrap().path());
        let of_kind = files.filter(|path| path.extension().is_some_and(|extension| extension == kind));
        of_kind.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// All whole lines, sorted: one that was killed may have left half of one.
    fn given(&self) -> Vec<String> {
        let texts = self.texts("out");
        let whole = texts.iter().flat_map(|text| text[..text.rfind('\n').map_or(0, |end| end)].lines());
        let mut lines: Vec<String> = whole.map(str::to_owned).collect();
        lines.sort();
        lines
    }

    fn complaints(&self) -> String {
        self.texts("err").concat()
    }
}

/// A PostgreSQL server of this test's own, by the project's script.
struct Server {
    directory: PathBuf,
    url: String,
    _place: tempfile::TempDir,
}

impl Server {
    fn start() -> Self {
        let place = tempfile::Builder::new().prefix("jules-fleet").tempdir().unwrap();
        // The server's user is another one.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(place.path(), mode).unwrap();
        let directory = place.path().join("server");
        let url = script("start", &directory);
        Self { directory, url: url.trim().to_owned(), _place: place }
    }

    fn restart(&self) {
        script("restart", &self.directory);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script("stop", &self.directory);
    }
}

fn script(verb: &str, directory: &Path) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.dev/run");
    let output = Command::new(path).args(["postgres", verb]).arg(directory).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{verb}");
    String::from_utf8(output.stdout).unwrap()
}
