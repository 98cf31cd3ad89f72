//! Streams through faults: each activity exactly once, all of them, in order.

use std::time::{Duration, Instant};

use futures::StreamExt;
use jules::{Cache, Error, ErrorKind, HistoryOptions, Jules, RunConfig, Session, SessionState, StreamOptions};
use jules_emulator::{Emulator, Fault, Moment, SessionSeed};
use serde_json::{Value, json};

use crate::support::{builder, client, collect, emulator, kinds, quiet};

fn progress(number: usize) -> Value {
    json!({"originator": "agent", "progressUpdated": {"title": format!("step {number}")}})
}

fn plant(emulator: &Emulator, state: &str, activities: Vec<Value>) -> String {
    let seed = json!({"state": state, "activities": activities});
    emulator.plant(serde_json::from_value::<SessionSeed>(seed).unwrap()).unwrap()
}

/// A finished session with so many activities, the last of them its end.
fn finished(emulator: &Emulator, count: usize) -> String {
    let mut activities: Vec<_> = (1..count).map(progress).collect();
    activities.push(json!({"originator": "system", "sessionCompleted": {}}));
    plant(emulator, "COMPLETED", activities)
}

fn on_server(emulator: &Emulator, id: &str) -> Vec<String> {
    let view = emulator.session(id).unwrap();
    view.activities.iter().map(|activity| activity["id"].as_str().unwrap().to_owned()).collect()
}

async fn stream_ids(session: &Session) -> Vec<String> {
    collect(session.stream(StreamOptions::default())).await.into_iter().map(|activity| activity.id).collect()
}

#[tokio::test]
async fn no_fault_on_the_way_loses_or_doubles_anything() {
    let faults: [(&str, Fault); 12] = [
        ("reset before the answer", Fault::reset(Moment::Before).nth(2)),
        ("reset after the headers", Fault::reset(Moment::Headers).nth(2)),
        ("reset in the body", Fault::reset(Moment::Body).nth(2)),
        ("truncated", Fault::truncate().nth(2)),
        ("malformed", Fault::malformed().nth(2)),
        ("503", Fault::status(503).nth(2)),
        ("html", Fault::html(502).nth(3)),
        ("duplicates", Fault::duplicate_items()),
        ("wrong order", Fault::shuffle_items()),
        ("a repeated page", Fault::repeat_page().times(1)),
        ("an empty page", Fault::empty_page().times(1)),
        ("one 404", Fault::status(404).skip(1).times(1)),
    ];
    for (name, fault) in faults {
        let emulator = emulator().await;
        let id = finished(&emulator, 250);
        emulator.fault(fault.on("activities.list"));
        let ids = stream_ids(&client(&emulator).session(&id).unwrap()).await;
        let mut sorted = ids.clone();
        sorted.sort();
        let mut expected = on_server(&emulator, &id);
        expected.sort();
        assert_eq!(sorted, expected, "{name}");
    }
}

#[tokio::test]
async fn equal_times_are_no_reason_to_lose_or_repeat() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let run = jules.run(RunConfig::new("[scenario:equal-times]"));
    let id = run.session().await.unwrap().id().to_owned();
    let seen: Vec<_> =
        collect(run.stream(StreamOptions::default())).await.into_iter().map(|activity| activity.id).collect();
    assert_eq!(seen, on_server(&emulator, &id));
}

#[tokio::test]
async fn what_becomes_visible_late_arrives_too() {
    let emulator = emulator().await;
    let session = client(&emulator).run(RunConfig::new("[scenario:late]")).session().await.unwrap();
    let mut seen = stream_ids(&session).await;
    let mut expected = on_server(&emulator, session.id());
    seen.sort();
    expected.sort();
    assert_eq!(seen, expected);
    assert_eq!(stream_ids(&session).await.len(), expected.len());
}

#[tokio::test]
async fn a_server_without_filter_or_fields_is_read_right_all_the_same() {
    for fault in [Fault::refuse_filter(), Fault::ignore_filter(), Fault::refuse_fields(), Fault::ignore_fields()] {
        let emulator = emulator().await;
        emulator.fault(fault);
        let session = client(&emulator).run(RunConfig::new("[scenario:late]")).session().await.unwrap();
        let mut seen = stream_ids(&session).await;
        let mut expected = on_server(&emulator, session.id());
        seen.sort();
        expected.sort();
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn activities_that_are_not_there_yet_are_waited_for() {
    let emulator = emulator().await;
    emulator.configure(|config| config.not_found_window_ms = 300).unwrap();
    let run = client(&emulator).run(RunConfig::new("[scenario:happy]").source("octocat/hello-world"));
    let activities = collect(run.stream(StreamOptions::default())).await;
    assert_eq!(kinds(&activities).last(), Some(&"sessionCompleted"));
}

#[tokio::test]
async fn only_news_crosses_the_wire() {
    let emulator = emulator().await;
    let id = plant(&emulator, "IN_PROGRESS", (0..150).map(progress).collect());
    let session = client(&emulator).session(&id).unwrap();
    let mut stream = session.stream(StreamOptions::default());
    for _ in 0..150 {
        stream.next().await.unwrap().unwrap();
    }
    emulator.clear_journal();
    emulator.append(&id, progress(150)).unwrap();
    assert!(stream.next().await.unwrap().is_ok());
    let lists = emulator.journal().into_iter().filter(|entry| entry.operation == Some("activities.list"));
    let bytes: usize = lists.map(|entry| entry.response_bytes).sum();
    assert!(bytes < 3_000, "{bytes} bytes for one activity");
}

#[tokio::test]
async fn a_talkative_agent_is_not_asked_for_its_state_at_every_word() {
    let emulator = emulator().await;
    let id = plant(&emulator, "IN_PROGRESS", vec![progress(0)]);
    let session = client(&emulator).session(&id).unwrap();
    let mut stream = session.stream(StreamOptions::default());
    stream.next().await.unwrap().unwrap();
    emulator.clear_journal();
    let began = Instant::now();
    for word in 0..40 {
        let message = json!({"originator": "agent", "agentMessaged": {"agentMessage": format!("word {word}")}});
        emulator.append(&id, message).unwrap();
        stream.next().await.unwrap().unwrap();
    }
    let (took, journal) = (began.elapsed(), emulator.journal());
    let states = journal.iter().filter(|entry| entry.operation == Some("sessions.get")).count();
    // With one of five polls, each 20 ms, whatever is said; and one that was under way.
    let most = took.as_millis() / 100 + 2;
    assert!(states as u128 <= most, "{states} looks at the state in {took:?}");
}

#[tokio::test]
async fn many_who_wait_cost_one_watcher() {
    let emulator = emulator().await;
    let session = client(&emulator)
        .create_session(RunConfig::new("[scenario:happy]").source("octocat/hello-world").require_approval(false))
        .await
        .unwrap();
    let streams = (0..10).map(|_| collect(session.stream(StreamOptions::default())));
    let all = futures::future::join(futures::future::join_all(streams), session.result());
    let (streams, outcome) = all.await;
    outcome.unwrap();
    assert!(streams.iter().all(|activities| *activities == streams[0]));
    let together = emulator.journal().len();
    let alone = {
        let emulator = crate::support::emulator().await;
        let session = client(&emulator)
            .create_session(RunConfig::new("[scenario:happy]").source("octocat/hello-world").require_approval(false))
            .await
            .unwrap();
        collect(session.stream(StreamOptions::default())).await;
        emulator.journal().len()
    };
    // The result looks once more for what came last; the rest is the same but for chance.
    assert!(together <= alone * 3 / 2 + 5, "{together} requests for eleven, {alone} for one");
}

#[tokio::test]
async fn leaving_a_stream_stops_its_requests() {
    let emulator = emulator().await;
    let id = plant(&emulator, "IN_PROGRESS", vec![progress(1)]);
    let session = client(&emulator).session(&id).unwrap();
    let mut stream = session.stream(StreamOptions::default());
    stream.next().await.unwrap().unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(100), stream.next()).await.is_err());
    drop(stream);
    quiet(&emulator).await;
}

#[tokio::test]
async fn a_wait_that_is_dropped_loses_nothing() {
    let emulator = emulator().await;
    let session = client(&emulator)
        .run(RunConfig::new("[scenario:happy]").source("octocat/hello-world"))
        .session()
        .await
        .unwrap();
    let mut stream = session.stream(StreamOptions::default());
    let mut seen = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_millis(1), stream.next()).await {
            Ok(Some(activity)) => seen.push(activity.unwrap().id),
            Ok(None) => break,
            Err(_) => {}
        }
    }
    assert_eq!(seen, on_server(&emulator, session.id()));
}

#[tokio::test]
async fn a_stream_that_nobody_reads_on_holds_nobody_up() {
    let emulator = emulator().await;
    let session = client(&emulator).session(&finished(&emulator, 3)).unwrap();
    emulator.fault(Fault::delay(300).on("activities.list").times(1));
    let mut history = session.history(HistoryOptions::default());
    assert!(tokio::time::timeout(Duration::from_millis(100), history.next()).await.is_err());
    // What the stream had begun is in the middle of its work; others want the same.
    let info =
        tokio::time::timeout(Duration::from_secs(10), session.info()).await.expect("nobody waits for the stream");
    assert_eq!(info.unwrap().activities.len(), 3);
    assert_eq!(history.count().await, 3);
}

#[tokio::test]
async fn a_followed_session_goes_on_when_a_message_wakes_it() {
    let emulator = emulator().await;
    let id = finished(&emulator, 3);
    let session = client(&emulator).session(&id).unwrap();
    let mut stream = session.stream(StreamOptions::default().follow());
    for _ in 0..3 {
        stream.next().await.unwrap().unwrap();
    }
    session.send("one more thing").await.unwrap();
    let next = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("it goes on");
    assert_eq!(next.unwrap().unwrap().message(), Some("one more thing"));
}

#[tokio::test]
async fn a_restart_goes_on_from_the_disk_and_gives_the_same_order() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let open = || -> Jules { builder(&emulator).cache(Cache::Directory(directory.path().into())).build().unwrap() };
    let id = finished(&emulator, 300);
    emulator.fault(Fault::shuffle_items());
    let first = stream_ids(&open().session(&id).unwrap()).await;
    emulator.clear_journal();
    let second = stream_ids(&open().session(&id).unwrap()).await;
    assert_eq!(first, second);
    let bytes: usize = emulator.journal().iter().map(|entry| entry.response_bytes).sum();
    assert!(bytes < 4_000, "{bytes} bytes for a session that was known");
}

#[tokio::test]
async fn history_gives_what_is_known_and_then_the_error() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let jules = builder(&emulator).cache(Cache::Directory(directory.path().into())).build().unwrap();
    let id = finished(&emulator, 3);
    stream_ids(&jules.session(&id).unwrap()).await;
    emulator.fault(Fault::status(500));
    let session = jules
        .with(|options| options.retry.max_elapsed = Some(Duration::from_millis(50)))
        .unwrap()
        .session(&id)
        .unwrap();
    let items: Vec<_> = session.history(Default::default()).collect().await;
    assert_eq!(items.iter().filter(|item| item.is_ok()).count(), 3);
    assert_eq!(items.last().unwrap().as_ref().map_err(Error::kind).unwrap_err(), ErrorKind::Server);
    let mut offline = jules::HistoryOptions::default();
    offline.offline = true;
    assert_eq!(collect(session.history(offline)).await.len(), 3);
    assert_eq!(session.cached_info().await.unwrap().state, SessionState::Completed);
}

#[tokio::test]
async fn history_asks_the_server_only_when_what_is_known_is_used_up() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let id = finished(&emulator, 300);
    let known = stream_ids(&jules.session(&id).unwrap()).await;
    emulator.clear_journal();
    let mut history = jules.session(&id).unwrap().history(HistoryOptions::default());
    for expected in &known {
        assert_eq!(history.next().await.unwrap().unwrap().id, *expected);
        assert_eq!(emulator.journal().len(), 0, "before {expected}");
    }
    assert!(history.next().await.is_none());
    assert_ne!(emulator.journal().len(), 0);
}

#[tokio::test]
async fn what_a_filter_leaves_out_is_passed_over_however_much_it_is() {
    let emulator = emulator().await;
    let id = finished(&emulator, 3_000);
    let session = client(&emulator).session(&id).unwrap();
    let options = || StreamOptions::default().types(["sessionCompleted"]);
    let mut stream = session.stream(options());
    assert_eq!(kinds(&stream.next_chunk(10).await.unwrap().unwrap()), ["sessionCompleted"]);
    assert!(stream.next_chunk(10).await.is_none());
    assert_eq!(kinds(&collect(session.stream(options())).await), ["sessionCompleted"]);
}

#[tokio::test]
async fn unknown_things_are_passed_on() {
    let emulator = emulator().await;
    let session = client(&emulator).run(RunConfig::new("[scenario:unknown]")).session().await.unwrap();
    let activities = collect(session.stream(StreamOptions::default())).await;
    assert!(kinds(&activities).contains(&"unknown"));
    assert_eq!(activities.len(), on_server(&emulator, session.id()).len());
}

#[tokio::test]
async fn an_outage_ends_no_stream_and_what_waits_beside_it_has_its_typed_error() {
    let emulator = emulator().await;
    let id = plant(&emulator, "IN_PROGRESS", vec![progress(1)]);
    let mut retry = crate::support::quick_retry();
    retry.max_elapsed = Some(Duration::from_millis(200));
    let session = builder(&emulator).retry(retry).build().unwrap().session(&id).unwrap();
    let mut stream = session.stream(StreamOptions::default());
    stream.next().await.unwrap().unwrap();
    emulator.fault(Fault::reset(Moment::Before));
    let error = session.info().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(!error.retryable() && error.attempts() > Some(1), "{error:?}");
    emulator.clear_faults();
    let second = emulator.append(&id, progress(2)).unwrap();
    let next = tokio::time::timeout(Duration::from_secs(20), stream.next()).await.expect("it goes on");
    assert_eq!(next.unwrap().unwrap().id, second);
}

#[tokio::test]
async fn updates_begin_where_the_call_was_made() {
    let emulator = emulator().await;
    let id = plant(&emulator, "IN_PROGRESS", vec![progress(1)]);
    let session = client(&emulator).session(&id).unwrap();
    let mut stream = session.stream(StreamOptions::default());
    stream.next().await.unwrap().unwrap();
    // Another one watches already: what comes between the call and the first poll belongs to the updates.
    let mut updates = session.updates(StreamOptions::default());
    let second = emulator.append(&id, progress(2)).unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().id, second);
    assert_eq!(updates.next().await.unwrap().unwrap().id, second);
}

#[tokio::test]
async fn an_unknown_output_breaks_no_listing() {
    let emulator = emulator().await;
    let pull_request = json!({"pullRequest": {"url": "https://github.com/o/r/pull/7"}});
    let seed = json!({"state": "COMPLETED", "outputs": [{"poem": {"lines": 4}}, pull_request]});
    emulator.plant(serde_json::from_value::<SessionSeed>(seed).unwrap()).unwrap();
    plant(&emulator, "COMPLETED", Vec::new());
    let page = client(&emulator).sessions(jules::SessionsOptions::default()).page().await.unwrap();
    assert_eq!(page.items.len(), 2);
    let outputs: Vec<_> = page.items.iter().flat_map(|info| &info.outputs).collect();
    assert!(matches!(outputs[0], jules::SessionOutput::Unknown { raw } if raw["poem"]["lines"] == 4));
    assert_eq!(outputs[1].pull_request().unwrap().number, Some(7));
}
