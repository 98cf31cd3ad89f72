//! The promises between processes: this test program starts itself again as the other one, which does one job and tells of
//! it on its output.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::leases::{commit_under, wait_for};
use super::*;
#[cfg(feature = "postgres")]
use crate::store::postgres;
use crate::store::{Topic, sqlite};

const JOB: &str = "JULES_STORE_SUITE_JOB";
const ADDRESS: &str = "JULES_STORE_SUITE_ADDRESS";
/// How the terms of both processes are, where a lease is to run out.
const TERMS: Terms = Terms {
    lease: Duration::from_millis(1_000),
    renew: Duration::from_millis(200),
    want: Duration::from_millis(2_000),
    reach: Duration::from_secs(30),
};

/// The handle of another process on the store at this address.
fn open_at(address: &str, terms: Terms) -> Arc<dyn Store> {
    let (engine, place) = address.split_once(':').unwrap();
    match engine {
        "sqlite" => Arc::new(sqlite::suite_handle(place.into(), ACCOUNT, terms)),
        #[cfg(feature = "postgres")]
        "postgresql" => Arc::new(postgres::suite_handle(address, ACCOUNT, terms)),
        other => panic!("no engine is named {other}"),
    }
}

/// Another process at its job. It is killed when this goes.
struct Other {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Other {
    fn start(address: &str, job: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "store::suite::processes::the_other_process", "--ignored", "--nocapture"]);
        command.env(JOB, job).env(ADDRESS, address).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What it says next.
    fn says(&mut self) -> String {
        let line = self.lines.by_ref().map(Result::unwrap).find_map(|line| Some(line.split_once("> ")?.1.to_owned()));
        line.expect("the other process says something")
    }

    /// Lets it go on.
    fn tell(&mut self, text: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{text}").unwrap();
    }

    #[cfg(unix)]
    fn signal(&self, name: &str) {
        let done = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(done.success());
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn say(text: impl std::fmt::Display) {
    let mut out = std::io::stdout();
    writeln!(out, "> {text}").unwrap();
    out.flush().unwrap();
}

/// Waits to be told to go on.
fn hear() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    line.trim().to_owned()
}

fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

/// What another process does.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the other process of the cases here, which start it"]
async fn the_other_process() {
    let (job, address) = (std::env::var(JOB).unwrap(), std::env::var(ADDRESS).unwrap());
    let store = open_at(&address, TERMS);
    let (job, number) = job.split_once(' ').unwrap();
    match job {
        "write" => {
            for place in 0..COMMITS {
                commit(&*store, "s", of(vec![activity(&format!("{number}-{place}"), "x")])).await;
            }
            say("done");
        }
        "pages" => loop {
            let from = store.beacon(&session("s")).await.unwrap().mark;
            let page = from.reconciled.unwrap_or_default();
            let to = Mark { reconciled: Some(page + 1), ..Mark::default() };
            let activities = (0..10).map(|place| activity(&format!("{page}-{place}"), &"x".repeat(500))).collect();
            commit(&*store, "s", Batch { activities, ..marked(&from, &to) }).await;
            say(page);
        },
        "hold" => {
            let asked = since_1970();
            let grant = wait_for(&*store, &LeaseKey::Watch(session("s"))).await;
            say(grant.generation);
            say(asked.as_micros());
            hear();
            say(format!("{:?}", commit_under(&*store, &grant, "late").await));
            say(store.renew().await.unwrap().len());
        }
        "wake" => {
            std::thread::spawn(|| {
                while !hear().is_empty() {
                    std::thread::sleep(A_LOOK);
                    say("slept");
                }
            });
            let mut revisions = store.watch(&Topic::Session(session("s")));
            store.beacon(&session("s")).await.unwrap();
            revisions.seen();
            say("ready");
            loop {
                revisions.changed().await;
                say(since_1970().as_micros());
            }
        }
        other => panic!("no job is named {other}"),
    }
}

const COMMITS: usize = 60;

pub(crate) async fn several_processes_write_one_session(engine: &dyn Engine) {
    let Some(address) = engine.address() else { return };
    let reader = open(engine).await;
    let mut revisions = reader.watch(&Topic::Session(session("s")));
    let mut writers: Vec<_> = (0..3).map(|number| Other::start(&address, &format!("write {number}"))).collect();
    let (mut end, mut read) = (Position::default(), Vec::new());
    let reading = async {
        while read.len() < 3 * COMMITS {
            revisions.changed().await;
            for (position, activity) in reader.read(&session("s"), end).await.unwrap() {
                assert!(position > end);
                end = position;
                read.push(activity.id);
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading).await.unwrap();
    assert!(writers.iter_mut().all(|writer| writer.says() == "done"));
    assert_eq!(read, all_ids(&*reader, "s").await, "what was read as it came is what is there");
    for number in 0..3 {
        let own: Vec<_> = read.iter().filter(|id| id.starts_with(&format!("{number}-"))).cloned().collect();
        assert_eq!(own, (0..COMMITS).map(|place| format!("{number}-{place}")).collect::<Vec<_>>());
    }
}

pub(crate) async fn a_killed_writer_leaves_whole_commits(engine: &dyn Engine) {
    let Some(address) = engine.address() else { return };
    for round in 1..=8_u64 {
        let mut writer = Other::start(&address, "pages 0");
        for _ in 0..round {
            writer.says();
        }
        writer.kill();
        let store = open(engine).await;
        let beacon = store.beacon(&session("s")).await.unwrap();
        let pages = beacon.mark.reconciled.unwrap();
        let expected: Vec<_> =
            (0..pages).flat_map(|page| (0..10).map(move |place| format!("{page}-{place}"))).collect();
        assert_eq!(all_ids(&*store, "s").await, expected);
        assert_eq!(beacon.count, pages * 10);
    }
}

pub(crate) async fn a_killed_holder_is_followed_at_once(engine: &dyn Engine) {
    let Some(address) = engine.address() else { return };
    let store = engine.open(ACCOUNT, LONG).await;
    let mut before = 0;
    for _ in 0..5 {
        let mut holder = Other::start(&address, "hold 0");
        let generation: i64 = holder.says().parse().unwrap();
        assert!(generation > before);
        let held = store.acquire(&LeaseKey::Watch(session("s"))).await.unwrap();
        assert_eq!(held, Acquired::Held { generation });
        holder.kill();
        let began = Instant::now();
        let grant = wait_for(&*store, &LeaseKey::Watch(session("s"))).await;
        assert!(grant.generation > generation);
        // By its clock it would be ten minutes.
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        before = grant.generation;
        store.release(&grant).await.unwrap();
    }
}

#[cfg(not(unix))]
pub(crate) async fn a_stopped_holder_is_followed_and_refused(_engine: &dyn Engine) {}

#[cfg(unix)]
pub(crate) async fn a_stopped_holder_is_followed_and_refused(engine: &dyn Engine) {
    let Some(address) = engine.address() else { return };
    let store = engine.open(ACCOUNT, TERMS).await;
    let mut holder = Other::start(&address, "hold 0");
    let generation: i64 = holder.says().parse().unwrap();
    let asked = Duration::from_micros(holder.says().parse().unwrap());
    holder.signal("STOP");
    let grant = wait_for(&*store, &LeaseKey::Watch(session("s"))).await;
    let had = since_1970() - asked;
    assert!(had >= TERMS.lease, "{had:?}");
    assert!(grant.generation > generation);
    assert!(matches!(commit_under(&*store, &grant, "ours").await, Commit::Done(_)));
    holder.tell("go on");
    holder.signal("CONT");
    assert_eq!(holder.says(), "Fenced");
    assert_eq!(holder.says(), "1", "it is told what it lost");
    assert_eq!(all_ids(&*store, "s").await, ["ours"]);
}

/// A thread that looks this often notices in time.
const A_LOOK: Duration = Duration::from_millis(50);

/// What the machine makes of a sleep of that length in another process counts, however busy it is.
pub(crate) async fn another_process_wakes_in_time(engine: &dyn Engine) {
    let Some(address) = engine.address() else { return };
    let store = open(engine).await;
    commit(&*store, "s", of(vec![activity("first", "x")])).await;
    let mut other = Other::start(&address, "wake 0");
    assert_eq!(other.says(), "ready");
    let (mut delays, mut sleeps) = (Vec::new(), Vec::new());
    for number in 0..40_u64 {
        // Not in step with how often it looks.
        tokio::time::sleep(Duration::from_millis(30 + number * 7 % 50)).await;
        let began = Instant::now();
        other.tell("sleep");
        while other.says() != "slept" {}
        sleeps.push(began.elapsed());
        let began = since_1970();
        commit(&*store, "s", of(vec![activity(&number.to_string(), "x")])).await;
        let mut woken = Duration::ZERO;
        while woken < began {
            woken = Duration::from_micros(other.says().parse().unwrap());
        }
        delays.push(woken - began);
    }
    delays.sort_unstable();
    sleeps.sort_unstable();
    // Of twenty one may come late: a poll that fails rests before the next one.
    let mean = |times: &[Duration]| times[..38].iter().sum::<Duration>() / 38;
    let (woken, slept) = (mean(&delays), mean(&sleeps));
    let (p95, worst) = (delays[37], delays[39]);
    let told = format!("mean {woken:?} but for two, p95 {p95:?}, worst {worst:?}; a look's rest there: {slept:?}");
    writeln!(std::io::stderr(), "woken in another process: {told}").unwrap();
    assert!(woken < slept * 2, "{told}");
}
