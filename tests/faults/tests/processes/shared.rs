//! One store, many clients: one of them watches a session and the others follow, however they come and go.
//!
//! `JULES_HOLDER_KILLS` kills more holders than `make test` does; `JULES_SHARED_EVERY_MS` sets the time between two
//! activities where delays are measured, `JULES_SHARED_COUNT` how many there are.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::StreamExt;
use futures::future::try_join_all;
use jules::{Cache, Jules, StreamOptions};
use jules_emulator::Emulator;
use serde_json::json;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::live::{on_server, signal, within};

/// Far more than anything here takes, also where the machine is busy.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// A session at work without activities.
pub(crate) fn begin(emulator: &Emulator) -> String {
    emulator.plant(serde_json::from_value(json!({"state": "IN_PROGRESS"})).unwrap()).unwrap()
}

/// Adds so many activities, one each `every`, and the end; gives back when each was added, in microseconds since 1970.
pub(crate) fn grow(
    emulator: &Arc<Emulator>,
    session: &str,
    count: usize,
    every: Duration,
) -> JoinHandle<HashMap<String, u128>> {
    let (emulator, session) = (Arc::clone(emulator), session.to_owned());
    tokio::spawn(async move {
        let mut added = HashMap::new();
        let mut ticks = tokio::time::interval(every);
        for number in 0..count {
            ticks.tick().await;
            let step = json!({"originator": "agent", "progressUpdated": {"title": format!("step {number}")}});
            let id = emulator.append(&session, step).unwrap();
            added.insert(id, micros());
        }
        let end = json!({"session": session, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
        emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
        added
    })
}

fn micros() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros()
}

pub(crate) fn follower(emulator: &Emulator, directory: &Path, interval_ms: u64, session: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jules-follower"));
    command.arg(emulator.url()).arg(directory).arg(interval_ms.to_string()).arg(session);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

pub(crate) async fn output(child: Child) -> Output {
    spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap()
}

/// The lines that were printed whole: id and time.
pub(crate) fn lines(output: &Output) -> Vec<(String, u128)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let line = |line: &str| {
        let mut words = line.split(' ').skip(1);
        (words.next().unwrap().to_owned(), words.next().unwrap().parse().unwrap())
    };
    whole.lines().map(line).collect()
}

fn ids(output: &Output) -> Vec<String> {
    lines(output).into_iter().map(|(id, _)| id).collect()
}

pub(crate) fn assert_whole(output: &Output, emulator: &Emulator, session: &str) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(ids(output), on_server(emulator, session));
}

/// Requests for one session followed by so many processes that share a store.
async fn requests(processes: usize) -> usize {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let session = begin(&emulator);
    let directory = tempfile::tempdir().unwrap();
    let children: Vec<_> = (0..processes).map(|_| follower(&emulator, directory.path(), 100, &session)).collect();
    grow(&emulator, &session, 40, Duration::from_millis(150)).await.unwrap();
    for output in futures::future::join_all(children.into_iter().map(output)).await {
        assert_whole(&output, &emulator, &session);
    }
    emulator.journal().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_processes_cost_the_server_one_watcher() {
    let (one, ten) = (requests(1).await, requests(10).await);
    println!("requests of one process: {one}, of ten: {ten}");
    assert!(ten * 10 <= one * 13, "{ten} requests of ten processes, {one} of one");
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_holder_is_replaced_and_nothing_is_lost_or_doubled() {
    let kills = usize::try_from(number("JULES_HOLDER_KILLS", 6)).unwrap();
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let session = begin(&emulator);
    let directory = tempfile::tempdir().unwrap();
    let mut printed = Vec::new();
    // The oldest one holds the lease; the one behind it takes over.
    let mut holder = follower(&emulator, directory.path(), 20, &session);
    for number in 0..kills {
        let next = follower(&emulator, directory.path(), 20, &session);
        let step = json!({"originator": "agent", "progressUpdated": {"title": format!("before kill {number}")}});
        emulator.append(&session, step).unwrap();
        within(LIMIT, "two requests of the holder", asked_twice(&emulator, &session)).await;
        holder.kill().unwrap();
        let step = json!({"originator": "agent", "progressUpdated": {"title": format!("behind kill {number}")}});
        emulator.append(&session, step).unwrap();
        within(TAKEN_OVER, "somebody else to take over", asked_twice(&emulator, &session)).await;
        printed.push(output(std::mem::replace(&mut holder, next)).await);
    }
    grow(&emulator, &session, 5, Duration::from_millis(20)).await.unwrap();
    let last = output(holder).await;
    assert_whole(&last, &emulator, &session);
    let whole = ids(&last);
    for (number, output) in printed.iter().enumerate() {
        assert!(whole.starts_with(&ids(output)), "kill {number}: {:?} is not the beginning", ids(output));
    }
}

/// As long as a lease lives (decided: at most 6 s), and as much again for a busy machine.
const TAKEN_OVER: Duration = Duration::from_secs(12);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_holder_is_replaced_and_goes_on_as_a_follower() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let session = begin(&emulator);
    let directory = tempfile::tempdir().unwrap();
    // The one that began first holds the lease.
    let holder = follower(&emulator, directory.path(), 20, &session);
    within(LIMIT, "the holder's requests", asked_twice(&emulator, &session)).await;
    let other = follower(&emulator, directory.path(), 20, &session);
    let step = |number: u32| json!({"originator": "agent", "progressUpdated": {"title": format!("step {number}")}});
    emulator.append(&session, step(0)).unwrap();
    within(LIMIT, "both to be there", asked_twice(&emulator, &session)).await;
    signal(&holder, "STOP");
    emulator.append(&session, step(1)).unwrap();
    // The stopped one asks for nothing; one request of it may be under way.
    within(TAKEN_OVER, "the other to take over", asked_twice(&emulator, &session)).await;
    signal(&holder, "CONT");
    grow(&emulator, &session, 5, Duration::from_millis(100)).await.unwrap();
    for output in [output(holder).await, output(other).await] {
        assert_whole(&output, &emulator, &session);
    }
}

/// Waits until the activities were asked for twice more: who was asking already, and who sees all that is there now.
pub(crate) async fn asked_twice(emulator: &Emulator, session: &str) {
    let asked = || {
        let path = format!("/sessions/{session}/activities");
        emulator.journal().iter().filter(|entry| entry.path.contains(&path)).count()
    };
    let before = asked();
    while asked() < before + 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Mean and longest time from an activity's being there to a user's having it, in milliseconds.
fn delays(given: &[(String, u128)], added: &HashMap<String, u128>) -> (f64, f64) {
    let delays: Vec<_> = given
        .iter()
        .filter_map(|(id, at)| added.get(id).map(|added| at.saturating_sub(*added)))
        .map(|micros| f64::from(u32::try_from(micros).unwrap()) / 1_000.0)
        .collect();
    let mean = delays.iter().sum::<f64>() / f64::from(u32::try_from(delays.len()).unwrap());
    (mean, delays.iter().copied().fold(0.0, f64::max))
}

/// What two processes see of one session each gets: delays of both together, over one store or over one each.
async fn delays_of_two_processes(shared: bool, every: Duration, count: usize) -> (f64, f64) {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let session = begin(&emulator);
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let directory = |number: usize| directories[if shared { 0 } else { number }].path();
    let children: Vec<_> = (0..2).map(|number| follower(&emulator, directory(number), 0, &session)).collect();
    let added = grow(&emulator, &session, count, every).await.unwrap();
    let mut given = Vec::new();
    for output in futures::future::join_all(children.into_iter().map(output)).await {
        assert_whole(&output, &emulator, &session);
        given.extend(lines(&output));
    }
    delays(&given, &added)
}

/// The same of two clients in this process.
async fn delays_of_two_clients(shared: bool, every: Duration, count: usize) -> (f64, f64) {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let session = begin(&emulator);
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let follow = |number: usize| {
        let directory = directories[if shared { 0 } else { number }].path().to_owned();
        let builder = Jules::builder().api_key("test-key").base_url(emulator.url()).cache(Cache::Directory(directory));
        let session = builder.build().unwrap().session(&session).unwrap();
        tokio::spawn(async move {
            let activities = session.stream(StreamOptions::default());
            activities.map(|activity| (activity.unwrap().id, micros())).collect::<Vec<_>>().await
        })
    };
    let streams = [follow(0), follow(1)];
    let added = grow(&emulator, &session, count, every).await.unwrap();
    let given = within(LIMIT, "both streams", try_join_all(streams)).await.unwrap();
    assert_eq!(given[0].len(), count + 1);
    assert_eq!(given[1].len(), count + 1);
    delays(&given.concat(), &added)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_share_a_store_hear_as_soon_as_those_that_do_not() {
    let every = Duration::from_millis(number("JULES_SHARED_EVERY_MS", 400));
    let count = usize::try_from(number("JULES_SHARED_COUNT", 15)).unwrap();
    let (processes, clients) = tokio::join!(
        async {
            (delays_of_two_processes(false, every, count).await, delays_of_two_processes(true, every, count).await)
        },
        async { (delays_of_two_clients(false, every, count).await, delays_of_two_clients(true, every, count).await) },
    );
    for (who, (apart, shared)) in [("processes", processes), ("clients", clients)] {
        println!(
            "two {who}, an activity each {every:?}, mean and worst ms: apart {:.0} {:.0}, sharing {:.0} {:.0}",
            apart.0, apart.1, shared.0, shared.1
        );
        // The machine that runs the tests is busy: the figures are for the eye, the bounds for what was wrong once (10 ×).
        assert!(shared.0 <= apart.0 * 2.0 + 100.0, "two {who}: {} ms on the average, {} ms apart", shared.0, apart.0);
        assert!(shared.1 <= apart.1 * 3.0 + 1_000.0, "two {who}: {} ms at worst, {} ms apart", shared.1, apart.1);
    }
}
