//! Every shape in which the live service has answered, read by the client: nothing of it is lost, and what it refuses is
//! raised as what it is. The shapes are the emulator's, and those of the collection where that is there.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt;
use jules::{ActivitiesOptions, Artifact, Error, ErrorKind, Event, Jules, RetryOptions, RunConfig, Timestamp};
use jules_emulator::{Emulator, Fault};
use serde::Serialize;
use serde_json::{Value, json};

use crate::support::{builder, emulator};

struct Shape {
    name: String,
    kind: String,
    status: u16,
    body: Value,
}

impl Shape {
    fn of(whole: &Value, name: String, status: &str) -> Self {
        let status = whole[status].as_u64().unwrap().try_into().unwrap();
        Self { name, kind: whole["kind"].as_str().unwrap().to_owned(), status, body: whole["body"].clone() }
    }

    /// The number before its name.
    fn number(&self) -> &str {
        &self.name[..2]
    }
}

/// The emulator's shapes, and the collection's own bodies where those are there.
fn shapes() -> Vec<Shape> {
    let ours: Vec<Value> = serde_json::from_str(include_str!("../../../tests/emulator/shapes.json")).unwrap();
    let ours = ours.iter().map(|whole| Shape::of(whole, whole["name"].as_str().unwrap().to_owned(), "status"));
    let mut all: Vec<_> = ours.collect();
    assert_eq!(all.len(), 44);
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures");
    let directory = std::env::var_os("JULES_FIXTURES").map_or_else(beside, PathBuf::from);
    match std::fs::read_dir(directory) {
        Ok(entries) => {
            let paths = entries.map(|entry| entry.unwrap().path());
            for path in paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
                let whole: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                let name = path.file_stem().unwrap().to_string_lossy().into_owned();
                all.push(Shape::of(&whole, format!("{name} (collection)"), "httpStatus"));
            }
            assert_eq!(all.len(), 88);
        }
        Err(_) => println!("skipped: the collection of recorded bodies isn't beside the repository"),
    }
    all
}

/// Every text and number in a value, whatever stands before it.
fn leaves(value: &Value) -> BTreeSet<String> {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => fields.values().for_each(|inner| walk(inner, found)),
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            // What is empty or false need not be there.
            Value::Null | Value::Bool(false) => {}
            Value::String(text) if text.is_empty() => {}
            // A time may be written with fewer zeros.
            Value::String(text) => {
                found.insert(text.parse::<Timestamp>().map_or_else(|_| text.clone(), |time| time.to_string()));
            }
            other => drop(found.insert(other.to_string())),
        }
    }
    let mut found = BTreeSet::new();
    walk(value, &mut found);
    found
}

/// Everything that the server said is in what the client gives.
#[track_caller]
fn nothing_is_lost(shape: &Shape, said: &Value, given: &impl Serialize) {
    let given = leaves(&json!(given));
    let state = |word: &str| {
        let mut words = word.split('_').map(str::to_lowercase);
        let first = words.next().unwrap_or_default();
        words.fold(first, |name, word| name + &word[..1].to_uppercase() + &word[1..])
    };
    let lost: Vec<_> =
        leaves(said).into_iter().filter(|leaf| !given.contains(leaf) && !given.contains(&state(leaf))).collect();
    assert!(lost.is_empty(), "{}: lost {lost:?} of {said}", shape.name);
}

/// A client that asks once.
fn client(emulator: &Emulator) -> Jules {
    let mut once = RetryOptions::default();
    once.max_elapsed = Some(Duration::ZERO);
    builder(emulator).retry(once).build().unwrap()
}

/// Answers requests of this operation with a body.
fn answers(emulator: &Emulator, operation: &str, status: u16, body: &Value) {
    emulator.clear_faults();
    emulator.fault(Fault::status(status).body(body.clone()).on(operation));
}

fn id(body: &Value) -> &str {
    body["id"].as_str().unwrap()
}

/// The session that an activity's name tells.
fn session_of(activity: &Value) -> &str {
    activity["name"].as_str().unwrap().trim_start_matches("sessions/").split('/').next().unwrap()
}

async fn sessions(jules: &Jules, emulator: &Emulator, shape: &Shape, items: &[Value]) {
    let body = if items.is_empty() { shape.body.clone() } else { json!({ "sessions": items }) };
    answers(emulator, "sessions.list", 200, &body);
    let page = jules.sessions(Default::default()).page().await.unwrap();
    assert_eq!(page.items.len(), items.len(), "{}", shape.name);
    for (item, given) in items.iter().zip(&page.items) {
        assert_eq!(given.id, id(item), "{}", shape.name);
        nothing_is_lost(shape, item, given);
    }
    if shape.number() == "26" {
        let pull_request = page.items[0].pull_request.as_ref().unwrap();
        assert!(pull_request.base_ref.is_some() && pull_request.head_ref.is_some(), "{pull_request:?}");
    }
}

/// A session read by itself, and its outcome's change set.
async fn session(jules: &Jules, emulator: &Emulator, shape: &Shape, body: &Value) {
    let id = id(body);
    emulator.plant(serde_json::from_value(json!({ "id": id })).unwrap()).unwrap();
    answers(emulator, "sessions.get", 200, body);
    let info = jules.session(id).unwrap().info().await.unwrap();
    assert_eq!(info.id, id, "{}", shape.name);
    nothing_is_lost(shape, body, &info);
    let said: Vec<_> = body["outputs"].as_array().into_iter().flatten().collect();
    assert_eq!(info.outputs.len(), said.len(), "{}", shape.name);
    // Wherever it stands among the outputs.
    let url = said.iter().find_map(|output| output["pullRequest"]["url"].as_str());
    assert_eq!(info.pull_request.as_ref().map(|pull_request| pull_request.url.as_str()), url, "{}", shape.name);
    for output in info.outputs {
        if let jules::SessionOutput::ChangeSet { change_set } = output {
            // Also where it stands beside the patch.
            assert!(!change_set.git_patch.suggested_commit_message.is_empty(), "{}", shape.name);
            assert!(!change_set.parsed().files.is_empty(), "{}", shape.name);
        }
    }
}

async fn activities(jules: &Jules, emulator: &Emulator, shape: &Shape) {
    let said = shape.body["activities"].as_array().unwrap();
    let session = jules.session(session_of(&said[0])).unwrap();
    answers(emulator, "activities.list", 200, &shape.body);
    let page = session.activities().list(ActivitiesOptions::default()).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|activity| activity.id.as_str()).collect();
    assert_eq!(ids, said.iter().map(id).collect::<Vec<_>>(), "{}", shape.name);
    for (said, given) in said.iter().zip(&page.items) {
        nothing_is_lost(shape, said, given);
        known(shape, given);
    }
}

/// Of no known kind is only what has nothing but a description.
fn known(shape: &Shape, activity: &jules::Activity) {
    let is_known = !matches!(activity.event, Event::Unknown { .. });
    assert_eq!(is_known, shape.number() != "22", "{}: {activity:?}", shape.name);
    let artifacts = activity.artifacts.iter();
    assert_eq!(artifacts.filter(|one| matches!(one, Artifact::Unknown { .. })).count(), 0, "{}", shape.name);
}

async fn activity(jules: &Jules, emulator: &Emulator, shape: &Shape) {
    answers(emulator, "activities.get", 200, &shape.body);
    let session = jules.session(session_of(&shape.body)).unwrap();
    let given = session.activities().get(id(&shape.body)).await.unwrap();
    assert_eq!(given.id, id(&shape.body), "{}", shape.name);
    nothing_is_lost(shape, &shape.body, &given);
    known(shape, &given);
    let reason = shape.body["sessionFailed"]["reason"].as_str();
    assert_eq!(
        match &given.event {
            Event::SessionFailed { reason } => Some(reason.as_str()),
            _ => None,
        },
        reason,
        "{}",
        shape.name
    );
}

async fn sources(jules: &Jules, emulator: &Emulator, shape: &Shape) {
    answers(emulator, "sources.list", 200, &shape.body);
    let page = jules.sources(Default::default()).page().await.unwrap();
    let said = shape.body["sources"].as_array().unwrap();
    assert_eq!(page.items.len(), said.len(), "{}", shape.name);
    assert_eq!(page.next_page_token.as_deref(), shape.body["nextPageToken"].as_str(), "{}", shape.name);
    for (said, given) in said.iter().zip(&page.items) {
        nothing_is_lost(shape, said, given);
        assert!(given.github_repo().is_some(), "{}: {given:?}", shape.name);
    }
}

async fn effect(jules: &Jules, emulator: &Emulator, shape: &Shape) {
    let seed = json!({"id": id(&shape.body), "state": "AWAITING_PLAN_APPROVAL"});
    emulator.plant(serde_json::from_value(seed).unwrap()).unwrap();
    answers(emulator, &shape.kind, 200, &shape.body);
    match shape.kind.as_str() {
        "sessions.create" => {
            let session = jules.create_session(RunConfig::new("x")).await.unwrap();
            assert_eq!(session.id(), id(&shape.body), "{}", shape.name);
            let mut said = shape.body.clone();
            // The documents' has another name than its id says.
            said.as_object_mut().unwrap().remove("name");
            nothing_is_lost(shape, &said, &session.cached_info().await.unwrap());
        }
        "sessions.approvePlan" => jules.session(id(&shape.body)).unwrap().approve().await.unwrap(),
        "sessions.archive" => jules.session(id(&shape.body)).unwrap().archive().await.unwrap(),
        kind => panic!("{}: nothing known of {kind}", shape.name),
    }
}

/// What a refusal is raised as: of any call, and of a create.
fn kinds(shape: &Shape) -> (ErrorKind, ErrorKind) {
    let both = |kind| (kind, kind);
    match shape.number() {
        "34" | "37" | "38" => both(ErrorKind::InvalidRequest),
        "35" | "36" => both(ErrorKind::Precondition),
        "39" => both(ErrorKind::Authentication),
        "40" | "44" => both(ErrorKind::NotFound),
        "41" | "42" => both(ErrorKind::RateLimit),
        "43" => both(ErrorKind::Server),
        _ => panic!("nothing known of {}", shape.name),
    }
}

fn raised(shape: &Shape, error: &Error, kind: ErrorKind) {
    let said = &shape.body["error"];
    assert_eq!((error.kind(), error.status()), (kind, Some(shape.status)), "{}: {error}", shape.name);
    assert_eq!(error.code(), said["status"].as_str(), "{}", shape.name);
    assert!(error.message().contains(said["message"].as_str().unwrap_or_default()), "{}: {error}", shape.name);
    assert_eq!(json!(error.details()), said.get("details").cloned().unwrap_or(json!([])), "{}", shape.name);
    assert!(error.limit().is_none(), "{}: nothing is in use", shape.name);
}

async fn refusal(jules: &Jules, emulator: &Emulator, shape: &Shape) {
    let (read, create) = kinds(shape);
    answers(emulator, "sessions.get", shape.status, &shape.body);
    raised(shape, &jules.session("1").unwrap().info().await.unwrap_err(), read);
    answers(emulator, "activities.list", shape.status, &shape.body);
    let list = jules.session("1").unwrap().activities().list(ActivitiesOptions::default());
    raised(shape, &list.await.unwrap_err(), read);
    answers(emulator, "sessions.create", shape.status, &shape.body);
    raised(shape, &jules.create_session(RunConfig::new("x")).await.unwrap_err(), create);
}

async fn check(shape: Shape) {
    let emulator = emulator().await;
    let jules = client(&emulator);
    // The server was reached before.
    jules.sessions(Default::default()).page().await.unwrap();
    let body = &shape.body;
    match shape.kind.as_str() {
        "error" => refusal(&jules, &emulator, &shape).await,
        "sessions.list" => {
            let items = body["sessions"].as_array().cloned().unwrap_or_default();
            sessions(&jules, &emulator, &shape, &items).await;
        }
        "sessions.list item" => sessions(&jules, &emulator, &shape, std::slice::from_ref(body)).await,
        "sessions.get" => session(&jules, &emulator, &shape, body).await,
        "session outputs" => {
            let whole = json!({"name": "sessions/7", "id": "7", "state": "COMPLETED", "outputs": body["outputs"]});
            session(&jules, &emulator, &shape, &whole).await;
        }
        "sources.list" => sources(&jules, &emulator, &shape).await,
        "activities.list" => activities(&jules, &emulator, &shape).await,
        "activity" => activity(&jules, &emulator, &shape).await,
        _ => effect(&jules, &emulator, &shape).await,
    }
}

#[tokio::test]
async fn every_shape_of_the_service_is_read_whole_or_raised_as_what_it_is() {
    futures::stream::iter(shapes()).for_each_concurrent(8, check).await;
}
