//! The runner as a whole, from outside: it passes what is right, fails what isn't, and finds languages that differ.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = env!("CARGO_BIN_EXE_jules-conformance");

const RIGHT: &str = "
- name: right
  about: A case that holds.
  steps:
    - { op: run, with: { prompt: 'Tidy up [scenario:quick]' }, expect: { state: completed, title: Tidy up } }
";
const WRONG: &str = "
- name: wrong
  about: A case that doesn't.
  steps:
    - { op: run, with: { prompt: 'Tidy up [scenario:quick]' }, expect: { state: failed } }
  afterwards:
    - { see: sessions, expect: [] }
";

/// A folder of its own for each test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
        std::fs::create_dir_all(path.join("cases")).unwrap();
        Self(path)
    }

    fn with(self, file: &str, text: &str) -> Self {
        std::fs::write(self.0.join(file), text).unwrap();
        self
    }

    /// The exit code and what was printed.
    fn run(&self, arguments: &[&str], drivers: &[(&str, &str)]) -> (i32, String) {
        let mut runner = Command::new(PROGRAM);
        for variable in ["JULES_DRIVER_PYTHON", "JULES_DRIVER_NODE", "JULES_DRIVER_SWIFT"] {
            runner.env_remove(variable);
        }
        runner
            .args(["--matrix", "none"])
            .arg("--cases")
            .arg(self.0.join("cases"))
            .arg("--work")
            .arg(self.0.join("work"));
        let output = runner.args(arguments).envs(drivers.iter().copied()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    }

    fn path(&self, file: &str) -> String {
        Path::new(&self.0).join(file).display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind is in the target directory.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn what_is_right_passes() {
    let folder = Folder::new("right").with("cases/a.yaml", RIGHT);
    let (code, text) = folder.run(&["--languages", "rust", "--report", &folder.path("report.md")], &[]);
    assert!(text.ends_with("conformance: 1 passed, 0 failed\n"), "{text}");
    assert_eq!(code, 0);
    let report = std::fs::read_to_string(folder.path("report.md")).unwrap();
    assert!(report.contains("| right | ✓ |"), "{report}");
}

#[test]
fn what_is_wrong_fails_with_reasons() {
    let folder = Folder::new("wrong").with("cases/a.yaml", &format!("{RIGHT}{WRONG}"));
    let (code, text) = folder.run(&["--languages", "rust"], &[]);
    assert!(text.contains("✗ wrong · rust\n    step 1 (run): state: expected \"failed\", got \"completed\""), "{text}");
    assert!(text.contains("afterwards, the sessions: expected a list of 0, but it has 1"), "{text}");
    assert!(text.ends_with("conformance: 1 passed, 1 failed\n"), "{text}");
    assert_eq!(code, 1);
}

#[test]
fn a_language_without_a_driver_fails_the_run_unless_that_is_allowed() {
    let folder = Folder::new("missing").with("cases/a.yaml", RIGHT);
    let (code, text) = folder.run(&["--languages", "rust,swift"], &[]);
    assert!(text.contains("– swift skipped: JULES_DRIVER_SWIFT is not set"), "{text}");
    assert_eq!(code, 1);
    assert_eq!(folder.run(&["--languages", "rust,swift", "--allow-missing"], &[]).0, 0);
    assert_eq!(folder.run(&["--languages", "swift", "--allow-missing"], &[]).0, 1);
}

#[test]
fn languages_that_differ_are_found_though_each_is_right() {
    let liar = format!("'{PROGRAM}' drive \"$1\" | sed 's/Tidy up/Tidy down/g'\n");
    let right = RIGHT.replace(", title: Tidy up", "");
    let folder = Folder::new("differ").with("cases/a.yaml", &right).with("liar.sh", &liar);
    let driver = format!("sh '{}'", folder.path("liar.sh"));
    let (code, text) = folder.run(&["--languages", "rust,node"], &[("JULES_DRIVER_NODE", &driver)]);
    let difference = "differs from rust: [0].ok.title: node has \"Tidy down\", rust has \"Tidy up\"";
    assert!(text.contains(difference), "{text}");
    assert_eq!(code, 1);
}

#[test]
fn a_client_that_goes_on_is_found_though_its_case_is_the_last() {
    // Goes on as a watcher would that nobody stopped: until the driver ends.
    let leak = format!(
        "'{PROGRAM}' drive \"$1\" | while read -r line; do
           echo \"$line\"
           case $line in *'\"right\"'*)
             (while :; do timeout 0.5 '{PROGRAM}' drive \"$1\"; done) >/dev/null 2>&1 &
           esac
         done\n"
    );
    let folder = Folder::new("leak").with("cases/a.yaml", RIGHT).with("leak.sh", &leak);
    let driver = format!("sh '{}'", folder.path("leak.sh"));
    let (code, text) = folder.run(&["--languages", "node"], &[("JULES_DRIVER_NODE", &driver)]);
    assert!(text.contains("✗ right · node\n    the client was closed, yet "), "{text}");
    assert_eq!(code, 1);
}

#[test]
fn a_driver_that_does_not_wait_behind_its_last_case_is_found() {
    let hasty = format!("'{PROGRAM}' drive \"$1\" | head -n 1\n");
    let folder = Folder::new("hasty").with("cases/a.yaml", RIGHT).with("hasty.sh", &hasty);
    let driver = format!("sh '{}'", folder.path("hasty.sh"));
    let (code, text) = folder.run(&["--languages", "node"], &[("JULES_DRIVER_NODE", &driver)]);
    assert!(text.contains("it was to wait behind its last case, but: the driver ended"), "{text}");
    assert_eq!(code, 1);
}

#[test]
fn a_case_that_makes_no_sense_is_an_error_of_the_run() {
    let folder = Folder::new("nonsense").with("cases/a.yaml", &RIGHT.replace("op: run", "op: runn"));
    let (code, text) = folder.run(&["--languages", "rust"], &[]);
    assert!(text.contains("case right: step 1 (runn): there is no such operation"), "{text}");
    assert_eq!(code, 2);
}
