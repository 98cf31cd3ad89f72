//! What it costs that many machines work together: requests of many workers beside those of one, and how much later one hears
//! of a session that another one watches.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jules_emulator::Emulator;

use super::Fleet;
use super::server::Server;
use crate::live::within;
use crate::shared::{LIMIT, asked_twice, assert_whole, begin, follower, grow, lines, output};

/// Sixty sessions at once. They last so long that it matters little how soon all of them are begun.
fn sixty(workers: usize) -> Fleet {
    Fleet {
        tasks: 60,
        each: Duration::from_secs(12),
        slots: 60,
        workers,
        concurrency: 0,
        look_every: Duration::from_millis(250),
        kill_every: None,
        restarts: 0,
        full: 0.0,
        sql: None,
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
