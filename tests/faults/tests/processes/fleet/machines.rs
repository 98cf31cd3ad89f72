//! What it costs that many machines work together: requests of many workers beside those of one, and how much later one hears
//! of a session that another one watches.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jules_emulator::Emulator;

use super::{Fleet, QUIET};
use crate::live::within;
use crate::server::Server;
use crate::shared::{LIMIT, asked_twice, assert_whole, begin, follower, grow, lines, output};

/// Sixty sessions at once. They last so long that it matters little how soon all of them are begun.
fn sixty(workers: usize) -> Fleet {
    Fleet {
        tasks: 60,
        each: Duration::from_secs(12),
        slots: 60,
        workers,
        look_every: Duration::from_millis(250),
        ..QUIET
    }
}

#[expect(clippy::print_stdout, reason = "the figures")]
async fn eight_cost_what_one_costs(one: (&str, Option<&Server>), eight: (&str, Option<&Server>)) {
    let mut histories = Vec::new();
    for (workers, (store, server)) in [(1, one), (8, eight)] {
        let fleet = sixty(workers);
        let (history, figures) = fleet.run(store, server).await;
        history.check(fleet.allowed()).unwrap();
        println!("{workers} workers, {figures}: {} requests, {:?}", history.requests, history.asked);
        histories.push(history);
    }
    let [one, eight] = [0, 1].map(|place: usize| histories[place].looks());
    println!(
        "60 sessions: {one} looks of one worker, {eight} of eight, {:.2} times as many",
        eight as f64 / one as f64
    );
    assert!(eight * 10 <= one * 12, "{eight} looks of eight workers, {one} of one");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_workers_that_watch_sixty_sessions_ask_hardly_more_than_one() {
    let places = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, eight] = places.each_ref().map(|place| place.path().display().to_string());
    eight_cost_what_one_costs((&one, None), (&eight, None)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults fleets"]
async fn eight_workers_that_watch_sixty_sessions_ask_hardly_more_than_one_on_postgres() {
    let servers = [Server::start(), Server::start()];
    let [one, eight] = servers.each_ref().map(|server| (&*server.url, Some(server)));
    eight_cost_what_one_costs(one, eight).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults fleets"]
async fn who_follows_on_another_machine_hears_of_an_activity_soon_behind_who_watches() {
    let server = Server::start();
    let store = Path::new(&server.url);
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let session = begin(&emulator);
    // Who began first watches.
    let watching = follower(&emulator, store, 0, &session);
    within(LIMIT, "who watches", asked_twice(&emulator, &session)).await;
    let following = follower(&emulator, store, 0, &session);
    grow(&emulator, &session, 40, Duration::from_millis(150)).await.unwrap();
    let (watching, following) = tokio::join!(output(watching), output(following));
    assert_whole(&watching, &emulator, &session);
    assert_whole(&following, &emulator, &session);
    let both = lines(&watching).into_iter().zip(lines(&following));
    // What was there before the second one was is none of it.
    let later: Vec<_> =
        both.skip(5).map(|((_, first), (_, second))| second.saturating_sub(first) as f64 / 1_000.0).collect();
    let mean = later.iter().sum::<f64>() / later.len() as f64;
    let worst = later.iter().copied().fold(0.0, f64::max);
    println!("heard behind the machine that watches: mean {mean:.1} ms, worst {worst:.1} ms");
    assert!(mean <= 150.0, "{mean} ms");
}

/// Seconds of a processor that a process has used so far.
#[cfg(target_os = "linux")]
fn processor_time(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // Behind the program's name, which may have spaces: the 14th and the 15th field are in hundredths.
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap() / 100.0).sum()
}

/// A worker that has nothing to do costs next to nothing: at most a twentieth of a processor, in a debug build too.
#[cfg(target_os = "linux")]
#[expect(clippy::print_stdout, reason = "the figures")]
async fn idles(store: &str) {
    let emulator = Emulator::start().await.unwrap();
    let crew = super::crew::Crew::new(&emulator, store, (15, 0), Duration::from_millis(250));
    let mut worker = crew.station("idle");
    let settled = Duration::from_secs(3);
    tokio::time::sleep(settled).await;
    let (before, time) = (processor_time(worker.id()), Duration::from_secs(if super::long() { 60 } else { 10 }));
    tokio::time::sleep(time).await;
    let used = (processor_time(worker.id()) - before) * 60.0 / time.as_secs_f64();
    worker.kill().unwrap();
    worker.wait().unwrap();
    println!("an idle worker: {used:.2} s of a processor in a minute, {} requests", emulator.journal().len());
    assert!(used <= 3.0, "{used} s in a minute");
    assert_eq!(emulator.journal().len(), 0, "who has nothing to do asks the service nothing");
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_without_tasks_costs_next_to_nothing() {
    let directory = tempfile::tempdir().unwrap();
    idles(&directory.path().display().to_string()).await;
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults fleets"]
async fn a_worker_without_tasks_costs_next_to_nothing_on_postgres() {
    let server = Server::start();
    idles(&server.url).await;
}
