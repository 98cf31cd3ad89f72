//! Keys: the same key is the same session, in every client that shares the store.

use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use jules::{Cache, EndReason, ErrorKind, Jules, RunConfig, SessionState, StreamOptions};
use jules_emulator::{Emulator, Fault, Moment};

use crate::support::{builder, client, emulator};

fn creates(emulator: &Emulator) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some("sessions.create")).count()
}

fn at(emulator: &Emulator, directory: &Path) -> Jules {
    builder(emulator).cache_dir(directory).build().unwrap()
}

fn quick(key: &str) -> RunConfig {
    RunConfig::new("Do it [scenario:quick]").title("t").key(key)
}

#[tokio::test]
async fn the_same_key_is_the_same_session_and_the_same_outcome() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let first = at(&emulator, directory.path()).run(quick("k")).await.unwrap();
    let other = at(&emulator, directory.path());
    let second = other.run(quick("k")).await.unwrap();
    assert_eq!((&second, creates(&emulator)), (&first, 1));
    let run = other.run(quick("k"));
    assert_eq!(run.session().await.unwrap().id(), first.session_id);
    let activities: Vec<_> = run.stream(StreamOptions::default()).collect().await;
    assert!(!activities.is_empty() && activities.iter().all(Result::is_ok));
    // Another key is another session, and without one each call is.
    assert_ne!(other.run(quick("l")).await.unwrap().session_id, first.session_id);
    assert_eq!(emulator.sessions().len(), 2);
}

#[tokio::test]
async fn who_asks_at_the_same_time_gets_the_one_session() {
    let emulator = emulator().await;
    emulator.fault(Fault::delay(200).on("sessions.create"));
    let directory = tempfile::tempdir().unwrap();
    let clients: Vec<_> = (0..3).map(|_| at(&emulator, directory.path())).collect();
    let asked = clients.iter().flat_map(|client| (0..4).map(move |_| client.run(quick("k")).into_future()));
    let outcomes = join_all(asked).await;
    let ids: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap().session_id).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!((creates(&emulator), emulator.sessions().len()), (1, 1));
}

#[tokio::test]
async fn a_key_that_is_known_for_something_else_says_which_option_differs() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    jules.run(quick("k")).await.unwrap();
    let changes: [(&str, RunConfig); 4] = [
        ("prompt", RunConfig::new("Something else").title("t").key("k")),
        ("title", RunConfig::new("Do it [scenario:quick]").key("k")),
        ("source", quick("k").source("octocat/hello-world")),
        ("autoPr", quick("k").auto_pr(false)),
    ];
    for (field, config) in changes {
        let error = jules.run(config).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Config, Some(field)), "{error}");
        assert!(error.message().contains("\"k\""), "{error}");
    }
    let error = jules.create_session(quick("k")).await.unwrap_err();
    assert_eq!(error.field(), Some("requireApproval"), "the defaults of the two calls differ");
    for bad in [String::new(), "x".repeat(257), "a\tb".to_owned()] {
        let error = jules.run(RunConfig::new("p").key(bad)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }
    assert_eq!(creates(&emulator), 1);
}

#[tokio::test]
async fn a_failed_outcome_is_given_again_and_a_stopped_session_stays_stopped() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let failing = || RunConfig::new("Fail [scenario:failure]").key("f");
    let first = at(&emulator, directory.path()).run(failing()).await.unwrap();
    assert_eq!(first.state, SessionState::Failed);
    let again = at(&emulator, directory.path()).run(failing()).await.unwrap();
    assert_eq!((again.failure_reason, again.session_id), (first.failure_reason, first.session_id));
    let jules = at(&emulator, directory.path());
    let silent = || RunConfig::new("Wait [scenario:silent]").key("s");
    jules.run(silent()).session().await.unwrap().stop().await.unwrap();
    let error = at(&emulator, directory.path()).run(silent()).await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::SessionEnded, Some(EndReason::Stopped)), "{error}");
    assert_eq!(creates(&emulator), 2);
}

#[tokio::test]
async fn a_create_that_was_refused_leaves_the_key_free() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let error = jules.run(quick("k").source("octocat/nowhere")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SourceNotFound, "{error}");
    emulator.fault(Fault::status(400).on("sessions.create").times(1));
    let error = jules.run(RunConfig::new("Bad").key("k")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{error}");
    jules.run(quick("k")).await.unwrap();
    assert_eq!(emulator.sessions().len(), 1);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_session() {
    let emulator = emulator().await;
    emulator.fault(Fault::reset(Moment::AfterEffect).on("sessions.create").times(1));
    let directory = tempfile::tempdir().unwrap();
    let outcome = at(&emulator, directory.path()).run(quick("k")).await.unwrap();
    let again = at(&emulator, directory.path()).run(quick("k")).await.unwrap();
    assert_eq!((again.session_id, emulator.sessions().len()), (outcome.session_id, 1));
}

#[tokio::test]
async fn two_keys_that_ask_for_the_same_have_a_session_each() {
    let emulator = emulator().await;
    emulator.fault(Fault::reset(Moment::AfterEffect).on("sessions.create").times(2));
    let jules = client(&emulator);
    let keys: Vec<_> = (0..4).map(|number| format!("k{number}")).collect();
    let outcomes = join_all(keys.iter().map(|key| jules.run(quick(key)).into_future())).await;
    let mut ids: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap().session_id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), emulator.sessions().len()), (4, 4));
}

#[tokio::test]
async fn a_cancelled_run_goes_on_under_its_key() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    for delay in [0, 5, 20, 60, 120] {
        emulator.fault(Fault::delay(80).on("sessions.create").times(1));
        let key = format!("k{delay}");
        let jules = at(&emulator, directory.path());
        let run = jules.run(quick(&key));
        let _ = run.session().timeout(Duration::from_millis(delay)).await;
        drop(run);
        jules.run(quick(&key)).await.unwrap();
        emulator.clear_faults();
    }
    assert_eq!(emulator.sessions().len(), 5);
}

#[tokio::test]
async fn a_key_whose_session_failed_for_the_services_reason_is_followed_by_one_session() {
    let failing = "name: tired\nsteps:\n- after: 1s\n  failed: Jules encountered an error when working on the task.\n";
    let emulator = Emulator::builder().speed(50.0).scenario(failing).start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let config = || RunConfig::new("Try [scenario:tired]").key("k").retry_failed(1);
    let jules = at(&emulator, directory.path());
    let outcome = jules.run(config()).await.unwrap();
    assert_eq!((outcome.attempts, outcome.session_ids.len(), emulator.sessions().len()), (2, 2, 2));
    let again = at(&emulator, directory.path()).run(config()).await.unwrap();
    assert_eq!((again, emulator.sessions().len()), (outcome, 2));
}

#[tokio::test]
async fn in_memory_a_key_counts_in_one_client() {
    let emulator = emulator().await;
    let one = builder(&emulator).cache(Cache::Memory).build().unwrap();
    let other = builder(&emulator).cache(Cache::Memory).build().unwrap();
    let first = one.run(quick("k")).await.unwrap().session_id;
    assert_eq!(one.run(quick("k")).await.unwrap().session_id, first);
    assert_ne!(other.run(quick("k")).await.unwrap().session_id, first);
}

#[cfg(unix)]
#[tokio::test]
async fn where_nothing_can_be_kept_nothing_is_sent() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("no directory");
    std::fs::write(&file, "").unwrap();
    let error = at(&emulator, &file).run(quick("k")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert!(emulator.journal().is_empty());
}
