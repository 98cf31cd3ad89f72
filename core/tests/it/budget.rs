//! The budget of `activities.list` against the emulator: many sessions for three minutes under a quota, each minute of six
//! seconds, or with JULES_LONG of sixty. How late what comes is at the real pace, the simulation measures.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use jules::{ActivityBudget, Jules, StreamOptions};
use jules_emulator::{Emulator, Fault};
use serde_json::json;

use crate::support::builder;

/// So many calls a minute, which is so many milliseconds long.
async fn limited(minute: u64) -> Arc<Emulator> {
    let emulator = Emulator::builder().per_minute("activities.list", 120).start().await.unwrap();
    emulator.configure(|config| config.minute_ms = minute).unwrap();
    Arc::new(emulator)
}

/// A session that makes so many activities, one each so often, and ends.
async fn live(emulator: &Arc<Emulator>, count: usize, every: Duration) -> String {
    let seed = serde_json::from_value(json!({ "state": "IN_PROGRESS" })).unwrap();
    let id = emulator.plant(seed).unwrap();
    let (emulator, session) = (Arc::clone(emulator), id.clone());
    tokio::spawn(async move {
        for _ in 0..count {
            tokio::time::sleep(every).await;
            emulator.append(&session, json!({ "progressUpdated": { "title": "On it" } })).unwrap();
        }
        let end = json!({ "session": session, "state": "COMPLETED", "activities": [{ "sessionCompleted": {} }] });
        emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
    });
    id
}

async fn ids(jules: &Jules, session: &str) -> Vec<String> {
    let stream = jules.session(session).unwrap().stream(StreamOptions::default());
    stream.map(|activity| activity.unwrap().id).collect().await
}

fn on_server(emulator: &Emulator, session: &str) -> Vec<String> {
    let activities = emulator.session(session).unwrap().activities;
    activities.iter().map(|activity| activity["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_live_sessions_stay_within_the_quota_and_give_everything_once() {
    let (minute, budget) = match std::env::var_os("JULES_LONG") {
        Some(_) => (60_000, ActivityBudget::Default),
        // Ten at once, and 110 in six seconds.
        None => (6_000, ActivityBudget::PerMinute(1_110)),
    };
    let emulator = limited(minute).await;
    let jules = builder(&emulator).activity_budget(budget).build().unwrap();
    let second = Duration::from_millis(minute / 60);
    let mut sessions = Vec::new();
    for one in 0..20 {
        // Three minutes of them.
        let (count, every) = if one < 4 { (90, second * 2) } else { (3, second * 60) };
        sessions.push(live(&emulator, count, every).await);
    }
    let limit = Duration::from_millis(minute * 5 + 60_000);
    let streams = join_all(sessions.iter().map(|session| ids(&jules, session)));
    let seen = tokio::time::timeout(limit, streams).await.expect("all streams end");
    for (session, seen) in sessions.iter().zip(seen) {
        assert_eq!(seen, on_server(&emulator, session), "everything once, in order");
    }
    let rate = emulator.rates().into_iter().find(|rate| rate.operation == "activities.list").unwrap();
    println!("{} calls, {} refused, at most {} a minute", rate.requests, rate.refused, rate.worst_minute);
    assert!(rate.refused < 5 && rate.worst_minute <= 120, "{rate:?}");
}

#[tokio::test]
async fn a_client_that_is_refused_all_the_same_slows_down() {
    // Somebody else uses the account: there is less than the client thinks.
    let emulator = limited(2_000).await;
    let less = [("activities.list".to_owned(), 8)];
    emulator.configure(|config| config.per_minute.extend(less)).unwrap();
    let jules = builder(&emulator).activity_budget(3_000).build().unwrap();
    let session = live(&emulator, 40, Duration::from_millis(100)).await;
    assert_eq!(ids(&jules, &session).await, on_server(&emulator, &session));
    let rate = emulator.rates().into_iter().find(|rate| rate.operation == "activities.list").unwrap();
    println!("{} calls, {} refused", rate.requests, rate.refused);
    assert!(rate.refused * 2 < rate.requests, "{rate:?}");
}

#[tokio::test]
async fn what_a_refusal_taught_one_client_the_others_of_its_store_keep_too() {
    let emulator = limited(60_000).await;
    let directory = tempfile::tempdir().unwrap();
    let session = live(&emulator, 1_000, Duration::from_millis(20)).await;
    let of_store = || builder(&emulator).cache(jules::Cache::Directory(directory.path().into())).activity_budget(600);
    let read = async |jules: Jules, count: usize| {
        let stream = jules.session(&session).unwrap().stream(StreamOptions::default());
        stream.take(count).for_each(|activity| async move { drop(activity.unwrap()) }).await;
    };
    let quota = json!({"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded.", "details": [{
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED",
        "metadata": {"quota_limit_value": "12", "quota_unit": "1/min/{project}"}}]});
    emulator.fault(Fault::status(429).body(json!({ "error": quota })).on("activities.list").skip(1).times(1));
    // It ends soon after the refusal: its own calls, the one that was made again too, leave some turns to the other.
    read(of_store().build().unwrap(), 10).await;
    // The other one would make ten calls at once; it knows that there are twelve a minute, in all.
    emulator.clear_journal();
    let other = of_store().build().unwrap();
    tokio::time::timeout(Duration::from_secs(3), read(other, 100_000)).await.expect_err("it goes on");
    let calls = emulator.journal().iter().filter(|entry| entry.operation == Some("activities.list")).count();
    println!("{calls} calls of the other client");
    assert!((1..=6).contains(&calls), "{calls} calls");
}
