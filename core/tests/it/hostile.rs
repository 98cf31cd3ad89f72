//! A server, a proxy or a network that does what none should: hours of work don't end for one odd answer, nothing that was
//! kept goes, and nothing is asked without an end.

use std::fs;
use std::path::Path;
use std::time::Duration;

use futures::StreamExt;
use jules::{
    Cache, ErrorKind, QueueOptions, RunConfig, SessionsOptions, SourcesOptions, StreamOptions, SyncOptions, TaskConfig,
};
use jules_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{builder, client, collect, emulator, kinds, quick_retry};

fn plant(emulator: &Emulator, seed: Value) -> String {
    emulator.plant(serde_json::from_value(seed).unwrap()).unwrap()
}

fn append(emulator: &Emulator, addition: Value) {
    emulator.append_all(serde_json::from_value(addition).unwrap()).unwrap();
}

fn asked(emulator: &Emulator, operation: &str) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some(operation)).count()
}

/// Each answer that no client should see, and that some proxy or server gives once all the same.
fn odd_answers() -> Vec<Fault> {
    let text = |body: &str| Fault::status(200).body(body);
    let mut all = vec![
        text(""),
        text("{}"),
        text("null"),
        text("[]"),
        text("<html>log in</html>"),
        Fault::status(200).body(json!({"error": "login"})),
        Fault::status(200).body(json!({"id": "999", "name": "sessions/999", "state": "FAILED"})),
        Fault::status(200).body(json!({"sessions": 7, "activities": "none"})),
        Fault::redirect("http://127.0.0.1:1/login"),
        Fault::status(503).retry_after(301),
        Fault::status(401),
        Fault::status(403),
        Fault::status(404),
    ];
    all.extend([400, 401, 403, 404, 405, 407, 410, 413, 414, 431].map(Fault::html));
    all.extend([409, 413, 425, 451, 499, 501, 505, 511, 520, 529].map(|status| Fault::status(status).body("")));
    all
}

#[tokio::test]
async fn one_odd_answer_ends_no_stream_and_no_wait() {
    for operation in ["sessions.get", "activities.list", "*"] {
        let runs = odd_answers().into_iter().map(|odd| async move {
            let name = format!("{odd:?} on {operation}");
            let emulator = emulator().await;
            let mut retry = quick_retry();
            retry.max_elapsed = Some(Duration::from_millis(200));
            let jules = builder(&emulator).retry(retry).build().unwrap();
            let id = plant(&emulator, json!({"state": "IN_PROGRESS", "activities": [{"progressUpdated": {}}]}));
            let session = jules.session(&id).unwrap();
            let mut stream = session.stream(StreamOptions::default());
            stream.next().await.unwrap().unwrap();
            let result = tokio::spawn({
                let session = session.clone();
                async move { session.result().await }
            });
            emulator.fault(odd.on(operation).times(2));
            append(&emulator, json!({"session": id, "activities": [{"progressUpdated": {"title": "on"}}]}));
            let next = tokio::time::timeout(Duration::from_secs(20), stream.next()).await;
            next.unwrap_or_else(|_| panic!("{name}: nothing came"))
                .unwrap()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            append(&emulator, json!({"session": id, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]}));
            let rest: Vec<_> = tokio::time::timeout(Duration::from_secs(20), stream.collect::<Vec<_>>())
                .await
                .unwrap_or_else(|_| panic!("{name}: the stream doesn't end"));
            let rest: Vec<_> = rest.into_iter().map(Result::unwrap).collect();
            assert_eq!(kinds(&rest), ["sessionCompleted"], "{name}");
            let outcome = result.await.unwrap().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(outcome.session_id, id, "{name}");
        });
        futures::stream::iter(runs).buffer_unordered(8).collect::<Vec<_>>().await;
    }
}

#[tokio::test]
async fn a_filter_is_used_again_after_a_refusal_that_passes() {
    for odd in [400, 413, 425, 499].into_iter().flat_map(|status| [Fault::html(status), Fault::status(status).body("")])
    {
        let name = format!("{odd:?}");
        let emulator = emulator().await;
        let id = plant(&emulator, json!({"state": "IN_PROGRESS", "activities": [{"progressUpdated": {}}]}));
        let jules = client(&emulator);
        let session = jules.session(&id).unwrap();
        let mut stream = session.stream(StreamOptions::default());
        stream.next().await.unwrap().unwrap();
        emulator.fault(odd.on("activities.list").times(1));
        append(&emulator, json!({"session": id, "activities": [{"progressUpdated": {"title": "on"}}]}));
        stream.next().await.unwrap().unwrap();
        emulator.clear_journal();
        append(&emulator, json!({"session": id, "activities": [{"progressUpdated": {"title": "on"}}]}));
        stream.next().await.unwrap().unwrap();
        let journal = emulator.journal();
        let filtered = |query: &str| query.contains("filter=");
        let last = journal.iter().rfind(|entry| entry.operation == Some("activities.list")).unwrap();
        assert!(filtered(&last.query), "{name}");
    }
}

#[tokio::test]
async fn a_404_that_is_not_googles_takes_nothing_from_the_store() {
    for not_there in [Fault::html(404), Fault::status(404).body("")] {
        let name = format!("{not_there:?}");
        let emulator = emulator().await;
        let jules = client(&emulator);
        let id = plant(&emulator, json!({"state": "COMPLETED", "activities": [{"sessionCompleted": {}}]}));
        let session = jules.session(&id).unwrap();
        session.activities().hydrate().await.unwrap();
        emulator.fault(not_there);
        let offline = || async {
            let mut options = jules::HistoryOptions::default();
            options.offline = true;
            collect(session.history(options)).await.len()
        };
        let sync = |id: Option<&str>| {
            let mut options = jules::SyncOptions::default();
            options.session_id = id.map(str::to_owned);
            jules.sync(options)
        };
        assert!(sync(Some(&id)).await.is_err(), "{name}");
        assert_eq!(offline().await, 1, "{name}: sync of one");
        assert!(session.archive().await.is_err(), "{name}");
        assert_eq!(offline().await, 1, "{name}: archive");
        assert!(session.delete().await.is_err(), "{name}");
        assert_eq!(offline().await, 1, "{name}: delete");
    }
}

#[tokio::test]
async fn a_session_that_is_gone_is_marked_and_kept_and_is_there_again_when_it_is_seen() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let id = plant(&emulator, json!({"state": "COMPLETED", "activities": [{"sessionCompleted": {}}]}));
    let session = jules.session(&id).unwrap();
    session.activities().hydrate().await.unwrap();
    let shown = || async { jules.select(jules::Query::sessions()).await.unwrap().len() };
    let sync = || jules.sync(jules::SyncOptions::default());
    // All of it fails for a while with Google's own 404, and the listing is empty.
    emulator.fault(Fault::status(404).on("sessions.get"));
    emulator.fault(Fault::status(200).body("{}").on("sessions.list"));
    let report = sync().await.unwrap();
    assert_eq!((report.sessions_deleted, shown().await), (1, 0));
    assert_eq!(asked(&emulator, "sessions.get"), 3, "once by the hydration, and twice before it is believed");
    let mut options = jules::HistoryOptions::default();
    options.offline = true;
    assert_eq!(collect(session.history(options)).await.len(), 1, "what was delivered once is kept");
    emulator.clear_faults();
    sync().await.unwrap();
    assert_eq!(shown().await, 1, "it is there again");
}

#[tokio::test]
async fn a_listing_without_an_end_is_left_with_an_error() {
    let emulator = emulator().await;
    plant(&emulator, json!({"state": "COMPLETED"}));
    let jules = client(&emulator);
    for (fault, most) in [(Fault::circular_pages(), 10), (Fault::repeat_page(), 10)] {
        let name = format!("{fault:?}");
        emulator.clear_faults();
        emulator.clear_journal();
        emulator.fault(fault);
        let sessions: Vec<_> = jules.sessions(SessionsOptions::default()).collect().await;
        assert_eq!(sessions.len(), 2, "{name}: each item once, then the error");
        assert_eq!(sessions.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::Decode, "{name}");
        let sources: Vec<_> = jules.sources(SourcesOptions::default()).collect().await;
        assert_eq!(sources.last().unwrap().as_ref().unwrap_err().kind(), ErrorKind::Decode, "{name}");
        assert!(asked(&emulator, "sessions.list") < most && asked(&emulator, "sources.list") < most, "{name}");
    }
    emulator.clear_faults();
    emulator.clear_journal();
    emulator.fault(Fault::endless_pages());
    let list = jules.sessions(SessionsOptions::default()).collect::<Vec<_>>();
    assert!(tokio::time::timeout(Duration::from_secs(3), list).await.is_err());
    let count = asked(&emulator, "sessions.list");
    assert!(count < 60, "{count} requests in three seconds");
}

#[tokio::test]
async fn activities_without_an_end_are_kept_and_never_taken_for_all() {
    for fault in [Fault::circular_pages(), Fault::repeat_page()] {
        let name = format!("{fault:?}");
        let emulator = emulator().await;
        let id = plant(&emulator, json!({"state": "COMPLETED", "activities": [{"progressUpdated": {}}]}));
        let jules = client(&emulator);
        let session = jules.session(&id).unwrap();
        emulator.fault(fault.clone().on("activities.list"));
        let read: Vec<_> = session.history(jules::HistoryOptions::default()).collect().await;
        assert_eq!(read.len(), 2, "{name}: what was read, then the error: {read:?}");
        assert!(read[0].is_ok(), "{name}: {read:?}");
        assert_eq!(read[1].as_ref().unwrap_err().kind(), ErrorKind::Decode, "{name}");
        let sync = || {
            let mut options = SyncOptions::default();
            (options.session_id, options.depth) = (Some(id.clone()), jules::SyncDepth::Activities);
            jules.sync(options)
        };
        assert_eq!(sync().await.unwrap_err().kind(), ErrorKind::Decode, "{name}");
        assert_eq!(session.activities().hydrate().await.unwrap_err().kind(), ErrorKind::Decode, "{name}");
        // Each of the three calls begins the listing three times.
        let count = asked(&emulator, "activities.list");
        assert!(count < 90, "{name}: {count} requests");
        emulator.clear_faults();
        append(&emulator, json!({"session": id, "activities": [{"sessionCompleted": {}}]}));
        assert_eq!(sync().await.unwrap().activities_ingested, 1, "{name}: it was not taken for complete");
    }
}

#[tokio::test]
async fn a_stream_goes_on_behind_activities_without_an_end() {
    for fault in [Fault::circular_pages(), Fault::repeat_page()] {
        let name = format!("{fault:?}");
        let emulator = emulator().await;
        let jules = client(&emulator);
        let id = plant(&emulator, json!({"state": "COMPLETED", "activities": [{"progressUpdated": {}}]}));
        emulator.fault(fault.on("activities.list"));
        let mut stream = jules.session(&id).unwrap().stream(StreamOptions::default());
        let first = tokio::time::timeout(Duration::from_secs(20), stream.next()).await;
        first.unwrap_or_else(|_| panic!("{name}: what was read is given")).unwrap().unwrap();
        // It was asked again, and is still not believed to be all.
        let count = asked(&emulator, "activities.list");
        while asked(&emulator, "activities.list") <= count + 4 {
            let next = tokio::time::timeout(Duration::from_millis(50), stream.next()).await;
            assert!(next.is_err(), "{name}: nothing else is there, and no end: {next:?}");
        }
        emulator.clear_faults();
        append(&emulator, json!({"session": id, "activities": [{"sessionCompleted": {}}]}));
        let rest: Vec<_> = tokio::time::timeout(Duration::from_secs(90), stream.collect::<Vec<_>>())
            .await
            .unwrap_or_else(|_| panic!("{name}: the stream doesn't end"));
        let rest: Vec<_> = rest.into_iter().map(Result::unwrap).collect();
        assert_eq!(kinds(&rest), ["sessionCompleted"], "{name}");
    }
}

/// How long this thread was at work, in which client and server live: a busy machine changes nothing about that. Zero where the
/// system doesn't tell.
fn worked() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = told.split_whitespace().next().and_then(|first| first.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

#[tokio::test]
async fn small_bodies_make_no_big_work() {
    let emulator = emulator().await;
    let id = plant(&emulator, json!({"state": "IN_PROGRESS"}));
    let jules = client(&emulator);
    let session = jules.session(&id).unwrap();
    session.info().await.unwrap();
    let items = |item: &str, bytes: usize| format!("[{}1]", format!("{item},").repeat(bytes / (item.len() + 1)));
    let bytes = 40_000_000;
    for (status, body) in [
        (200, format!(r#"{{"activities":{}}}"#, items("{}", bytes))),
        (200, format!(r#"{{"activities":{}}}"#, items("[]", bytes / 5))),
        (200, format!(r#"{{"activities":{}}}"#, items("{\"id\":\"a\"}", bytes))),
        (200, format!(r#"{{"x":{}}}"#, "[".repeat(bytes))),
        (200, format!(r#"{{"id":"{id}","outputs":{}}}"#, items("{}", bytes / 5))),
        (400, items("{}", bytes)),
        (400, format!(r#"{{"error":{{"code":400,"status":"X","message":"m","details":{}}}}}"#, items("{}", bytes))),
        (400, format!(r#"{{"error":{{"code":400,"status":"X","message":"{}"}}}}"#, "m".repeat(bytes))),
    ] {
        let name = format!("{status} {}", &body[..40]);
        emulator.clear_faults();
        emulator.clear_journal();
        emulator.fault(Fault::status(status).body(body.as_str()).on("activities.list"));
        emulator.fault(Fault::status(status).body(body.as_str()).on("sessions.get"));
        let began = worked();
        let page = session.activities().list(jules::ActivitiesOptions::default()).await;
        let info = session.info().await;
        let took = worked() - began;
        println!("{name}: {took:?} {}", emulator.journal().len());
        let errors: Vec<_> = [page.err(), info.err()].into_iter().flatten().collect();
        assert_eq!(errors.len(), 2, "{name}");
        assert!(took < Duration::from_secs(30), "{name}: {took:?}");
        assert!(emulator.journal().len() <= 10, "{name}: what is too large is not asked for over and over");
        for error in errors {
            assert!(error.to_json().to_string().len() < 20_000, "{name}: {} bytes", error.to_json().to_string().len());
        }
    }
}

#[tokio::test]
async fn the_key_is_in_no_file() {
    const KEY: &str = "a-key-that-is-in-no-file";
    let (emulator, directory) = (emulator().await, tempfile::tempdir().unwrap());
    let jules = builder(&emulator).api_key(KEY).cache(Cache::Directory(directory.path().into())).build().unwrap();
    jules.run(RunConfig::new("[scenario:quick] go").key("k")).await.unwrap();
    jules.sync(SyncOptions::default()).await.unwrap();
    let queue = jules.queue("q", QueueOptions::default()).unwrap();
    queue.add(TaskConfig::new("t", RunConfig::new("[scenario:quick] go"))).await.unwrap();
    jules.close().await;
    let files: Vec<_> = walk(directory.path());
    assert!(files.iter().map(Vec::len).sum::<usize>() > 10_000, "{} files", files.len());
    for file in files {
        assert!(!file.windows(KEY.len()).any(|part| part == KEY.as_bytes()));
    }
}

/// What is in each file of a directory.
fn walk(directory: &Path) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![fs::read(&path).unwrap()] }).collect()
}
