//! Each kind of fault, as a client meets it.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use jules_emulator::{Fault, Moment};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Service, web};

async fn with(fault: Fault) -> Service {
    let service = Service::start().await;
    service.emulator.fault(fault);
    service
}

/// A session with five messages and no agent.
fn five_messages(service: &Service) -> String {
    let activities: Vec<Value> =
        (1..=5).map(|n| json!({ "agentMessaged": { "agentMessage": format!("message {n}") } })).collect();
    service.emulator.plant(serde_json::from_value(json!({ "activities": activities })).unwrap()).unwrap()
}

fn numbers(answer: &Value) -> Vec<String> {
    let activities = answer["activities"].as_array().cloned().unwrap_or_default();
    activities
        .iter()
        .map(|one| one["agentMessaged"]["agentMessage"].as_str().unwrap().replace("message ", ""))
        .collect()
}

#[tokio::test]
async fn a_status_comes_with_body_and_retry_after_so_many_times() {
    let service = with(Fault::status(503).retry_after(2).on("sessions.list").times(1)).await;
    let refused = service.get("sessions").await;
    assert_eq!((refused.status, &refused.json["error"]["status"]), (503, &json!("UNAVAILABLE")));
    assert_eq!(refused.headers["retry-after"], "2");
    assert_eq!(service.get("sessions").await.status, 200);
    assert_eq!(service.emulator.journal()[0].faults, ["status"]);
    service.emulator.fault(Fault::status(429).body("slow down").retry_after_date(30));
    let refused = service.get("sources").await;
    assert_eq!(refused.text, "slow down");
    let wait = httpdate::parse_http_date(refused.headers["retry-after"].to_str().unwrap()).unwrap();
    let now = httpdate::parse_http_date(refused.headers["date"].to_str().unwrap()).unwrap();
    assert_eq!(wait.duration_since(now).unwrap().as_secs(), 30);
}

#[tokio::test]
async fn a_reset_is_a_reset_and_a_close_is_an_end() {
    let service = with(Fault::reset(Moment::Before).times(1)).await;
    let (read, ended) = service.raw_get("sessions").await;
    assert_eq!((read.as_str(), ended.unwrap_err().kind()), ("", ErrorKind::ConnectionReset));

    service.emulator.fault(Fault::close(Moment::Before).times(1));
    let (read, ended) = service.raw_get("sessions").await;
    assert!(read.is_empty() && ended.is_ok());

    service.emulator.fault(Fault::reset(Moment::Headers).times(1));
    let (read, ended) = service.raw_get("sources").await;
    assert!(read.starts_with("HTTP/1.1 200 OK") && read.ends_with("\r\n\r\n"), "{read}");
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);

    service.emulator.fault(Fault::reset(Moment::Body).times(1));
    let (read, ended) = service.raw_get("sources").await;
    assert!(read.contains("hello-world") && !read.ends_with("}\n"), "{read}");
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);

    service.emulator.fault(Fault::truncate().times(1));
    let (read, ended) = service.raw_get("sources").await;
    assert!(ended.is_ok() && !read.ends_with("}\n"), "{read}");
    let entry = service.emulator.journal().pop().unwrap();
    assert_eq!(read.split_once("\r\n\r\n").unwrap().1.len(), entry.response_bytes);
}

#[tokio::test]
async fn an_effect_can_be_had_without_an_answer() {
    for fault in
        [Fault::reset(Moment::AfterEffect), Fault::close(Moment::AfterEffect), Fault::status(503).after_effect()]
    {
        let service = with(fault.on("sessions.create").times(1)).await;
        let answer = service.send(Method::POST, "sessions", Some(json!({ "prompt": "once" }))).await;
        assert!(answer.is_err() || answer.unwrap().status == 503);
        assert_eq!(service.emulator.sessions().len(), 1);
    }
    let service = with(Fault::reset(Moment::Before).on("sessions.create").times(1)).await;
    assert!(service.send(Method::POST, "sessions", Some(json!({ "prompt": "never" }))).await.is_err());
    assert!(service.emulator.sessions().is_empty());
}

#[tokio::test]
async fn silence_keeps_the_connection_open() {
    for moment in [Moment::Before, Moment::Headers, Moment::Body] {
        let service = with(Fault::hang(moment).times(1)).await;
        let asked = tokio::time::timeout(Duration::from_millis(150), service.get("sources")).await;
        assert!(asked.is_err(), "{moment:?}");
        assert_eq!(service.get("sources").await.status, 200, "others are served meanwhile");
    }
}

#[tokio::test]
async fn a_body_drips_and_a_delay_delays() {
    let service = with(Fault::slow(4000).on("sources.list").times(1)).await;
    service.emulator.fault(Fault::delay(120).on("sessions.list").times(1));
    let started = Instant::now();
    let slow = service.get("sources?prettyPrint=false").await;
    assert_eq!(slow.json["sources"].as_array().unwrap().len(), 3);
    assert!(started.elapsed() > Duration::from_millis(100), "{:?} for {} bytes", started.elapsed(), slow.text.len());
    let started = Instant::now();
    service.get("sessions").await;
    assert!(started.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn bodies_are_malformed_pages_and_redirects() {
    let service = with(Fault::malformed().times(1)).await;
    let malformed = service.get("sources").await;
    assert_eq!((malformed.status, malformed.json), (200, Value::Null));
    service.emulator.fault(Fault::html(502).times(1));
    let page = service.get("sources").await;
    assert_eq!(page.status, 502);
    assert!(page.text.contains("<html") && page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    service.emulator.fault(Fault::redirect("http://127.0.0.1:9/elsewhere").times(1));
    let redirect = service.get("sources").await;
    assert_eq!(
        (redirect.status, &redirect.headers["location"]),
        (302, &"http://127.0.0.1:9/elsewhere".parse().unwrap())
    );
}

#[tokio::test]
async fn filters_and_masks_are_refused_or_ignored() {
    let service = Service::start().await;
    let session = five_messages(&service);
    let path =
        format!("sessions/{session}/activities?filter=create_time%3E%222100-01-01T00:00:00Z%22&fields=activities/id");
    assert_eq!(service.get(&path).await.json, json!({}));
    for (fault, status) in [(Fault::refuse_filter(), 400), (Fault::refuse_fields(), 400), (Fault::ignore_filter(), 200)]
    {
        service.emulator.fault(fault.times(1));
        assert_eq!(service.get(&path).await.status, status);
    }
    service.emulator.fault(Fault::ignore_fields().times(1));
    service.emulator.fault(Fault::ignore_filter().times(1));
    assert_eq!(numbers(&service.get(&path).await.json).len(), 5);
    assert_eq!(service.get(&path).await.json, json!({}), "and then as before");
}

#[tokio::test]
async fn pages_come_doubled_disordered_repeated_and_empty() {
    let service = Service::start().await;
    let session = five_messages(&service);
    let path = format!("sessions/{session}/activities?pageSize=3");
    service.emulator.fault(Fault::duplicate_items().times(1));
    assert_eq!(numbers(&service.get(&path).await.json), ["1", "2", "3", "1", "2"]);
    service.emulator.fault(Fault::shuffle_items().times(1));
    let mut shuffled = numbers(&service.get(&format!("sessions/{session}/activities")).await.json);
    assert_ne!(shuffled, ["1", "2", "3", "4", "5"]);
    shuffled.sort();
    assert_eq!(shuffled, ["1", "2", "3", "4", "5"]);
    service.emulator.fault(Fault::repeat_page().nth(2).times(1));
    service.emulator.fault(Fault::empty_page().times(1));
    let mut seen = Vec::new();
    let mut token = String::new();
    loop {
        let page = service.get(&format!("{path}&pageToken={token}")).await.json;
        seen.push(numbers(&page).concat());
        match page["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
    assert_eq!(seen, ["", "123", "123", "45"]);
}

#[tokio::test]
async fn pages_go_on_for_ever() {
    let service = Service::start().await;
    let session = five_messages(&service);
    for (fault, different) in [(Fault::endless_pages(), 9), (Fault::circular_pages(), 2)] {
        let path = format!("sessions/{session}/activities?pageSize=3");
        service.emulator.fault(fault.times(9));
        let (mut tokens, mut token) = (std::collections::HashSet::new(), String::new());
        for _ in 0..9 {
            let page = service.get(&format!("{path}&pageToken={token}")).await.json;
            page["nextPageToken"].as_str().unwrap().clone_into(&mut token);
            tokens.insert(token.clone());
        }
        assert_eq!(tokens.len(), different);
    }
}

#[tokio::test]
async fn sessions_freeze_and_dream() {
    let service = Service::start().await;
    let session = service.create("Quick [scenario:quick]", false).await;
    service.until(&session, "COMPLETED").await;
    service.emulator.fault(Fault::freeze_update_time().times(1));
    service.emulator.fault(Fault::unknown_state("DREAMING").times(1));
    service.emulator.fault(Fault::unknown_fields().times(1));
    let listed = service.get("sessions").await.json["sessions"][0].clone();
    assert_eq!(listed["updateTime"], listed["createTime"]);
    assert_eq!(listed["state"], "DREAMING");
    assert!(listed.get("fieldOfTomorrow").is_some());
}

#[tokio::test]
async fn values_headers_and_sizes_that_no_service_sends() {
    let service = Service::start().await;
    service.create("s", false).await;
    service.emulator.fault(Fault::strange_values("1e999").on("sessions.list").times(1));
    service.emulator.fault(Fault::many_headers(20, 10).on("sources.list").times(1));
    assert!(service.get("sessions?prettyPrint=false").await.text.contains(r#""strange":1e999"#));
    assert_eq!(service.get("sources").await.headers["x-trace-19"], "xxxxxxxxxx");
}

#[tokio::test]
async fn a_small_body_unpacks_to_a_large_one() {
    let service = Service::start().await;
    service.emulator.fault(Fault::gzip_bomb(3_000_000));
    let client = web().gzip(true).no_proxy().build().unwrap();
    let answer = client.get(format!("{}/sessions", service.emulator.url())).header("X-Goog-Api-Key", "any");
    let unpacked = answer.send().await.unwrap().text().await.unwrap();
    assert_eq!(unpacked, format!("[{}{{}}]", "{},".repeat(1_000_000)));
    let sent = service.emulator.journal()[0].response_bytes;
    assert!(sent < 60_000, "{sent}");
}

#[tokio::test]
async fn activities_are_disturbed_as_they_are_created() {
    let service = Service::start().await;
    for fault in [
        Fault::equal_time().skip(1),
        Fault::unknown_event().skip(2),
        Fault::unknown_artifact().skip(3),
        Fault::huge(5000).skip(4),
        Fault::late(60_000).skip(5),
    ] {
        service.emulator.fault(fault.times(1));
    }
    let session = service.emulator.plant(Default::default()).unwrap();
    for n in 1..=6 {
        service.emulator.append(&session, json!({ "agentMessaged": { "agentMessage": n.to_string() } })).unwrap();
    }
    let seen = service.activities(&session, "").await;
    assert_eq!(seen.len(), 5, "the sixth is late");
    assert_eq!(seen[0]["createTime"], seen[1]["createTime"]);
    assert!(seen[2].get("dreamRecorded").is_some() && seen[2].get("agentMessaged").is_none());
    assert!(seen[3]["artifacts"][0].get("hologram").is_some());
    assert_eq!(seen[4]["artifacts"][0]["bashOutput"]["output"].as_str().unwrap().len(), 5000);
    assert_eq!(service.emulator.session(&session).unwrap().activities.len(), 6);
}

#[tokio::test]
async fn the_clock_can_be_ahead_or_behind() {
    let service = Service::start().await;
    for minutes in [10, -10] {
        service.emulator.configure(|config| config.clock_skew_ms = minutes * 60_000).unwrap();
        let date = service.get("sources").await.headers["date"].to_str().unwrap().to_owned();
        let date = jiff::Timestamp::try_from(httpdate::parse_http_date(&date).unwrap()).unwrap();
        let ahead = date.duration_since(jiff::Timestamp::now()).as_secs();
        assert!((ahead - minutes * 60).abs() <= 2, "{ahead}");
    }
}
