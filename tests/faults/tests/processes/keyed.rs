//! `kill -9` at each step of a run with a key: there is one session, and the next process has its outcome.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jules_emulator::{Emulator, Fault, Moment};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

fn start(emulator: &Emulator, directory: &Path, key: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jules-keyed"));
    command.arg(emulator.url()).arg(directory).arg(key);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Runs to the end; gives back the session's id.
fn finish(emulator: &Emulator, directory: &Path, key: &str) -> String {
    let output = start(emulator, directory, key).wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let [id, "completed"] = lines[..] else { panic!("{text}") };
    id.to_owned()
}

fn asked(emulator: &Emulator, operation: &str) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some(operation)).count()
}

async fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !happened() {
        assert!(Instant::now() < end, "not seen: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Where the first process is killed: what hangs then, what of it is seen, and how many creates there are in the end.
struct Step {
    name: &'static str,
    hangs: (&'static str, Moment),
    creates: usize,
}

const STEPS: [Step; 3] = [
    Step { name: "before the intent", hangs: ("sessions.list", Moment::Before), creates: 1 },
    Step { name: "the create has not arrived", hangs: ("sessions.create", Moment::Before), creates: 2 },
    Step { name: "the session is made and nobody knows", hangs: ("sessions.create", Moment::AfterEffect), creates: 1 },
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_killed_at_any_step_has_one_session() {
    for Step { name, hangs: (operation, moment), creates } in STEPS {
        let emulator = Emulator::builder().speed(50.0).start().await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        emulator.fault(Fault::hang(moment).on(operation).times(1));
        let first = start(&emulator, directory.path(), "k");
        let made = moment == Moment::AfterEffect;
        let hits = || emulator.faults().iter().map(|fault| fault.applied).sum::<u32>();
        until(name, || hits() > 0 && (!made || emulator.sessions().len() == 1)).await;
        kill(first);
        let id = tokio::task::block_in_place(|| finish(&emulator, directory.path(), "k"));
        let sessions = emulator.sessions();
        assert_eq!((sessions.len(), sessions[0].id.as_str()), (1, id.as_str()), "{name}");
        assert_eq!(asked(&emulator, "sessions.create"), creates, "{name}");
        assert_eq!(tokio::task::block_in_place(|| finish(&emulator, directory.path(), "k")), id, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_that_are_killed_at_random_have_one_session_each() {
    let emulator = Emulator::builder().speed(50.0).start().await.unwrap();
    emulator.fault(Fault::delay(15));
    let directory = tempfile::tempdir().unwrap();
    let mut random = SmallRng::seed_from_u64(15);
    for round in 0..6 {
        let key = format!("k{round}");
        for _ in 0..3 {
            let child = start(&emulator, directory.path(), &key);
            tokio::time::sleep(Duration::from_micros(random.random_range(0..160_000))).await;
            kill(child);
        }
        tokio::task::block_in_place(|| finish(&emulator, directory.path(), &key));
        assert_eq!(emulator.sessions().len(), round + 1, "{key}");
    }
}
