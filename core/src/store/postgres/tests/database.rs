//! A fresh database for a test, on a server that all tests of this program share.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

/// The URL of the server's own database. A server that is started here stops when this program ends, however it does: its
/// script waits for the end of its input.
fn server() -> &'static str {
    static SERVER: OnceLock<(String, Option<Child>)> = OnceLock::new();
    let (url, _) = SERVER.get_or_init(|| match std::env::var("JULES_TEST_POSTGRES") {
        Ok(url) => (url, None),
        Err(_) => start(),
    });
    url
}

fn start() -> (String, Option<Child>) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.dev/run");
    let mut command = Command::new(script);
    let mut child = command.args(["postgres", "run"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("postgres"), "skipped: there is no PostgreSQL server; .dev/run postgres says why");
    (url.trim().to_owned(), Some(child))
}

/// A database of a test's own. It is dropped with it.
pub(in crate::store::postgres) struct Database {
    name: String,
}

impl Database {
    pub(in crate::store::postgres) async fn new() -> Self {
        let name = format!("jules_{:016x}", rand::random::<u64>());
        connect(server()).await.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap();
        Self { name }
    }

    pub(in crate::store::postgres) fn url(&self) -> String {
        let (before, _) = server().rsplit_once('/').unwrap();
        format!("{before}/{}", self.name)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Where the server listens, and on which port.
    pub(super) fn address() -> (Host, u16) {
        let config: Config = server().parse().unwrap();
        (config.get_hosts()[0].clone(), config.get_ports().first().copied().unwrap_or(5432))
    }

    /// The console of the pooler that the server is behind.
    pub(super) async fn console(&self) -> Client {
        let (before, _) = server().rsplit_once('/').unwrap();
        connect(&format!("{before}/pgbouncer")).await
    }

    /// A connection beside those of the store.
    pub(in crate::store::postgres) async fn client(&self) -> Client {
        connect(&self.url()).await
    }
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A test's runtime may end at any moment: this has one of its own.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { connect(server()).await.batch_execute(&sql).await })
        });
        let _ = dropping.join();
    }
}
