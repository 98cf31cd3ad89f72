//! Workers on one queue, killed again and again: no task is doubled, none is lost, and no slot is taken twice.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jules_emulator::{Emulator, LimitAnswer};

const TASKS: usize = 30;
const SLOTS: usize = 5;
const WORK: &str = "name: work\nsteps:\n- state: IN_PROGRESS\n- after: 1s\n  completed: true\n";

fn start(emulator: &Emulator, directory: &Path, tasks: usize) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jules-worker"));
    command.arg(emulator.url()).arg(directory).arg(SLOTS.to_string()).arg(tasks.to_string());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a worker gave to its user.
fn given(child: Child) -> (bool, Vec<String>, String) {
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().map(str::to_owned).collect();
    (output.status.success(), lines, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Sessions at work at the server.
fn at_work(emulator: &Emulator) -> usize {
    emulator.sessions().iter().filter(|session| session.state != "COMPLETED").count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workers_that_are_killed_double_and_lose_nothing() {
    let emulator = Emulator::builder().limit_answer(LimitAnswer::Bare).scenario(WORK).start().await.unwrap();
    emulator.configure(|config| config.concurrent_sessions = Some(SLOTS)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    assert!(given(start(&emulator, directory.path(), TASKS)).0);
    let mut workers: Vec<Child> = (0..3).map(|_| start(&emulator, directory.path(), 0)).collect();
    let (mut most, mut lines) = (0, Vec::new());
    for round in 0..5 {
        let until = Instant::now() + Duration::from_millis(1_100);
        while Instant::now() < until {
            most = most.max(at_work(&emulator));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let place = round % 3;
        let mut killed = std::mem::replace(&mut workers[place], start(&emulator, directory.path(), 0));
        killed.kill().unwrap();
        lines.extend(given(killed).1);
    }
    for worker in workers {
        let (ended, given, why) = tokio::task::block_in_place(|| given(worker));
        assert!(ended, "{why}");
        lines.extend(given);
    }
    let mut by_title: BTreeMap<String, usize> = BTreeMap::new();
    for session in emulator.sessions() {
        *by_title.entry(session.title).or_default() += 1;
    }
    assert_eq!(by_title.len(), TASKS, "none is lost");
    let doubled: Vec<_> = by_title.iter().filter(|(_, count)| **count > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
    assert_eq!(at_work(&emulator), 0, "each was brought to its end");
    assert!(most <= SLOTS, "{most} slots of {SLOTS}");
    let total = lines.len();
    lines.sort();
    lines.dedup();
    assert_eq!(lines.len(), total, "no result was given twice");
    assert!(lines.iter().all(|line| line.ends_with(" done")), "{lines:?}");
    let creates = emulator.journal().iter().filter(|entry| entry.operation == Some("sessions.create")).count();
    println!("{TASKS} tasks, 5 kills: {creates} creates, {total} results given, at most {most} at work");
}
