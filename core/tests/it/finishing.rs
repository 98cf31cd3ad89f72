//! Effects whose callers leave, whose sessions aren't ready, or whose failure is the service's: each is brought to its end.

use std::time::Duration;

use futures::StreamExt;
use jules::{Activity, ErrorKind, Query, RunConfig, SessionState, StreamOptions};
use jules_emulator::{Emulator, Fault, Moment};
use serde_json::json;

use crate::support::{client, collect, emulator, quiet, until};

fn asked(emulator: &Emulator, operation: &str) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some(operation)).count()
}

/// Fails for the service's reason so often, then completes: by its prompt, for a marker stands in it.
const FAILS: &str = "
name: broken
steps:
  - progress: { title: Starting }
  - failed: Jules encountered an error when preparing the virtual machine environment for the task.
";

#[tokio::test]
async fn a_session_that_failed_for_the_services_reason_is_started_again() {
    let emulator = Emulator::builder().speed(50.0).scenario(FAILS).start().await.unwrap();
    let jules = client(&emulator);
    let run = jules.run(RunConfig::new("[scenario:broken]").retry_failed(2));
    let given = collect(run.stream(StreamOptions::default())).await;
    let latest = run.session().await.unwrap();
    let ids = |given: &[Activity]| given.iter().map(|activity| activity.id.clone()).collect::<Vec<_>>();
    for (place, activity) in given.iter().enumerate() {
        let rest = collect(run.stream(StreamOptions::default().after(&activity.id))).await;
        assert_eq!(ids(&rest), ids(&given[place + 1..]), "it goes on behind the one of place {place}");
    }
    let mut lost = run.stream(StreamOptions::default().after("of-none-of-them"));
    assert_eq!(lost.next().await.unwrap().unwrap_err().kind(), ErrorKind::NotFound);
    let outcome = run.await.unwrap();
    assert_eq!((outcome.state.clone(), outcome.attempts), (SessionState::Failed, 3));
    assert_eq!(emulator.sessions().len(), 3);
    assert_eq!(outcome.session_ids.last().map(String::as_str), Some(latest.id()));
    assert_eq!(outcome.session_id, latest.id());
    let activities: usize = emulator.sessions().iter().map(|session| session.activities.len()).sum();
    assert_eq!(given.len(), activities, "the stream goes on from one session to the next");
    let fields = serde_json::to_value(&outcome).unwrap();
    assert_eq!((&fields["attempts"], fields["sessionIds"].as_array().unwrap().len()), (&json!(3), 3));
}

#[tokio::test]
async fn one_that_failed_by_itself_is_not() {
    let emulator = emulator().await;
    let outcome = client(&emulator).run(RunConfig::new("[scenario:failure]").retry_failed(2)).await.unwrap();
    assert_eq!((outcome.state, outcome.attempts), (SessionState::Failed, 1));
    assert_eq!(emulator.sessions().len(), 1);
}

#[tokio::test]
async fn the_mapped_config_of_all_starts_failed_ones_again_too() {
    let emulator = Emulator::builder().speed(50.0).scenario(FAILS).start().await.unwrap();
    let map = |_| async { Ok(RunConfig::new("[scenario:broken]").retry_failed(1)) };
    let all = client(&emulator).all([1, 2], map, Default::default()).unwrap();
    let outcomes = all.outcomes().await.unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.attempts == 2 && outcome.session_ids.len() == 2));
    assert_eq!(emulator.sessions().len(), 4);
}

#[tokio::test]
async fn a_create_whose_caller_leaves_is_finished_and_its_session_stored() {
    for fault in
        [Fault::delay(200), Fault::status(503).after_effect().times(1), Fault::reset(Moment::AfterEffect).times(1)]
    {
        let emulator = emulator().await;
        let jules = client(&emulator);
        emulator.fault(fault.on("sessions.create"));
        let create = jules.create_session(RunConfig::new("Do it"));
        let leaves = until("the create leaves", || emulator.traffic().bytes_received > 0);
        tokio::select! {
            biased;
            () = leaves => {}
            created = create => drop(created),
        }
        let known = async {
            while jules.select(Query::sessions()).await.unwrap().is_empty() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), known).await.expect("it is in the store by and by");
        assert_eq!(emulator.sessions().len(), 1);
    }
}

#[tokio::test]
async fn a_create_that_was_not_sent_is_left_with_its_caller() {
    let emulator = emulator().await;
    emulator.fault(Fault::delay(300).on("sources.get"));
    let create = client(&emulator).create_session(RunConfig::new("x").source("octocat/hello-world"));
    let error = create.timeout(Duration::from_millis(100)).await.unwrap_err();
    assert!(error.to_string().contains("may have been created"), "{error}");
    quiet(&emulator).await;
    assert!(emulator.sessions().is_empty());
}

#[tokio::test]
async fn a_run_that_is_not_done_in_time_says_which_session_it_is() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let run = jules.run(RunConfig::new("[scenario:silent]"));
    let session = run.session().await.unwrap();
    let error = run.outcome().timeout(Duration::from_millis(100)).await.unwrap_err();
    assert_eq!((error.kind(), error.session_id()), (ErrorKind::Timeout, Some(session.id())));
    assert!(error.retryable());
}

#[tokio::test]
async fn a_message_to_a_session_in_the_queue_waits_until_it_can_be_taken() {
    let emulator = Emulator::builder().speed(5.0).start().await.unwrap();
    let jules = client(&emulator);
    let session = jules.create_session(RunConfig::new("[scenario:queued]")).await.unwrap();
    session.send("hurry").await.unwrap();
    let sent = emulator.journal().iter().filter(|entry| entry.operation == Some("sessions.sendMessage")).count();
    assert_eq!(sent, 2, "refused once, then taken");
    let activities = emulator.session(session.id()).unwrap().activities;
    let told = activities.iter().filter(|activity| activity["userMessaged"]["userMessage"] == "hurry").count();
    assert_eq!(told, 1);
    let queued = emulator.plant(serde_json::from_value(json!({"state": "QUEUED"})).unwrap()).unwrap();
    let session = jules.session(&queued).unwrap();
    let error = session.send("hello").timeout(Duration::from_millis(300)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "the caller's time bounds it");
    assert_eq!(jules.session("404").unwrap().send("x").await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn any_other_404_to_a_message_gets_one_more_send() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let session = jules.create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
    session.wait_for(SessionState::InProgress).await.unwrap();
    emulator.fault(Fault::status(404).code("NOT_FOUND").on("sessions.sendMessage").times(1));
    session.send("hello").await.unwrap();
    emulator.fault(Fault::status(404).code("NOT_FOUND").on("sessions.sendMessage"));
    assert_eq!(session.send("again").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(asked(&emulator, "sessions.sendMessage"), 4);
}

#[tokio::test]
async fn environment_variables_are_asked_for_and_shown() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let config = RunConfig::new("x").source("octocat/hello-world").environment_variables(true);
    let info = jules.create_session(config).await.unwrap().info().await.unwrap();
    assert_eq!(info.source_context.unwrap().environment_variables_enabled, Some(true));
    let error = jules.create_session(RunConfig::new("x").environment_variables(true)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_branch_that_is_not_there_is_named() {
    let emulator = emulator().await;
    let refusal = Fault::status(400).code("INVALID_ARGUMENT").message("Request contains an invalid argument.");
    emulator.fault(refusal.on("sessions.create"));
    let jules = client(&emulator);
    let error = jules.create_session(RunConfig::new("x").source("octocat/spoon-knife@trunc")).await.unwrap_err();
    assert!(error.to_string().contains(r#"no branch "trunc""#), "{error}");
    assert!(error.to_string().contains(r#""trunk""#), "{error}");
    let error = jules.create_session(RunConfig::new("x").source("octocat/spoon-knife@trunk")).await.unwrap_err();
    assert!(!error.to_string().contains("no branch"), "{error}");
}
