//! What is PostgreSQL's own besides the contract. These tests need a server: `.dev/run postgres test` runs them with one, and so
//! does `cargo test -p jules -- --ignored`; elsewhere they count as ignored.

mod cut;
mod database;
mod log;
mod opening;
mod outage;
mod pooled;
mod secure;
pub(super) mod suite;

use super::Postgres;
use crate::ground::model::SessionId;
use crate::store::{Batch, Commit, Committed, NewActivity, Position, Store, Terms};

/// A handle with the usual terms.
fn handle(url: &str) -> Postgres {
    suite::suite_handle(url, "account", Terms::default())
}

fn session(id: &str) -> SessionId {
    SessionId::parse(id).unwrap()
}

fn activity(id: &str) -> NewActivity {
    NewActivity {
        id: id.to_owned(),
        create_time: None,
        kind: "agentMessaged",
        originator: "agent".to_owned(),
        texts: "some words that are found".to_owned(),
        empty: false,
        body: format!(r#"{{"id":"{id}","agentMessaged":{{"agentMessage":"some words"}}}}"#).into(),
    }
}

async fn append(store: &dyn Store, id: &str, activities: Vec<NewActivity>) -> Committed {
    match store.commit(&session(id), Batch { activities, ..Batch::default() }).await.unwrap() {
        Commit::Done(committed) => committed,
        refused => panic!("{refused:?}"),
    }
}

async fn ids(store: &dyn Store, id: &str) -> Vec<String> {
    let found = store.read(&session(id), Position::default()).await.unwrap();
    found.into_iter().map(|(_, activity)| activity.id).collect()
}
