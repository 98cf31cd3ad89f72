//! States and times that lag behind the truth: updateTime, sessions that wake or never say that they are done.

use std::time::Duration;

use jules_emulator::{Emulator, UpdateTime};
use serde_json::json;

use crate::support::{Service, events, planted};

async fn update_time(service: &Service, session: &str) -> jiff::Timestamp {
    let shown = service.get(&format!("sessions/{session}")).await.json;
    let listed = service.get("sessions?fields=sessions(id,updateTime)").await.json["sessions"][0].clone();
    let read = |value: &serde_json::Value| value["updateTime"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(read(&listed) >= read(&shown), "the list is asked later and says the same or more");
    read(&shown)
}

#[tokio::test]
async fn an_update_time_lags_and_then_moves_to_a_later_moment() {
    let service = Service::start().await;
    service.emulator.configure(|config| config.update_time = UpdateTime::LagsMs(500)).unwrap();
    let before = jiff::Timestamp::now();
    let session = planted(&service.emulator, json!({ "updateTime": "2025-10-05T01:00:00Z" }));
    service.emulator.append(&session, json!({ "sessionCompleted": {} })).unwrap();
    assert_eq!(update_time(&service, &session).await.to_string(), "2025-10-05T01:00:00Z");
    tokio::time::sleep(Duration::from_millis(520)).await;
    let moved = update_time(&service, &session).await;
    assert!(moved.duration_since(before).as_millis() >= 500, "500 ms after the activity: {moved}");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(update_time(&service, &session).await, moved, "and then it stands");
}

#[tokio::test]
async fn an_update_time_can_always_be_now() {
    let service = Service::start().await;
    let session = planted(&service.emulator, json!({ "state": "COMPLETED", "updateTime": "2025-10-05T01:00:00Z" }));
    service.emulator.configure(|config| config.update_time = UpdateTime::Now).unwrap();
    let first = update_time(&service, &session).await;
    assert!(first.duration_since(jiff::Timestamp::now()).as_secs().abs() < 5);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert!(update_time(&service, &session).await > first);
}

#[tokio::test]
async fn a_completed_session_can_wake_by_itself() {
    // Slow enough that each of its states is met.
    let service = Service::with(Emulator::builder().speed(10.0).start().await.unwrap());
    let session = service.create("Fix [scenario:wakes]", false).await;
    service.until(&session, "COMPLETED").await;
    service.until(&session, "PLANNING").await;
    let view = service.until(&session, "COMPLETED").await;
    let ends = events(&view.activities).iter().filter(|event| *event == "sessionCompleted").count();
    assert_eq!(ends, 2);
}

#[tokio::test]
async fn a_state_can_be_stuck_after_the_end() {
    let service = Service::start().await;
    let session = service.create("Fix [scenario:stuck]", false).await;
    let ended = async || events(&service.activities(&session, "").await).contains(&"sessionCompleted".to_owned());
    let waited = tokio::time::timeout(Duration::from_secs(5), async {
        while !ended().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    waited.await.unwrap();
    tokio::time::sleep(Duration::from_millis(30)).await;
    let view = service.emulator.session(&session).unwrap();
    assert_eq!(view.state, "IN_PROGRESS");
    assert!(view.resource["outputs"].is_array(), "its work is there");
}
