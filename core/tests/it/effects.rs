//! What happens exactly once, although answers get lost.

use std::time::Duration;

use jules::{ErrorKind, RunConfig, SessionState, StreamOptions};
use jules_emulator::{Emulator, Fault, Moment};

use crate::support::{builder, client, collect, emulator, until};

fn lost_answers() -> Vec<Fault> {
    vec![
        Fault::reset(Moment::AfterEffect).times(1),
        Fault::status(503).after_effect().times(1),
        Fault::reset(Moment::Body).times(1),
        Fault::hang(Moment::AfterEffect).times(1),
        Fault::html(502).after_effect().times(1),
        // Not taken at all.
        Fault::reset(Moment::Before).times(1),
        Fault::status(503).times(2),
        Fault::status(429).retry_after(0).times(2),
    ]
}

fn messages(emulator: &Emulator, id: &str, text: &str) -> usize {
    let activities = emulator.session(id).unwrap().activities;
    activities.iter().filter(|activity| activity["userMessaged"]["userMessage"] == text).count()
}

#[tokio::test]
async fn a_lost_create_makes_one_session() {
    for skew in [0, 600_000, -600_000] {
        for fault in lost_answers() {
            let emulator = emulator().await;
            emulator.configure(|config| config.clock_skew_ms = skew).unwrap();
            let jules = builder(&emulator).request_timeout(Duration::from_millis(300)).build().unwrap();
            let name = format!("{fault:?}");
            emulator.fault(fault.on("sessions.create"));
            let config = RunConfig::new("Do it once").source("octocat/hello-world@main");
            let session = jules.create_session(config).await.unwrap_or_else(|error| panic!("{name}: {error}"));
            let sessions = emulator.sessions();
            assert_eq!(sessions.len(), 1, "{name}");
            assert_eq!(sessions[0].id, session.id(), "{name}");
        }
    }
}

#[tokio::test]
async fn two_equal_creates_stay_two() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    emulator.fault(Fault::reset(Moment::AfterEffect).on("sessions.create").nth(2));
    let create = || async { jules.create_session(RunConfig::new("The same")).await.unwrap().id().to_owned() };
    let (one, two) = tokio::join!(create(), create());
    assert_ne!(one, two);
    assert_eq!(emulator.sessions().len(), 2);
}

#[tokio::test]
async fn an_equal_session_of_before_is_not_taken_for_the_new_one() {
    let emulator = emulator().await;
    let seed = serde_json::json!({"prompt": "Again", "createTime": "2025-01-01T00:00:00Z"});
    emulator.plant(serde_json::from_value(seed).unwrap()).unwrap();
    emulator.fault(Fault::reset(Moment::Before).on("sessions.create").times(1));
    client(&emulator).create_session(RunConfig::new("Again")).await.unwrap();
    assert_eq!(emulator.sessions().len(), 2);
}

#[tokio::test]
async fn a_lost_message_is_there_once() {
    for fault in lost_answers() {
        let emulator = emulator().await;
        let jules = builder(&emulator).request_timeout(Duration::from_millis(300)).build().unwrap();
        let name = format!("{fault:?}");
        let session = jules.create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
        session.send("hello").await.unwrap();
        emulator.fault(fault.on("sessions.sendMessage"));
        session.send("hello").await.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(messages(&emulator, session.id(), "hello"), 2, "{name}");
    }
}

#[tokio::test]
async fn a_lost_approval_approves_once() {
    for fault in lost_answers() {
        let emulator = emulator().await;
        let jules = builder(&emulator).request_timeout(Duration::from_millis(300)).build().unwrap();
        let name = format!("{fault:?}");
        let session = jules.create_session(RunConfig::new("[scenario:approval]")).await.unwrap();
        session.wait_for(SessionState::AwaitingPlanApproval).await.unwrap();
        emulator.fault(fault.on("sessions.approvePlan"));
        session.approve().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        session.result().await.unwrap();
        let activities = collect(session.stream(StreamOptions::default())).await;
        // One approval shows twice.
        assert_eq!(activities.iter().filter(|activity| activity.kind() == "planApproved").count(), 2, "{name}");
    }
}

#[tokio::test]
async fn an_approval_without_a_plan_is_a_precondition_error() {
    let emulator = emulator().await;
    let session = client(&emulator).create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
    assert_eq!(session.approve().await.unwrap_err().kind(), ErrorKind::Precondition);
}

#[tokio::test]
async fn a_question_gets_its_own_answer_whatever_the_clocks_say() {
    for skew in [0, 600_000, -600_000] {
        let emulator = emulator().await;
        emulator.configure(|config| config.clock_skew_ms = skew).unwrap();
        let session = client(&emulator)
            .create_session(RunConfig::new("[scenario:demo]").source("octocat/hello-world"))
            .await
            .unwrap();
        session.wait_for(SessionState::AwaitingPlanApproval).await.unwrap();
        session.approve().await.unwrap();
        let answer = session.ask("What about umlauts?").await.unwrap();
        let activities = collect(session.stream(StreamOptions::default())).await;
        let place = |id: &str| activities.iter().position(|activity| activity.id == id).unwrap();
        let question =
            activities.iter().position(|activity| activity.message() == Some("What about umlauts?")).unwrap();
        assert!(place(&answer.id) > question);
    }
}

/// Each question's watcher starts while that of the one before it is being stopped, on another thread.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_question_right_behind_the_other_is_answered() {
    let scenario =
        r#"{name: echo, steps: [{state: IN_PROGRESS}], onMessage: [{after: 100ms, message: "Answer to {{message}}"}]}"#;
    let emulator = Emulator::builder().speed(50.0).scenario(scenario).start().await.unwrap();
    let session = client(&emulator).create_session(RunConfig::new("[scenario:echo]")).await.unwrap();
    for number in 0..100 {
        let answer = session.ask(format!("{number}")).timeout(Duration::from_secs(10)).await.unwrap();
        assert_eq!(answer.message(), Some(format!("Answer to {number}").as_str()));
    }
}

#[tokio::test]
async fn a_question_that_nobody_answers_ends_with_the_session() {
    let emulator = emulator().await;
    let session = client(&emulator).create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
    let end = async {
        until("the question", || messages(&emulator, session.id(), "anyone?") > 0).await;
        let end = serde_json::json!({"session": session.id(), "state": "FAILED", "activities": [{"sessionFailed": {"reason": "gone"}}]});
        emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
    };
    let (answer, ()) = tokio::join!(session.ask("anyone?"), end);
    let error = answer.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SessionEnded);
    assert_eq!(error.outcome().unwrap().failure_reason.as_deref(), Some("gone"));
}

#[tokio::test]
async fn waiting_for_a_state_that_does_not_come_says_what_came() {
    let emulator = emulator().await;
    let session =
        client(&emulator).create_session(RunConfig::new("[scenario:failure]").require_approval(false)).await.unwrap();
    let error = session.wait_for(SessionState::Completed).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnexpectedState);
    assert_eq!(error.info().unwrap().state, SessionState::Failed);
    let silent = client(&emulator).create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
    let error = silent.result().timeout(Duration::from_millis(100)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_passing_trouble_with_the_source_is_not_called_not_found() {
    for fault in [Fault::status(404).times(1), Fault::status(500).times(2), Fault::status(429).retry_after(0).times(2)]
    {
        let emulator = emulator().await;
        emulator.fault(fault.on("sources.get"));
        client(&emulator).create_session(RunConfig::new("x").source("octocat/hello-world")).await.unwrap();
    }
}

#[tokio::test]
async fn deleting_and_archiving_keep_the_cache_in_step() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let session = jules.create_session(RunConfig::new("x")).await.unwrap();
    session.archive().await.unwrap();
    assert!(session.cached_info().await.unwrap().archived);
    session.unarchive().await.unwrap();
    assert!(!session.cached_info().await.unwrap().archived);
    emulator.fault(Fault::reset(Moment::AfterEffect).on("sessions.delete").times(1));
    session.delete().await.unwrap();
    assert_eq!(jules.cache_info().await.unwrap().sessions, 0);
    assert_eq!(session.delete().await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_stays_home() {
    let (emulator, elsewhere) = (emulator().await, emulator().await);
    emulator.fault(Fault::redirect(&elsewhere.url()));
    let error = client(&emulator).session("1").unwrap().info().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!(error.to_string().contains(&elsewhere.url()), "{error}");
    assert!(elsewhere.journal().is_empty());
}

#[tokio::test]
async fn a_server_that_hangs_in_the_body_is_given_up_in_time() {
    let emulator = emulator().await;
    let session = client(&emulator).create_session(RunConfig::new("x")).await.unwrap();
    emulator.fault(Fault::hang(Moment::Body).on("sessions.get").times(1));
    let jules = builder(&emulator).request_timeout(Duration::from_millis(200)).build().unwrap();
    jules.session(session.id()).unwrap().info().timeout(Duration::from_secs(5)).await.unwrap();
}

#[tokio::test]
async fn an_id_that_would_leave_its_place_is_skipped() {
    let emulator = emulator().await;
    for id in ["../../victim", "fine"] {
        emulator.plant(serde_json::from_value(serde_json::json!({"id": id})).unwrap()).unwrap();
    }
    let page = client(&emulator).sessions(Default::default()).page().await.unwrap();
    assert_eq!(page.items.len(), 1);
}

#[tokio::test]
async fn a_closed_client_says_so() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let session = jules.create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
    emulator.clear_journal();
    let waiting = tokio::spawn(session.result());
    until("a poll", || !emulator.journal().is_empty()).await;
    jules.close().await;
    jules.close().await;
    assert_eq!(waiting.await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(session.info().await.unwrap_err().kind(), ErrorKind::Closed);
}
