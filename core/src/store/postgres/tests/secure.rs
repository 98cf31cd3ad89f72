//! A server that speaks TLS, with a certificate of an authority made here: what libpq's modes let through, what they refuse,
//! and that no password is told to anybody.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tokio_postgres::NoTls;

use super::log::Log;
use super::{activity, append, ids, session};
use crate::ground::surroundings::Surroundings;
use crate::store::postgres::server::Server as Client;
use crate::store::postgres::{Defaults, Postgres, Target};
use crate::store::{Store, StoreFault, Terms, Topic};
use crate::{Error, ErrorKind};

const NAME: &str = "db.example";
const PASSWORD: &str = "secret-word";
type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Issuer {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// What a server shows, and its key.
struct Identity {
    certificate: String,
    key: String,
}

impl Identity {
    fn signed(issuer: &Issuer, names: &[&str], valid_until: i32) -> Self {
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(valid_until, 1, 1);
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.signed_by(&key, issuer).unwrap().pem(), key: key.serialize_pem() }
    }

    /// One as PostgreSQL's documentation makes it: signed by itself, and good for signing others.
    fn of_its_own(names: &[&str]) -> Self {
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
    }
}

/// A server of this test's own, which listens on a port of this machine.
struct Server {
    _directory: tempfile::TempDir,
    port: u16,
    socket: String,
}

fn script(arguments: &[&str]) -> Option<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.dev/run");
    let output = Command::new(script).arg("postgres").args(arguments).stderr(Stdio::inherit()).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

impl Server {
    fn start() -> Self {
        let directory = tempfile::Builder::new().prefix("jules-secure").tempdir().unwrap();
        // The server's user is another one.
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(directory.path(), mode).unwrap();
        // PostgreSQL takes no port 0, and somebody else may be quicker with one that was free.
        for attempt in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let place = directory.path().join(attempt.to_string());
            let arguments = ["start", place.to_str().unwrap(), "listen_addresses=127.0.0.1", &format!("port={port}")];
            if let Some(socket) = script(&arguments) {
                return Self { _directory: directory, port, socket };
            }
        }
        panic!("no server could be started");
    }

    fn place(&self) -> PathBuf {
        let socket = self.socket.split_once('@').unwrap().1.split_once(':').unwrap().0;
        socket.replace("%2F", "/").into()
    }

    /// Starts it again with this certificate, or without TLS.
    async fn show(&self, identity: Option<&Identity>) {
        let config: tokio_postgres::Config = self.socket.parse().unwrap();
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        if let Some(Identity { certificate, key }) = identity {
            // Files of the server's user, whoever that is.
            let write = |name: &str, text: &str| {
                format!("COPY (SELECT unnest(string_to_array('{text}', E'\n'))) TO PROGRAM 'umask 077; cat > {name}'")
            };
            client.batch_execute(&write("server.crt", certificate)).await.unwrap();
            client.batch_execute(&write("server.key", key)).await.unwrap();
        }
        let state = if identity.is_some() { "on" } else { "off" };
        client.batch_execute(&format!("ALTER SYSTEM SET ssl = {state}")).await.unwrap();
        drop(client);
        script(&["restart", self.place().to_str().unwrap()]).unwrap();
    }

    /// Who may come: `either` both ways, the others as their names say; all with a password.
    async fn open_its_doors(&self) {
        let config: tokio_postgres::Config = self.socket.parse().unwrap();
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        for (role, kind) in [("either", "host"), ("only_tls", "hostssl"), ("only_plain", "hostnossl")] {
            client
                .batch_execute(&format!(
                    "SET password_encryption = 'scram-sha-256'; CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'; GRANT CREATE ON DATABASE postgres TO {role};
                     COPY (SELECT '{kind} all {role} 127.0.0.1/32 scram-sha-256') TO PROGRAM 'cat >> pg_hba.new'"
                ))
                .await
                .unwrap();
        }
        client
            .batch_execute("COPY (SELECT 'local all all trust') TO PROGRAM 'cat - pg_hba.new > pg_hba.conf'")
            .await
            .unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        script(&["stop", self.place().to_str().unwrap()]);
    }
}

fn tells_no_password(log: &Log) {
    tracing::info!("it listens");
    let text = log.text();
    assert!(text.contains("it listens") && !text.contains(PASSWORD), "{text}");
}

/// Connects; says whether that is by TLS.
async fn connects(target: &Target) -> Result<bool, Error> {
    let client =
        Client::new(target.clone(), Terms::default().reach).connect(None).await.map_err(|failure| match failure {
            super::super::Failure::Lost(error)
            | super::super::Failure::Conflict(error)
            | super::super::Failure::Final(error) => error,
        })?;
    let row = client.query_one("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", &[]).await.unwrap();
    Ok(row.get(0))
}

struct Attempts<'s> {
    server: &'s Server,
    /// Where the files of authorities are.
    files: &'s Path,
}

/// How an attempt is to end: with TLS, without, or refused with a text in its error.
type Expected = Result<bool, &'static str>;

impl Attempts<'_> {
    fn url(&self, role: &str, host: &str, options: &str) -> String {
        let options = options.replace("FILES", &self.files.display().to_string());
        let port = self.server.port;
        format!("postgresql://{role}:{PASSWORD}@{host}:{port}/postgres?hostaddr=127.0.0.1&{options}")
    }

    async fn all(&self, role: &str, attempts: &[(&str, &str, Expected)]) {
        for (host, options, expected) in attempts {
            let target = Target::parse(&self.url(role, host, options), &Defaults::default()).unwrap();
            let came = connects(&target).await;
            match (&came, expected) {
                (Ok(tls), Ok(expected)) => assert_eq!(tls, expected, "{role} {host} {options}"),
                (Err(error), Err(expected)) => {
                    assert!(error.to_string().contains(expected), "{role} {host} {options}: {error}");
                    assert!(!error.retryable(), "{role} {host} {options}: {error}");
                    let shown = format!("{error} {error:?} {} {target:?}", error.to_json());
                    assert!(!shown.contains(PASSWORD), "{shown}");
                }
                _ => panic!("{role} {host} {options}: {came:?}, expected {expected:?}"),
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn tls_lets_through_and_refuses_what_libpq_does() {
    let ((log, _hearing), files) = (Log::listen(), tempfile::tempdir().unwrap());
    let (ours, others) = (authority("ours"), authority("others"));
    let write = |name: &str, text: &str| std::fs::write(files.path().join(name), text).unwrap();
    write("ours", &ours.pem());
    write("others", &others.pem());
    write("both", &format!("{}{}", others.pem(), ours.pem()));
    write("none", "");
    write("broken", "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n");
    let server = Server::start();
    server.open_its_doors().await;
    let attempts = Attempts { server: &server, files: files.path() };

    server.show(Some(&Identity::signed(&ours, &[NAME], 2090))).await;
    let (unknown, other_name) = ("UnknownIssuer", "not valid for name");
    attempts
        .all(
            "either",
            &[
                (NAME, "sslmode=disable", Ok(false)),
                (NAME, "sslmode=allow", Ok(true)),
                (NAME, "", Ok(true)),
                (NAME, "sslrootcert=FILES/others", Ok(true)),
                (NAME, "sslmode=require", Ok(true)),
                (NAME, "sslmode=require&sslrootcert=FILES/ours", Ok(true)),
                (NAME, "sslmode=require&sslrootcert=FILES/others", Err(unknown)),
                ("localhost", "sslmode=require&sslrootcert=FILES/ours", Ok(true)),
                ("localhost", "sslmode=verify-ca&sslrootcert=FILES/ours", Ok(true)),
                (NAME, "sslmode=verify-ca&sslrootcert=FILES/others", Err(unknown)),
                (NAME, "sslmode=verify-ca", Err(unknown)),
                (NAME, "sslmode=verify-full&sslrootcert=FILES/ours", Ok(true)),
                (NAME, "sslmode=verify-full&sslrootcert=FILES/both", Ok(true)),
                ("DB.Example", "sslmode=verify-full&sslrootcert=FILES/ours", Ok(true)),
                ("localhost", "sslmode=verify-full&sslrootcert=FILES/ours", Err(other_name)),
                ("127.0.0.1", "sslmode=verify-full&sslrootcert=FILES/ours", Err(other_name)),
                (NAME, "sslmode=verify-full&sslrootcert=FILES/others", Err(unknown)),
                (NAME, "sslmode=verify-full&sslrootcert=system", Err(unknown)),
                (NAME, "sslmode=verify-full&sslrootcert=FILES/missing", Err("missing\" can't be used")),
                (NAME, "sslmode=verify-full&sslrootcert=FILES/none", Err("none\" can't be used")),
                (NAME, "sslmode=verify-full&sslrootcert=FILES/broken", Err("broken\" can't be used")),
            ],
        )
        .await;
    attempts
        .all("only_tls", &[(NAME, "sslmode=disable", Err("no pg_hba.conf entry")), (NAME, "sslmode=prefer", Ok(true))])
        .await;
    attempts
        .all(
            "only_plain",
            &[
                (NAME, "sslmode=require", Err("no pg_hba.conf entry")),
                (NAME, "sslmode=prefer", Ok(false)),
                (NAME, "sslmode=allow", Ok(false)),
            ],
        )
        .await;

    server.show(Some(&Identity::signed(&ours, &["127.0.0.1"], 2090))).await;
    let by_address = [
        ("127.0.0.1", "sslmode=verify-full&sslrootcert=FILES/ours", Ok(true)),
        (NAME, "sslmode=verify-full&sslrootcert=FILES/ours", Err(other_name)),
    ];
    attempts.all("either", &by_address).await;

    server.show(Some(&Identity::signed(&ours, &[NAME], 2021))).await;
    let expired = [
        (NAME, "sslmode=require", Ok(true)),
        (NAME, "sslmode=verify-ca&sslrootcert=FILES/ours", Err("expired")),
        (NAME, "sslmode=verify-full&sslrootcert=FILES/ours", Err("expired")),
    ];
    attempts.all("either", &expired).await;

    let own = Identity::of_its_own(&[NAME]);
    write("own", &own.certificate);
    server.show(Some(&own)).await;
    let own = [
        (NAME, "sslmode=verify-full&sslrootcert=FILES/own", Ok(true)),
        ("localhost", "sslmode=verify-ca&sslrootcert=FILES/own", Ok(true)),
        ("localhost", "sslmode=verify-full&sslrootcert=FILES/own", Err(other_name)),
        (NAME, "sslmode=verify-full&sslrootcert=FILES/ours", Err("invalid peer certificate")),
    ];
    attempts.all("either", &own).await;

    server.show(None).await;
    let without = [
        (NAME, "sslmode=prefer", Ok(false)),
        (NAME, "sslmode=require", Err("does not support TLS")),
        (NAME, "sslmode=verify-full&sslrootcert=FILES/ours", Err("does not support TLS")),
    ];
    attempts.all("either", &without).await;
    tells_no_password(&log);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn a_store_works_and_is_told_of_commits_by_tls_and_its_password_may_be_in_libpq_s_places() {
    let ((log, _hearing), files) = (Log::listen(), tempfile::tempdir().unwrap());
    let ours = authority("ours");
    std::fs::create_dir(files.path().join(".postgresql")).unwrap();
    std::fs::write(files.path().join(".postgresql/root.crt"), ours.pem()).unwrap();
    let server = Server::start();
    server.open_its_doors().await;
    server.show(Some(&Identity::signed(&ours, &["localhost"], 2090))).await;
    let port = server.port.to_string();
    let pass = files.path().join(".pgpass");
    std::fs::write(&pass, format!("localhost:{port}:postgres:only_tls:{PASSWORD}\n")).unwrap();
    std::fs::set_permissions(&pass, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let open = |variables: &[(&str, &str)]| {
        let value = |name: &str| variables.iter().find(|(set, _)| *set == name).map(|(_, value)| (*value).to_owned());
        let defaults = Defaults::read(|name| Ok(value(name)), Some(files.path())).unwrap();
        let target = Target::parse("postgresql:///postgres?sslmode=verify-full", &defaults).unwrap();
        Postgres::new(target, "account", Surroundings::default())
    };
    let place = [("PGHOST", "localhost"), ("PGPORT", &port), ("PGUSER", "only_tls")];
    // By the file of passwords, and by the variable.
    let (one, other) = (open(&place), open(&[&place[..], &[("PGPASSWORD", PASSWORD)]].concat()));
    append(&one, "s", vec![activity("a")]).await;
    let mut revisions = one.watch(&Topic::Session(session("s")));
    let info = other.info().await.unwrap();
    revisions.seen();
    append(&other, "s", vec![activity("b")]).await;
    tokio::time::timeout(Duration::from_secs(1), revisions.changed()).await.expect("woken by a notice");
    assert_eq!(ids(&one, "s").await, ["a", "b"]);
    let shown = format!("{:?} {:?} {one:?} {other:?}", info.location, info);
    assert!(shown.contains(&port) && !shown.contains(PASSWORD) && !shown.contains("only_tls@"), "{shown}");

    let refused = open(&[&place[..], &[("PGPASSWORD", "another-word")]].concat()).info().await.unwrap_err();
    assert_eq!((refused.kind(), refused.attached()), (ErrorKind::Store, Some(&StoreFault::NoPermission)), "{refused}");
    let none = open(&[("PGHOST", "localhost"), ("PGPORT", &port), ("PGUSER", "either")]).info().await.unwrap_err();
    assert!(none.to_string().contains("password"), "{none}");
    tells_no_password(&log);
    let shown = format!("{refused} {refused:?} {} {none} {none:?}", refused.to_json());
    assert!(!shown.contains(PASSWORD) && !shown.contains("another-word"), "{shown}");
}
