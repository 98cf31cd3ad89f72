//! Quotas a minute by operation, and the count of what came.

use std::collections::BTreeMap;

use jules_emulator::{Account, Emulator, Fault, QuotaDetails};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Service, planted};

async fn limited(requests: u32) -> Service {
    Service::with(Emulator::builder().per_minute("activities.list", requests).start().await.unwrap())
}

#[tokio::test]
async fn a_quota_refuses_within_the_sliding_minute_and_for_its_operation_only() {
    let service = limited(3).await;
    service.emulator.configure(|config| config.minute_ms = 1000).unwrap();
    let session = planted(&service.emulator, json!({}));
    let list = format!("sessions/{session}/activities");
    for status in [200, 200, 200, 429, 429] {
        assert_eq!(service.get(&list).await.status, status);
    }
    assert_eq!(service.get(&format!("sessions/{session}")).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_millis(1010)).await;
    assert_eq!(service.get(&list).await.status, 200, "what was refused used nothing up");
}

#[tokio::test]
async fn the_refusal_names_the_quota_as_google_does() {
    let service = limited(0).await;
    let session = planted(&service.emulator, json!({}));
    let list = format!("sessions/{session}/activities");
    for (details, kind) in [
        (QuotaDetails::QuotaFailure, json!("type.googleapis.com/google.rpc.QuotaFailure")),
        (QuotaDetails::ErrorInfo, json!("type.googleapis.com/google.rpc.ErrorInfo")),
        (QuotaDetails::None, Value::Null),
    ] {
        service.emulator.configure(|config| config.quota_details = details).unwrap();
        let refused = service.get(&list).await;
        assert_eq!((refused.status, &refused.json["error"]["status"]), (429, &json!("RESOURCE_EXHAUSTED")));
        assert_eq!(refused.json["error"]["details"][0]["@type"], kind);
        let named = refused.text.contains("'ListActivities requests per minute'");
        assert_eq!(named, details != QuotaDetails::None, "{}", refused.text);
    }
}

#[tokio::test]
async fn accounts_have_quotas_of_their_own() {
    let service = limited(1).await;
    service.emulator.add_account(Account::new("team").key("one").key("two")).unwrap();
    let session = planted(&service.emulator, json!({ "account": "team" }));
    let list = format!("sessions/{session}/activities");
    let ask = async |key: &str| service.send_as(key, Method::GET, &list, None).await.unwrap().status;
    assert_eq!(ask("one").await, 200);
    assert_eq!(ask("two").await, 429, "all keys of the account draw from it");
    assert_eq!(ask("any").await, 404, "another account passes the quota, and has no such session");
}

#[tokio::test]
async fn the_worst_sliding_minute_is_counted() {
    let service = Service::start().await;
    let session = planted(&service.emulator, json!({}));
    let list = format!("sessions/{session}/activities");
    service.emulator.fault(Fault::status(503).on("activities.list").times(1));
    for _ in 0..5 {
        service.get(&list).await;
    }
    service.emulator.configure(|config| config.minute_ms = 20).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    service.get(&list).await;
    assert_eq!(service.emulator.worst_minute("activities.list"), 5, "the sixth came when the others were forgotten");
    let rates = service.control(Method::GET, "rates", None).await.json;
    let expected =
        json!({ "account": "", "operation": "activities.list", "requests": 6, "refused": 0, "worstMinute": 5 });
    assert_eq!(rates[0], expected, "those that a fault met count too");
    service.control(Method::DELETE, "rates", None).await;
    assert_eq!(service.emulator.worst_minute("activities.list"), 0);
}

#[tokio::test]
async fn a_quota_for_no_operation_is_refused() {
    let service = Service::start().await;
    let quota = BTreeMap::from([("activity.list".to_owned(), 1)]);
    let refused = service.emulator.configure(|config| config.per_minute = quota).unwrap_err();
    assert!(refused.contains("activity.list"), "{refused}");
}
