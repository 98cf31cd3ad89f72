//! Several clients on one store, in one process: they cost the server one, and what users do with one of them the others
//! know.

use std::time::Duration;

use futures::future::join_all;
use jules::{Cache, Jules, RunConfig, SessionState, StreamOptions};
use jules_emulator::{Emulator, Fault, Moment};

use crate::support::{builder, collect, emulator};

fn clients(emulator: &Emulator, directory: &std::path::Path, count: usize) -> Vec<Jules> {
    let client = |_| builder(emulator).cache(Cache::Directory(directory.to_owned())).build().unwrap();
    (0..count).map(client).collect()
}

/// Requests about states while so many clients wait for the ends of eight sessions each.
async fn requests_for_states(count: usize) -> usize {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let clients = clients(&emulator, directory.path(), count);
    let seed = || serde_json::from_value(serde_json::json!({"state": "IN_PROGRESS"})).unwrap();
    let ids: Vec<_> = (0..8).map(|_| emulator.plant(seed()).unwrap()).collect();
    let sessions = clients.iter().flat_map(|jules| ids.iter().map(|id| jules.session(id).unwrap()));
    let waits = sessions.map(|session| session.wait_for(SessionState::Completed).timeout(Duration::from_secs(20)));
    let end = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        for id in &ids {
            let end =
                serde_json::json!({"session": id, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
            emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
        }
    };
    let (infos, ()) = tokio::join!(join_all(waits), end);
    assert!(infos.into_iter().all(|info| info.unwrap().state == SessionState::Completed));
    emulator.journal().iter().filter(|entry| entry.operation.is_some_and(|name| name.starts_with("sessions."))).count()
}

#[tokio::test]
async fn clients_that_share_a_store_ask_for_states_as_one() {
    let (one, three) = (requests_for_states(1).await, requests_for_states(3).await);
    assert!(three <= one * 13 / 10 + 8, "{three} requests of three clients, {one} of one");
}

#[tokio::test]
async fn an_answer_to_what_one_client_said_reaches_the_stream_of_another() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let clients = clients(&emulator, directory.path(), 2);
    let session =
        clients[0].create_session(RunConfig::new("[scenario:question]").require_approval(false)).await.unwrap();
    // The second client watches; the first one speaks.
    let elsewhere = clients[1].session(session.id()).unwrap();
    let stream = tokio::spawn(collect(elsewhere.stream(StreamOptions::default())));
    session.wait_for(SessionState::AwaitingUserFeedback).timeout(Duration::from_secs(20)).await.unwrap();
    session.send("Use the helper").await.unwrap();
    let outcome = session.result().timeout(Duration::from_secs(20)).await.unwrap();
    assert_eq!(outcome.state, SessionState::Completed);
    let given = stream.await.unwrap();
    let own = collect(session.history(Default::default())).await;
    assert_eq!(given, own, "one order for both");
    assert!(given.iter().any(|activity| activity.kind() == "userMessaged"));
}

#[tokio::test]
async fn equal_creates_and_messages_of_two_clients_at_once_are_each_there_once() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let clients = clients(&emulator, directory.path(), 2);
    emulator.fault(Fault::reset(Moment::AfterEffect).on("sessions.create").times(2));
    let limit = Duration::from_secs(20);
    let create = || RunConfig::new("the same [scenario:silent]");
    let creates = clients.iter().map(|jules| jules.create_session(create()).timeout(limit));
    let sessions: Vec<_> = join_all(creates).await.into_iter().map(|session| session.unwrap()).collect();
    assert_ne!(sessions[0].id(), sessions[1].id());
    assert_eq!(emulator.sessions().len(), 2);
    let id = sessions[0].id();
    emulator.fault(Fault::reset(Moment::AfterEffect).on("sessions.sendMessage").times(2));
    let sends = clients.iter().map(|jules| jules.session(id).unwrap().send("go on").timeout(limit));
    assert!(join_all(sends).await.into_iter().all(|sent| sent.is_ok()));
    let messages = emulator.session(id).unwrap().activities;
    assert_eq!(messages.iter().filter(|one| one.get("userMessaged").is_some()).count(), 2);
}

/// Answers each message with what it was, after a while.
const ECHO: &str = r#"{name: echo, steps: [{state: IN_PROGRESS, message: Hello}], onMessage: [{after: 2s, message: "Answer to {{message}}"}]}"#;

#[tokio::test]
async fn questions_of_two_clients_at_once_get_each_its_own_answer() {
    let emulator = Emulator::builder().speed(50.0).scenario(ECHO).start().await.unwrap();
    let directory = tempfile::tempdir().unwrap();
    let clients = clients(&emulator, directory.path(), 2);
    let session = clients[0].create_session(RunConfig::new("x [scenario:echo]")).await.unwrap();
    let limit = Duration::from_secs(20);
    session.wait_for(SessionState::InProgress).timeout(limit).await.unwrap();
    for round in 0..3 {
        let asks = clients.iter().zip(["left", "right"]).map(async |(jules, who)| {
            let text = format!("{who} {round}");
            let answer = jules.session(session.id()).unwrap().ask(&text).timeout(limit).await.unwrap();
            assert_eq!(answer.message(), Some(format!("Answer to {text}").as_str()));
        });
        join_all(asks).await;
    }
}
