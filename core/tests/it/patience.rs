//! How long a watcher and its users wait: through hours of trouble, through silence, and not a moment longer than said.

use std::time::Duration;

use futures::StreamExt;
use jules::{ErrorKind, RunConfig, SessionState, StreamOptions};
use jules_emulator::{Emulator, Fault, Moment};
use serde_json::{Value, json};

use crate::support::{builder, client, collect, emulator, kinds};

fn plant(emulator: &Emulator, seed: Value) -> String {
    emulator.plant(serde_json::from_value(seed).unwrap()).unwrap()
}

fn append(emulator: &Emulator, addition: Value) {
    emulator.append_all(serde_json::from_value(addition).unwrap()).unwrap();
}

#[tokio::test]
async fn trouble_after_a_first_success_ends_no_stream() {
    for fault in [Fault::reset(Moment::Before), Fault::status(503), Fault::html(502), Fault::malformed()] {
        let emulator = emulator().await;
        let mut retry = crate::support::quick_retry();
        retry.max_elapsed = Some(Duration::from_millis(200));
        let jules = builder(&emulator).retry(retry).build().unwrap();
        let id = plant(&emulator, json!({"state": "IN_PROGRESS", "activities": [{"progressUpdated": {}}]}));
        let mut stream = jules.session(&id).unwrap().stream(StreamOptions::default());
        stream.next().await.unwrap().unwrap();
        // The retries of more than one call are spent.
        let name = format!("{fault:?}");
        emulator.fault(fault.times(16));
        append(&emulator, json!({"session": id, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]}));
        assert_eq!(kinds(&collect(stream).await), ["sessionCompleted"], "{name}");
    }
}

#[tokio::test]
async fn before_any_success_spent_retries_end_it() {
    let emulator = emulator().await;
    let id = plant(&emulator, json!({"state": "IN_PROGRESS"}));
    emulator.fault(Fault::status(503));
    let mut retry = crate::support::quick_retry();
    retry.max_elapsed = Some(Duration::from_millis(200));
    let jules = builder(&emulator).retry(retry).build().unwrap();
    let error = jules.session(&id).unwrap().result().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
}

#[tokio::test]
async fn a_session_that_shows_nothing_new_is_given_up_in_every_call_that_waits() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let id = plant(&emulator, json!({"state": "IN_PROGRESS", "activities": [{"progressUpdated": {"title": "last"}}]}));
    let session = jules.session(&id).unwrap();
    let limit = Duration::from_millis(700);
    let mut stream = session.stream(StreamOptions::default().stall_timeout(limit));
    stream.next().await.unwrap().unwrap();
    let run = jules.run(RunConfig::new("[scenario:silent]").stall_timeout(limit));
    let errors = [
        stream.next().await.unwrap().unwrap_err(),
        session.result().stall_timeout(limit).await.unwrap_err(),
        session.wait_for(SessionState::Completed).stall_timeout_opt(Some(limit)).await.unwrap_err(),
    ];
    for error in errors {
        assert_eq!((error.kind(), error.session_id()), (ErrorKind::Timeout, Some(id.as_str())), "{error}");
        assert!(error.retryable() && error.since().is_some());
        let fields = error.to_json();
        assert_eq!(fields["lastActivity"]["title"], "last", "{fields}");
        assert!(fields["since"].is_string());
    }
    let error = run.outcome().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(error.session_id(), Some(run.session().await.unwrap().id()));
    assert!(error.last_activity().is_none());
}

#[tokio::test]
async fn news_waiting_for_a_person_and_the_queue_are_no_stall() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let limit = Duration::from_millis(1_200);
    let waits = ["AWAITING_PLAN_APPROVAL", "QUEUED"].map(|state| {
        let session = jules.session(&plant(&emulator, json!({"state": state}))).unwrap();
        session.result().stall_timeout(limit).timeout(2 * limit)
    });
    let id = plant(&emulator, json!({"state": "IN_PROGRESS"}));
    let busy = jules.session(&id).unwrap().result().stall_timeout(limit);
    let work = async {
        for _ in 0..6 {
            tokio::time::sleep(limit / 3).await;
            append(&emulator, json!({"session": id, "activities": [{"progressUpdated": {}}]}));
        }
        append(&emulator, json!({"session": id, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]}));
    };
    let (waits, outcome, ()) = tokio::join!(futures::future::join_all(waits), busy, work);
    assert_eq!(outcome.unwrap().state, SessionState::Completed);
    for error in waits.into_iter().map(Result::unwrap_err) {
        assert!(error.since().is_none(), "the caller's own limit: {error}");
    }
}

#[tokio::test]
async fn a_stall_timeout_where_nothing_is_waited_for_is_a_mistake() {
    let emulator = emulator().await;
    let session = client(&emulator).session("1").unwrap();
    let kinds = [
        session.info().stall_timeout(Duration::from_secs(1)).await.unwrap_err().kind(),
        session.result().stall_timeout(Duration::ZERO).await.unwrap_err().kind(),
    ];
    assert_eq!(kinds, [ErrorKind::Config; 2]);
    assert!(emulator.journal().is_empty());
}
