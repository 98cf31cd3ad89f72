//! Answers that are odd, or not the server's: nothing is lost for them, and nothing done twice.

use std::time::{Duration, Instant};

use jules::{ActivitiesOptions, ErrorKind, RunConfig};
use jules_emulator::{Emulator, Fault, Moment, SessionSeed};
use serde_json::{Value, json};

use crate::support::{builder, client, collect, emulator};

fn plant(emulator: &Emulator, seed: Value) -> String {
    emulator.plant(serde_json::from_value::<SessionSeed>(seed).unwrap()).unwrap()
}

fn asked(emulator: &Emulator, operation: &str) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some(operation)).count()
}

/// Text that can't be compressed to nothing.
fn noise(length: usize) -> String {
    let mixed = (1..=length as u64).map(|number| {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 60
    });
    mixed.filter_map(|digit| char::from_digit(u32::try_from(digit).ok()?, 16)).collect()
}

#[tokio::test]
async fn valid_json_that_parsers_refuse_loses_no_activity() {
    let emulator = emulator().await;
    let id = plant(&emulator, json!({"state": "IN_PROGRESS"}));
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    let page = format!(
        r#"{{"activities": [
            {{"id": "c", "createTime": "2026-01-01T00:00:03Z", "agentMessaged": {{"agentMessage": "half \ud83d"}}}},
            {{"id": "b", "createTime": "2026-01-01T00:00:02Z", "dreamt": {{"of": {deep}}}}},
            {{"id": "a", "createTime": "2026-01-01T00:00:01Z", "originator": 7, "sessionCompleted": {{}},
              "artifacts": [{{"bashOutput": {{"command": "c", "exitCode": 1e999}}}}]}},
            {{"nothing": 1}}]}}"#
    );
    emulator.fault(Fault::status(200).body(format!("\u{feff}{page}")).on("activities.list").times(1));
    let session = client(&emulator).session(&id).unwrap();
    let page = session.activities().list(ActivitiesOptions::default()).await.unwrap();
    let kinds: Vec<_> = page.items.iter().map(|activity| (activity.id.as_str(), activity.kind())).collect();
    assert_eq!(kinds, [("a", "sessionCompleted"), ("b", "unknown"), ("c", "agentMessaged")], "in order of their time");
    assert_eq!(page.items[2].message(), Some("half \u{fffd}"));
    let artifact = serde_json::to_value(&page.items[0].artifacts[0]).unwrap();
    assert_eq!(artifact["raw"]["bashOutput"]["exitCode"], "1e999", "{artifact}");
}

#[tokio::test]
async fn a_session_with_fields_of_other_types_is_read() {
    let emulator = emulator().await;
    let id = plant(&emulator, json!({"state": "IN_PROGRESS", "title": "t"}));
    let body = json!({"id": id, "archived": "yes", "url": 5, "state": "IN_PROGRESS", "prompt": "p"});
    emulator.fault(Fault::status(200).body(body).on("sessions.get").times(1));
    let info = client(&emulator).session(&id).unwrap().info().await.unwrap();
    assert_eq!((info.id, info.prompt.as_str(), info.archived, info.url.as_str()), (id, "p", false, ""));
}

#[tokio::test]
async fn what_a_proxy_says_in_between_is_passed_over() {
    let emulator = emulator().await;
    let id = plant(&emulator, json!({"state": "IN_PROGRESS", "title": "t"}));
    let session = client(&emulator).session(&id).unwrap();
    session.info().await.unwrap();
    for odd in [
        Fault::html(403),
        Fault::html(401),
        Fault::redirect("http://127.0.0.1:1/login"),
        Fault::status(200).body(""),
        Fault::status(200).body("null"),
        Fault::status(200).body(json!({"error": "login"})),
        Fault::status(499).body(""),
        Fault::status(520).body(""),
        Fault::status(409).body(""),
    ] {
        let shown = format!("{odd:?}");
        emulator.fault(odd.on("sessions.get").times(1));
        assert_eq!(session.info().await.unwrap_or_else(|error| panic!("{shown}: {error}")).title, "t");
    }
    emulator.fault(Fault::status(403).on("sessions.get"));
    let error = session.info().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Authentication, Some(1)), "Google's own is believed");
    assert_eq!(error.session_id(), Some(id.as_str()));
    assert_eq!(error.to_json()["sessionId"], id);
}

#[tokio::test]
async fn a_slow_answer_is_waited_for_while_bytes_come_and_a_silent_one_is_not() {
    let emulator = emulator().await;
    let id = plant(&emulator, json!({"state": "IN_PROGRESS", "title": "t", "prompt": noise(3_000)}));
    let jules = builder(&emulator).request_timeout(Duration::from_millis(700)).build().unwrap();
    let session = jules.session(&id).unwrap();
    emulator.fault(Fault::slow(1_000).on("sessions.get").times(1));
    let began = Instant::now();
    session.info().await.unwrap();
    assert!(began.elapsed() > Duration::from_millis(1_000), "it took longer than the server may be silent");
    assert_eq!(asked(&emulator, "sessions.get"), 1);
    emulator.fault(Fault::hang(Moment::Body).on("sessions.get").times(1));
    session.info().await.unwrap();
    assert_eq!(asked(&emulator, "sessions.get"), 3, "silence in the middle of a body is a second attempt");
}

#[tokio::test]
async fn a_create_whose_answer_cannot_be_read_makes_one_session() {
    for body in ["", "null", "{}", "<p>log in</p>"] {
        let emulator = emulator().await;
        let jules = client(&emulator);
        emulator.fault(Fault::status(200).body(body).after_effect().on("sessions.create").times(1));
        let session = jules.create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
        let there: Vec<_> = emulator.sessions().into_iter().map(|session| session.id).collect();
        assert_eq!(there, [session.id()], "{body:?}");
    }
}

#[tokio::test]
async fn retries_and_throttles_of_creates_are_counted() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    emulator.fault(Fault::status(429).retry_after(0).on("sessions.create").times(1));
    jules.create_session(RunConfig::new("[scenario:silent]")).await.unwrap();
    let metrics = jules.metrics();
    assert_eq!((metrics.retries, metrics.throttles), (1, 1), "{metrics:?}");
}

#[tokio::test]
async fn githubs_own_spellings_of_a_repository_are_understood() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    for text in
        ["octocat/hello-world", "https://github.com/octocat/hello-world.git", "git@github.com:octocat/hello-world.git"]
    {
        let session = jules.create_session(RunConfig::new("[scenario:silent]").source(text)).await.unwrap();
        let info = session.info().await.unwrap();
        assert_eq!(info.source_context.unwrap().source, "sources/github/octocat/hello-world", "{text}");
        session.delete().await.unwrap();
    }
}

/// Pages that follow one another leave no gap; one out of the middle may.
#[tokio::test]
async fn what_is_listed_page_by_page_is_in_the_store() {
    let emulator = emulator().await;
    let step = |number| json!({"progressUpdated": {"title": format!("step {number}")}});
    let id = plant(&emulator, json!({"state": "COMPLETED", "activities": (0..20).map(step).collect::<Vec<_>>()}));
    let offline = |session: &jules::Session| {
        let mut options = jules::HistoryOptions::default();
        options.offline = true;
        collect(session.history(options))
    };
    let page = |token: Option<String>| {
        let mut options = ActivitiesOptions::default();
        (options.page_size, options.page_token) = (Some(6), token);
        options
    };
    let session = client(&emulator).session(&id).unwrap();
    let (mut listed, mut token) = (Vec::new(), None);
    loop {
        let read = session.activities().list(page(token)).await.unwrap();
        listed.extend(read.items);
        match read.next_page_token {
            Some(next) => token = Some(next),
            None => break,
        }
    }
    assert_eq!(listed.len(), 20);
    assert_eq!(offline(&session).await, listed);

    let (session, other) = (client(&emulator).session(&id).unwrap(), client(&emulator).session(&id).unwrap());
    let first = session.activities().list(page(None)).await.unwrap();
    let mut longer = page(None);
    longer.page_size = Some(12);
    let further = other.activities().list(longer).await.unwrap().next_page_token;
    let last = session.activities().list(page(further)).await.unwrap();
    assert_eq!(last.items.len(), 6, "those from the thirteenth on");
    assert_eq!(offline(&session).await, first.items, "what would leave a gap is not kept");
}

/// An activity that is asked for by its id is kept, unless others may be missing before it.
#[tokio::test]
async fn what_is_read_by_its_id_is_in_the_store() {
    let emulator = emulator().await;
    let step = |second: u32| {
        let time = format!("2026-01-01T00:00:{second:02}Z");
        json!({"id": format!("a{second}"), "createTime": time, "progressUpdated": {"title": format!("step {second}")}})
    };
    let activities = json!([step(10), step(20), step(30), step(40)]);
    let id = plant(&emulator, json!({"state": "IN_PROGRESS", "activities": activities}));
    let session = client(&emulator).session(&id).unwrap();
    let known = async || {
        let mut options = jules::HistoryOptions::default();
        options.offline = true;
        collect(session.history(options)).await.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let mut first = ActivitiesOptions::default();
    first.page_size = Some(3);
    session.activities().list(first).await.unwrap();
    session.activities().get("a40").await.unwrap();
    assert_eq!(known().await, ["a10", "a20", "a30"], "between a30 and a40 there may be others");
    emulator.append(&id, step(15)).unwrap();
    session.activities().get("a15").await.unwrap();
    assert_eq!(known().await, ["a10", "a20", "a30", "a15"], "one that came late is kept");
}
