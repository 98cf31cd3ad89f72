//! A PostgreSQL server of a test's own, by the project's script.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tokio_postgres::NoTls;

pub(crate) struct Server {
    directory: PathBuf,
    pub(crate) url: String,
    _place: tempfile::TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        let place = tempfile::Builder::new().prefix("jules-fleet").tempdir().unwrap();
        // The server's user is another one.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(place.path(), mode).unwrap();
        let directory = place.path().join("server");
        let url = script("start", &directory);
        Self { directory, url: url.trim().to_owned(), _place: place }
    }

    /// Stops it as an operator does, where it runs, and starts it again.
    pub(crate) fn restart(&self) {
        let end = Instant::now() + RETURN;
        // What a server leaves that was killed is in the way until its own processes have seen that.
        while !run("restart", &self.directory).0 {
            assert!(Instant::now() < end, "it doesn't start again");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops it as an operator does, to be started again.
    pub(crate) fn halt(&self) {
        script("halt", &self.directory);
    }

    /// Kills it: whoever writes at that moment is not told whether it is in.
    pub(crate) fn kill(&self) {
        let file = std::fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let process = file.lines().next().unwrap();
        assert!(Command::new("kill").args(["-KILL", process]).status().unwrap().success());
        // Its own processes see that and end. Who starts it again must neither meet them, nor wait for one that nobody buries.
        let end = Instant::now() + RETURN;
        while self.is_in_use() {
            assert!(Instant::now() < end, "it doesn't end");
            std::thread::sleep(Duration::from_millis(10));
        }
        std::fs::remove_file(self.data().join("postmaster.pid")).unwrap();
    }

    /// Whether any process stands in the server's directory.
    fn is_in_use(&self) -> bool {
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        processes.filter_map(|each| std::fs::read_link(each.path().join("cwd")).ok()).any(|place| place == self.data())
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Keeps a copy of what it has now, as a replica has that hears of nothing more.
    pub(crate) fn keep_a_copy(&self) {
        self.halt();
        copy(&self.data(), &self.directory.join("copy"));
        self.restart();
    }

    /// What it has is gone, and the copy takes its place.
    pub(crate) fn fail_over_to_the_copy(&self) {
        self.kill();
        let data = self.data();
        std::fs::rename(&data, self.directory.join("gone")).unwrap();
        copy(&self.directory.join("copy"), &data);
        self.restart();
    }

    pub(crate) async fn run(&self, sql: &str) {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(sql).await.unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script("stop", &self.directory);
    }
}

/// How long a server may take that starts again.
const RETURN: Duration = Duration::from_secs(30);

fn script(verb: &str, directory: &Path) -> String {
    let (done, said) = run(verb, directory);
    assert!(done, "{verb}");
    said
}

/// Whether the project's script did it, and what it said.
fn run(verb: &str, directory: &Path) -> (bool, String) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.dev/run");
    let output = Command::new(path).args(["postgres", verb]).arg(directory).stderr(Stdio::inherit()).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// With its owner and modes.
fn copy(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
}
