//! A disk that fills in the middle of a stream, as far as a limit on the size of files can show it: where nobody chose the
//! cache directory the stream goes on in memory; in a chosen one its error says what happened, and in which session.

use std::path::Path;
use std::process::{Command, Output};

use jules_emulator::Emulator;
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::live::on_server;

/// In blocks of 512 bytes: enough for an empty store, and not for what is streamed.
const LARGEST_FILE: &str = "512";

/// A session that has ended, with more activities than the files may hold.
pub(crate) fn session(emulator: &Emulator) -> String {
    let id = emulator.plant(serde_json::from_value(json!({"state": "IN_PROGRESS"})).unwrap()).unwrap();
    let text = "what fills the disk ".repeat(1_000);
    for number in 0..40 {
        let message = json!({"originator": "agent", "agentMessaged": {"agentMessage": format!("{number} {text}")}});
        emulator.append(&id, message).unwrap();
    }
    let end = json!({"session": id, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
    emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
    id
}

/// What a reader prints whose files can't grow beyond the limit. A write beyond it fails instead of ending the process.
async fn read(emulator: &Emulator, id: &str, directory: &Path, chosen: bool) -> Output {
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"", "sh", LARGEST_FILE]);
    command.arg(env!("CARGO_BIN_EXE_jules-reader")).arg(emulator.url()).arg(id);
    command.arg(if chosen { directory.as_os_str() } else { "-".as_ref() });
    command.env("XDG_CACHE_HOME", directory).env_remove("JULES_CACHE_DIR");
    spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_goes_on_in_memory_where_nobody_chose_the_directory() {
    let emulator = Emulator::start().await.unwrap();
    let (id, directory) = (session(&emulator), tempfile::tempdir().unwrap());
    let output = read(&emulator, &id, directory.path(), false).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let given: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(given, on_server(&emulator, &id));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chosen_directory_gives_an_error_that_names_it_and_the_session() {
    let emulator = Emulator::start().await.unwrap();
    let (id, directory) = (session(&emulator), tempfile::tempdir().unwrap());
    let output = read(&emulator, &id, directory.path(), true).await;
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success(), "it was to fail");
    assert!(error.contains(directory.path().to_str().unwrap()), "{error}");
    assert!(error.contains(&id), "{error}");
    // What was given before is the beginning of what there is.
    let given: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
    assert!(on_server(&emulator, &id).starts_with(&given));
}
