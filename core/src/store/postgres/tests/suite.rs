//! The contract's suite, on a server.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;

use super::database::Database;
use crate::ground::surroundings::Surroundings;
use crate::store::postgres::{Defaults, Postgres, Target};
use crate::store::suite::Engine;
use crate::store::{Store, Terms};

/// A handle on a database, as every process of the suite opens it.
pub(crate) fn suite_handle(url: &str, account: &str, terms: Terms) -> Postgres {
    Postgres::new(Target::parse(url, &Defaults::default()).unwrap(), account, Surroundings::default()).with_terms(terms)
}

/// Its database is made when it is first asked for.
#[derive(Default)]
struct OnAServer(OnceCell<Database>);

impl OnAServer {
    async fn database(&self) -> &Database {
        self.0.get_or_init(Database::new).await
    }
}

#[async_trait]
impl Engine for OnAServer {
    async fn open(&self, account: &str, terms: Terms) -> Arc<dyn Store> {
        Arc::new(suite_handle(&self.database().await.url(), account, terms))
    }

    fn address(&self) -> Option<String> {
        match self.0.get() {
            Some(database) => Some(database.url()),
            None => tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(async { Some(self.database().await.url()) })
            }),
        }
    }
}

crate::store::suite::prove!(OnAServer::default(), ignore = "needs PostgreSQL: .dev/run postgres test");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run postgres test; prints figures"]
async fn figures() {
    crate::store::suite::figures::print_all(&OnAServer::default(), "postgres").await;
}
