//! What a user who got something wrong is told, and how soon.

use std::time::{Duration, Instant};

use jules::{AllOptions, Cache, ErrorKind, Jules, Query, QueueOptions, RunConfig, SyncOptions};

use crate::support::{builder, client, emulator};

#[tokio::test]
async fn a_wrong_key_is_an_authentication_error_at_once() {
    let emulator = emulator().await;
    let jules = builder(&emulator).api_key("wrong-key").build().unwrap();
    let error = jules.create_session(RunConfig::new("x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
    assert_eq!(error.attempts(), Some(1));
    assert!(!format!("{error} {error:?} {error:#?}").contains("wrong-key"));
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_network_error_soon() {
    let jules = Jules::builder().api_key("k").base_url("http://127.0.0.1:1").cache(Cache::Memory).build().unwrap();
    let started = Instant::now();
    let error = jules.session("1").unwrap().info().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network, "{error}");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(
        error.to_string().contains("could not be reached: Connection refused (http://127.0.0.1:1, after "),
        "{error}"
    );
}

#[tokio::test]
async fn a_place_that_is_not_the_api_is_told_apart_from_a_session_that_is_not_there() {
    let emulator = emulator().await;
    let elsewhere = builder(&emulator).base_url(emulator.url().replace("v1alpha", "v2")).build().unwrap();
    let message = elsewhere.session("1").unwrap().info().await.unwrap_err().to_string();
    assert!(message.ends_with("check the base URL if one is set."), "{message}");
    let message = client(&emulator).session("1").unwrap().info().await.unwrap_err().to_string();
    assert!(!message.contains("base URL"), "{message}");
}

#[tokio::test]
async fn an_unknown_repository_is_named() {
    let emulator = emulator().await;
    for source in ["octocat/no-such-repo", "octocat/no-such-repo@main"] {
        let error = client(&emulator).create_session(RunConfig::new("x").source(source)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SourceNotFound, "{error}");
        assert!(error.to_string().contains("octocat/no-such-repo"), "{error}");
    }
}

#[tokio::test]
async fn a_key_in_the_wrong_place_is_not_shown() {
    let key = "AIzaSyA-0123456789_abcdefghij";
    let options = || Jules::builder().api_key(key).cache(Cache::Memory);
    let jules = options().base_url("http://127.0.0.1:1").build().unwrap();
    let mut sync = SyncOptions::default();
    sync.session_id = Some(format!("{key}/x"));
    let errors = [
        jules.session(key).unwrap_err(),
        jules.session(&format!("https://{key}.example")).unwrap_err(),
        jules.queue(&format!("{key}\n"), QueueOptions::default()).unwrap_err(),
        jules.run(RunConfig::new("x").source(key)).await.unwrap_err(),
        jules
            .all([key], async |key| Ok(RunConfig::new("x").source(key)), AllOptions::default())
            .unwrap()
            .outcomes()
            .await
            .unwrap_err(),
        jules.source(key).await.unwrap_err(),
        jules.select(Query::sessions().filter(key, "x")).await.unwrap_err(),
        jules.sync(sync).await.unwrap_err(),
        options().base_url(key).build().unwrap_err(),
        options().base_url(format!("ftp://{key}")).build().unwrap_err(),
        options().proxy(format!("ftp://{key}")).build().unwrap_err(),
        options().ca(key).build().unwrap_err(),
        options().headers([(key, "\n")]).build().unwrap_err(),
        options().user_agent(format!("{key}\n")).build().unwrap_err(),
        options().cache(Cache::postgres(format!("postgres://h/d?{key}=1"))).build().unwrap_err(),
    ];
    for error in errors {
        let shown = format!("{error} {error:?} {error:#?} {}", error.to_json());
        assert!(!shown.contains(key), "{shown}");
        assert!(error.field().is_none_or(|field| field != key), "{error}");
        assert!(matches!(error.kind(), ErrorKind::Config | ErrorKind::Query), "{error}");
    }
}

#[tokio::test]
async fn nonsense_is_refused_before_anything_is_sent() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    assert_eq!(jules.session("../../etc").unwrap_err().kind(), ErrorKind::Config);
    let empty = jules.create_session(RunConfig::new("  ")).await.unwrap_err();
    assert_eq!(empty.kind(), ErrorKind::Config);
    let source = jules.run(RunConfig::new("x").source("nonsense")).await.unwrap_err();
    assert_eq!(source.kind(), ErrorKind::Config);
    assert!(emulator.journal().is_empty());
}

#[tokio::test]
async fn an_unknown_session_is_not_found() {
    let emulator = emulator().await;
    let session = client(&emulator).session("404404").unwrap();
    assert_eq!(session.info().await.unwrap_err().kind(), ErrorKind::NotFound);
    let mut stream = session.stream(jules::StreamOptions::default());
    assert_eq!(stream.next_chunk(1).await.unwrap().unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn outside_a_runtime_there_is_an_error_and_no_panic() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let run = std::thread::spawn(move || jules.run(RunConfig::new("x"))).join().unwrap();
    assert_eq!(run.await.unwrap_err().kind(), ErrorKind::Config);
}
