//! Accounts with a past and lists that are heavy: what full items cost, and how `fields` makes them light.

use std::time::{Duration, Instant};

use jules_emulator::{BulkSeed, Fault, ItemWeight, SourceSeed};
use reqwest::Method;
use serde_json::json;

use crate::support::{Service, planted};

const LIGHT: &str = "fields=sessions(id,createTime),nextPageToken&prettyPrint=false";

async fn old_account(count: usize, weight: usize) -> Service {
    let service = Service::start().await;
    service.emulator.plant_many(&BulkSeed { count, weight, ..BulkSeed::default() }).unwrap();
    service
}

#[tokio::test]
async fn thousands_of_heavy_sessions_cost_nothing_until_they_are_written_out() {
    let service = old_account(2500, 300_000).await;
    assert_eq!(service.emulator.accounts()[0].created, 0, "they are old");
    let (mut token, mut seen, mut bytes) = (String::new(), Vec::new(), 0);
    loop {
        let page = service.get(&format!("sessions?pageSize=100&{LIGHT}&pageToken={token}")).await;
        bytes += page.text.len();
        let ids = page.json["sessions"].as_array().unwrap().iter();
        seen.extend(ids.map(|one| one["createTime"].as_str().unwrap().to_owned()));
        match page.json["nextPageToken"].as_str() {
            Some(next) => next.clone_into(&mut token),
            None => break,
        }
    }
    assert_eq!(seen.len(), 2500);
    assert!(seen.is_sorted_by(|newer, older| newer > older), "evenly spread, newest first");
    assert!(bytes < 2500 * 150, "{bytes} bytes");
    let full = service.get("sessions?pageSize=2&prettyPrint=false").await;
    assert!(full.text.len() > 600_000, "{}", full.text.len());
    let patch = &full.json["sessions"][0]["outputs"][1]["changeSet"]["gitPatch"]["unidiffPatch"];
    assert_eq!(patch.as_str().unwrap().len(), 300_000);
    let one = service.get(full.json["sessions"][0]["name"].as_str().unwrap()).await;
    assert!(one.text.len() > 300_000);
}

#[tokio::test]
async fn an_old_account_can_be_planted_from_outside() {
    let service = Service::start().await;
    let bulk =
        json!({ "count": 3, "state": "FAILED", "oldest": "2025-01-01T00:00:00Z", "newest": "2025-01-03T00:00:00Z" });
    let planted = service.control(Method::POST, "sessions/bulk", Some(bulk)).await.json;
    assert_eq!(planted["ids"].as_array().unwrap().len(), 3);
    let times: Vec<serde_json::Value> =
        service.emulator.sessions().iter().map(|one| one.resource["createTime"].clone()).collect();
    assert_eq!(json!(times), json!(["2025-01-03T00:00:00Z", "2025-01-02T00:00:00Z", "2025-01-01T00:00:00Z"]));
    let wrong = service.control(Method::POST, "sessions/bulk", Some(json!({ "oldest": "yesterday" }))).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn full_items_cost_time_and_bytes_and_light_ones_do_not() {
    let service = old_account(10, 0).await;
    // Scripted time: 300 ms an item are 3 ms at speed 100.
    let weight = ItemWeight { ms: 300.0, bytes: 5000, light_ms: 0.0 };
    service.emulator.configure(|config| config.list_weight.sessions = weight).unwrap();
    let timed = async |query: &str| {
        let started = Instant::now();
        let answer = service.get(&format!("sessions?{query}")).await;
        (started.elapsed(), answer.text.len())
    };
    for full in ["pageSize=10", "pageSize=10&fields=sessions", "pageSize=10&fields=sessions/outputs", "fields=*"] {
        let (took, bytes) = timed(full).await;
        assert!(took >= Duration::from_millis(30) && bytes > 50_000, "{full}: {took:?}, {bytes} bytes");
    }
    let (_, light) = timed(LIGHT).await;
    assert!(light < 2000, "{light}");
    assert!(timed("pageSize=5").await.1 < 40_000, "by the item");
    service.emulator.fault(Fault::ignore_fields().times(1));
    let (took, bytes) = timed(LIGHT).await;
    assert!(took >= Duration::from_millis(30) && bytes > 50_000, "ignored fields leave items heavy");
    service.emulator.fault(Fault::refuse_fields().times(1));
    assert_eq!(service.get(&format!("sessions?{LIGHT}")).await.status, 400);
    service.emulator.configure(|config| config.list_weight.sessions.light_ms = 300.0).unwrap();
    assert!(timed(LIGHT).await.0 >= Duration::from_millis(30), "if that is set");
}

#[tokio::test]
async fn sources_carry_every_branch_unless_fields_leave_them_out() {
    let service = Service::start().await;
    let many = json!({ "owner": "acme", "repo": "service", "count": 500, "madeBranches": 200 });
    let named = service.control(Method::POST, "sources", Some(many)).await.json;
    assert_eq!(
        (&named["name"], named["names"].as_array().unwrap().len()),
        (&json!("sources/github/acme/service-0001"), 500)
    );
    let page = service.get("sources?pageSize=100&prettyPrint=false").await;
    let branches = |source: &serde_json::Value| source["githubRepo"]["branches"].as_array().unwrap().len();
    assert_eq!(branches(&page.json["sources"][99]), 201);
    assert!(page.text.len() > 97 * 200 * 35, "{}", page.text.len());
    let light = "fields=sources(name,githubRepo(owner,repo,defaultBranch)),nextPageToken";
    let light = service.get(&format!("sources?pageSize=100&prettyPrint=false&{light}")).await;
    assert!(light.text.len() < 20_000 && light.json["sources"].as_array().unwrap().len() == 100);
    assert_eq!(branches(&service.get("sources/github/acme/service-0500").await.json), 201);
    service.emulator.configure(|config| config.list_weight.sources.bytes = 4000).unwrap();
    assert_eq!(branches(&service.get("sources").await.json["sources"][0]), 101, "40 bytes a branch");
}

#[tokio::test]
async fn a_source_can_be_planted_as_it_is() {
    let service = Service::start().await;
    let raw =
        json!({ "name": "sources/github-acme-web", "id": "github-acme-web", "githubRepo": { "isPrivate": false } });
    let seed = SourceSeed { raw: Some(raw.clone()), ..SourceSeed::default() };
    assert_eq!(service.emulator.plant_sources(&seed).unwrap(), ["sources/github-acme-web"]);
    assert_eq!(service.get("sources/github-acme-web").await.json, raw);
    assert!(service.emulator.plant_sources(&SourceSeed::default()).is_err());
}

#[tokio::test]
async fn one_heavy_session_can_stand_among_light_ones() {
    let service = Service::start().await;
    let session = planted(&service.emulator, json!({ "weight": 1000, "source": "sources/github/octocat/hello-world" }));
    let shown = service.get(&format!("sessions/{session}")).await.json;
    assert_eq!(shown["outputs"][0]["changeSet"]["source"], "sources/github/octocat/hello-world");
    assert!(service.get(&format!("sessions/{session}?fields=id,state")).await.json.get("outputs").is_none());
}
