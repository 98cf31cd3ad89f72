//! What the shipped scenarios play, and how they listen to people.

use std::time::Duration;

use jules_emulator::{Emulator, SessionSeed};
use serde_json::{Value, json};

use crate::support::{Service, events};

async fn message(service: &Service, session: &str, text: &str) {
    let path = format!("sessions/{session}:sendMessage");
    assert_eq!(service.post(&path, json!({ "prompt": text })).await.status, 200);
}

#[tokio::test]
async fn happy_needs_nobody_and_is_woken_by_a_message() {
    let service = Service::start().await;
    let session = service.create("Greet politely", false).await;
    let view = service.until(&session, "COMPLETED").await;
    assert_eq!(view.scenario.as_deref(), Some("happy"));
    assert_eq!(view.title, "Greet politely");
    let pull_request = &view.resource["outputs"][0]["pullRequest"];
    assert_eq!(pull_request["baseRef"], "main");
    assert!(pull_request["url"].as_str().unwrap().starts_with("https://github.com/octocat/hello-world/pull/"));
    assert_eq!(view.activities[1]["originator"], "system", "the plan was approved without a person");

    message(&service, &session, "More warmth").await;

    assert_eq!(service.emulator.session(&session).unwrap().state, "IN_PROGRESS");
    let view = service.until(&session, "COMPLETED").await;
    let seen = events(&view.activities);
    assert_eq!(seen.iter().filter(|event| *event == "sessionCompleted").count(), 2);
    assert!(view.activities.iter().any(|one| one["agentMessaged"]["agentMessage"] == "Done as you asked: More warmth"));
}

#[tokio::test]
async fn the_demo_waits_for_its_question_and_answers_it() {
    let service = Service::start().await;
    let session = service.create("Greet [scenario:demo]", true).await;
    service.until(&session, "AWAITING_PLAN_APPROVAL").await;
    service.post(&format!("sessions/{session}:approvePlan"), json!({})).await;
    service.until(&session, "AWAITING_USER_FEEDBACK").await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(service.emulator.session(&session).unwrap().state, "AWAITING_USER_FEEDBACK", "it waits");

    message(&service, &session, "Where?").await;

    let view = service.until(&session, "COMPLETED").await;
    let seen = events(&view.activities);
    let asked = seen.iter().position(|event| event == "userMessaged").unwrap();
    assert_eq!(seen[asked + 1], "agentMessaged");
    let kinds: Vec<&String> = view
        .activities
        .iter()
        .filter_map(|activity| activity["artifacts"].as_array())
        .flatten()
        .flat_map(|artifact| artifact.as_object().unwrap().keys())
        .collect();
    assert_eq!(kinds, ["bashOutput", "changeSet", "bashOutput", "media"]);
}

#[tokio::test]
async fn a_question_that_comes_early_is_answered_and_counts() {
    let service = Service::start().await;
    let session = service.create("Greet [scenario:demo]", true).await;
    service.until(&session, "AWAITING_PLAN_APPROVAL").await;
    message(&service, &session, "What will you do?").await;
    service.post(&format!("sessions/{session}:approvePlan"), json!({})).await;

    let view = service.until(&session, "COMPLETED").await;

    assert!(
        view.activities
            .iter()
            .any(|one| one["agentMessaged"]["agentMessage"].as_str().unwrap_or_default().contains("What will you do?"))
    );
}

#[tokio::test]
async fn a_question_to_the_person_holds_the_session_until_the_answer() {
    let service = Service::start().await;
    let session = service.create("Greet [scenario:question]", false).await;
    service.until(&session, "AWAITING_USER_FEEDBACK").await;
    message(&service, &session, "the start page").await;
    let view = service.until(&session, "COMPLETED").await;
    assert_eq!(view.resource["outputs"][0]["pullRequest"]["description"], "Answer given: the start page");
}

#[tokio::test]
async fn a_failure_says_why() {
    let service = Service::start().await;
    let session = service.create("Greet [scenario:failure]", false).await;
    let view = service.until(&session, "FAILED").await;
    let reason = &view.activities.last().unwrap()["sessionFailed"]["reason"];
    assert!(reason.as_str().unwrap().contains("disk space"));
}

#[tokio::test]
async fn repoless_brings_files_and_unknown_brings_what_nobody_knows() {
    let service = Service::start().await;
    let repoless = service.post("sessions", json!({ "prompt": "Write a greeter" })).await;
    let unknown = service.create("Grow [scenario:unknown]", false).await;
    let view = service.until(repoless.json["id"].as_str().unwrap(), "COMPLETED").await;
    let patch = view.resource["outputs"][0]["changeSet"]["gitPatch"]["unidiffPatch"].as_str().unwrap();
    assert!(patch.contains("+++ b/greet.py") && patch.contains("+++ b/README.md"), "{patch}");
    let view = service.until(&unknown, "COMPLETED").await;
    assert_eq!(events(&view.activities)[..2], ["dreamRecorded".to_owned(), String::new()]);
    assert!(view.activities[2]["artifacts"][0].get("hologram").is_some());
    assert!(view.activities[4].get("originator").is_none(), "null leaves a field out");
}

#[tokio::test]
async fn late_activities_appear_behind_newer_ones() {
    // Slow enough that the list can be looked at while late ones are still hidden.
    let service = Service::with(Emulator::builder().speed(10.0).seed(1).start().await.unwrap());
    let session = service.create("Run [scenario:late]", false).await;
    let mut seen: Vec<Value> = Vec::new();
    let mut came_behind = 0;
    while seen.len() < 31 {
        let now = service.activities(&session, "pageSize=100").await;
        let newest_before =
            seen.iter().filter_map(|one| one["createTime"].as_str()).max().unwrap_or_default().to_owned();
        came_behind += now
            .iter()
            .filter(|one| !seen.contains(one) && one["createTime"].as_str().unwrap() < newest_before.as_str())
            .count();
        seen = now;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(came_behind > 0);
}

#[tokio::test]
async fn a_marker_that_names_nothing_is_refused_with_what_there_is() {
    let service = Service::start().await;
    let answer = service.post("sessions", json!({ "prompt": "x [scenario:nope]" })).await;
    assert_eq!(answer.status, 400);
    assert!(answer.json["error"]["message"].as_str().unwrap().contains("approval, demo"));
}

#[tokio::test(start_paused = true)]
async fn scripted_time_passes_with_paused_tokio_time() {
    let emulator = Emulator::start().await.unwrap();
    let seed = SessionSeed { scenario: Some("long".to_owned()), ..SessionSeed::default() };
    let session = emulator.plant(seed).unwrap();

    tokio::time::sleep(Duration::from_secs(90)).await;

    let view = emulator.session(&session).unwrap();
    assert_eq!((view.state.as_str(), view.activities.len()), ("COMPLETED", 500));
    let time = |index: usize| -> jiff::Timestamp { view.visible_times[index].parse().unwrap() };
    let lasted = time(499).duration_since(time(0));
    assert_eq!(lasted.as_secs(), 59, "497 pauses and one more of 120 ms, none lost to rounding");
}
