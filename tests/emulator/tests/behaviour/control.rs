//! The control endpoints, as drivers in other languages use them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Service;

#[tokio::test]
async fn a_session_can_be_planted_and_added_to() {
    let service = Service::start().await;
    let seed = json!({
        "id": "../../victim",
        "state": "AWAITING_PLAN_APPROVAL",
        "activities": [{ "planGenerated": { "plan": { "id": "p1" } }, "createTime": "2025-01-01T00:00:00Z" }, { "description": "no time", "createTime": null }],
        "extra": { "mood": "good" },
    });
    let planted = service.control(Method::POST, "sessions", Some(seed)).await;
    assert_eq!(planted.json, json!({ "id": "../../victim" }));
    assert_eq!(service.get("sessions").await.json["sessions"][0]["mood"], "good");
    let addition = json!({
        "session": "../../victim", "state": "COMPLETED", "at": "2024-01-01T00:00:00Z",
        "activities": [{ "agentMessaged": { "agentMessage": "early" } }],
        "outputs": [{ "pullRequest": { "url": "https://example.com/pull/1" } }],
    });
    let added = service.control(Method::POST, "append", Some(addition)).await;
    assert_eq!(added.json["ids"].as_array().unwrap().len(), 1);
    let view = service.emulator.session("../../victim").unwrap();
    assert_eq!((view.state.as_str(), view.activities.len()), ("COMPLETED", 3));
    assert_eq!(view.activities[0]["createTime"], "2024-01-01T00:00:00Z", "sorted by time");
    assert!(view.activities[2].get("createTime").is_none());
    let nobody = service.control(Method::POST, "append", Some(json!({ "session": "nobody" }))).await;
    assert_eq!((nobody.status, nobody.json), (400, json!({ "error": "there is no session 'nobody'" })));
}

#[tokio::test]
async fn faults_are_put_in_force_listed_and_taken_away() {
    let service = Service::start().await;
    let faults = json!([{ "kind": "status", "status": 500, "on": "sessions.list" }, { "kind": "reset", "at": "body" }]);
    let ids = service.control(Method::POST, "faults", Some(faults)).await.json["ids"].clone();
    assert_eq!(ids, json!([1, 2]));
    service.control(Method::DELETE, "faults/2", None).await;
    assert_eq!(service.get("sessions").await.status, 500);
    let listed = service.control(Method::GET, "faults", None).await.json;
    assert_eq!((&listed[0]["kind"], &listed[0]["applied"]), (&json!("status"), &json!(1)));
    service.control(Method::DELETE, "faults", None).await;
    assert_eq!(service.get("sessions").await.status, 200);
    let misspelt = service.control(Method::POST, "faults", Some(json!({ "kind": "status", "stauts": 500 }))).await;
    assert_eq!(misspelt.status, 400, "{}", misspelt.text);
}

#[tokio::test]
async fn the_journal_tells_what_was_asked() {
    let service = Service::start().await;
    service.post("sessions", json!({ "prompt": "hello [scenario:quick]" })).await;
    service.get("sources?pageSize=2&key=secret").await;
    let journal = service.control(Method::GET, "journal", None).await;
    assert!(!journal.text.contains("secret"));
    let first = &journal.json[0];
    assert_eq!(first["seq"], 1);
    assert_eq!(first["operation"], "sessions.create");
    assert_eq!(first["body"]["prompt"], "hello [scenario:quick]");
    assert_eq!((&first["status"], &first["key"]), (&json!(200), &json!(true)));
    assert_eq!(journal.json[1]["query"], "pageSize=2");
    let traffic = service.control(Method::GET, "traffic", None).await.json;
    assert!(traffic["connections"].as_u64().unwrap() >= 1 && traffic["bytesSent"].as_u64().unwrap() > 500);
    service.control(Method::DELETE, "journal", None).await;
    assert!(service.emulator.journal().is_empty());
}

#[tokio::test]
async fn settings_change_one_by_one_and_nonsense_changes_nothing() {
    let service = Service::start().await;
    let before = service.control(Method::GET, "config", None).await.json;
    let after = service.control(Method::PATCH, "config", Some(json!({ "speed": 5, "keys": ["k"] }))).await.json;
    assert_eq!((&after["speed"], &after["gzip"]), (&json!(5.0), &before["gzip"]));
    assert_eq!(service.get("sources").await.status, 400, "only the key k is valid now");
    for nonsense in [json!({ "speed": 0 }), json!({ "sped": 3 }), json!([])] {
        assert_eq!(service.control(Method::PATCH, "config", Some(nonsense)).await.status, 400);
    }
    assert_eq!(service.emulator.config().speed, 5.0);
}

#[tokio::test]
async fn scenarios_and_sources_can_be_added() {
    let service = Service::start().await;
    let yaml = "name: mine\nsteps:\n  - state: IN_PROGRESS\n    message: '{{title}} on {{branch}} of {{repository}}'\n  - completed: true\n";
    let added = service.control(Method::POST, "scenarios", Some(Value::String(yaml.to_owned()))).await;
    assert_eq!(added.json, json!({ "name": "mine" }));
    let source = json!({ "owner": "me", "repo": "mine", "branches": ["dev"] });
    service.control(Method::POST, "sources", Some(source)).await;
    let body = json!({
        "prompt": "x", "title": "T [scenario:mine]",
        "sourceContext": { "source": "sources/github/me/mine", "githubRepoContext": { "startingBranch": "dev" } },
    });
    let session = service.post("sessions", body).await.json["id"].as_str().unwrap().to_owned();
    let view = service.until(&session, "COMPLETED").await;
    assert_eq!(view.activities[0]["agentMessaged"]["agentMessage"], "T [scenario:mine] on dev of me/mine");
    let broken = service.control(Method::POST, "scenarios", Some(json!("name: x\nsteps: 7\n"))).await;
    assert_eq!(broken.status, 400);
}

#[tokio::test]
async fn a_reset_forgets_all_but_settings_and_scenarios() {
    let service = Service::start().await;
    let first = service.create("Quick [scenario:quick]", false).await;
    service.emulator.fault(jules_emulator::Fault::status(500));
    service.control(Method::POST, "reset", None).await;
    assert!(
        service.emulator.sessions().is_empty()
            && service.emulator.journal().is_empty()
            && service.emulator.faults().is_empty()
    );
    assert_eq!(service.emulator.config().speed, 100.0);
    assert_eq!(service.create("Quick [scenario:quick]", false).await, first, "the seed starts anew");
}
