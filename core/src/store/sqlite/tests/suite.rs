//! The contract's suite, on a file and in memory.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;

use crate::ground::surroundings::Surroundings;
use crate::store::suite::Engine;
use crate::store::{Place, Sqlite, Store, Terms};

/// A handle on a file, as every process of the suite opens it.
pub(crate) fn suite_handle(path: PathBuf, account: &str, terms: Terms) -> Sqlite {
    let place = Place::File { path, chosen: true };
    Sqlite::new(place, account, u64::MAX, Surroundings::default()).with_terms(terms)
}

struct InAFile(tempfile::TempDir);

impl InAFile {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store.sqlite3")
    }
}

#[async_trait]
impl Engine for InAFile {
    async fn open(&self, account: &str, terms: Terms) -> Arc<dyn Store> {
        Arc::new(suite_handle(self.path(), account, terms))
    }

    fn address(&self) -> Option<String> {
        Some(format!("sqlite:{}", self.path().display()))
    }
}

/// The first handle keeps the memory.
struct InMemory(Sqlite);

impl InMemory {
    fn new() -> Self {
        Self(Sqlite::new(Place::Memory, "nobody", u64::MAX, Surroundings::default()))
    }
}

#[async_trait]
impl Engine for InMemory {
    async fn open(&self, account: &str, terms: Terms) -> Arc<dyn Store> {
        Arc::new(self.0.beside(account).with_terms(terms))
    }

    fn address(&self) -> Option<String> {
        None
    }
}

mod in_a_file {
    use super::InAFile;
    crate::store::suite::prove!(InAFile::new());
}

mod in_memory {
    use super::InMemory;
    crate::store::suite::prove!(InMemory::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints figures: .dev/run postgres figures"]
async fn figures() {
    crate::store::suite::figures::print_all(&InAFile::new(), "sqlite").await;
}
