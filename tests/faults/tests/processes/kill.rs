//! `kill -9` at random moments: the store always opens, and what was given to the user before is the beginning of what
//! the next run gives.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Output};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use jules_emulator::Emulator;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use crate::live::{on_server, reader, session};

const SESSIONS: u64 = 10;
const KILLS_EACH: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_kills_lose_and_repeat_nothing() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let mut work = Vec::new();
    for seed in 0..SESSIONS {
        let id = session(&emulator, 60, 240);
        let emulator = Arc::clone(&emulator);
        work.push(tokio::task::spawn_blocking(move || kill_again_and_again(&emulator, &id, seed)));
        if work.len() == 2 {
            for done in work.drain(..) {
                done.await.unwrap();
            }
        }
    }
}

/// Streams one session, killed again and again, and at last to its end.
fn kill_again_and_again(emulator: &Emulator, id: &str, seed: u64) {
    let directory = tempfile::tempdir().unwrap();
    let mut random = SmallRng::seed_from_u64(seed);
    let before: Vec<_> = (0..KILLS_EACH).map(|_| killed(emulator, id, directory.path(), &mut random)).collect();
    let last = reader(emulator, id, directory.path()).spawn().unwrap().wait_with_output().unwrap();
    assert!(last.status.success(), "seed {seed}: {}", String::from_utf8_lossy(&last.stderr));
    let given = lines(&last);
    assert_eq!(given, on_server(emulator, id), "seed {seed}");
    for printed in before {
        assert!(given.starts_with(&printed), "seed {seed}: {printed:?} is not the beginning");
    }
    let files = std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().file_name());
    let damaged: Vec<_> = files.filter(|name| name.to_string_lossy().contains("damaged")).collect();
    assert!(damaged.is_empty(), "seed {seed}: {damaged:?}");
}

/// What a run printed that was killed: some time after its start, or after it had begun to print.
fn killed(emulator: &Emulator, id: &str, directory: &Path, random: &mut SmallRng) -> Vec<String> {
    let mut child = reader(emulator, id, directory).spawn().unwrap();
    let mut head = String::new();
    if random.random_bool(0.6) {
        head = until_it_prints(&mut child);
    }
    sleep(Duration::from_micros(random.random_range(0..40_000)));
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    lines(&Output { stdout: [head.into_bytes(), output.stdout].concat(), ..output })
}

fn until_it_prints(child: &mut Child) -> String {
    let mut first = [0];
    let read = child.stdout.as_mut().unwrap().read(&mut first).unwrap();
    String::from_utf8_lossy(&first[..read]).into_owned()
}

/// The lines that were printed whole.
fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(str::to_owned).collect()
}
