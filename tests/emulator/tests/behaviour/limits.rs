//! Plans: slots, the rolling day, and the words in which a full one refuses.

use std::time::Duration;

use jules_emulator::{Account, Emulator, LimitAnswer, Plan};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Service, planted};

/// Refuses with 429 in words, whatever the default is.
async fn worded() -> Service {
    let builder = Emulator::builder().speed(100.0).seed(1).limit_answer(LimitAnswer::ResourceExhausted);
    Service::with(builder.start().await.unwrap())
}

async fn refusal(service: &Service) -> Value {
    let answer = service.post("sessions", json!({ "prompt": "one more" })).await;
    assert!(answer.headers.get("retry-after").is_none());
    json!([answer.status, answer.json["error"]["status"], answer.json["error"]["message"]])
}

#[tokio::test]
async fn a_full_plan_refuses_in_the_words_that_are_set() {
    let bare = json!([400, "FAILED_PRECONDITION", "Precondition check failed."]);
    let generic = json!([429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."]);
    let slots = "Too many active sessions: 1 are running. Wait for one to finish.";
    let day = json!([429, "RESOURCE_EXHAUSTED", "Daily session limit reached: 1 sessions in 24 hours."]);
    for (answer, for_slots, for_day) in [
        (LimitAnswer::Bare, bare.clone(), bare),
        (LimitAnswer::GenericQuota, generic.clone(), generic),
        (LimitAnswer::ResourceExhausted, json!([429, "RESOURCE_EXHAUSTED", slots]), day.clone()),
        (LimitAnswer::FailedPrecondition, json!([400, "FAILED_PRECONDITION", slots]), day),
    ] {
        let service = Service::with(Emulator::builder().limit_answer(answer).start().await.unwrap());
        let session = planted(&service.emulator, json!({}));
        service.emulator.configure(|config| config.concurrent_sessions = Some(1)).unwrap();
        assert_eq!(refusal(&service).await, for_slots, "{answer:?}");
        service.send(Method::DELETE, &format!("sessions/{session}"), None).await.unwrap();
        service.emulator.configure(|config| config.daily_sessions = Some(1)).unwrap();
        assert_eq!(refusal(&service).await, for_day, "{answer:?}");
    }
}

#[tokio::test]
async fn the_words_can_be_set_from_outside() {
    let service = Service::start().await;
    planted(&service.emulator, json!({}));
    let changes = json!({ "concurrentSessions": 1, "limitAnswer": "bare" });
    assert_eq!(service.control(Method::PATCH, "config", Some(changes)).await.status, 200);
    assert_eq!(refusal(&service).await[2], "Precondition check failed.");
}

#[tokio::test]
async fn everything_that_has_not_ended_holds_a_slot() {
    let service = worded().await;
    service.emulator.configure(|config| config.concurrent_sessions = Some(1)).unwrap();
    for (state, status) in [
        ("QUEUED", 429),
        ("AWAITING_PLAN_APPROVAL", 429),
        ("AWAITING_USER_FEEDBACK", 429),
        ("PAUSED", 429),
        ("COMPLETED", 200),
        ("FAILED", 200),
    ] {
        service.emulator.reset();
        planted(&service.emulator, json!({ "state": state }));
        assert_eq!(service.post("sessions", json!({ "prompt": "x" })).await.status, status, "{state}");
    }
}

#[tokio::test]
async fn an_archived_session_holds_its_slot_only_if_that_is_set() {
    let service = worded().await;
    service.emulator.configure(|config| config.concurrent_sessions = Some(1)).unwrap();
    for (holds, status) in [(false, 200), (true, 429)] {
        service.emulator.reset();
        service.emulator.configure(|config| config.archived_holds_slot = holds).unwrap();
        let session = planted(&service.emulator, json!({}));
        service.post(&format!("sessions/{session}:archive"), json!({})).await;
        assert_eq!(service.post("sessions", json!({ "prompt": "x" })).await.status, status, "{holds}");
    }
}

#[tokio::test]
async fn the_day_rolls_and_counts_failed_and_deleted_sessions() {
    let service = worded().await;
    service.emulator.configure(|config| config.daily_sessions = Some(3)).unwrap();
    // At speed 100 the day has 14 minutes and 24 seconds.
    let ago = |seconds: i64| jiff::Timestamp::now().checked_sub(jiff::SignedDuration::from_secs(seconds)).unwrap();
    planted(&service.emulator, json!({ "state": "COMPLETED", "createTime": ago(870).to_string() }));
    planted(&service.emulator, json!({ "state": "FAILED", "createTime": ago(850).to_string() }));
    let deleted = planted(&service.emulator, json!({}));
    service.send(Method::DELETE, &format!("sessions/{deleted}"), None).await.unwrap();

    assert_eq!(service.emulator.accounts()[0].created, 2, "the first is older than the day");
    service.create("Quick [scenario:quick]", false).await;

    assert_eq!(service.post("sessions", json!({ "prompt": "x" })).await.status, 429);
    service.emulator.configure(|config| config.day_ms = Some(200)).unwrap();
    tokio::time::sleep(Duration::from_millis(220)).await;
    service.create("Quick [scenario:quick]", false).await;
}

#[tokio::test]
async fn accounts_have_plans_and_sessions_of_their_own() {
    let team = Account::new("team").plan(Plan::Free).key("one").key("two");
    let tight = Account::new("tight").plan(Plan::Pro).key("three").slots(1);
    let builder = Emulator::builder().account(team).account(tight).limit_answer(LimitAnswer::ResourceExhausted);
    let service = Service::with(builder.start().await.unwrap());
    let create = async |key: &str| {
        let body = json!({ "prompt": "Wait [scenario:silent]" });
        service.send_as(key, Method::POST, "sessions", Some(body)).await.unwrap()
    };
    for (key, status) in
        [("one", 200), ("two", 200), ("one", 200), ("two", 429), ("three", 200), ("three", 429), ("any", 200)]
    {
        assert_eq!(create(key).await.status, status, "{key}");
    }
    let list = async |key: &str| {
        let listed = service.send_as(key, Method::GET, "sessions", None).await.unwrap().json;
        listed["sessions"].as_array().unwrap().clone()
    };
    assert_eq!((list("one").await.len(), list("two").await.len(), list("three").await.len()), (3, 3, 1));
    let theirs = list("one").await[0]["name"].as_str().unwrap().to_owned();
    assert_eq!(service.send_as("two", Method::GET, &theirs, None).await.unwrap().status, 200);
    assert_eq!(service.send_as("three", Method::GET, &theirs, None).await.unwrap().status, 404);
    let seen = service.control(Method::GET, "accounts", None).await;
    assert!(!seen.text.contains("\"one\""), "keys can't be read back: {}", seen.text);
    let expected = json!({ "name": "team", "keys": 2, "slots": 3, "perDay": 15, "holding": 3, "created": 3 });
    assert_eq!(seen.json[1], expected);
    assert_eq!((&seen.json[2]["slots"], &seen.json[2]["perDay"]), (&json!(1), &json!(100)));
    let journal = service.emulator.journal();
    assert_eq!((journal[0].account.as_str(), journal[6].account.as_str()), ("team", ""));
}

#[tokio::test]
async fn accounts_can_be_added_from_outside() {
    let service = Service::start().await;
    let account = json!({ "name": "big", "keys": ["k"], "plan": "ultra" });
    assert_eq!(service.control(Method::POST, "accounts", Some(account)).await.status, 200);
    let seen = service.control(Method::GET, "accounts", None).await.json;
    assert_eq!((&seen[1]["slots"], &seen[1]["perDay"]), (&json!(60), &json!(300)));
    let keyless = service.control(Method::POST, "accounts", Some(json!({ "name": "none" }))).await;
    assert_eq!(keyless.status, 400, "{}", keyless.text);
    service.control(Method::DELETE, "accounts", None).await;
    assert_eq!(service.emulator.accounts().len(), 1);
}
