//! Bringing the store up to date: what is asked for, what is left alone, and what is noticed.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jules::{
    ErrorKind, HistoryOptions, Jules, SessionOutput, SessionState, StaleReason, SyncDepth, SyncOptions, SyncPhase,
    SyncProgress, SyncReport,
};
use jules_emulator::{Emulator, Fault, Moment};
use serde_json::{Value, json};

use crate::support::{builder, client, collect, emulator};

fn plant(emulator: &Emulator, seed: Value) -> String {
    emulator.plant(serde_json::from_value(seed).unwrap()).unwrap()
}

/// Sessions with two activities each, the second its end.
fn plant_ended(emulator: &Emulator, count: usize) -> Vec<String> {
    let activities = json!([{"progressUpdated": {"title": "work"}}, {"sessionCompleted": {}}]);
    let seed = |number| json!({"prompt": format!("number {number}"), "state": "COMPLETED", "activities": activities});
    (0..count).map(|number| plant(emulator, seed(number))).collect()
}

fn with_activities() -> SyncOptions {
    SyncOptions::default().depth(SyncDepth::Activities)
}

/// How often each operation was asked for since the last time.
fn requests(emulator: &Emulator) -> HashMap<&'static str, usize> {
    let mut counts = HashMap::new();
    for entry in emulator.journal() {
        *counts.entry(entry.operation.unwrap()).or_default() += 1;
    }
    emulator.clear_journal();
    counts
}

/// Ingested, refreshed, skipped, deleted, activities.
fn figures(report: &SyncReport) -> [usize; 5] {
    assert!(report.is_complete, "{report:?}");
    assert_eq!(report.sessions_failed, 0);
    [
        report.sessions_ingested,
        report.sessions_refreshed,
        report.sessions_skipped,
        report.sessions_deleted,
        report.activities_ingested,
    ]
}

async fn offline(jules: &Jules, id: &str) -> usize {
    let mut options = HistoryOptions::default();
    options.offline = true;
    collect(jules.session(id).unwrap().history(options)).await.len()
}

#[tokio::test]
async fn a_hundred_sessions_come_with_one_page_and_stay_for_a_day() {
    let emulator = emulator().await;
    let ids = plant_ended(&emulator, 130);
    let jules = client(&emulator);
    assert_eq!(figures(&jules.sync(SyncOptions::default()).await.unwrap()), [130, 0, 0, 0, 0]);
    // Two pages, and one of those that were put aside.
    assert_eq!(requests(&emulator), HashMap::from([("sessions.list", 3)]));
    assert_eq!(jules.session(&ids[0]).unwrap().cached_info().await.unwrap().prompt, "number 0");
    assert_eq!(figures(&jules.sync(SyncOptions::default()).await.unwrap()), [0, 0, 130, 0, 0]);
    let light = emulator.journal();
    assert!(light.iter().all(|entry| entry.query.contains("fields=")), "{light:?}");
    assert!(light.iter().map(|entry| entry.response_bytes).sum::<usize>() < 130 * 100);
}

/// The titles of the pull requests that the store knows of this session.
async fn stored_outputs(emulator: &Emulator, jules: &Jules, id: &str) -> Vec<String> {
    emulator.clear_journal();
    let info = jules.session(id).unwrap().cached_info().await.unwrap();
    assert!(emulator.journal().is_empty(), "the server was asked");
    let title = |output: &SessionOutput| output.pull_request().unwrap().title.clone();
    info.outputs.iter().map(title).collect()
}

#[tokio::test]
async fn the_outputs_stay_at_the_server_until_somebody_needs_them_and_are_never_lost() {
    let emulator = emulator().await;
    let output =
        |title: &str| json!({"pullRequest": {"url": format!("https://github.com/o/r/pull/{title}"), "title": title}});
    let id = plant(&emulator, json!({"state": "COMPLETED", "outputs": [output("1")]}));
    let jules = client(&emulator);
    jules.sync(SyncOptions::default()).await.unwrap();
    let lists = emulator.journal();
    assert!(lists.iter().all(|entry| entry.query.contains("fields=")), "{lists:?}");
    assert!(stored_outputs(&emulator, &jules, &id).await.is_empty());
    let outcome = jules.session(&id).unwrap().result().await.unwrap();
    assert_eq!(outcome.pull_request.unwrap().title, "1");
    assert_eq!(stored_outputs(&emulator, &jules, &id).await, ["1"]);
    // Somebody went on with it elsewhere: the store knows that and keeps what it has.
    let more = json!({"session": id, "state": "FAILED", "outputs": [output("2")], "activities": []});
    emulator.append_all(serde_json::from_value(more).unwrap()).unwrap();
    plant_ended(&emulator, 5);
    assert_eq!(figures(&jules.sync(SyncOptions::default()).await.unwrap())[..2], [5, 1]);
    assert_eq!(jules.session(&id).unwrap().cached_info().await.unwrap().state, SessionState::Failed);
    assert_eq!(stored_outputs(&emulator, &jules, &id).await, ["1"]);
    jules.sync(with_activities().session_id(&id)).await.unwrap();
    assert_eq!(stored_outputs(&emulator, &jules, &id).await, ["1", "2"]);
}

/// Another client of the store follows, while this one watches and syncs: what it hears of the end comes with the outputs.
#[tokio::test]
async fn an_end_that_a_sync_saw_first_comes_with_its_outputs() {
    let emulator = emulator().await;
    let id = plant(&emulator, json!({"activities": [{"progressUpdated": {"title": "work"}}]}));
    let directory = tempfile::tempdir().unwrap();
    let (watching, following) = (on_disk(&emulator, directory.path()), on_disk(&emulator, directory.path()));
    let session = watching.session(&id).unwrap();
    session.wait_for(SessionState::InProgress).await.unwrap();
    // Whoever holds the lease sees nothing for now.
    emulator.fault(Fault::status(503).on("sessions.get").times(3));
    let seen_by_both = async {
        let (one, two) = (session.result(), following.session(&id).unwrap().result());
        let (one, two) = tokio::join!(one, two);
        (one.unwrap(), two.unwrap())
    };
    let end = async {
        let output = json!({"pullRequest": {"url": "https://github.com/o/r/pull/7", "title": "t"}});
        let end = json!({"session": id, "state": "COMPLETED", "outputs": [output], "activities": []});
        emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
        plant_ended(&emulator, 5);
        watching.sync(SyncOptions::default()).await.unwrap();
    };
    let ((one, two), ()) = tokio::join!(seen_by_both, end);
    for outcome in [one, two] {
        assert_eq!(outcome.pull_request.unwrap().number, Some(7));
    }
}

#[tokio::test]
async fn with_activities_each_session_takes_two_requests_and_is_there_offline() {
    let emulator = emulator().await;
    let ids = plant_ended(&emulator, 20);
    let jules = client(&emulator);
    assert_eq!(figures(&jules.sync(with_activities()).await.unwrap()), [20, 0, 0, 0, 40]);
    let asked = [("sessions.list", 2), ("sessions.get", 20), ("activities.list", 20)];
    assert_eq!(requests(&emulator), HashMap::from(asked));
    for id in &ids {
        let info = jules.session(id).unwrap().cache_info().await.unwrap();
        assert_eq!((info.activities, info.may_be_stale, info.reason), (2, false, None));
        assert!(info.last_synced.is_some());
        assert_eq!(offline(&jules, id).await, 2);
        let cached = jules.session(id).unwrap().cached_snapshot().await.unwrap();
        assert_eq!(cached.activity_counts["sessionCompleted"], 1);
    }
    assert!(requests(&emulator).is_empty(), "something was asked for what is in the store");
    assert_eq!(figures(&jules.sync(with_activities()).await.unwrap()), [0, 0, 20, 0, 0]);
    assert_eq!(requests(&emulator), HashMap::from([("sessions.list", 2)]));
    assert!(jules.cache_info().await.unwrap().last_synced.is_some());
}

#[tokio::test]
async fn what_changed_since_is_fetched_again_and_nothing_else() {
    let emulator = emulator().await;
    let ids = plant_ended(&emulator, 30);
    let jules = client(&emulator);
    jules.sync(with_activities()).await.unwrap();
    requests(&emulator);
    emulator.append(&ids[3], json!({"agentMessaged": {"agentMessage": "One more thing."}})).unwrap();
    let new = plant_ended(&emulator, 1).remove(0);
    assert_eq!(figures(&jules.sync(with_activities()).await.unwrap()), [1, 1, 29, 0, 3]);
    let asked = requests(&emulator);
    assert_eq!(asked["sessions.get"], 2);
    assert!(asked["activities.list"] <= 3, "{asked:?}");
    assert_eq!((offline(&jules, &ids[3]).await, offline(&jules, &new).await), (3, 2));
}

#[tokio::test]
async fn a_session_that_goes_on_is_always_asked_for() {
    let emulator = emulator().await;
    emulator.fault(Fault::freeze_update_time());
    let id = plant(&emulator, json!({"activities": [{"progressUpdated": {"title": "work"}}]}));
    let jules = client(&emulator);
    jules.sync(with_activities()).await.unwrap();
    let info = jules.session(&id).unwrap().cache_info().await.unwrap();
    assert_eq!(info.reason, Some(StaleReason::Running));
    emulator.append(&id, json!({"progressUpdated": {"title": "more"}})).unwrap();
    assert_eq!(figures(&jules.sync(with_activities()).await.unwrap()), [0, 1, 0, 0, 1]);
}

#[tokio::test]
async fn a_session_older_than_thirty_days_is_left_alone_unless_asked() {
    let emulator = emulator().await;
    let (created, updated) = ("2025-01-01T00:00:00Z", "2025-01-01T01:00:00Z");
    let activities = json!([{"progressUpdated": {}, "createTime": created}]);
    let old = json!({"createTime": created, "updateTime": updated, "state": "PAUSED", "activities": activities});
    plant(&emulator, old);
    let jules = client(&emulator);
    assert_eq!(figures(&jules.sync(with_activities()).await.unwrap()), [1, 0, 0, 0, 1]);
    assert_eq!(figures(&jules.sync(with_activities()).await.unwrap()), [0, 0, 1, 0, 0]);
    assert_eq!(figures(&jules.sync(with_activities().incremental(false)).await.unwrap()), [0, 1, 0, 0, 0]);
}

#[tokio::test]
async fn what_was_put_aside_is_there_too_and_what_was_deleted_is_not() {
    let emulator = emulator().await;
    let ids = plant_ended(&emulator, 3);
    let aside = plant(&emulator, json!({"archived": true, "state": "COMPLETED"}));
    let jules = client(&emulator);
    assert_eq!(figures(&jules.sync(SyncOptions::default()).await.unwrap()), [4, 0, 0, 0, 0]);
    assert!(jules.session(&aside).unwrap().cached_info().await.unwrap().archived);
    // Deleted by somebody else.
    client(&emulator).session(&ids[1]).unwrap().delete().await.unwrap();
    requests(&emulator);
    assert_eq!(figures(&jules.sync(SyncOptions::default()).await.unwrap()), [0, 0, 3, 1, 0]);
    assert_eq!(requests(&emulator), HashMap::from([("sessions.list", 2), ("sessions.get", 2)]), "asked twice");
    let gone = jules.session(&ids[1]).unwrap();
    assert_eq!(gone.cached_info().await.unwrap().id, ids[1], "what was seen of it is kept");
    assert_eq!(gone.cache_info().await.unwrap().reason, Some(StaleReason::NotCached));
    assert_eq!(jules.cache_info().await.unwrap().sessions, 4);
    let shown = jules.select(jules::Query::sessions()).await.unwrap();
    assert!(shown.iter().all(|row| row["id"] != ids[1].as_str()), "{shown:?}");
}

#[tokio::test]
async fn a_listing_that_does_not_show_all_deletes_nothing() {
    let emulator = emulator().await;
    plant_ended(&emulator, 150);
    let jules = client(&emulator);
    jules.sync(SyncOptions::default()).await.unwrap();
    assert_eq!(figures(&jules.sync(SyncOptions::default().limit(10)).await.unwrap()), [0, 0, 10, 0, 0]);
    assert_eq!(jules.cache_info().await.unwrap().sessions, 150);
    // Its second page can't be had.
    let broken = builder(&emulator).build().unwrap();
    broken.sync(SyncOptions::default()).await.unwrap();
    emulator.fault(Fault::status(400).on("sessions.list").skip(1));
    assert!(broken.sync(SyncOptions::default()).await.is_err());
    assert_eq!(broken.cache_info().await.unwrap().sessions, 150);
}

#[tokio::test]
async fn a_server_that_cannot_list_what_was_put_aside_loses_none_of_it() {
    let emulator = emulator().await;
    let aside = plant(&emulator, json!({"archived": true, "state": "COMPLETED"}));
    for fault in [Fault::refuse_filter(), Fault::ignore_filter(), Fault::ignore_fields(), Fault::refuse_fields()] {
        emulator.clear_faults();
        let jules = client(&emulator);
        jules.session(&aside).unwrap().info().await.unwrap();
        emulator.fault(fault);
        for _ in 0..2 {
            figures(&jules.sync(SyncOptions::default()).await.unwrap());
            assert!(jules.session(&aside).unwrap().cached_info().await.unwrap().archived);
        }
    }
}

#[tokio::test]
async fn a_limit_counts_sessions_newest_first() {
    let emulator = emulator().await;
    let ids = plant_ended(&emulator, 12);
    let jules = client(&emulator);
    assert_eq!(figures(&jules.sync(with_activities().limit(5)).await.unwrap()), [5, 0, 0, 0, 10]);
    assert_eq!((offline(&jules, &ids[11]).await, offline(&jules, &ids[6]).await), (2, 0));
    assert_eq!(figures(&jules.sync(with_activities().limit(5)).await.unwrap()), [0, 0, 5, 0, 0]);
    assert_eq!(figures(&jules.sync(with_activities().limit(0)).await.unwrap()), [0; 5]);
}

#[tokio::test]
async fn one_session_is_always_asked_for_and_forgotten_when_it_is_gone() {
    let emulator = emulator().await;
    let ids = plant_ended(&emulator, 2);
    let jules = client(&emulator);
    let one = || with_activities().session_id(&ids[0]);
    assert_eq!(figures(&jules.sync(one()).await.unwrap()), [1, 0, 0, 0, 2]);
    assert_eq!(figures(&jules.sync(one()).await.unwrap()), [0, 1, 0, 0, 0]);
    assert_eq!(jules.cache_info().await.unwrap().sessions, 1);
    client(&emulator).session(&ids[0]).unwrap().delete().await.unwrap();
    assert_eq!(figures(&jules.sync(one()).await.unwrap()), [0, 0, 0, 1, 0]);
    assert_eq!(jules.sync(one()).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(jules.sync(one().session_id("../x")).await.unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(jules.sync(with_activities().concurrency(0)).await.unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_hydrated_session_is_known_to_the_store() {
    let emulator = emulator().await;
    let id = plant_ended(&emulator, 1).remove(0);
    let session = client(&emulator).session(&id).unwrap();
    assert_eq!(session.cache_info().await.unwrap().reason, Some(StaleReason::NotCached));
    assert_eq!(session.activities().hydrate().await.unwrap(), 2);
    assert_eq!(session.cached_info().await.unwrap().activities.len(), 2);
    assert_eq!(session.cache_info().await.unwrap().reason, None);
}

#[tokio::test]
async fn what_was_streamed_to_its_end_need_not_be_synced() {
    let emulator = emulator().await;
    let id = plant_ended(&emulator, 1).remove(0);
    let jules = client(&emulator);
    collect(jules.session(&id).unwrap().stream(jules::StreamOptions::default())).await;
    assert_eq!(jules.session(&id).unwrap().cache_info().await.unwrap().reason, None);
    assert_eq!(figures(&jules.sync(with_activities()).await.unwrap()), [0, 0, 1, 0, 0]);
}

#[tokio::test]
async fn a_session_that_cannot_be_read_keeps_no_other_from_coming() {
    let emulator = emulator().await;
    let ids = plant_ended(&emulator, 10);
    let jules = client(&emulator);
    emulator.fault(Fault::status(400).on("activities.list").session(&ids[4]));
    let report = jules.sync(with_activities()).await.unwrap();
    assert_eq!((report.sessions_ingested, report.sessions_failed, report.is_complete), (9, 1, false));
    emulator.clear_faults();
    assert_eq!(figures(&jules.sync(with_activities()).await.unwrap()), [1, 0, 9, 0, 2]);
    // A server that is down is another matter.
    emulator.fault(Fault::status(400).on("activities.list"));
    assert!(jules.sync(with_activities().incremental(false)).await.is_err());
}

#[tokio::test]
async fn a_bad_network_changes_nothing() {
    let emulator = emulator().await;
    let ids = plant_ended(&emulator, 30);
    emulator.fault(Fault::status(503).nth(4));
    emulator.fault(Fault::reset(Moment::Body).nth(5));
    emulator.fault(Fault::truncate().nth(7));
    let jules = client(&emulator);
    assert_eq!(figures(&jules.sync(with_activities()).await.unwrap()), [30, 0, 0, 0, 60]);
    for id in &ids {
        assert_eq!(offline(&jules, id).await, 2);
    }
}

#[tokio::test]
async fn a_sync_that_was_dropped_goes_on_where_it_was() {
    let emulator = emulator().await;
    plant_ended(&emulator, 40);
    let jules = client(&emulator);
    for incremental in [true, false] {
        requests(&emulator);
        let (sender, mut done) = tokio::sync::mpsc::unbounded_channel();
        let options = with_activities().incremental(incremental).on_progress(move |progress| {
            if progress.phase == SyncPhase::HydratingActivities {
                sender.send(progress.current).unwrap();
            }
        });
        let sync = tokio::spawn(jules.sync(options));
        while done.recv().await.unwrap() < 10 {}
        sync.abort();
        assert!(sync.await.is_err_and(|error| error.is_cancelled()));
        let phases = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&phases);
        let options = with_activities().incremental(incremental);
        let report =
            jules.sync(options.on_progress(move |progress| seen.lock().unwrap().push(progress.phase))).await.unwrap();
        assert!(report.sessions_skipped >= 10, "{report:?}");
        assert_eq!(phases.lock().unwrap()[0], SyncPhase::Checkpoint);
        // Comparing only ids is no fetching.
        let journal = emulator.journal().into_iter().filter(|entry| !entry.query.contains("fields="));
        let asked = journal.filter(|entry| entry.operation == Some("activities.list")).count();
        assert!((40..=40 + 3).contains(&asked), "{asked} requests for activities");
    }
}

#[tokio::test]
async fn what_was_begun_when_a_sync_was_dropped_comes_last_in_the_next() {
    let emulator = emulator().await;
    let first = plant_ended(&emulator, 5).pop().unwrap();
    emulator.fault(Fault::hang(Moment::Before).on("activities.list").session(&first).times(1));
    let asked = || {
        let entries = emulator.journal().into_iter().filter(|entry| entry.operation == Some("activities.list"));
        entries.map(|entry| entry.path.contains(&first)).collect::<Vec<_>>()
    };
    let jules = client(&emulator);
    let sync = tokio::spawn(jules.sync(with_activities().concurrency(1)));
    while asked().is_empty() {
        tokio::task::yield_now().await;
    }
    sync.abort();
    assert!(sync.await.is_err_and(|error| error.is_cancelled()));
    assert_eq!(figures(&jules.sync(with_activities().concurrency(1)).await.unwrap()), [5, 0, 0, 0, 10]);
    assert_eq!(asked(), [true, false, false, false, false, true]);
}

#[tokio::test]
async fn progress_tells_how_far_it_has_come() {
    let emulator = emulator().await;
    let ids = plant_ended(&emulator, 4);
    let told: Arc<Mutex<Vec<SyncProgress>>> = Arc::default();
    let listener = Arc::clone(&told);
    let options = with_activities().on_progress(move |progress| listener.lock().unwrap().push(progress.clone()));
    client(&emulator).sync(options).await.unwrap();
    let told = told.lock().unwrap();
    let last = told.last().unwrap();
    assert_eq!((last.phase, last.current, last.total), (SyncPhase::HydratingActivities, 4, Some(4)));
    assert_eq!(last.activity_count, Some(2));
    let mut named: Vec<_> = told.iter().filter_map(|progress| progress.last_ingested_id.clone()).collect();
    named.sort();
    assert_eq!(named, {
        let mut ids = ids;
        ids.sort();
        ids
    });
    assert_eq!(json!(told[0]), json!({"phase": "fetchingList", "current": 0}));
}

fn on_disk(emulator: &Emulator, directory: &Path) -> Jules {
    builder(emulator).cache_dir(directory).build().unwrap()
}

#[tokio::test]
async fn a_second_sync_of_a_store_waits_for_the_first() {
    let emulator = emulator().await;
    plant_ended(&emulator, 30);
    let directory = tempfile::tempdir().unwrap();
    let (one, other) = (on_disk(&emulator, directory.path()), on_disk(&emulator, directory.path()));
    emulator.fault(Fault::delay(5).on("activities.list"));
    let waited = Arc::new(Mutex::new(false));
    let seen = Arc::clone(&waited);
    let second = with_activities().on_progress(move |progress| {
        *seen.lock().unwrap() |= progress.phase == SyncPhase::Waiting;
    });
    let first = one.sync(with_activities());
    let (first, second) = tokio::join!(first, async {
        while emulator.journal().is_empty() {
            tokio::task::yield_now().await;
        }
        other.sync(second).await
    });
    assert_eq!(figures(&first.unwrap()), [30, 0, 0, 0, 60]);
    assert_eq!(figures(&second.unwrap()), [0, 0, 30, 0, 0]);
    assert!(*waited.lock().unwrap());
    assert_eq!(requests(&emulator)["activities.list"], 30);
}
