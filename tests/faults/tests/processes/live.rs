//! A session that goes on while it is read, and the program that reads it.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use jules_emulator::Emulator;
use serde_json::json;

/// Begins a session that gets an activity every few milliseconds, so many in all, the last of them its end.
pub(crate) fn session(emulator: &Arc<Emulator>, at_once: usize, live: usize) -> String {
    let step = |number| json!({"originator": "agent", "progressUpdated": {"title": format!("step {number}")}});
    let first: Vec<_> = (0..at_once).map(step).collect();
    let seed = json!({"state": "IN_PROGRESS", "activities": first});
    let id = emulator.plant(serde_json::from_value(seed).unwrap()).unwrap();
    let (emulator, session) = (Arc::clone(emulator), id.clone());
    tokio::spawn(async move {
        for number in at_once..at_once + live {
            tokio::time::sleep(Duration::from_millis(5)).await;
            emulator.append(&session, step(number)).unwrap();
        }
        let end = json!({"session": session, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
        emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
    });
    id
}

/// Fails with what was waited for, instead of waiting for ever. The programs beside this end by themselves (`src/program.rs`).
pub(crate) async fn within<T>(limit: Duration, what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done,
        Err(_) => panic!("not done within {limit:?}: {what}"),
    }
}

/// Sends a signal to a program: it is stopped, or goes on.
pub(crate) fn signal(child: &Child, name: &str) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args([&format!("-{name}"), &id]).status().unwrap().success());
}

/// The program that streams a session.
pub(crate) fn reader(emulator: &Emulator, session: &str, directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jules-reader"));
    command.arg(emulator.url()).arg(session).arg(directory).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The ids that the server has, in its order.
pub(crate) fn on_server(emulator: &Emulator, session: &str) -> Vec<String> {
    let activities = emulator.session(session).unwrap().activities;
    activities.iter().map(|activity| activity["id"].as_str().unwrap().to_owned()).collect()
}
