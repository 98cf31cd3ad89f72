//! What stands for the parts that a URL leaves out: libpq's variables and files, as far as they make sense here. Service
//! files, client certificates and the other variables are not looked at.

use std::path::{Path, PathBuf};

use crate::ground::error::{Error, Result};

/// Read once, when a client is made; the files that are named are read for each connection.
#[derive(Clone, Default)]
pub(crate) struct Defaults {
    pub(super) host: Option<String>,
    pub(super) port: Option<String>,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) connect_timeout: Option<String>,
    pub(super) roots: Option<String>,
    pub(super) passfile: Option<PathBuf>,
    /// A file of certificates that counts where it is there.
    pub(super) usual_roots: Option<PathBuf>,
}

impl Defaults {
    /// `variable` gives the value of a variable, `home` is the directory below which libpq looks for its files.
    pub(crate) fn read(variable: impl Fn(&str) -> Result<Option<String>>, home: Option<&Path>) -> Result<Self> {
        let below = |unix: &str, windows: &str| Some(home?.join(if cfg!(windows) { windows } else { unix }));
        let port = variable("PGPORT")?;
        if port.as_ref().is_some_and(|ports| ports.split(',').any(|port| port.trim().parse::<u16>().is_err())) {
            return Err(Error::config("PGPORT is not a port number").with_hint("Set it to a number, such as 5432."));
        }
        Ok(Self {
            host: variable("PGHOST")?,
            port: port.map(|ports| ports.replace(' ', "")),
            user: variable("PGUSER")?,
            password: variable("PGPASSWORD")?,
            database: variable("PGDATABASE")?,
            mode: variable("PGSSLMODE")?,
            connect_timeout: variable("PGCONNECT_TIMEOUT")?,
            roots: variable("PGSSLROOTCERT")?,
            passfile: variable("PGPASSFILE")?.map(Into::into).or_else(|| below(".pgpass", "postgresql/pgpass.conf")),
            usual_roots: below(".postgresql/root.crt", "postgresql/root.crt"),
        })
    }
}
