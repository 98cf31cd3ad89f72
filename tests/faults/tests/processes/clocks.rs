//! Processes on one store whose monotonic clocks differ by a year, as after a reboot or in containers with clocks of their own:
//! whoever is killed is replaced all the same, and nothing is lost or doubled.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jules_emulator::Emulator;

use crate::live::within;
use crate::shared::{LIMIT, asked_twice, assert_whole, begin, follower, grow, lines, output};
use crate::skip::skipped;

/// `unshare` with a clock that is so many seconds ahead. It takes the program with it when it is killed.
fn ahead(seconds: u64) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--time", "--fork", "--kill-child", "--monotonic", &seconds.to_string()]);
    command
}

fn follower_ahead(emulator: &Emulator, directory: &Path, session: &str) -> Child {
    let mut command = ahead(31_536_000);
    command.arg(env!("CARGO_BIN_EXE_jules-follower")).arg(emulator.url()).arg(directory).args(["20", session]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_whose_clocks_are_a_year_apart_replace_each_other() {
    if !ahead(1).arg("true").status().is_ok_and(|status| status.success()) {
        return skipped("a clock of its own takes root, and Linux");
    }
    for holder_ahead in [true, false] {
        let emulator = Arc::new(Emulator::start().await.unwrap());
        let session = begin(&emulator);
        let directory = tempfile::tempdir().unwrap();
        let start = |ahead: bool| match ahead {
            true => follower_ahead(&emulator, directory.path(), &session),
            false => follower(&emulator, directory.path(), 20, &session),
        };
        let mut holder = start(holder_ahead);
        within(LIMIT, "the holder's requests", asked_twice(&emulator, &session)).await;
        let other = start(!holder_ahead);
        let growing = grow(&emulator, &session, 60, Duration::from_millis(20));
        within(LIMIT, "the holder's requests", asked_twice(&emulator, &session)).await;
        holder.kill().unwrap();
        growing.await.unwrap();
        let killed = output(holder).await;
        let last = output(other).await;
        assert_whole(&last, &emulator, &session);
        let ids = |output| lines(output).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert!(ids(&last).starts_with(&ids(&killed)));
    }
}
