//! Every field of every object that the client reads, with every wrong type: the object is kept, and so are its neighbours.

use futures::StreamExt;
use jules::{ActivitiesOptions, ErrorKind, Event, Jules};
use jules_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{builder, emulator, quick_retry};

/// Stands where the odd value comes.
const PLACE: &str = "@@odd@@";

/// A value of each type, and those that are valid JSON and no reader's favourites.
fn odd_values() -> Vec<(&'static str, String)> {
    let nested = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    [
        ("null", "null"),
        ("bool", "true"),
        ("number", "7"),
        ("negative", "-7"),
        ("float", "0.5"),
        ("huge number", "1e999"),
        ("string", "\"odd\""),
        ("empty string", "\"\""),
        ("lone surrogate", r#""\ud800""#),
        ("object", "{}"),
        ("array", "[]"),
        ("array of arrays", "[[]]"),
    ]
    .into_iter()
    .map(|(name, text)| (name, text.to_owned()))
    .chain([("nested", nested)])
    .collect()
}

/// Where each field and each element of a value stands, as JSON pointers.
fn places(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: &str, found: &mut Vec<String>) {
        let inner: Vec<(String, &Value)> = match value {
            Value::Object(fields) => fields.iter().map(|(name, inner)| (name.clone(), inner)).collect(),
            Value::Array(items) => items.iter().enumerate().map(|(place, inner)| (place.to_string(), inner)).collect(),
            _ => Vec::new(),
        };
        for (name, inner) in inner {
            let at = format!("{at}/{name}");
            walk(inner, &at, found);
            found.push(at);
        }
    }
    let mut found = Vec::new();
    walk(value, "", &mut found);
    found
}

/// The value with each place taken by each odd value: what that is, and its text.
fn variants(value: &Value) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for place in places(value) {
        let mut other = value.clone();
        *other.pointer_mut(&place).unwrap() = PLACE.into();
        let text = other.to_string();
        for (name, odd) in odd_values() {
            all.push((format!("{place}: {name}"), text.replace(&format!("\"{PLACE}\""), &odd)));
        }
    }
    all
}

fn answers(emulator: &Emulator, operation: &str, status: u16, body: String) {
    emulator.clear_faults();
    emulator.fault(Fault::status(status).body(body).on(operation));
}

/// A client that asks once.
fn client(emulator: &Emulator) -> Jules {
    let mut once = quick_retry();
    once.max_elapsed = Some(std::time::Duration::ZERO);
    builder(emulator).retry(once).build().unwrap()
}

fn session() -> Value {
    json!({"id": "1", "name": "sessions/1", "prompt": "p", "title": "t", "state": "IN_PROGRESS", "url": "u",
        "createTime": "2026-01-02T03:04:05Z", "updateTime": "2026-01-02T03:04:05Z", "archived": false,
        "requirePlanApproval": true, "automationMode": "AUTO_CREATE_PR",
        "sourceContext": {"source": "sources/github/o/r", "githubRepoContext": {"startingBranch": "main"},
            "workingBranch": "w", "environmentVariablesEnabled": true},
        "outputs": [{"pullRequest": {"url": "https://github.com/o/r/pull/4", "title": "t", "description": "d",
            "baseRef": "main", "headRef": "h"}},
            {"changeSet": {"source": "s", "gitPatch": {"unidiffPatch": "p", "baseCommitId": "c",
                "suggestedCommitMessage": "m"}}}]})
}

fn activities() -> Vec<Value> {
    let artifacts = json!([
        {"bashOutput": {"command": "ls", "output": "o", "exitCode": 2}},
        {"media": {"mimeType": "image/png", "data": "AA=="}},
        {"changeSet": {"source": "s", "gitPatch": {"unidiffPatch": "p", "baseCommitId": "c",
            "suggestedCommitMessage": "m"}}}]);
    let plan = json!({"id": "p", "createTime": "2026-01-02T03:04:05Z",
        "steps": [{"id": "s", "title": "t", "description": "d", "index": 1}]});
    [
        json!({"agentMessaged": {"agentMessage": "m"}, "artifacts": artifacts}),
        json!({"userMessaged": {"userMessage": "m"}}),
        json!({"planGenerated": {"plan": plan}}),
        json!({"planApproved": {"planId": "p"}}),
        json!({"progressUpdated": {"title": "t", "description": "d"}}),
        json!({"sessionCompleted": {}}),
        json!({"sessionFailed": {"reason": "r"}}),
        json!({"dreamt": {"of": "sheep"}}),
    ]
    .into_iter()
    .map(|mut activity| {
        activity["id"] = "a1".into();
        activity["name"] = "sessions/1/activities/a1".into();
        activity["createTime"] = "2026-01-02T03:04:05Z".into();
        activity["originator"] = "agent".into();
        activity["description"] = "d".into();
        activity
    })
    .collect()
}

#[tokio::test]
async fn a_session_is_kept_whatever_type_a_field_has() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let variants = variants(&session());
    println!("{} sessions", variants.len());
    for (what, text) in variants {
        answers(&emulator, "sessions.list", 200, format!(r#"{{"sessions": [{text}, {{"id": "2"}}]}}"#));
        let page = jules.sessions(Default::default()).page().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let ids: Vec<_> = page.items.iter().map(|session| session.id.as_str()).collect();
        // Which session it is an id says, and else its name.
        assert!(what.starts_with("/id: ") || ids == ["1", "2"], "{what}: {ids:?}");
        assert!(ids.last() == Some(&"2"), "{what}: {ids:?}");
    }
}

#[tokio::test]
async fn an_activity_is_kept_whatever_type_a_field_has() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let mut count = 0;
    for activity in activities() {
        for (what, text) in variants(&activity) {
            count += 1;
            let neighbour = r#"{"id": "b2", "name": "sessions/1/activities/b2", "sessionCompleted": {}}"#;
            answers(&emulator, "activities.list", 200, format!(r#"{{"activities": [{text}, {neighbour}]}}"#));
            let session = jules.session("1").unwrap();
            let page = session.activities().list(ActivitiesOptions::default()).await;
            let page = page.unwrap_or_else(|error| panic!("{what} in {text}: {error}"));
            let (odd, plain): (Vec<_>, Vec<_>) = page.items.iter().partition(|activity| activity.id != "b2");
            assert_eq!(plain.len(), 1, "{what}");
            assert!(what.starts_with("/id: ") || (odd.len() == 1 && odd[0].id == "a1"), "{what}: {odd:?}");
            // What isn't understood is there as it came.
            if let Some(Event::Unknown { raw, .. }) = odd.first().map(|activity| &activity.event)
                && let Ok(said) = serde_json::from_str::<Value>(&text)
            {
                assert_eq!(*raw, said, "{what}");
            }
        }
    }
    println!("{count} activities");
}

#[tokio::test]
async fn a_source_is_kept_whatever_type_a_field_has() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let source = json!({"name": "sources/github/o/r", "id": "github/o/r", "githubRepo": {"owner": "o", "repo": "r",
        "isPrivate": true, "defaultBranch": {"displayName": "main"}, "branches": [{"displayName": "main"}]}});
    let variants = variants(&source);
    println!("{} sources", variants.len());
    for (what, text) in variants {
        let neighbour = r#"{"name": "sources/github/o/s", "githubRepo": {"owner": "o", "repo": "s"}}"#;
        answers(&emulator, "sources.list", 200, format!(r#"{{"sources": [{text}, {neighbour}]}}"#));
        let page = jules.sources(Default::default()).page().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let names: Vec<_> = page.items.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names.last(), Some(&"sources/github/o/s"), "{what}");
        assert!(what.starts_with("/name: ") || names.len() == 2, "{what}: {names:?}");
    }
}

#[tokio::test]
async fn an_error_is_of_its_status_whatever_type_a_field_has() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    // The server was reached before.
    jules.sessions(Default::default()).page().await.unwrap();
    let error = json!({"error": {"code": 404, "status": "NOT_FOUND", "message": "m", "details": [
        {"@type": "t", "reason": "r", "metadata": {"m": "n"}, "fieldViolations": [{"field": "f", "description": "d"}],
            "violations": [{"subject": "s", "description": "d"}], "retryDelay": "1s"}]}});
    let variants = variants(&error);
    println!("{} errors", variants.len());
    for (what, text) in variants {
        answers(&emulator, "sessions.list", 404, text);
        let refused = jules.sessions(Default::default()).page().await.unwrap_err();
        let kinds = [ErrorKind::NotFound, ErrorKind::Precondition, ErrorKind::RateLimit];
        assert!(kinds.contains(&refused.kind()) && refused.status() == Some(404), "{what}: {refused:?}");
    }
}

#[tokio::test]
async fn a_list_of_another_type_is_a_page_or_a_decode_error() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    jules.sessions(Default::default()).page().await.unwrap();
    let list = json!({"sessions": [{"id": "1"}], "nextPageToken": "t"});
    futures::stream::iter(variants(&list))
        .for_each(async |(what, text)| {
            answers(&emulator, "sessions.list", 200, text);
            match jules.sessions(Default::default()).page().await {
                // What an id is read as tells which session it is.
                Ok(_) if what.starts_with("/sessions/0/id: ") => {}
                Ok(page) => assert!(page.items.iter().all(|session| session.id == "1"), "{what}: {page:?}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Decode, "{what}: {error}"),
            }
        })
        .await;
}
