//! Where a store is, and with that which engine stands behind the contract: the only place that knows of all of them.

use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "postgres")]
use super::postgres::{Defaults, Postgres, Target};
use super::{Place, Sqlite, Store};
#[cfg(not(feature = "postgres"))]
use crate::ground::error::Error;
use crate::ground::error::Result;
use crate::ground::surroundings::Surroundings;

/// Where a store is.
#[derive(Clone, Debug)]
pub(crate) enum Site {
    /// In a file of this machine, or in memory.
    Sqlite(Place),
    /// In a PostgreSQL database.
    #[cfg(feature = "postgres")]
    Postgres(Box<Target>),
}

impl Site {
    /// A PostgreSQL URL, or `key=value` pairs as libpq has them. What it leaves out, the variables and files have that libpq
    /// reads: `variable` gives the value of one, the files are below `home`.
    #[cfg(feature = "postgres")]
    pub(crate) fn postgres(
        url: &str,
        variable: impl Fn(&str) -> Result<Option<String>>,
        home: Option<PathBuf>,
    ) -> Result<Self> {
        let target = Target::parse(url, &Defaults::read(variable, home.as_deref())?)?;
        Ok(Self::Postgres(Box::new(target)))
    }

    /// A PostgreSQL URL, where PostgreSQL was left out.
    #[cfg(not(feature = "postgres"))]
    pub(crate) fn postgres(
        _url: &str,
        _variable: impl Fn(&str) -> Result<Option<String>>,
        _home: Option<PathBuf>,
    ) -> Result<Self> {
        Err(Error::config("the cache is a PostgreSQL URL, but this build has no PostgreSQL support")
            .with_hint("Build the crate jules with its feature `postgres`, or use a directory."))
    }

    /// A handle on the store for one account; nothing is opened yet. `limit` bounds the bytes of a file or a memory, as far as
    /// ended sessions allow.
    pub(crate) fn open(self, account: String, limit: u64, surroundings: Surroundings) -> Arc<dyn Store> {
        match self {
            Self::Sqlite(place) => Arc::new(Sqlite::new(place, account, limit, surroundings)),
            #[cfg(feature = "postgres")]
            Self::Postgres(target) => Arc::new(Postgres::new(*target, account, surroundings)),
        }
    }
}
