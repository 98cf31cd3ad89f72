//! A PostgreSQL URL: read as libpq reads it, and shown without what nobody else is to see.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::defaults::Defaults;
use super::passfile;
use super::tls::Verify;
use crate::ground::error::{Error, Result};
use crate::store::is_postgres;

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
    pub(super) roots: Option<PathBuf>,
    /// Where a password is looked for that nothing else gives.
    passfile: Option<PathBuf>,
}

impl Target {
    /// Reads a URL, or `key=value` pairs. What they leave out, `defaults` may have.
    pub(crate) fn parse(text: &str, defaults: &Defaults) -> Result<Self> {
        let (rest, taken) = take_out(text);
        let port = taken.port.as_deref().or(defaults.port.as_deref());
        // What tokio-postgres says may repeat a part of the text, and that a part of the password.
        let mut config: Config =
            port.map_or(Cow::Borrowed(&*rest), |port| with_port(&rest, port)).parse().map_err(|_| {
                Error::config(
                    "the cache is not a valid PostgreSQL URL: a part of it is malformed, or an option is unknown",
                )
                .with_hint(EXAMPLE)
            })?;
        fill(&mut config, defaults, port)?;
        let Some(user) = config.get_user() else {
            return Err(Error::config("the PostgreSQL URL has no user, and PGUSER is not set").with_hint(EXAMPLE));
        };
        if config.get_dbname().is_none() {
            let database = defaults.database.clone().unwrap_or_else(|| user.to_owned());
            config.dbname(database);
        }
        let mode = taken.mode.or_else(|| defaults.mode.clone());
        let given = taken.roots.or_else(|| defaults.roots.clone());
        let usual = || defaults.usual_roots.clone().filter(|path| path.exists());
        let roots = match given.as_deref() {
            Some("system") => None,
            Some(path) => Some(path.into()),
            None => usual(),
        };
        let (mode, verify) = tls(mode.as_deref(), roots.is_some(), given.as_deref() == Some("system"))?;
        // No server speaks TLS on a socket of its own machine, where nobody else listens.
        config.ssl_mode(if is_local(&config) { SslMode::Disable } else { mode });
        let passfile = taken.passfile.map(Into::into).or_else(|| defaults.passfile.clone());
        Ok(Self { config, verify, roots, passfile })
    }

    /// How to connect now: with the password of the password file, where nothing else gives one.
    pub(super) fn login(&self) -> Cow<'_, Config> {
        let found = self.passfile.as_deref().filter(|_| self.config.get_password().is_none());
        let Some(text) = found.and_then(passfile::read) else { return Cow::Borrowed(&self.config) };
        let user = self.config.get_user().unwrap_or_default();
        let of_host = |(host, port): (String, u16)| {
            let find = |host: &str| passfile::find(&text, [host, &port.to_string(), self.database(), user]);
            // libpq writes so for its usual socket, which is another one on each system.
            find(&host).or_else(|| host.starts_with('/').then(|| find("localhost")).flatten())
        };
        let mut passwords: Vec<_> = self.hosts().into_iter().map(of_host).collect();
        passwords.dedup();
        // One server's password is not told to another one.
        match &*passwords {
            [Some(password)] => {
                let mut config = self.config.clone();
                config.password(password);
                Cow::Owned(config)
            }
            _ => Cow::Borrowed(&self.config),
        }
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
        named.enumerate().map(|(place, host)| (host, port(place))).collect()
    }

    fn database(&self) -> &str {
        self.config.get_dbname().unwrap_or_default()
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
    passfile: Option<String>,
    port: Option<String>,
}

impl Taken {
    fn takes(&mut self, name: &str, value: &str) -> bool {
        match name {
            "sslmode" => self.mode = Some(value.to_owned()),
            "sslrootcert" => self.roots = Some(value.to_owned()),
            "passfile" => self.passfile = Some(value.to_owned()),
            // It would stand beside the one that tokio-postgres takes for granted.
            "port" => self.port = Some(value.to_owned()),
            _ => return false,
        }
        true
    }
}

/// The text without those options.
fn take_out(text: &str) -> (String, Taken) {
    let mut taken = Taken::default();
    if !is_postgres(text) {
        let kept: Vec<_> = text
            .split_whitespace()
            .filter(|pair| {
                !pair
                    .split_once('=')
                    .is_some_and(|(name, value)| name != "port" && taken.takes(name, value.trim_matches('\'')))
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

/// The text with a port for each host that is named without one: tokio-postgres would take 5432.
fn with_port<'t>(text: &'t str, ports: &str) -> Cow<'t, str> {
    let Some((scheme, rest)) = text.split_once("://").filter(|_| is_postgres(text)) else {
        return Cow::Borrowed(text);
    };
    let (login, rest) = rest.split_once('@').map_or(("", rest), |(login, rest)| (login, rest));
    let (hosts, behind) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if hosts.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut ports = ports.split(',').cycle();
    let with = |host: &str| match (host.rsplit_once(':'), ports.next()) {
        (Some((_, port)), _) if !port.ends_with(']') => host.to_owned(),
        (_, Some(port)) => format!("{host}:{port}"),
        (_, None) => host.to_owned(),
    };
    let hosts: Vec<_> = hosts.split(',').map(with).collect();
    let at = if login.is_empty() { "" } else { "@" };
    Cow::Owned(format!("{scheme}://{login}{at}{}{behind}", hosts.join(",")))
}

/// Where it says nothing: what `defaults` have, and what is sensible here.
fn fill(config: &mut Config, defaults: &Defaults, port: Option<&str>) -> Result<()> {
    if config.get_hosts().is_empty() {
        // The name in the certificate, too.
        let addresses: Vec<_> = config.get_hostaddrs().iter().map(ToString::to_string).collect();
        let named = match &defaults.host {
            _ if !addresses.is_empty() => addresses,
            Some(hosts) => hosts.split(',').map(str::to_owned).collect(),
            None => vec!["localhost".to_owned()],
        };
        for host in named {
            config.host(host);
        }
    }
    if config.get_ports().is_empty() {
        for port in port.into_iter().flat_map(|ports| ports.split(',')) {
            config.port(port.parse().map_err(|_| Error::config("the port is not a number").with_hint(EXAMPLE))?);
        }
    }
    if let (None, Some(user)) = (config.get_user(), &defaults.user) {
        config.user(user);
    }
    if let (None, Some(password)) = (config.get_password(), &defaults.password) {
        config.password(password);
    }
    if config.get_connect_timeout().is_none() {
        let given = defaults.connect_timeout.as_deref().and_then(|seconds| seconds.trim().parse().ok());
        config.connect_timeout(Duration::from_secs(given.filter(|seconds| *seconds > 0).unwrap_or(10)));
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
    Ok(())
}

/// Whether all hosts are sockets of this machine.
fn is_local(config: &Config) -> bool {
    #[cfg(unix)]
    return config.get_hosts().iter().all(|host| matches!(host, Host::Unix(_)));
    #[cfg(not(unix))]
    false
}

/// libpq's modes: whether there is TLS at all, and what is verified.
fn tls(mode: Option<&str>, roots: bool, system: bool) -> Result<(SslMode, Verify)> {
    Ok(match mode.unwrap_or(if system { "verify-full" } else { "prefer" }) {
        // Anybody can get a certificate that the system trusts.
        weak @ ("disable" | "allow" | "prefer" | "require" | "verify-ca") if system => {
            return Err(Error::config(format!("sslmode is {weak:?}, too weak for sslrootcert=system"))
                .with_hint("Use sslmode=verify-full with it."));
        }
        "disable" => (SslMode::Disable, Verify::Nothing),
        // libpq asks without TLS first for `allow`; what is sent is safer this way round.
        "allow" | "prefer" => (SslMode::Prefer, Verify::Nothing),
        // As libpq does, for the sake of older settings: with roots, `require` means `verify-ca`.
        "require" if roots => (SslMode::Require, Verify::Chain),
        "require" => (SslMode::Require, Verify::Nothing),
        "verify-ca" => (SslMode::Require, Verify::Chain),
        "verify-full" => (SslMode::Require, Verify::Full),
        other => return Err(Error::config(format!("sslmode is {other:?}, expected {MODES}"))),
    })
}

#[cfg(test)]
mod tests;
