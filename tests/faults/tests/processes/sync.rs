//! A sync that is killed again and again, and two of them at once: everything comes, and hardly anything twice.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use jules::{HistoryOptions, Jules};
use jules_emulator::Emulator;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

const SESSIONS: usize = 1_000;
const KILLS: u64 = 10;
/// A run is killed before it has done so many: so the last run has something left to do.
const MOST_BEFORE_A_KILL: usize = 80;

fn plant(emulator: &Emulator, count: usize) {
    for number in 0..count {
        let seed = json!({"id": format!("{number}"), "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
        emulator.plant(serde_json::from_value(seed).unwrap()).unwrap();
    }
}

fn syncer(emulator: &Emulator, directory: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jules-syncer"));
    command.arg(emulator.url()).arg(directory).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Starts a sync and kills it: after so many sessions, and a moment more.
fn kill_one(emulator: &Emulator, directory: &Path, random: &mut SmallRng) {
    let mut child = syncer(emulator, directory);
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let _read = lines.take(random.random_range(0..MOST_BEFORE_A_KILL)).count();
    sleep(Duration::from_micros(random.random_range(0..40_000)));
    child.kill().unwrap();
    child.wait().unwrap();
}

/// How often the activities of each session were asked for; comparing only ids is no fetching. The session itself is got
/// once beside them, for its outputs are in no list.
fn fetches(emulator: &Emulator) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for entry in emulator.journal() {
        if entry.operation == Some("activities.list") && !entry.query.contains("fields=") {
            *counts.entry(entry.path).or_default() += 1;
        }
    }
    counts
}

async fn assert_complete(emulator: &Emulator, directory: &Path, count: usize) {
    let jules = Jules::builder().api_key("test-key").base_url(emulator.url()).cache_dir(directory).build().unwrap();
    let info = jules.cache_info().await.unwrap();
    assert_eq!((info.sessions, info.activities), (count as u64, count as u64));
    for number in 0..count {
        let session = jules.session(&format!("{number}")).unwrap();
        let info = session.cache_info().await.unwrap();
        assert_eq!((info.activities, info.may_be_stale), (1, false), "{number}: {:?}", info.reason);
    }
    let mut options = HistoryOptions::default();
    options.offline = true;
    let mut history = jules.session("0").unwrap().history(options);
    assert_eq!(history.next_chunk(10).await.unwrap().unwrap()[0].kind(), "sessionCompleted");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_sessions_are_there_after_ten_kills_and_none_came_more_than_twice() {
    let emulator = Emulator::start().await.unwrap();
    plant(&emulator, SESSIONS);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    let emulator = tokio::task::spawn_blocking(move || {
        for seed in 0..KILLS {
            kill_one(&emulator, &path, &mut SmallRng::seed_from_u64(seed));
        }
        let last = syncer(&emulator, &path).wait_with_output().unwrap();
        assert!(last.status.success(), "{}", String::from_utf8_lossy(&last.stderr));
        emulator
    });
    let emulator = emulator.await.unwrap();
    let fetches = fetches(&emulator);
    assert_eq!(fetches.len(), SESSIONS);
    let again: Vec<_> = fetches.iter().filter(|(_, count)| **count > 1).collect();
    assert!(again.iter().all(|(_, count)| **count <= 2), "{again:?}");
    assert!(again.len() <= 3 * usize::try_from(KILLS).unwrap(), "{} came twice", again.len());
    assert_complete(&emulator, directory.path(), SESSIONS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_sync_one_store_fetch_nothing_twice() {
    let emulator = Emulator::start().await.unwrap();
    plant(&emulator, 100);
    let directory = tempfile::tempdir().unwrap();
    let both: Vec<_> = (0..2).map(|_| syncer(&emulator, directory.path())).collect();
    for child in both {
        let output = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let fetches = fetches(&emulator);
    assert_eq!((fetches.len(), fetches.values().sum()), (100, 100));
    assert_complete(&emulator, directory.path(), 100).await;
}
