//! A PostgreSQL URL: read as libpq reads it, and shown without what nobody else is to see.

use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::tls::Verify;
use crate::ground::error::{Error, Result};
use crate::store::Site;

const EXAMPLE: &str = "Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=verify-full, with what is special in a \
                       user or a password as %XX.";
/// What tokio-postgres takes for "as the system does", which is two hours.
const SYSTEM_KEEPALIVE: Duration = Duration::from_secs(2 * 60 * 60);
const MODES: &str = "disable, allow, prefer, require, verify-ca or verify-full";

/// A database, and how it is reached.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(super) config: Config,
    pub(super) verify: Verify,
    /// Where the certificates are that are trusted; the system's when there is none.
    pub(super) roots: Option<String>,
}

impl Target {
    /// Reads a URL, or `key=value` pairs.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let (rest, taken) = take_out(text);
        // What tokio-postgres says may repeat a part of the text, and that a part of the password.
        let mut config: Config = rest.parse().map_err(|_| {
            Error::config("the cache is no PostgreSQL URL: a part of it can't be read, or an option is not known")
                .with_hint(EXAMPLE)
        })?;
        let (mode, verify) = tls(taken.mode.as_deref(), taken.roots.as_deref())?;
        config.ssl_mode(mode);
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host("localhost");
        }
        if config.get_user().is_none() {
            return Err(Error::config("the PostgreSQL URL names no user").with_hint(EXAMPLE));
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        if config.get_application_name().is_none() {
            config.application_name("jules-sdk");
        }
        if config.get_keepalives_idle() == SYSTEM_KEEPALIVE {
            config.keepalives_idle(Duration::from_secs(15));
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(Duration::from_secs(30));
        }
        let roots = taken.roots.filter(|path| path != "system");
        Ok(Self { config, verify, roots })
    }

    /// The hosts with their ports.
    fn hosts(&self) -> Vec<(String, u16)> {
        let ports = self.config.get_ports();
        let port = |place: usize| ports.get(place).or(ports.first()).copied().unwrap_or(5432);
        let named = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let mut hosts: Vec<_> = named.collect();
        if hosts.is_empty() {
            hosts = self.config.get_hostaddrs().iter().map(ToString::to_string).collect();
        }
        hosts.into_iter().enumerate().map(|(place, host)| (host, port(place))).collect()
    }

    fn database(&self) -> &str {
        self.config.get_dbname().or(self.config.get_user()).unwrap_or_default()
    }

    /// The URL without user, password and options.
    pub(super) fn location(&self) -> String {
        let host = |(host, port): (String, u16)| match port {
            5432 => host.replace('/', "%2F"),
            port => format!("{}:{port}", host.replace('/', "%2F")),
        };
        let hosts: Vec<_> = self.hosts().into_iter().map(host).collect();
        format!("postgresql://{}/{}", hosts.join(","), self.database())
    }

    /// Which server this is, for an error.
    pub(super) fn name(&self) -> String {
        let hosts: Vec<_> = self.hosts().into_iter().map(|(host, port)| format!("{host}:{port}")).collect();
        format!("the PostgreSQL server at {}, database {:?},", hosts.join(","), self.database())
    }

    /// How long one attempt to connect may take.
    pub(super) fn connect_timeout(&self) -> Duration {
        self.config.get_connect_timeout().copied().unwrap_or(Duration::from_secs(10))
    }
}

/// What tokio-postgres doesn't know.
#[derive(Default)]
struct Taken {
    mode: Option<String>,
    roots: Option<String>,
}

impl Taken {
    fn takes(&mut self, name: &str, value: &str) -> bool {
        match name {
            "sslmode" => self.mode = Some(value.to_owned()),
            "sslrootcert" => self.roots = Some(value.to_owned()),
            _ => return false,
        }
        true
    }
}

/// The text without the options for TLS.
fn take_out(text: &str) -> (String, Taken) {
    let mut taken = Taken::default();
    if !Site::is_postgres(text) {
        let kept: Vec<_> = text
            .split_whitespace()
            .filter(|pair| {
                !pair.split_once('=').is_some_and(|(name, value)| taken.takes(name, value.trim_matches('\'')))
            })
            .collect();
        return (kept.join(" "), taken);
    }
    // Options stand behind the last question mark: one in a password is taken for a part of it.
    let Some((before, options)) = text.rsplit_once('?').filter(|(_, options)| !options.contains('@')) else {
        return (text.to_owned(), taken);
    };
    let mut kept = Vec::new();
    for option in options.split('&') {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        // As libpq does, which takes a plus for a plus.
        let pair = format!("v={}", value.replace('+', "%2B"));
        let value = url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned());
        let value = value.unwrap_or_default();
        if !taken.takes(name, &value) {
            kept.push(option);
        }
    }
    (if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) }, taken)
}

/// libpq's modes: whether there is TLS at all, and what is verified.
fn tls(mode: Option<&str>, roots: Option<&str>) -> Result<(SslMode, Verify)> {
    Ok(match mode.unwrap_or("prefer") {
        "disable" => (SslMode::Disable, Verify::Nothing),
        // libpq asks without TLS first; what is sent is safer this way round, and nothing else is different.
        "allow" | "prefer" => (SslMode::Prefer, Verify::Nothing),
        // As libpq does, for the sake of older settings: with roots, `require` means `verify-ca`.
        "require" if roots.is_some_and(|roots| roots != "system") => (SslMode::Require, Verify::Chain),
        "require" => (SslMode::Require, Verify::Nothing),
        "verify-ca" => (SslMode::Require, Verify::Chain),
        "verify-full" => (SslMode::Require, Verify::Full),
        other => return Err(Error::config(format!("sslmode is {other:?}, expected {MODES}"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        Target::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_url_is_shown_without_user_password_and_options() {
        for (url, shown) in [
            ("postgres://me:secret@db.example/jules?sslmode=require", "postgresql://db.example/jules"),
            ("postgresql://me:se%2Fcret@db.example:6432/jules", "postgresql://db.example:6432/jules"),
            ("postgres://me:secret@one,two:6000/x?target_session_attrs=read-write", "postgresql://one:6000,two:6000/x"),
            ("postgres://me:secret@%2Frun%2Fpg/x", "postgresql://%2Frun%2Fpg/x"),
            ("host=db.example user=me password=secret dbname=x sslmode=verify-full", "postgresql://db.example/x"),
            ("postgres://me:secret@/x", "postgresql://localhost/x"),
        ] {
            let target = target(url);
            if !url.contains("one,two") {
                assert_eq!(target.location(), shown, "{url}");
            }
            for text in [target.location(), target.name(), format!("{target:?}")] {
                assert!(!text.contains("secret") && !text.contains("se/cret"), "{text}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_tells_nothing_of_it() {
        for bad in [
            "postgres://me:secret@host:port/x",
            "postgres://me:secret@host/x?secret=1",
            "postgres://me:secret@host/x?sslmode=maybe",
            "postgres://",
            "postgres://host/x",
            "postgres://me:sec?secret=1@host/x?secret",
        ] {
            let error = Target::parse(bad).expect_err(bad);
            assert_eq!(error.kind(), crate::ErrorKind::Config, "{bad}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn tls_is_as_libpq_has_it() {
        for (options, mode, verify) in [
            ("", SslMode::Prefer, Verify::Nothing),
            ("?sslmode=disable", SslMode::Disable, Verify::Nothing),
            ("?sslmode=allow", SslMode::Prefer, Verify::Nothing),
            ("?sslmode=require", SslMode::Require, Verify::Nothing),
            ("?sslmode=require&sslrootcert=/ca.pem", SslMode::Require, Verify::Chain),
            ("?sslrootcert=%2Fmy%20ca.pem&connect_timeout=3&sslmode=verify-ca", SslMode::Require, Verify::Chain),
            ("?sslmode=verify-full&sslrootcert=system", SslMode::Require, Verify::Full),
        ] {
            let target = target(&format!("postgres://me@host/x{options}"));
            assert_eq!((target.config.get_ssl_mode(), target.verify), (mode, verify), "{options}");
        }
        assert_eq!(target("postgres://me@host/x?sslrootcert=%2Fmy%20ca.pem").roots.as_deref(), Some("/my ca.pem"));
        assert_eq!(target("postgres://me@host/x?connect_timeout=3&sslmode=require").connect_timeout().as_secs(), 3);
    }
}
