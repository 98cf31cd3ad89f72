//! The shapes in which the live service has answered, recorded or documented. `shapes.json` has one of our own making for
//! each body of the collection that lies beside the repository; where that is there, the two are compared.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jules_emulator::{Config, Emulator, Fault, LimitAnswer, QuotaDetails, SourceSeed};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{Answered, Service, planted};

/// A body with the status that it came with.
#[derive(Debug, Deserialize)]
struct Shape {
    name: String,
    kind: String,
    status: u16,
    body: Value,
}

fn shapes() -> Vec<Shape> {
    serde_json::from_str(include_str!("../../shapes.json")).unwrap()
}

/// The collection's bodies by the names of their files; `None` where it isn't there.
fn fixtures() -> Option<Vec<Shape>> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/fixtures");
    let directory = std::env::var_os("JULES_FIXTURES").map_or_else(beside, PathBuf::from);
    let entries = std::fs::read_dir(directory).ok()?;
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut found: Vec<Shape> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let whole: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            Shape {
                name: path.file_stem().unwrap().to_string_lossy().into_owned(),
                kind: whole["kind"].as_str().unwrap().to_owned(),
                status: whole["httpStatus"].as_u64().unwrap().try_into().unwrap(),
                body: whole["body"].clone(),
            }
        })
        .collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Some(found)
}

/// Every path in a value with the type at its end; the items of a list count as one.
fn paths(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                found.insert(format!("{path}: object"));
                fields.iter().for_each(|(name, inner)| walk(inner, &format!("{path}/{name}"), found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, path, found)),
            Value::String(_) => drop(found.insert(format!("{path}: text"))),
            Value::Number(_) => drop(found.insert(format!("{path}: number"))),
            other => drop(found.insert(format!("{path}: {other}"))),
        }
    }
    let mut found = BTreeSet::new();
    walk(value, "", &mut found);
    found
}

/// `fields` that selects every field of a body: the emulator refuses one that its schema doesn't have.
fn mask(body: &Value) -> String {
    let named = paths(body).into_iter().filter_map(|path| {
        let path = path.split(": ").next().unwrap().trim_start_matches('/').to_owned();
        (!path.is_empty()).then_some(path)
    });
    named.collect::<BTreeSet<String>>().into_iter().collect::<Vec<_>>().join(",")
}

/// A session whose JSON is exactly this.
fn plant_session(emulator: &Emulator, body: &Value) -> String {
    let mut extra = body.clone();
    let fields = extra.as_object_mut().unwrap();
    for name in ["name", "id", "url", "state", "createTime", "updateTime"] {
        fields.entry(name).or_insert(Value::Null);
    }
    let id = body["id"].as_str().unwrap_or("1");
    let archived = body["archived"] == json!(true);
    planted(emulator, json!({ "id": id, "createTime": body["createTime"], "archived": archived, "extra": extra }))
}

/// Puts the body's resources there; answers where they are found.
fn plant(service: &Service, shape: &Shape) -> String {
    let emulator = &service.emulator;
    let body = &shape.body;
    let session_of = |activity: &Value| {
        let name = activity["name"].as_str().unwrap().trim_start_matches("sessions/");
        name.split('/').next().unwrap().to_owned()
    };
    match shape.kind.as_str() {
        "sessions.list" => {
            for session in body["sessions"].as_array().into_iter().flatten() {
                plant_session(emulator, session);
            }
            "sessions".to_owned()
        }
        "sources.list" => {
            for source in body["sources"].as_array().unwrap() {
                let seed = SourceSeed { raw: Some(source.clone()), ..SourceSeed::default() };
                emulator.plant_sources(&seed).unwrap();
            }
            "sources".to_owned()
        }
        "activities.list" => {
            let activities = &body["activities"];
            let id = planted(emulator, json!({ "id": session_of(&activities[0]), "activities": activities }));
            format!("sessions/{id}/activities")
        }
        "activity" => {
            let id = planted(emulator, json!({ "id": session_of(body), "activities": [body] }));
            format!("sessions/{id}/activities/{}", body["id"].as_str().unwrap())
        }
        "session outputs" => {
            let id = planted(emulator, json!({ "outputs": body["outputs"] }));
            format!("sessions/{id}")
        }
        kind if kind.starts_with("sessions.") => format!("sessions/{}", plant_session(emulator, body)),
        kind => panic!("{}: nothing known of {kind}", shape.name),
    }
}

#[tokio::test]
async fn resources_are_answered_in_these_shapes() {
    let service = Service::start().await;
    for shape in shapes().iter().filter(|shape| shape.kind != "error") {
        service.emulator.reset();
        let path = plant(&service, shape);

        let answer = service.get(&path).await;

        assert_eq!(answer.status, shape.status, "{}", shape.name);
        match shape.kind.as_str() {
            // The first three are there from the start, and a token is there when more follows.
            "sources.list" => {
                let sources = answer.json["sources"].as_array().unwrap();
                assert_eq!(json!(sources[3..]), shape.body["sources"], "{}", shape.name);
                let first = service.get("sources?pageSize=1").await.json;
                assert!(first["nextPageToken"].is_string());
            }
            "session outputs" => assert_eq!(answer.json["outputs"], shape.body["outputs"], "{}", shape.name),
            _ => assert_eq!(answer.json, shape.body, "{}", shape.name),
        }
        let masked = service.get(&format!("{path}?fields={}", mask(&shape.body))).await;
        assert_eq!(masked.status, 200, "{}: every field is in the schema: {}", shape.name, masked.text);
    }
}

#[tokio::test]
async fn effects_answer_in_these_shapes() {
    let service = Service::start().await;
    service.emulator.configure(|config| config.effects_answer_session = true).unwrap();
    for (kind, verb, state) in [
        ("sessions.approvePlan", "approvePlan", "AWAITING_PLAN_APPROVAL"),
        ("sessions.archive", "archive", "IN_PROGRESS"),
    ] {
        let shape = shapes().into_iter().find(|shape| shape.kind == kind).unwrap();
        let source = "sources/github/octocat/hello-world";
        let id = planted(&service.emulator, json!({ "prompt": "p", "state": state, "source": source }));

        let answer = service.post(&format!("sessions/{id}:{verb}"), json!({})).await;

        assert_eq!(paths(&answer.json), paths(&shape.body), "{kind}");
        assert_eq!(answer.json["state"], shape.body["state"]);
    }
    service.emulator.configure(|config| config.create_answer = jules_emulator::CreateAnswer::Minimal).unwrap();
    let minimal = shapes().into_iter().find(|shape| shape.name == "19-session-create-minimal").unwrap().body;
    let mut body = json!({ "prompt": "p", "title": "t", "sourceContext": minimal["sourceContext"] });
    body["sourceContext"]["source"] = json!("sources/github/octocat/hello-world");
    let mut created = paths(&service.post("sessions", body).await.json);
    // The documents' example has none; the recorded ones do.
    assert!(created.remove("/url: text"));
    assert_eq!(created, paths(&minimal));
}

/// Makes the emulator refuse as the shape of this name says.
async fn refusal(service: &Service, name: &str) -> Answered {
    let emulator = &service.emulator;
    let session = planted(emulator, json!({ "state": "AWAITING_PLAN_APPROVAL" }));
    let create = json!({ "prompt": "x" });
    match &name[..2] {
        "34" => service.post("sessions", json!({ "prompt": "x", "automationMode": "MANUAL" })).await,
        "35" | "41" => {
            let words = if name.starts_with("35") { LimitAnswer::Bare } else { LimitAnswer::GenericQuota };
            emulator
                .configure(|config| {
                    config.concurrent_sessions = Some(1);
                    config.limit_answer = words;
                })
                .unwrap();
            service.post("sessions", create).await
        }
        "36" => {
            let words = Fault::status(400).code("FAILED_PRECONDITION").message("Repository access is not ready");
            emulator.fault(words.on("sessions.create"));
            service.post("sessions", create).await
        }
        "37" => service.send(Method::POST, &format!("sessions/{session}:approvePlan"), None).await.unwrap(),
        "38" => service.post(&format!("sessions/{session}:sendMessage"), json!({ "message": "x" })).await,
        "39" => service.send_as("malformed-key", Method::POST, "sessions", Some(create)).await.unwrap(),
        "40" => service.get("sessions/404/activities").await,
        "42" => {
            emulator
                .configure(|config| {
                    config.per_minute.insert("activities.list".to_owned(), 120);
                    config.quota_details = QuotaDetails::ErrorInfo;
                })
                .unwrap();
            let path = format!("sessions/{session}/activities");
            for _ in 0..120 {
                assert_eq!(service.get(&path).await.status, 200);
            }
            service.get(&path).await
        }
        "43" => {
            emulator.fault(Fault::status(503).message("The service is currently unavailable."));
            service.get("sessions").await
        }
        "44" => service.get("nothing/here").await,
        _ => panic!("nothing known of {name}"),
    }
}

#[tokio::test]
async fn refusals_are_answered_in_these_words() {
    let service = Service::start().await;
    for shape in shapes().iter().filter(|shape| shape.kind == "error") {
        service.emulator.reset();
        service.emulator.configure(|config| *config = Config::default()).unwrap();

        let answer = refusal(&service, &shape.name).await;

        assert_eq!(answer.status, shape.status, "{}: {}", shape.name, answer.text);
        match &shape.body {
            Value::String(page) => assert!(answer.text.starts_with(page), "{}", answer.text),
            body => assert_eq!(&answer.json, body, "{}", shape.name),
        }
    }
}

#[tokio::test]
async fn the_recorded_scenario_plays_the_shapes_of_a_recorded_session() {
    let service = Service::start().await;
    let session = service.create("Greet by the hour [scenario:recorded]", true).await;
    service.until(&session, "AWAITING_PLAN_APPROVAL").await;
    service.post(&format!("sessions/{session}:approvePlan"), json!({})).await;
    let view = service.until(&session, "COMPLETED").await;
    let mut played = paths(&json!({ "activities": view.activities }));
    let known: BTreeSet<String> =
        shapes().iter().filter(|shape| shape.kind == "activities.list").flat_map(|shape| paths(&shape.body)).collect();
    played.retain(|path| !known.contains(path));
    assert!(played.is_empty(), "recorded sessions have nothing like {played:?}");
    let plan = &view.activities[0]["planGenerated"]["plan"];
    assert!(plan.get("createTime").is_none() && plan["steps"][0].get("index").is_none());
    assert_eq!(plan["steps"][1]["index"], 1);
    assert!(view.activities.iter().any(|one| one["progressUpdated"] == json!({})));
    assert_eq!(view.activities.iter().filter(|one| one.get("planApproved").is_some()).count(), 2);
}

#[tokio::test]
async fn the_collection_has_no_shape_that_ours_lack() {
    let Some(fixtures) = fixtures() else {
        println!("skipped: the collection of recorded bodies isn't beside the repository");
        return;
    };
    let ours = shapes();
    assert_eq!((fixtures.len(), ours.len()), (44, 44));
    let service = Service::start().await;
    for (fixture, ours) in fixtures.iter().zip(&ours) {
        assert_eq!(fixture.name, ours.name);
        assert_eq!((&fixture.kind, fixture.status), (&ours.kind, ours.status), "{}", fixture.name);
        if fixture.kind == "error" {
            match &fixture.body {
                Value::String(page) => assert!(page.starts_with("<!DOCTYPE html>"), "{}", fixture.name),
                body => assert_eq!(paths(body), paths(&ours.body), "{}", fixture.name),
            }
            continue;
        }
        assert_eq!(paths(&fixture.body), paths(&ours.body), "{}", fixture.name);
        assert!(fixture.body == json!({}) || fixture.body != ours.body, "{}: made by us, not copied", fixture.name);
        service.emulator.reset();
        let path = plant(&service, fixture);
        let masked = service.get(&format!("{path}?fields={}", mask(&fixture.body))).await;
        assert_eq!(masked.status, 200, "{}: every field is in the schema: {}", fixture.name, masked.text);
    }
}
