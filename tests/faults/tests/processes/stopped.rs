//! A process that is stopped for longer than its calls may take, and goes on: time that it didn't run doesn't count.

use std::io::Read;
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;

use jules_emulator::{Emulator, Fault, Moment};
use tokio::time::sleep;

use crate::live::{on_server, reader, session, signal, within};

/// How long the retries of a call may take in all; an attempt may be silent for a third of it.
const LIMIT: &str = "2400";
/// How long the process is stopped.
const STOPPED: Duration = Duration::from_secs(4);

/// A reader that dies with the test.
struct Reader(Child);

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Reader {
    fn start(emulator: &Emulator, id: &str, directory: &std::path::Path) -> Self {
        Self(reader(emulator, id, directory).arg(LIMIT).spawn().unwrap())
    }

    /// Stops it, and lets it go on after longer than its calls may take.
    async fn stopped(&self) {
        signal(&self.0, "STOP");
        sleep(STOPPED).await;
        signal(&self.0, "CONT");
    }

    /// The next activity that it gives.
    fn first_line(&mut self) -> String {
        let mut line = Vec::new();
        let out = self.0.stdout.as_mut().unwrap();
        let mut byte = [0];
        while out.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }

    /// What it gives until it ends.
    async fn rest(mut self) -> Vec<String> {
        let reading = tokio::task::spawn_blocking(move || {
            let (mut out, mut errors) = (String::new(), String::new());
            self.0.stdout.take().unwrap().read_to_string(&mut out).unwrap();
            self.0.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            assert!(self.0.wait().unwrap().success(), "{errors}");
            out.lines().map(str::to_owned).collect()
        });
        within(Duration::from_secs(60), "the stream's end", reading).await.unwrap()
    }
}

/// Waits for the call that hangs.
async fn a_call_under_way(emulator: &Emulator) {
    let waits = || {
        let open = |entry: &jules_emulator::JournalEntry| {
            entry.operation == Some("activities.list") && !entry.faults.is_empty()
        };
        emulator.journal().iter().any(open)
    };
    within(Duration::from_secs(20), "a call under way", async {
        while !waits() {
            sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}

/// The stream has just begun, and nothing came yet: a call whose retries are spent would end it with an error.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_was_stopped_has_all_its_attempts() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    emulator.fault(Fault::hang(Moment::Before).on("activities.list").times(1));
    emulator.fault(Fault::status(503).on("activities.list").skip(1).times(4));
    let id = session(&emulator, 20, 5);
    let directory = tempfile::tempdir().unwrap();
    let reader = Reader::start(&emulator, &id, directory.path());
    a_call_under_way(&emulator).await;
    reader.stopped().await;
    assert_eq!(reader.rest().await, on_server(&emulator, &id));
}

/// It has given some; others come while it is stopped, for longer than its calls may take, and others when it goes on. The call
/// that was under way never answers, and those behind it are refused for a while: everything comes, once each.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_was_stopped_in_mid_stream_goes_on() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    // Its last ones come when it runs again.
    let id = session(&emulator, 20, 1_200);
    let directory = tempfile::tempdir().unwrap();
    let mut reader = Reader::start(&emulator, &id, directory.path());
    let mut given = vec![tokio::task::block_in_place(|| reader.first_line())];
    emulator.fault(Fault::hang(Moment::Body).on("activities.list").times(1));
    emulator.fault(Fault::status(503).on("activities.list").skip(1).times(4));
    a_call_under_way(&emulator).await;
    let (calls, before) = (calls(&emulator), on_server(&emulator, &id).len());
    signal(&reader.0, "STOP");
    sleep(STOPPED).await;
    let meanwhile = on_server(&emulator, &id).len();
    assert!(meanwhile > before, "others came while it was stopped");
    assert_eq!(self::calls(&emulator), calls, "it was stopped");
    assert!(emulator.session(&id).unwrap().state != "COMPLETED", "the session goes on");
    signal(&reader.0, "CONT");
    given.extend(reader.rest().await);
    let there = on_server(&emulator, &id);
    assert!(there.len() > meanwhile, "and others when it went on");
    assert_eq!(given, there, "each once, in order");
    let refused = emulator.journal().iter().filter(|entry| entry.status == Some(503)).count();
    assert_eq!(refused, 4, "what was refused when it went on was asked again");
}

fn calls(emulator: &Emulator) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some("activities.list")).count()
}
