//! The ways in which a session is over, and what each who waits for it is told.

use std::time::Duration;

use futures::StreamExt;
use jules::{EndReason, ErrorKind, Jules, RunConfig, Session, SessionState, StreamOptions};
use jules_emulator::{Emulator, Fault, Moment};
use serde_json::json;

use crate::support::{builder, client, collect, emulator, kinds, until};

async fn at_work(emulator: &Emulator, jules: &Jules) -> Session {
    let id = plant(emulator, json!({"state": "IN_PROGRESS", "activities": [{"progressUpdated": {"title": "one"}}]}));
    let session = jules.session(&id).unwrap();
    session.wait_for(SessionState::InProgress).await.unwrap();
    session
}

fn plant(emulator: &Emulator, seed: serde_json::Value) -> String {
    emulator.plant(serde_json::from_value(seed).unwrap()).unwrap()
}

fn posts(emulator: &Emulator, operation: &str) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some(operation)).count()
}

#[tokio::test]
async fn stopping_ends_the_waiting_of_everybody_and_streams_give_what_is_there() {
    let emulator = emulator().await;
    let (jules, other) = (client(&emulator), client(&emulator));
    let session = at_work(&emulator, &jules).await;
    let elsewhere = other.session(session.id()).unwrap();
    let waits = [
        tokio::spawn(async move { elsewhere.result().await.unwrap_err() }),
        tokio::spawn({
            let session = session.clone();
            async move { session.wait_for(SessionState::Completed).await.unwrap_err() }
        }),
        tokio::spawn({
            let session = session.clone();
            async move { session.ask("are you there?").await.unwrap_err() }
        }),
    ];
    let stream = tokio::spawn(collect(session.stream(StreamOptions::default())));
    until("the question", || posts(&emulator, "sessions.sendMessage") > 0).await;
    session.stop().await.unwrap();
    for wait in waits {
        let error = wait.await.unwrap();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::SessionEnded, Some(EndReason::Stopped)), "{error}");
        let info = error.info().unwrap();
        assert!(info.archived && error.outcome().is_none());
        assert_eq!((error.session_id(), info.id.as_str()), (Some(session.id()), session.id()));
    }
    assert_eq!(kinds(&stream.await.unwrap()), ["progressUpdated", "userMessaged"]);
}

#[tokio::test]
async fn stopping_twice_or_what_has_ended_asks_for_nothing() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let session = at_work(&emulator, &jules).await;
    emulator.fault(Fault::status(503).on("sessions.archive").after_effect().times(1));
    session.stop().await.unwrap();
    session.stop().await.unwrap();
    let archived = posts(&emulator, "sessions.archive");
    assert!(session.info().await.unwrap().archived);
    let ended = plant(&emulator, json!({"state": "COMPLETED"}));
    jules.session(&ended).unwrap().stop().await.unwrap();
    assert_eq!(posts(&emulator, "sessions.archive"), archived);
    assert!(!jules.session(&ended).unwrap().info().await.unwrap().archived);
}

#[tokio::test]
async fn archived_by_somebody_else_is_stopped_and_paused_alone_is_not() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let paused = plant(&emulator, json!({"state": "PAUSED"}));
    let session = jules.session(&paused).unwrap();
    let waiting = session.result().timeout(Duration::from_millis(300)).await.unwrap_err();
    assert_eq!((waiting.kind(), waiting.session_id()), (ErrorKind::Timeout, Some(session.id())));
    let archived = plant(&emulator, json!({"state": "PAUSED", "archived": true}));
    let session = jules.session(&archived).unwrap();
    assert_eq!(session.result().await.unwrap_err().reason(), Some(EndReason::Stopped));
    assert_eq!(session.ask("go on").await.unwrap_err().reason(), Some(EndReason::Stopped));
    assert_eq!(posts(&emulator, "sessions.sendMessage"), 0);
    // What is waited for may be just that state.
    assert!(session.wait_for(SessionState::Paused).await.unwrap().archived);
}

#[tokio::test]
async fn one_that_was_taken_out_again_goes_on() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let session = at_work(&emulator, &jules).await;
    session.stop().await.unwrap();
    session.unarchive().await.unwrap();
    let mut stream = session.stream(StreamOptions::default());
    assert_eq!(stream.next().await.unwrap().unwrap().kind(), "progressUpdated");
    let end = json!({"session": session.id(), "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
    emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
    assert_eq!(kinds(&collect(stream).await), ["sessionCompleted"]);
}

#[tokio::test]
async fn asking_what_has_ended_and_does_not_wake_gives_its_outcome() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let activities = json!([{"progressUpdated": {"title": "x"}}, {"sessionCompleted": {}}]);
    let id = plant(&emulator, json!({"state": "COMPLETED", "activities": activities}));
    let error = jules.session(&id).unwrap().ask("one more?").timeout(Duration::from_secs(14)).await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::SessionEnded, Some(EndReason::Ended)), "{error}");
    assert_eq!(error.outcome().unwrap().state, SessionState::Completed);
    assert_eq!(error.to_json()["reason"], "ended");
}

#[tokio::test]
async fn deleting_ends_the_waiting_here() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let session = at_work(&emulator, &jules).await;
    let waiting = tokio::spawn(session.result());
    let mut stream = session.stream(StreamOptions::default());
    stream.next().await.unwrap().unwrap();
    session.delete().await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap_err().reason(), Some(EndReason::Deleted));
    assert!(stream.next().await.is_none(), "it ends as ever");
}

#[tokio::test]
async fn who_begins_to_wait_while_it_is_deleted_is_told_so() {
    let emulator = emulator().await;
    let jules = builder(&emulator).request_timeout(Duration::from_millis(300)).build().unwrap();
    let session = jules.session(&plant(&emulator, json!({"state": "IN_PROGRESS"}))).unwrap();
    emulator.fault(Fault::hang(Moment::AfterEffect).on("sessions.delete").times(1));
    let deleting = tokio::spawn(session.delete());
    until("the deletion", || posts(&emulator, "sessions.delete") > 0).await;
    let error = session.result().await.unwrap_err();
    assert_eq!((error.kind(), error.reason()), (ErrorKind::SessionEnded, Some(EndReason::Deleted)), "{error}");
    deleting.await.unwrap().unwrap();
}

/// Takes its half minute: so long the server must keep saying it.
#[tokio::test]
async fn deleted_by_somebody_else_is_believed_after_half_a_minute_and_history_stays() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let session = at_work(&emulator, &jules).await;
    let mut stream = session.stream(StreamOptions::default());
    stream.next().await.unwrap().unwrap();
    let waiting = tokio::spawn(session.result());
    // The first activity came out of the store: the watcher is to have seen the session too.
    emulator.clear_journal();
    let seen = || posts(&emulator, "sessions.get") > 0 && posts(&emulator, "activities.list") > 1;
    until("looks at both", seen).await;
    let began = std::time::Instant::now();
    client(&emulator).session(session.id()).unwrap().delete().await.unwrap();
    let error = waiting.await.unwrap().unwrap_err();
    assert!(began.elapsed() >= Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!((error.kind(), error.reason()), (ErrorKind::SessionEnded, Some(EndReason::Deleted)), "{error}");
    assert_eq!(error.info().unwrap().state, SessionState::InProgress);
    assert!(stream.next().await.is_none());
    assert!(jules.select(jules::Query::sessions()).await.unwrap().is_empty(), "hidden");
    let mut offline = jules::HistoryOptions::default();
    offline.offline = true;
    assert_eq!(collect(session.history(offline)).await.len(), 1);
    assert_eq!(session.result().await.unwrap_err().reason(), Some(EndReason::Deleted), "and known from then on");
}

#[tokio::test]
async fn a_result_takes_no_more_than_it_needs() {
    let emulator = emulator().await;
    // No second look comes before the first one is taken in, on a busy machine too.
    let jules = builder(&emulator).polling_interval(Duration::from_secs(5)).build().unwrap();
    // With changes among the outputs, the activities have nothing to add to a success.
    let change = json!({"changeSet": {"source": "sources/github/o/r", "gitPatch": {"unidiffPatch": ""}}});
    let outputs = json!([{"pullRequest": {"url": "https://github.com/o/r/pull/1"}}, change]);
    let activities = json!([{"progressUpdated": {}}, {"sessionCompleted": {}}]);
    let seed = json!({"state": "COMPLETED", "outputs": outputs, "activities": activities});
    let outcome = jules.session(&plant(&emulator, seed)).unwrap().result().await.unwrap();
    assert_eq!((outcome.attempts, outcome.session_ids.len()), (1, 1));
    assert_eq!((posts(&emulator, "sessions.get"), posts(&emulator, "activities.list")), (1, 0));
    emulator.clear_journal();
    let seed = json!({"state": "FAILED", "activities": [{"sessionFailed": {"reason": "no"}}]});
    let outcome = jules.session(&plant(&emulator, seed)).unwrap().result().await.unwrap();
    assert_eq!(outcome.failure_reason.as_deref(), Some("no"));
    assert_eq!((posts(&emulator, "sessions.get"), posts(&emulator, "activities.list")), (1, 1));
}

#[tokio::test]
async fn a_session_that_wakes_by_itself_goes_on_in_a_stream_that_follows() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let session = jules.create_session(RunConfig::new("[scenario:wakes]").require_approval(false)).await.unwrap();
    let mut stream = session.stream(StreamOptions::default().follow());
    let mut ends = 0;
    while ends < 2 {
        let next = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("it goes on");
        ends += usize::from(next.unwrap().unwrap().kind() == "sessionCompleted");
    }
}
