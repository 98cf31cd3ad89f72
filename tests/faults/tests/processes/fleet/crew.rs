//! The programs of one fleet, and the files that they write what they gave to.

use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jules_emulator::Emulator;

pub(super) struct Crew {
    url: String,
    store: String,
    slots: usize,
    concurrency: usize,
    look_every: Duration,
    said: tempfile::TempDir,
}

impl Crew {
    pub(super) fn new(
        emulator: &Emulator,
        store: &str,
        (slots, concurrency): (usize, usize),
        look_every: Duration,
    ) -> Self {
        let (url, said) = (emulator.url(), tempfile::tempdir().unwrap());
        Self { url, store: store.to_owned(), slots, concurrency, look_every, said }
    }

    /// Starts a program that adds so many tasks, or works where it is none.
    pub(super) fn start(&self, tasks: usize, name: &str) -> Child {
        self.start_with(&tasks.to_string(), name)
    }

    /// Starts a worker that stays when nothing is left.
    pub(super) fn station(&self, name: &str) -> Child {
        self.start_with("stay", name)
    }

    fn start_with(&self, what: &str, name: &str) -> Child {
        let file = |kind: &str| File::create(self.said.path().join(format!("{name}.{kind}"))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_jules-worker"));
        command.arg(&self.url).arg(&self.store).arg(self.slots.to_string()).arg(what);
        command.arg(self.look_every.as_millis().to_string()).arg(self.concurrency.to_string());
        command.env("JULES_PROGRAM_LIMIT", "1800");
        command.stdin(Stdio::null()).stdout(file("out")).stderr(file("err")).spawn().unwrap()
    }

    fn texts(&self, kind: &str) -> Vec<String> {
        let files = std::fs::read_dir(self.said.path()).unwrap().map(|entry| entry.unwrap().path());
        let of_kind = files.filter(|path| path.extension().is_some_and(|extension| extension == kind));
        of_kind.map(|path| std::fs::read_to_string(path).unwrap()).collect()
    }

    /// What was given to users: a task's key and state. One that was killed may have left half a line.
    pub(super) fn given(&self) -> Vec<String> {
        let texts = self.texts("out");
        let whole = texts.iter().flat_map(|text| text[..text.rfind('\n').map_or(0, |end| end)].lines());
        whole.map(str::to_owned).collect()
    }

    pub(super) fn complaints(&self) -> String {
        self.texts("err").concat()
    }
}
