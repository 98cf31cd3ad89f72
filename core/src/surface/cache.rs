//! Where a client keeps its cache, as its user says it; a URL's password is never shown.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use super::environment;
use crate::ground::error::Result;
use crate::store::{Place, Site, is_postgres};

/// The file in the cache directory.
const FILE: &str = "store.sqlite3";

/// Where the cache is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum Cache {
    /// A SQLite file in the platform's cache directory, or in `JULES_CACHE_DIR`.
    Default,
    /// In memory: lost when the client is closed.
    Memory,
    /// A SQLite file in this directory. A path that begins with `postgres://` or `postgresql://` is taken for
    /// [`Cache::Postgres`].
    Directory(PathBuf),
    /// A PostgreSQL database (13 or newer), which clients on several machines may share; see [`Cache::postgres`].
    Postgres(PostgresUrl),
}

impl Cache {
    /// A PostgreSQL database: `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`, or `key=value` pairs, as libpq has them.
    /// `sslmode` may be `disable`, `allow`, `prefer` (the default), `require`, `verify-ca` or `verify-full`; `sslrootcert`
    /// names a PEM file of certificates that are trusted, in place of the system's. Special characters in the user or password are
    /// percent-encoded (`%XX`). The tables are made in a schema of their own, `jules`.
    ///
    /// What the URL leaves out is taken, as by libpq, from `PGHOST`, `PGPORT`, `PGUSER`, `PGPASSWORD`, `PGDATABASE`,
    /// `PGSSLMODE`, `PGSSLROOTCERT`, `PGCONNECT_TIMEOUT`, in a password file (`PGPASSFILE`, default `~/.pgpass`) and in
    /// `~/.postgresql/root.crt`. Without a host it is `localhost`. Services and client certificates are not supported.
    ///
    /// ```
    /// use jules::{Cache, Jules};
    /// let cache = Cache::postgres("postgresql://me:secret@db.example/fleet?sslmode=verify-full");
    /// let jules = Jules::builder().api_key("k").cache(cache).build()?;
    /// assert!(!format!("{:?}", jules.options()).contains("secret"));
    /// # Ok::<(), jules::Error>(())
    /// ```
    pub fn postgres(url: impl Into<String>) -> Self {
        Self::Postgres(PostgresUrl(url.into()))
    }

    /// A directory that is meant as a URL is one.
    pub(crate) fn or_postgres(self) -> Self {
        match self {
            Self::Directory(path) => match path.to_str().filter(|text| is_postgres(text)) {
                Some(url) => Self::postgres(url),
                None => Self::Directory(path),
            },
            other => other,
        }
    }

    /// Where the cache is, in an environment.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for a URL that can't be used.
    pub(crate) fn site(&self, read: impl Fn(&str) -> Option<OsString>) -> Result<Site> {
        let (directory, chosen) = match self {
            Self::Memory => return Ok(Site::Sqlite(Place::Memory)),
            Self::Postgres(url) => {
                let variable = |name: &str| environment::variable(name, &read);
                return Site::postgres(url.reveal(), variable, environment::of_libpq(&read));
            }
            Self::Directory(directory) => (directory.clone(), true),
            Self::Default => match environment::caches(&read) {
                Some(caches) => (caches.join("jules-sdk"), false),
                None => {
                    let reason = "there is no home directory".to_owned();
                    return Ok(Site::Sqlite(Place::Nowhere { reason }));
                }
            },
        };
        Ok(Site::Sqlite(Place::File { path: directory.join(FILE), chosen }))
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.clone().or_postgres() {
            Self::Default => f.write_str("Default"),
            Self::Memory => f.write_str("Memory"),
            Self::Directory(path) => f.debug_tuple("Directory").field(&path).finish(),
            Self::Postgres(url) => f.debug_tuple("Postgres").field(&url).finish(),
        }
    }
}

// only rust: elsewhere a text
/// The URL of a PostgreSQL database. It is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl(String);

impl PostgresUrl {
    /// The URL as it was given, with its password.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for PostgresUrl {
    fn from(url: String) -> Self {
        Self(url)
    }
}

impl From<&str> for PostgresUrl {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresUrl")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_is_a_url_is_one_and_no_url_is_printed() {
        for text in ["postgres://me:secret@host/x", "postgresql://me:secret@host/x"] {
            let given = Cache::Directory(text.into());
            assert_eq!(given.clone().or_postgres(), Cache::postgres(text));
            assert!(!format!("{given:?} {:?}", Cache::postgres(text)).contains("secret"));
        }
        let directory = Cache::Directory("/postgres://x".into());
        assert_eq!(directory.clone().or_postgres(), directory);
    }
}
