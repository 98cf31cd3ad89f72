//! A small file system that is full, has no room for another file, or can only be read: where nobody chose the cache directory
//! the stream goes on in memory; in a chosen one the error says what happened, where, and in which session.

use std::path::Path;
use std::process::{Command, Output};

use jules_emulator::Emulator;
use tokio::task::spawn_blocking;

use crate::full::session;
use crate::live::on_server;
use crate::skip::skipped;

const TAKES_ROOT: &str = "a file system of its own takes root";

/// Mounted for as long as it lives.
struct Disk(tempfile::TempDir);

impl Disk {
    /// None where mounting is not allowed, which takes root.
    fn mount(options: &str) -> Option<Self> {
        let place = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "jules"]).arg(place.path()).output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        mounted.then(|| Self(place))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.path()).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

async fn read(emulator: &Emulator, id: &str, directory: &Path, chosen: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jules-reader"));
    command.arg(emulator.url()).arg(id).arg(if chosen { directory.as_os_str() } else { "-".as_ref() });
    command.env("XDG_CACHE_HOME", directory).env_remove("JULES_CACHE_DIR");
    spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

fn given(output: &Output) -> Vec<String> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect()
}

/// Reads with and without a directory that somebody chose. Says whether the chosen one worked.
async fn holds(emulator: &Emulator, id: &str, disk: &Disk, causes: &[&str]) -> bool {
    let whole = on_server(emulator, id);
    let output = read(emulator, id, disk.path(), true).await;
    let error = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(whole.starts_with(&given(&output)), "what was given is a beginning: {error}");
    if !output.status.success() {
        assert_eq!(output.status.code(), Some(1), "it ends by itself: {error}");
        let told = [disk.path().to_str().unwrap(), id];
        assert!(told.iter().all(|word| error.contains(word)), "{error}");
        assert!(causes.iter().any(|cause| error.contains(cause)), "none of {causes:?}: {error}");
    } else {
        assert_eq!(given(&output), whole);
    }
    let elsewhere = read(emulator, id, disk.path(), false).await;
    assert!(elsewhere.status.success(), "{}", String::from_utf8_lossy(&elsewhere.stderr));
    assert_eq!(given(&elsewhere), whole, "where nobody chose it, it goes on in memory");
    output.status.success()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_is_said_to_be_so() {
    let emulator = Emulator::start().await.unwrap();
    let id = session(&emulator);
    let mut worked = Vec::new();
    // From one that has no room for anything to one that has room enough.
    for kib in [4, 16, 64, 200, 400, 700, 8_000] {
        let Some(disk) = Disk::mount(&format!("size={kib}k")) else { return skipped(TAKES_ROOT) };
        worked.push(holds(&emulator, &id, &disk, &["full", "space"]).await);
    }
    assert!(!worked[0] && worked.is_sorted() && worked.ends_with(&[true]), "{worked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_without_room_for_another_file_is_said_to_be_full() {
    let emulator = Emulator::start().await.unwrap();
    let id = session(&emulator);
    let mut worked = Vec::new();
    for files in 1..=10 {
        let Some(disk) = Disk::mount(&format!("size=8m,nr_inodes={files}")) else { return skipped(TAKES_ROOT) };
        worked.push(holds(&emulator, &id, &disk, &["full", "space"]).await);
    }
    assert!(!worked[0] && worked.is_sorted() && worked.ends_with(&[true]), "{worked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_can_only_be_read_is_said_to_be_so() {
    let emulator = Emulator::start().await.unwrap();
    let id = session(&emulator);
    let Some(disk) = Disk::mount("size=8m") else { return skipped(TAKES_ROOT) };
    disk.remount("ro");
    assert!(!holds(&emulator, &id, &disk, &["read-only", "only be read"]).await, "empty");
    disk.remount("rw");
    assert!(holds(&emulator, &id, &disk, &[]).await, "while it can be written to");
    disk.remount("ro");
    assert!(!holds(&emulator, &id, &disk, &["read-only", "only be read"]).await, "with a store");
}
