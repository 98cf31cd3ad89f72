//! Behind PgBouncer in transaction mode, where a connection of the server is a client's for one transaction only: nothing is
//! told there and nothing stays prepared. `.dev/run postgres pooled` runs these, and the contract's suite through it.

use std::time::Duration;

use tokio::time::timeout;

use super::database::Database;
use super::log::Log;
use super::{activity, append, handle, ids, session};
use crate::store::postgres::Postgres;
use crate::store::{Revisions, Store, Topic};

/// Writes on one handle and waits on the other one.
async fn is_woken(writer: &Postgres, revisions: &mut Revisions, id: &str) {
    revisions.seen();
    append(writer, "s", vec![activity(id)]).await;
    timeout(Duration::from_secs(1), revisions.changed()).await.expect("the quick poll sees it");
}

#[tokio::test]
#[ignore = "needs PgBouncer: .dev/run postgres pooled"]
async fn a_store_is_polled_and_that_is_said_once() {
    let (log, _hearing) = Log::listen();
    let database = Database::new().await;
    let (one, other) = (handle(&database.url()), handle(&database.url()));
    append(&one, "s", vec![activity("a")]).await;
    let mut revisions = one.watch(&Topic::Session(session("s")));
    other.info().await.unwrap();
    // More often than a statement is used unprepared, on connections that are dealt out anew each time.
    for number in 0..5 {
        is_woken(&other, &mut revisions, &format!("first-{number}")).await;
    }
    let said = |log: &Log| log.text().matches("delivers no notices").count();
    assert_eq!(said(&log), 2, "once for each of the two handles: {}", log.text());

    // Everybody's connections are lost.
    let console = database.console().await;
    let name = database.name();
    console.simple_query(&format!("KILL {name}")).await.unwrap();
    console.simple_query(&format!("RESUME {name}")).await.unwrap();
    append(&other, "s", vec![activity("behind")]).await;
    let heard = async {
        while !ids(&one, "s").await.contains(&"behind".to_owned()) {
            revisions.changed().await;
        }
    };
    timeout(Duration::from_secs(10), heard).await.expect("who listens is there again");
    // Until the connection that polls is there again, too.
    timeout(Duration::from_secs(10), async {
        loop {
            revisions.seen();
            append(&other, "s", vec![activity("again")]).await;
            append(&other, "s", vec![activity(&format!("again-{}", rand::random::<u64>()))]).await;
            if timeout(Duration::from_secs(1), revisions.changed()).await.is_ok() {
                break;
            }
        }
    })
    .await
    .expect("it is polled again");
    assert_eq!(said(&log), 2, "that it was said is remembered");
    let all = ids(&one, "s").await;
    assert_eq!(all[..7], ["a", "first-0", "first-1", "first-2", "first-3", "first-4", "behind"].map(str::to_owned));
}
