//! Opening: who may, what is there then, and what an error tells of it.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::database::Database;
use super::{append, handle, ids};
use crate::ErrorKind;
use crate::ground::surroundings::Surroundings;
use crate::store::postgres::{Defaults, Postgres, Target, schema};
use crate::store::{NewTask, Store, StoreFault, Tasks, Terms, Topic};

#[tokio::test]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn ten_that_open_it_at_once_make_the_tables_once() {
    let database = Database::new().await;
    let stores: Vec<_> = (0..10).map(|_| handle(&database.url())).collect();
    let infos = join_all(stores.iter().map(|store| store.info())).await;
    assert!(infos.iter().all(|info| info.is_ok()), "{infos:?}");
    let rows = database.client().await.query("SELECT version FROM jules.store", &[]).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.get::<_, i32>(0)).collect::<Vec<_>>(), [schema::present()]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn tables_of_a_newer_version_are_left_alone() {
    let database = Database::new().await;
    append(&handle(&database.url()), "s", vec![super::activity("a")]).await;
    let client = database.client().await;
    client.batch_execute("UPDATE jules.store SET version = 99").await.unwrap();
    let error = handle(&database.url()).info().await.unwrap_err();
    assert_eq!((error.kind(), error.attached()), (ErrorKind::Store, Some(&StoreFault::Newer)), "{error}");
    assert!(!error.retryable() && error.to_string().contains("format 99"), "{error}");
    let present = schema::present();
    client.batch_execute(&format!("UPDATE jules.store SET version = {present}")).await.unwrap();
    assert_eq!(ids(&handle(&database.url()), "s").await, ["a"]);
}

/// As the first version made them, with what it had stored.
const FIRST_VERSION: &str = concat!(
    "CREATE SCHEMA jules;
     CREATE TABLE jules.store (only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one), version integer NOT NULL);
     INSERT INTO jules.store (version) VALUES (1);",
    include_str!("../schema/1_tables.sql"),
    "INSERT INTO jules.accounts (id) VALUES ('account');
     INSERT INTO jules.sessions (account, id, change, last_position, activities, claimed)
         VALUES (1, 's', (1::bigint << 32) + 2, (1::bigint << 32) + 2, 2, true);
     INSERT INTO jules.activities (position, session, account, id, type, originator, sort_time, is_empty, runs, body)
         SELECT (1::bigint << 32) + place, 1, 1, id, 'agentMessaged', 'agent', 0, false, '{}',
             '{\"id\":\"' || id || '\",\"agentMessaged\":{\"agentMessage\":\"some words\"}}'
         FROM (VALUES (1, 'a'), (2, 'b')) AS old (place, id)"
);

#[tokio::test]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn tables_of_the_first_version_become_todays_and_keep_what_they_have() {
    let database = Database::new().await;
    let client = database.client().await;
    client.batch_execute(FIRST_VERSION).await.unwrap();
    let stores: Vec<_> = (0..4).map(|_| handle(&database.url())).collect();
    let infos = join_all(stores.iter().map(|store| store.info())).await;
    assert!(infos.iter().all(|info| info.is_ok()), "{infos:?}");
    let version: i32 = client.query_one("SELECT version FROM jules.store", &[]).await.unwrap().get(0);
    assert_eq!(version, schema::present());
    // What was there, and more behind it.
    let store = &stores[0];
    assert_eq!(ids(store, "s").await, ["a", "b"]);
    assert_eq!(store.beacon(&super::session("s")).await.unwrap().count, 2);
    append(store, "s", vec![super::activity("b"), super::activity("c")]).await;
    assert_eq!(ids(store, "s").await, ["a", "b", "c"]);
    // What came later than the first version.
    let task = NewTask {
        key: "k".to_owned(),
        queue: Some("q".to_owned()),
        priority: 0,
        not_before: None,
        asked: "asked".to_owned(),
        data: "data".to_owned(),
    };
    assert_eq!(store.add_tasks(vec![task]).await.unwrap(), [None]);
    assert_eq!(store.task("k").await.unwrap().unwrap().asked, "asked");
    assert_eq!(store.places(None).await.unwrap().slots, 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn two_accounts_see_nothing_of_each_other_in_any_table() {
    let database = Database::new().await;
    let of = |account: &str| {
        Postgres::new(Target::parse(&database.url(), &Defaults::default()).unwrap(), account, Surroundings::default())
            .with_terms(Terms::default())
    };
    let (one, other) = (of("one"), of("other"));
    append(&one, "s", vec![super::activity("a")]).await;
    assert!(ids(&other, "s").await.is_empty());
    let mut revisions = other.watch(&Topic::Session(super::session("s")));
    other.info().await.unwrap();
    revisions.seen();
    append(&one, "s", vec![super::activity("b")]).await;
    assert!(tokio::time::timeout(Duration::from_millis(100), revisions.changed()).await.is_err());
    // Every table of rows says whose they are.
    let without = database
        .client()
        .await
        .query(
            "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'jules' AND table_name <> 'store'
             AND NOT EXISTS (SELECT FROM information_schema.columns AS columns WHERE columns.table_schema = 'jules'
                 AND columns.table_name = tables.table_name AND column_name = 'account')",
            &[],
        )
        .await
        .unwrap();
    assert!(without.is_empty(), "{without:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_an_error_that_may_pass_and_keeps_the_password() {
    // A port that nobody listens on any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgresql://me:secret-word@127.0.0.1:{port}/fleet");
    let began = Instant::now();
    let error = handle(&url).info().await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    assert_eq!(error.attached(), Some(&StoreFault::Unreachable), "{error}");
    assert!(error.retryable() && error.kind() == ErrorKind::Store);
    let text = error.to_string();
    assert!(text.contains(&format!("127.0.0.1:{port}")) && text.contains("fleet"), "{text}");
    assert!(!format!("{text} {error:?} {} {:?}", error.to_json(), handle(&url)).contains("secret-word"), "{error:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn what_the_server_refuses_is_said_at_once_and_without_the_password() {
    let database = Database::new().await;
    let client = database.client().await;
    let role = format!("stranger_{:08x}", rand::random::<u32>());
    client.batch_execute(&format!("CREATE ROLE {role} LOGIN PASSWORD 'secret-word'")).await.unwrap();
    let rest = database.url().split_once("@").unwrap().1.to_owned();
    let (there, gone) =
        (format!("postgresql://{role}:secret-word@{rest}"), format!("postgresql://{role}:secret-word@{rest}x"));
    for (url, expected) in [(there, StoreFault::NoPermission), (gone, StoreFault::Other)] {
        let began = Instant::now();
        let error = handle(&url).info().await.unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(2));
        assert_eq!((error.attached(), error.retryable()), (Some(&expected), false), "{error}");
        assert!(!format!("{error} {error:?}").contains("secret-word"), "{error:?}");
    }
    client.batch_execute(&format!("DROP ROLE {role}")).await.unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn it_is_told_where_it_is_without_who() {
    let database = Database::new().await;
    let info = handle(&database.url()).info().await.unwrap();
    let location = info.location.unwrap().display().to_string();
    assert!(location.starts_with("postgresql://") && !location.contains('@'), "{location}");
}
