//! What approvals, messages and archiving do, and when they are refused.

use std::time::Duration;

use jules_emulator::{ActivityIds, Append};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Service, events, planted};

async fn waiting_for_approval(service: &Service) -> String {
    let session = service.create("Fix it [scenario:approval]", true).await;
    service.until(&session, "AWAITING_PLAN_APPROVAL").await;
    session
}

async fn message(service: &Service, session: &str, text: &str) -> u16 {
    service.post(&format!("sessions/{session}:sendMessage"), json!({ "prompt": text })).await.status
}

#[tokio::test]
async fn an_approval_wants_an_empty_object() {
    let service = Service::start().await;
    let session = waiting_for_approval(&service).await;
    let path = format!("sessions/{session}:approvePlan");
    for body in [None, Some(Value::String("null".to_owned())), Some(Value::String(" ".to_owned()))] {
        let answer = service.send(Method::POST, &path, body).await.unwrap();
        assert_eq!((answer.status, &answer.json["error"]["status"]), (400, &json!("INVALID_ARGUMENT")));
    }
    assert_eq!(service.emulator.session(&session).unwrap().state, "AWAITING_PLAN_APPROVAL");
    assert_eq!(service.post(&path, json!({})).await.status, 200);
}

#[tokio::test]
async fn approvals_and_archiving_can_answer_the_session() {
    let service = Service::start().await;
    service.emulator.configure(|config| config.effects_answer_session = true).unwrap();
    let session = waiting_for_approval(&service).await;
    let approved = service.post(&format!("sessions/{session}:approvePlan"), json!({})).await.json;
    assert_eq!((&approved["id"], &approved["state"]), (&json!(session), &json!("IN_PROGRESS")));
    assert!(approved.get("sourceContext").is_none(), "{approved}");
    let archived = service.post(&format!("sessions/{session}:archive"), json!({})).await.json;
    assert_eq!((&archived["state"], &archived["archived"]), (&json!("PAUSED"), &json!(true)));
    assert!(archived["sourceContext"].is_object());
}

#[tokio::test]
async fn one_approval_gives_two_activities_of_both_id_forms() {
    let service = Service::start().await;
    service.emulator.configure(|config| config.activity_ids = ActivityIds::Hex).unwrap();
    let session = waiting_for_approval(&service).await;
    service.post(&format!("sessions/{session}:approvePlan"), json!({})).await;
    let activities = service.activities(&session, "").await;
    let approvals: Vec<&Value> = activities.iter().filter(|one| one.get("planApproved").is_some()).collect();
    assert_eq!(approvals.len(), 2);
    assert_eq!(approvals[0]["planApproved"], approvals[1]["planApproved"]);
    let id = approvals[0]["id"].as_str().unwrap();
    assert!(id.starts_with(&format!("task-{session}-activity-step-")), "{id}");
    assert_eq!(approvals[1]["id"].as_str().unwrap().len(), 32);
    assert_eq!(&service.get(approvals[0]["name"].as_str().unwrap()).await.json, approvals[0]);
}

#[tokio::test]
async fn ids_are_mixed_unless_they_are_to_be_of_one_form() {
    let service = Service::start().await;
    for one_form in [false, true] {
        if one_form {
            service.emulator.configure(|config| config.activity_ids = ActivityIds::Hex).unwrap();
        }
        let session = service.create("Greet", false).await;
        let view = service.until(&session, "COMPLETED").await;
        let ids: Vec<&str> = view.activities.iter().map(|one| one["id"].as_str().unwrap()).collect();
        let tasks = ids.iter().filter(|id| id.starts_with("task-")).count();
        let digits = ids.iter().filter(|id| id.len() == 32).count();
        assert_eq!((tasks + digits, tasks == 0), (ids.len(), one_form), "{ids:?}");
        assert!(digits > 0, "{ids:?}");
    }
}

#[tokio::test]
async fn archiving_at_work_pauses_for_good() {
    let service = Service::start().await;
    let session = service.create("Fix it [scenario:long]", false).await;
    service.until(&session, "IN_PROGRESS").await;
    assert_eq!(service.post(&format!("sessions/{session}:archive"), json!({})).await.json, json!({}));
    let shown = service.get(&format!("sessions/{session}")).await.json;
    assert_eq!((&shown["state"], &shown["archived"]), (&json!("PAUSED"), &json!(true)));
    let before = service.emulator.session(&session).unwrap().activities.len();
    // Ten pauses of this scenario: its agent would have gone on.
    tokio::time::sleep(Duration::from_millis(15)).await;
    assert_eq!(service.emulator.session(&session).unwrap().activities.len(), before);
    assert_eq!(message(&service, &session, "go on").await, 200);
    service.post(&format!("sessions/{session}:unarchive"), json!({})).await;
    assert_eq!(service.emulator.session(&session).unwrap().state, "PAUSED", "neither resumes it");

    assert_eq!(message(&service, &session, "now go on").await, 200);

    service.until(&session, "COMPLETED").await;
}

#[tokio::test]
async fn a_plan_that_waited_when_it_was_archived_waits_again() {
    let service = Service::start().await;
    let session = waiting_for_approval(&service).await;
    service.post(&format!("sessions/{session}:archive"), json!({})).await;
    let approve = format!("sessions/{session}:approvePlan");
    assert_eq!(service.post(&approve, json!({})).await.json["error"]["status"], "FAILED_PRECONDITION");
    service.post(&format!("sessions/{session}:unarchive"), json!({})).await;
    message(&service, &session, "go on").await;
    assert_eq!(service.emulator.session(&session).unwrap().state, "AWAITING_PLAN_APPROVAL");
    assert_eq!(service.post(&approve, json!({})).await.status, 200);
    service.until(&session, "COMPLETED").await;
}

#[tokio::test]
async fn an_ended_session_stays_ended_when_it_is_archived() {
    let service = Service::start().await;
    let session = planted(&service.emulator, json!({ "state": "COMPLETED" }));
    service.post(&format!("sessions/{session}:archive"), json!({})).await;
    assert_eq!(service.emulator.session(&session).unwrap().state, "COMPLETED");
}

#[tokio::test]
async fn a_message_to_a_queued_session_is_404_until_its_turn_comes() {
    let service = Service::start().await;
    service.emulator.configure(|config| config.refuse_queued_messages = true).unwrap();
    let session = planted(&service.emulator, json!({ "state": "QUEUED" }));
    assert_eq!(message(&service, &session, "hello").await, 404);
    assert!(service.emulator.session(&session).unwrap().activities.is_empty(), "no effect");
    let turn = Append { session: session.clone(), state: Some("IN_PROGRESS".to_owned()), ..Append::default() };
    service.emulator.append_all(turn).unwrap();
    assert_eq!(message(&service, &session, "hello").await, 200);
    let other = planted(&service.emulator, json!({ "state": "QUEUED" }));
    service.emulator.configure(|config| config.refuse_queued_messages = false).unwrap();
    assert_eq!(message(&service, &other, "hello").await, 200);
}

#[tokio::test]
async fn a_queued_session_waits_for_its_turn() {
    let service = Service::start().await;
    let session = service.create("Wait [scenario:queued]", false).await;
    let view = service.until(&session, "COMPLETED").await;
    let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    let created = time(view.resource["createTime"].as_str().unwrap());
    assert!(time(&view.visible_times[0]).duration_since(created).as_millis() >= 20, "2 s at speed 100");
}

#[tokio::test]
async fn a_message_resumes_a_paused_session() {
    let service = Service::start().await;
    let session = service.create("Wait [scenario:paused]", false).await;
    service.until(&session, "PAUSED").await;
    message(&service, &session, "go on").await;
    let view = service.until(&session, "COMPLETED").await;
    assert!(events(&view.activities).contains(&"progressUpdated".to_owned()));
    let planted = planted(&service.emulator, json!({ "state": "PAUSED" }));
    message(&service, &planted, "go on").await;
    assert_eq!(service.emulator.session(&planted).unwrap().state, "IN_PROGRESS");
}

#[tokio::test]
async fn names_nobody_knows_are_refused_in_bodies_and_queries() {
    let service = Service::start().await;
    let session = planted(&service.emulator, json!({}));
    let answer = service.post(&format!("sessions/{session}:sendMessage"), json!({ "message": "hi" })).await;
    let words = "Invalid JSON payload received. Unknown name \"message\": Cannot find field.";
    assert_eq!((answer.status, &answer.json["error"]["message"]), (400, &json!(words)));
    let violation = &answer.json["error"]["details"][0]["fieldViolations"][0];
    assert_eq!(violation, &json!({ "description": words }), "without the field's name");
    let query = service.get(&format!("sessions/{session}/activities?createTime=2025-01-01T00:00:00Z")).await;
    assert_eq!((query.status, &query.json["error"]["status"]), (400, &json!("INVALID_ARGUMENT")));
    let mode = service.post("sessions", json!({ "prompt": "x", "automationMode": "MANUAL" })).await;
    assert_eq!(mode.json["error"]["details"][0]["fieldViolations"][0]["field"], "session.automation_mode");
}
