//! The twelve operations: their answers and refusals.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Service, events, web};

#[tokio::test]
async fn a_create_answers_queued_mostly_and_leaves_defaults_out() {
    let service = Service::start().await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(service.post("sessions", json!({ "prompt": "Write a poem" })).await.json);
    }

    let fields = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    let shapes: Vec<String> = answers.iter().map(fields).collect();
    assert_eq!(shapes[0], "createTime id name prompt state title updateTime url");
    assert_eq!(shapes[0..3], [shapes[0].clone(), shapes[0].clone(), shapes[0].clone()]);
    assert_eq!(shapes[3], "id name prompt title url", "each fourth one has no state and no times");
    assert_eq!(answers[0]["state"], "QUEUED");
    service.emulator.configure(|config| config.create_answer = jules_emulator::CreateAnswer::Minimal).unwrap();
    let minimal = service.post("sessions", json!({ "prompt": "Write a poem" })).await.json;
    assert_eq!(fields(&minimal), shapes[3]);
    let id = answers[0]["id"].as_str().unwrap();
    assert!(id.parse::<u64>().is_err() && id.parse::<u128>().is_ok(), "{id} is a number beyond 64 bits");
}

#[tokio::test]
async fn enum_values_and_fields_nobody_knows_are_refused_by_name() {
    let service = Service::start().await;
    for (body, field) in [
        (json!({ "prompt": "x", "automationMode": "AUTO_EVERYTHING" }), "session.automation_mode"),
        (json!({ "prompt": "x", "mood": "good" }), ""),
        (json!({ "prompt": "x", "sourceContext": { "sorce": "y" } }), "source_context"),
        (json!({ "prompt": "x", "requirePlanApproval": "yes" }), "session.require_plan_approval"),
        (environment(json!("yes")), "session.source_context.environment_variables_enabled"),
        (json!({ "title": "no prompt" }), "session.prompt"),
    ] {
        let answer = service.post("sessions", body).await;

        assert_eq!(answer.status, 400, "{}", answer.text);
        let error = &answer.json["error"];
        assert_eq!(error["status"], "INVALID_ARGUMENT");
        let violated = &error["details"][0]["fieldViolations"][0]["field"];
        assert!(violated.as_str().unwrap().ends_with(field), "{violated} for {field}");
    }
    assert!(service.emulator.sessions().is_empty());
}

fn environment(enabled: Value) -> Value {
    let source = "sources/github/octocat/hello-world";
    json!({ "prompt": "x", "sourceContext": {
        "source": source, "workingBranch": "fix-1", "environmentVariablesEnabled": enabled,
    }})
}

#[tokio::test]
async fn the_source_context_keeps_its_working_branch_and_its_environment() {
    let service = Service::start().await;
    let created = service.post("sessions", environment(json!(true))).await.json;
    let shown = service.get(created["name"].as_str().unwrap()).await.json["sourceContext"].clone();
    assert_eq!((&shown["workingBranch"], &shown["environmentVariablesEnabled"]), (&json!("fix-1"), &json!(true)));
    let without = service.post("sessions", environment(json!(false))).await.json["sourceContext"].clone();
    assert!(without.get("environmentVariablesEnabled").is_none(), "a default is left out");
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let service = Service::start().await;
    let unknown_source = json!({ "prompt": "x", "sourceContext": { "source": "sources/github/a/b" } });
    assert_eq!(service.post("sessions", unknown_source).await.json["error"]["status"], "NOT_FOUND");
    for path in ["sessions/1", "sessions/1/activities", "sources/github/octocat/nothing", "sessions/..%2F..%2Fetc"] {
        let answer = service.get(path).await;
        assert_eq!((answer.status, &answer.json["error"]["status"]), (404, &json!("NOT_FOUND")), "{path}");
    }
    let nowhere = service.get("nowhere").await;
    assert_eq!(nowhere.status, 404);
    assert!(nowhere.text.starts_with("<!DOCTYPE html>"), "unknown paths get a page");
}

#[tokio::test]
async fn keys_are_asked_for_and_wrong_ones_refused() {
    let service = Service::with(jules_emulator::Emulator::builder().key("mine").start().await.unwrap());
    let url = format!("{}/sessions", service.emulator.url());
    let ask = async |key: Option<&str>| {
        let request = web().build().unwrap().get(&url);
        let request = match key {
            Some(key) => request.header("X-Goog-Api-Key", key),
            None => request,
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        (status, body["error"]["details"][0]["reason"].clone())
    };
    assert_eq!(ask(Some("malformed-key")).await, (401, json!("CREDENTIALS_MISSING")));
    assert_eq!(ask(Some("mine")).await.0, 200);
    assert_eq!(ask(Some("other")).await, (400, json!("API_KEY_INVALID")));
    assert_eq!(ask(None).await, (401, json!("CREDENTIALS_MISSING")));
    let journal = serde_json::to_string(&service.emulator.journal()).unwrap();
    assert!(!journal.contains("mine") && !journal.contains("other"), "{journal}");
}

#[tokio::test]
async fn an_approval_is_taken_once_and_only_when_a_plan_waits() {
    let service = Service::start().await;
    let session = service.create("Fix it [scenario:approval]", true).await;
    let approve = format!("sessions/{session}:approvePlan");
    assert_eq!(service.post(&approve, json!({})).await.json["error"]["status"], "FAILED_PRECONDITION");
    service.until(&session, "AWAITING_PLAN_APPROVAL").await;

    assert_eq!(service.post(&approve, json!({})).await.json, json!({}));

    assert_eq!(service.post(&approve, json!({})).await.status, 400);
    let view = service.until(&session, "COMPLETED").await;
    let approvals: Vec<&Value> = view.activities.iter().filter(|a| a.get("planApproved").is_some()).collect();
    assert_eq!(approvals.len(), 2, "one approval shows twice");
    assert_eq!(approvals[0]["planApproved"]["planId"], view.activities[0]["planGenerated"]["plan"]["id"]);
}

#[tokio::test]
async fn a_message_is_an_activity_at_once() {
    let service = Service::start().await;
    let session = service.create("Wait [scenario:silent]", false).await;

    let answer = service.post(&format!("sessions/{session}:sendMessage"), json!({ "prompt": "hello" })).await;

    assert_eq!((answer.status, answer.json), (200, json!({})));
    let activities = service.activities(&session, "").await;
    assert_eq!(events(&activities), ["userMessaged"]);
    assert_eq!(activities[0]["userMessaged"]["userMessage"], "hello");
    let one = service.get(activities[0]["name"].as_str().unwrap()).await;
    assert_eq!(one.json, activities[0]);
    let empty = service.post(&format!("sessions/{session}:sendMessage"), json!({})).await;
    assert_eq!(empty.status, 400);
}

#[tokio::test]
async fn archived_sessions_leave_the_list_and_deleted_ones_everything() {
    let service = Service::start().await;
    let session = service.create("Quick [scenario:quick]", false).await;
    service.post(&format!("sessions/{session}:archive"), json!({})).await;
    assert_eq!(service.get("sessions").await.json, json!({}));
    let archived = service.get("sessions?filter=archived%20%3D%20true").await;
    assert_eq!(archived.json["sessions"][0]["archived"], true);
    service.post(&format!("sessions/{session}:unarchive"), json!({})).await;
    assert_eq!(service.get("sessions").await.json["sessions"].as_array().unwrap().len(), 1);

    let path = format!("sessions/{session}");
    assert_eq!(service.send(Method::DELETE, &path, None).await.unwrap().json, json!({}));

    assert_eq!(service.get(&path).await.status, 404);
    assert_eq!(service.send(Method::DELETE, &path, None).await.unwrap().status, 404);
}

#[tokio::test]
async fn the_window_after_a_create_answers_404_for_activities_only() {
    let service = Service::start().await;
    service.emulator.configure(|config| config.not_found_window_ms = 150).unwrap();
    let session = service.create("Quick [scenario:quick]", false).await;
    let path = format!("sessions/{session}/activities");
    assert_eq!(service.get(&path).await.status, 404);
    assert_eq!(service.get(&format!("sessions/{session}")).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(160)).await;
    assert_eq!(service.get(&path).await.status, 200);
}
