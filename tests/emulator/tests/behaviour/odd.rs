//! Faults that were recorded or reported of the live service: refusals that lie, halves of characters, empty activities.

use std::time::Duration;

use jules_emulator::{Append, Fault};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Service, planted};

#[tokio::test]
async fn a_create_can_be_refused_and_taken_all_the_same() {
    let service = Service::start().await;
    service.emulator.fault(Fault::refused_but_created().nth(2).times(2));
    service.emulator.fault(Fault::over_quota_but_created().skip(4).times(1));
    let mut answers = Vec::new();
    for _ in 0..5 {
        let answer = service.post("sessions", json!({ "prompt": "once" })).await;
        answers.push(json!([answer.status, answer.json["error"]["message"]]));
    }
    let bare = json!([400, "Precondition check failed."]);
    let generic = json!([429, "Resource has been exhausted (e.g. check quota)."]);
    assert_eq!(answers, [json!([200, null]), bare.clone(), json!([200, null]), bare, generic]);
    assert_eq!(service.emulator.sessions().len(), 5, "every one of them exists");
    assert_eq!(service.get("sessions").await.status, 200, "it is about creates only");
}

#[tokio::test]
async fn refusals_that_create_nothing_have_the_same_words() {
    let service = Service::start().await;
    service.emulator.fault(Fault::bare_precondition().on("sessions.create").times(1));
    service.emulator.fault(Fault::generic_quota().on("sessions.create").skip(1).times(1));
    let named = Fault::status(400).code("FAILED_PRECONDITION").message("Repository access is not ready");
    service.emulator.fault(named.on("sessions.create").skip(2).times(1));
    for (status, message) in [
        (400, "Precondition check failed."),
        (429, "Resource has been exhausted (e.g. check quota)."),
        (400, "Repository access is not ready"),
    ] {
        let answer = service.post("sessions", json!({ "prompt": "never" })).await;
        assert_eq!((answer.status, &answer.json["error"]["message"]), (status, &json!(message)));
    }
    assert!(service.emulator.sessions().is_empty());
}

#[tokio::test]
async fn statuses_of_front_ends_and_an_abort_on_reads() {
    let service = Service::start().await;
    for (status, code) in [(499, "CANCELLED"), (520, "INTERNAL"), (529, "INTERNAL"), (409, "ABORTED")] {
        service.emulator.fault(Fault::status(status).method("GET").times(1));
        let answer = service.get("sessions").await;
        assert_eq!((answer.status, &answer.json["error"]["status"]), (status, &json!(code)));
    }
    assert_eq!(service.get("sessions").await.status, 200);
}

#[tokio::test]
async fn a_body_can_begin_with_a_byte_order_mark() {
    let service = Service::start().await;
    service.emulator.fault(Fault::bom().times(1));
    let (answer, _) = service.raw_get("sources").await;
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    assert!(body.starts_with("\u{feff}{"), "{}", &body[..20]);
    assert!(serde_json::from_str::<Value>(body.trim_start_matches('\u{feff}')).is_ok());
    assert!(answer.contains(&format!("content-length: {}", body.len())), "{answer}");
}

#[tokio::test]
async fn a_text_can_end_in_half_a_character() {
    let service = Service::start().await;
    service.emulator.fault(Fault::cut_surrogate().times(2));
    let session = planted(&service.emulator, json!({}));
    service.emulator.append(&session, json!({ "agentMessaged": { "agentMessage": "Done" } })).unwrap();
    service.emulator.append(&session, json!({ "sessionCompleted": {} })).unwrap();
    for _ in 0..2 {
        let page = service.get(&format!("sessions/{session}/activities")).await;
        assert!(page.text.contains(r#""Done\ud83d""#), "{}", page.text);
        assert!(page.text.contains(r#""description": "cut here \ud83d""#), "{}", page.text);
        assert_eq!(page.json, Value::Null, "strict readers refuse it");
    }
    let yaml = "name: cut\nsteps:\n  - message: 'half{{cutSurrogate}}'\n";
    service.emulator.add_scenario(yaml).unwrap();
    let scripted = service.create("x [scenario:cut]", false).await;
    let page = service.get(&format!("sessions/{scripted}/activities?prettyPrint=false")).await;
    assert!(page.text.contains(r#""half\ud83d""#), "{}", page.text);
}

#[tokio::test]
async fn outputs_can_vanish_at_a_later_look() {
    let service = Service::start().await;
    let session = planted(&service.emulator, json!({ "outputs": [{ "pullRequest": { "title": "Fix" } }] }));
    service.emulator.fault(Fault::vanish_outputs().skip(1));
    let path = format!("sessions/{session}");
    assert!(service.get(&path).await.json["outputs"].is_array());
    assert!(service.get(&path).await.json.get("outputs").is_none());
    assert!(service.get("sessions").await.json["sessions"][0].get("outputs").is_none());
}

#[tokio::test]
async fn an_activity_can_be_listed_empty_and_be_whole_later() {
    let service = Service::start().await;
    service.emulator.fault(Fault::empty_first(400).times(1));
    let session = planted(&service.emulator, json!({}));
    let content = json!({ "originator": "agent", "agentMessaged": { "agentMessage": "Done" } });
    let id = service.emulator.append(&session, content.clone()).unwrap();
    let addition = json!({ "session": session, "activity": content, "emptyMs": 400 });
    service.control(Method::POST, "append", Some(addition)).await;

    let empty = service.activities(&session, "").await;
    let one = service.get(&format!("sessions/{session}/activities/{id}")).await.json;
    tokio::time::sleep(Duration::from_millis(420)).await;
    let whole = service.activities(&session, "").await;

    assert_eq!(empty.len(), 2);
    for (before, after) in empty.iter().zip(&whole) {
        let fields: Vec<&String> = before.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["createTime", "id", "name", "originator"]);
        assert_eq!(after["agentMessaged"]["agentMessage"], "Done");
        assert_eq!((&before["id"], &before["createTime"]), (&after["id"], &after["createTime"]));
    }
    assert_eq!(one, empty[0]);
    let plain = Append { session, activity: Some(json!({ "note": 1 })), ..Append::default() };
    assert_eq!(service.emulator.append_all(plain).unwrap().len(), 1);
}

#[tokio::test]
async fn a_scenario_can_list_an_activity_empty() {
    let service = Service::start().await;
    let yaml = "name: hollow\nsteps:\n  - message: later\n    emptyFor: 50s\n  - wait: message\n";
    service.emulator.add_scenario(yaml).unwrap();
    let session = service.create("x [scenario:hollow]", false).await;
    assert!(service.activities(&session, "").await[0].get("agentMessaged").is_none());
    tokio::time::sleep(Duration::from_millis(520)).await;
    assert_eq!(service.activities(&session, "").await[0]["agentMessaged"]["agentMessage"], "later");
}
