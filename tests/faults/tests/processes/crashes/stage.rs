//! What a program finds: a server with sessions, and a store.

use std::path::PathBuf;
use std::sync::Arc;

use jules::{Jules, SyncDepth, SyncOptions};
use jules_emulator::{Emulator, Moment};
use serde_json::json;
use tempfile::TempDir;

use super::program::{Language, Program};
use super::{Work, older};
use crate::live;

/// Sessions last long enough to be waited for.
const SCENARIO: &str = "name: work\nsteps:\n- state: IN_PROGRESS\n- after: 2s\n  completed: true\n";
pub(super) const ITEMS: usize = 6;
pub(super) const TASKS: usize = 8;
pub(super) const SLOTS: usize = 3;
const SYNCED: usize = 120;
/// So many of the sessions are deleted, and so many stay.
pub(super) const DELETED: usize = 8;
const KEPT: usize = 4;

pub(super) struct Stage {
    pub(super) work: Work,
    pub(super) emulator: Arc<Emulator>,
    directory: TempDir,
    /// The sessions that were there before.
    pub(super) sessions: Vec<String>,
}

impl Stage {
    pub(super) async fn new(work: Work) -> Self {
        let emulator = Arc::new(Emulator::builder().speed(50.0).scenario(SCENARIO).start().await.unwrap());
        let sessions = match work {
            Work::Stream => vec![live::session(&emulator, 60, 240)],
            Work::Sync => plant(&emulator, SYNCED),
            Work::Delete => plant(&emulator, DELETED + KEPT),
            Work::Migration => plant(&emulator, 20),
            Work::All | Work::Queue | Work::Key => Vec::new(),
        };
        let stage = Self { work, emulator, directory: tempfile::tempdir().unwrap(), sessions };
        match work {
            Work::Delete => stage.sync().await,
            Work::Migration => {
                stage.sync().await;
                older::make(&stage.store());
            }
            Work::Queue => {
                let added = stage.program(Language::Rust, "worker", &stage.worker(TASKS));
                assert_eq!(added.finish().await, [""; 0]);
            }
            _ => {}
        }
        stage
    }

    pub(super) fn path(&self) -> String {
        self.directory.path().display().to_string()
    }

    pub(super) fn store(&self) -> PathBuf {
        self.directory.path().join("store.sqlite3")
    }

    /// A client of the store, in this process.
    pub(super) fn client(&self) -> Jules {
        let builder = Jules::builder().api_key("test-key").base_url(self.emulator.url()).cache_dir(self.path());
        builder.activity_budget(false).build().unwrap()
    }

    async fn sync(&self) {
        let jules = self.client();
        jules.sync(SyncOptions::default().depth(SyncDepth::Activities)).await.unwrap();
        jules.close().await;
    }

    fn worker(&self, tasks: usize) -> Vec<String> {
        let numbers = [SLOTS, tasks, 10, 0].map(|number| number.to_string());
        [vec![self.emulator.url(), self.path()], numbers.to_vec()].concat()
    }

    fn program(&self, language: Language, name: &str, arguments: &[String]) -> Program {
        Program::start(language, name, arguments)
    }

    /// Starts the program that does it.
    pub(super) fn start(&self, language: Language) -> Program {
        let (url, path) = (self.emulator.url(), self.path());
        let (name, arguments) = match self.work {
            Work::Stream => ("reader", vec![url, self.sessions[0].clone(), path]),
            Work::Sync => ("syncer", vec![url, path]),
            Work::All => ("batch", vec![url, path, ITEMS.to_string()]),
            Work::Queue => ("worker", self.worker(0)),
            Work::Key => ("keyed", vec![url, path, "k".to_owned()]),
            Work::Delete => ("deleter", [vec![url, path], self.sessions[..DELETED].to_vec()].concat()),
            Work::Migration => ("history", [vec![url, path], self.sessions.clone()].concat()),
        };
        self.program(language, name, &arguments)
    }

    /// The requests that the server may hold while the program is killed.
    pub(super) fn held(&self) -> &'static [(&'static str, Moment)] {
        match self.work {
            Work::Stream => &[("activities.list", Moment::Before), ("activities.list", Moment::Body)],
            Work::Sync => &[("sessions.list", Moment::Body), ("activities.list", Moment::Before)],
            Work::All | Work::Queue | Work::Key => {
                &[("sessions.create", Moment::Before), ("sessions.create", Moment::AfterEffect), ("*", Moment::Before)]
            }
            Work::Delete => &[("sessions.delete", Moment::Before), ("sessions.delete", Moment::AfterEffect)],
            Work::Migration => &[],
        }
    }

    /// After how many lines it is killed at most: it has more to do then.
    pub(super) fn most_lines(&self) -> usize {
        match self.work {
            Work::Stream => 200,
            Work::Sync => SYNCED / 3,
            Work::All => ITEMS / 2,
            Work::Queue => TASKS / 2,
            Work::Key => 1,
            Work::Delete => DELETED / 3,
            Work::Migration => 10,
        }
    }
}

/// Sessions that have ended, with three activities each.
fn plant(emulator: &Emulator, count: usize) -> Vec<String> {
    let one = |number: usize| {
        let activities = json!([
            {"agentMessaged": {"agentMessage": format!("Hello from {number}")}},
            {"progressUpdated": {"title": "t", "description": "x".repeat(2_000)}},
            {"sessionCompleted": {}},
        ]);
        let seed = json!({"id": format!("{}", 1_000 + number), "state": "COMPLETED", "activities": activities});
        emulator.plant(serde_json::from_value(seed).unwrap()).unwrap()
    };
    (0..count).map(one).collect()
}
