//! A PostgreSQL server of a test's own, by the project's script.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tokio_postgres::NoTls;

pub(super) struct Server {
    directory: PathBuf,
    pub(super) url: String,
    _place: tempfile::TempDir,
}

impl Server {
    pub(super) fn start() -> Self {
        let place = tempfile::Builder::new().prefix("jules-fleet").tempdir().unwrap();
        // The server's user is another one.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(place.path(), mode).unwrap();
        let directory = place.path().join("server");
        let url = script("start", &directory);
        Self { directory, url: url.trim().to_owned(), _place: place }
    }

    pub(super) fn restart(&self) {
        script("restart", &self.directory);
    }

    pub(super) async fn run(&self, sql: &str) {
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

fn script(verb: &str, directory: &Path) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.dev/run");
    let output = Command::new(path).args(["postgres", verb]).arg(directory).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{verb}");
    String::from_utf8(output.stdout).unwrap()
}
