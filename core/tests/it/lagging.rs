//! Sessions that lie about their state, their time or their outputs, and activities whose content comes later.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::join_all;
use jules::{
    Cache, HistoryOptions, Op, Query, SessionState, StaleReason, StreamOptions, SyncDepth, SyncOptions, Timestamp,
};
use jules_emulator::{Emulator, Fault};
use serde_json::{Value, json};

use crate::support::{client, collect, emulator, kinds};

fn plant(emulator: &Emulator, seed: Value) -> String {
    emulator.plant(serde_json::from_value(seed).unwrap()).unwrap()
}

fn asked(emulator: &Emulator, operation: &str) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some(operation)).count()
}

/// At work by its state, and completed two minutes ago by its activities.
fn stuck(emulator: &Emulator) -> String {
    let ago = |seconds: u64| {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - Duration::from_secs(seconds);
        Timestamp::from_nanosecond(i128::try_from(time.as_nanos()).unwrap()).unwrap()
    };
    let activities = json!([
        {"progressUpdated": {"title": "x"}, "createTime": ago(180)},
        {"sessionCompleted": {}, "createTime": ago(120)},
    ]);
    plant(emulator, json!({"state": "IN_PROGRESS", "createTime": ago(600), "activities": activities}))
}

#[tokio::test]
async fn an_end_that_the_activities_told_long_ago_is_believed_everywhere() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let id = stuck(&emulator);
    let session = jules.session(&id).unwrap();
    let given = collect(session.stream(StreamOptions::default())).await;
    assert_eq!(kinds(&given), ["progressUpdated", "sessionCompleted"]);
    for info in [session.info().await.unwrap(), session.cached_info().await.unwrap()] {
        assert_eq!((info.state, info.server_state), (SessionState::Completed, Some(SessionState::InProgress)));
    }
    let query = Query::sessions().filter("state", Op::eq("completed"));
    assert_eq!(jules.select(query).await.unwrap().len(), 1);
    assert_eq!(session.result().await.unwrap().state, SessionState::Completed);
    assert_eq!(session.wait_for(SessionState::Completed).await.unwrap().state, SessionState::Completed);
    assert_eq!(
        session.snapshot().await.unwrap().to_json(&jules::SnapshotFields::default()).unwrap()["state"],
        "completed"
    );
}

#[tokio::test]
async fn a_look_beside_any_watcher_believes_it_too_until_it_goes_on() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let id = stuck(&emulator);
    let session = jules.session(&id).unwrap();
    assert_eq!(session.info().await.unwrap().state, SessionState::Completed);
    let more = json!({"session": id, "activities": [{"progressUpdated": {"title": "y"}}]});
    emulator.append_all(serde_json::from_value(more).unwrap()).unwrap();
    session.info().await.unwrap();
    let info = session.info().await.unwrap();
    assert_eq!((info.state, info.server_state), (SessionState::InProgress, None), "something came behind the end");
}

#[tokio::test]
async fn an_empty_activity_is_waited_for_and_comes_whole() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    emulator.fault(Fault::empty_first(1_000).nth(2).times(1));
    let id = plant(&emulator, json!({"state": "IN_PROGRESS"}));
    let stream = jules.session(&id).unwrap().stream(StreamOptions::default());
    let add = |activities: Value, state: &str| {
        let addition = json!({"session": id, "state": state, "activities": activities});
        emulator.append_all(serde_json::from_value(addition).unwrap()).unwrap()
    };
    add(json!([{"progressUpdated": {"title": "one"}}, {"agentMessaged": {"agentMessage": "two"}}]), "IN_PROGRESS");
    add(json!([{"sessionCompleted": {}}]), "COMPLETED");
    let given = collect(stream).await;
    let mut kinds = kinds(&given);
    kinds.sort_unstable();
    assert_eq!(kinds, ["agentMessaged", "progressUpdated", "sessionCompleted"], "none of them empty, none missing");
}

#[tokio::test]
async fn a_message_that_becomes_whole_behind_the_end_is_no_reason_to_wait_for_another_one() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let id = plant(&emulator, json!({"state": "IN_PROGRESS"}));
    let stream = jules.session(&id).unwrap().stream(StreamOptions::default());
    let add = |addition: Value| emulator.append_all(serde_json::from_value(addition).unwrap()).unwrap();
    add(json!({"session": id, "emptyMs": 1_000, "activities": [{"agentMessaged": {"agentMessage": "one"}}]}));
    let end = json!({"session": id, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
    let began = std::time::Instant::now();
    add(end);
    let given = collect(stream).await;
    let took = began.elapsed();
    println!("the stream ended {took:.1?} after the session");
    assert_eq!(kinds(&given), ["sessionCompleted", "agentMessaged"]);
    assert!(took < std::time::Duration::from_secs(8), "{took:?}");
}

/// A session that has ended, with one activity that is listed without its content for so long.
fn ended_with_an_empty_one(emulator: &Emulator, milliseconds: u64) -> String {
    let id = plant(emulator, json!({"state": "IN_PROGRESS", "activities": [{"progressUpdated": {"title": "one"}}]}));
    let add = |addition: Value| emulator.append_all(serde_json::from_value(addition).unwrap()).unwrap();
    let message = json!([{"agentMessaged": {"agentMessage": "two"}}]);
    add(json!({"session": id, "emptyMs": milliseconds, "activities": message}));
    add(json!({"session": id, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]}));
    id
}

#[derive(Clone, Copy, Debug)]
enum Next {
    Sync,
    Stream,
    History,
}

const WHOLE: [&str; 3] = ["agentMessaged", "progressUpdated", "sessionCompleted"];

fn sorted(activities: &[jules::Activity]) -> Vec<&str> {
    let mut kinds = kinds(activities);
    kinds.sort_unstable();
    kinds
}

/// Syncs while an activity is empty, waits until it is whole, and looks again.
async fn synced_while_empty(next: Next, same_client: bool) {
    let case = format!("{next:?}, the same client: {same_client}");
    let emulator = emulator().await;
    let id = ended_with_an_empty_one(&emulator, 2_000);
    let directory = tempfile::tempdir().unwrap();
    let client =
        || crate::support::builder(&emulator).cache(Cache::Directory(directory.path().into())).build().unwrap();
    let options = || SyncOptions::default().depth(SyncDepth::Activities);
    let first = client();
    first.sync(options()).await.unwrap();
    let reason = first.session(&id).unwrap().cache_info().await.unwrap().reason;
    assert_eq!(reason, Some(StaleReason::Incomplete), "{case}: what is empty may become whole");
    // So long it is empty at the server.
    tokio::time::sleep(Duration::from_secs(2)).await;

    let jules = if same_client { first } else { client() };
    let session = jules.session(&id).unwrap();
    match next {
        Next::Sync => drop(jules.sync(options()).await.unwrap()),
        Next::History => {
            assert_eq!(sorted(&collect(session.history(HistoryOptions::default())).await), WHOLE, "{case}")
        }
        Next::Stream => assert_eq!(sorted(&collect(session.stream(StreamOptions::default())).await), WHOLE, "{case}"),
    }
    let mut offline = HistoryOptions::default();
    offline.offline = true;
    assert_eq!(sorted(&collect(session.history(offline)).await), WHOLE, "{case}: none empty, none missing");
    jules.sync(options()).await.unwrap();
    assert_eq!(jules.sync(options()).await.unwrap().sessions_skipped, 1, "{case}: now it is settled");
}

#[tokio::test]
async fn what_a_sync_found_empty_the_next_look_gives_whole_whoever_makes_it() {
    let cases = [Next::Sync, Next::Stream, Next::History].map(|next| [true, false].map(|same| (next, same)));
    join_all(cases.into_iter().flatten().map(|(next, same)| synced_while_empty(next, same))).await;
}

#[tokio::test]
async fn what_is_still_empty_after_a_minute_of_the_server_is_taken_as_it_is() {
    let ago = |seconds: u64| {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + Duration::from_secs(3_600 - seconds);
        Timestamp::from_nanosecond(i128::try_from(time.as_nanos()).unwrap()).unwrap()
    };
    for (seconds, stored, skipped) in [(90, 2, 1), (30, 1, 0)] {
        let emulator = emulator().await;
        // The server's clock is what counts.
        emulator.configure(|config| config.clock_skew_ms = 3_600_000).unwrap();
        let jules = client(&emulator);
        let activities = json!([{"createTime": ago(seconds)}, {"sessionCompleted": {}, "createTime": ago(20)}]);
        let id = plant(&emulator, json!({"state": "COMPLETED", "createTime": ago(600), "activities": activities}));
        let options = || SyncOptions::default().depth(SyncDepth::Activities);
        jules.sync(options()).await.unwrap();
        let session = jules.session(&id).unwrap();
        assert_eq!(session.cache_info().await.unwrap().activities, stored, "{seconds} s ago");
        assert_eq!(jules.sync(options()).await.unwrap().sessions_skipped, skipped, "{seconds} s ago");
    }
}

#[tokio::test]
async fn outputs_that_were_seen_stay_when_a_later_look_lacks_them() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let outputs = json!([{"pullRequest": {"url": "https://github.com/o/r/pull/7", "title": "t"}}]);
    let id = plant(&emulator, json!({"state": "COMPLETED", "outputs": outputs}));
    let session = jules.session(&id).unwrap();
    assert!(session.info().await.unwrap().pull_request.is_some());
    emulator.fault(Fault::vanish_outputs());
    assert!(session.info().await.unwrap().pull_request.is_some());
    assert!(session.result().await.unwrap().pull_request.is_some());
    let listed = jules.sessions(Default::default()).page().await.unwrap();
    assert!(listed.items[0].pull_request.is_some());
    jules.sync(SyncOptions::default()).await.unwrap();
    assert!(session.cached_info().await.unwrap().pull_request.is_some());
}

#[tokio::test]
async fn a_time_that_is_always_now_wakes_no_ended_session() {
    for sessions in [1, 30] {
        let emulator = emulator().await;
        let jules = client(&emulator);
        for _ in 0..sessions {
            plant(&emulator, json!({"state": "COMPLETED", "activities": [{"sessionCompleted": {}}]}));
        }
        emulator.configure(|config| config.update_time = jules_emulator::UpdateTime::Now).unwrap();
        let options = || SyncOptions::default().depth(SyncDepth::Activities);
        jules.sync(options()).await.unwrap();
        emulator.clear_journal();
        let report = jules.sync(options()).await.unwrap();
        assert_eq!((report.sessions_skipped, report.activities_ingested), (sessions, 0));
        assert_eq!((asked(&emulator, "sessions.get"), asked(&emulator, "activities.list")), (0, 0));
    }
}

#[tokio::test]
async fn a_finished_session_is_read_once_however_long_it_is() {
    let emulator = emulator().await;
    let mut activities: Vec<_> = (0..2_000)
        .map(|number| {
            let (minutes, seconds) = (number / 60, number % 60);
            json!({"progressUpdated": {}, "createTime": format!("2026-01-02T03:{minutes:02}:{seconds:02}Z")})
        })
        .collect();
    activities.push(json!({"sessionCompleted": {}, "createTime": "2026-01-02T04:00:00Z"}));
    let seed = json!({"state": "COMPLETED", "createTime": "2026-01-02T03:00:00Z", "activities": activities});
    let id = plant(&emulator, seed);
    let directory = tempfile::tempdir().unwrap();
    let jules = crate::support::builder(&emulator).cache(Cache::Directory(directory.path().into())).build().unwrap();
    let given = collect(jules.session(&id).unwrap().stream(StreamOptions::default())).await;
    assert_eq!(given.len(), 2_001);
    // 21 pages, and a poll or two that bring nothing.
    let lists = asked(&emulator, "activities.list");
    assert!(lists <= 23, "{lists} requests for 21 pages");
}
