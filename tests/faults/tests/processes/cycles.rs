//! Sessions are created, streamed and dropped: the process is as large as it was, with as many files and threads. 400 of them; 2,000
//! where `JULES_LONG` is set.

use std::process::Command;

use jules_emulator::Emulator;

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_that_were_streamed_leave_nothing_behind() {
    let emulator = Emulator::builder().speed(50.0).start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let cycles = if std::env::var_os("JULES_LONG").is_some() { "2000" } else { "400" };
    let mut command = Command::new(env!("CARGO_BIN_EXE_jules-cycles"));
    command.arg(emulator.url()).arg(directory.path()).arg(cycles);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let held: Vec<Vec<i64>> =
        text.lines().map(|line| line.split(' ').map(|word| word.parse().unwrap()).collect()).collect();
    let [before, after] = &held[..] else { panic!("{text}") };
    println!("memory in KiB, files, threads: {before:?}, after {cycles} more {after:?}");
    // Ten kilobytes that each of the few leaves would be four megabytes.
    assert!(after[0] - before[0] < 4_096, "{before:?}, then {after:?}");
    // Connections and idle threads come and go by a few.
    assert!(after[1] < before[1] + 24 && after[2] < before[2] + 24, "{before:?}, then {after:?}");
}
