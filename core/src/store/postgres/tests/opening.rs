//! Opening: who may, what is there then, and what an error tells of it.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::database::Database;
use super::{append, handle, ids};
use crate::ErrorKind;
use crate::ground::surroundings::Surroundings;
use crate::store::postgres::{Defaults, Postgres, Target, schema};
use crate::store::{Store, StoreFault, Terms, Topic};

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
