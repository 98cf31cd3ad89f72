//! A program in one of the languages, and the lines that it prints.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Far more than any of them needs, also where the machine is busy.
const LIMIT: Duration = Duration::from_secs(90);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    Rust,
    Python,
    Node,
}

/// What a program has printed so far.
type Text = Arc<Mutex<Vec<u8>>>;

pub(super) struct Program {
    child: Child,
    began: Instant,
    out: Text,
    errors: Text,
    readers: Vec<JoinHandle<()>>,
}

fn collect(mut from: impl Read + Send + 'static) -> (Text, JoinHandle<()>) {
    let text = Text::default();
    let to = Arc::clone(&text);
    let reader = thread::spawn(move || {
        let mut chunk = [0; 4_096];
        while let Ok(count @ 1..) = from.read(&mut chunk) {
            to.lock().unwrap().extend_from_slice(&chunk[..count]);
        }
    });
    (text, reader)
}

impl Program {
    /// Starts what a language has under that name.
    pub(super) fn start(language: Language, name: &str, arguments: &[String]) -> Self {
        let interpreter = |variable: &str, file: &str| {
            let mut command =
                Command::new(std::env::var_os(variable).expect("it is started by .dev/run faults crashes"));
            command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(file)).arg(name);
            command
        };
        let mut command = match language {
            Language::Rust => {
                Command::new(Path::new(env!("CARGO_BIN_EXE_jules-reader")).with_file_name(format!("jules-{name}")))
            }
            Language::Python => interpreter("JULES_PROGRAM_PYTHON", "calls.py"),
            Language::Node => interpreter("JULES_PROGRAM_NODE", "calls.mjs"),
        };
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (out, first) = collect(child.stdout.take().unwrap());
        let (errors, second) = collect(child.stderr.take().unwrap());
        Self { child, began: Instant::now(), out, errors, readers: vec![first, second] }
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The lines that were printed whole.
    pub(super) fn lines(&self) -> Vec<String> {
        let out = self.out.lock().unwrap();
        let text = std::str::from_utf8(&out).unwrap();
        text[..text.rfind('\n').map_or(0, |end| end)].lines().map(str::to_owned).collect()
    }

    fn complaints(&self) -> String {
        String::from_utf8_lossy(&self.errors.lock().unwrap()).into_owned()
    }

    /// Whether it runs; fails when it has run for too long.
    pub(super) fn runs(&mut self) -> bool {
        if self.began.elapsed() > LIMIT {
            self.child.kill().unwrap();
            panic!("not done within {LIMIT:?}: {}", self.complaints());
        }
        self.child.try_wait().unwrap().is_none()
    }

    /// Kills it, where it still runs. Says whether it did, with what was printed.
    pub(super) fn kill(mut self) -> (bool, Vec<String>) {
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
        assert!(status.success() || status.code().is_none(), "{}", self.complaints());
        (!status.success(), self.lines())
    }

    /// What it prints until it ends, as it should.
    pub(super) async fn finish(mut self) -> Vec<String> {
        while self.runs() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let status = self.child.wait().unwrap();
        self.readers.drain(..).for_each(|reader| reader.join().unwrap());
        assert!(status.success(), "{}", self.complaints());
        self.lines()
    }
}
