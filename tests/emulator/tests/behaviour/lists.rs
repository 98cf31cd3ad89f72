//! Pages, filters, partial answers and their form on the wire.

use serde_json::{Value, json};

use crate::support::{Service, web};

async fn completed(scenario: &str) -> (Service, String) {
    let service = Service::start().await;
    let session = service.create(&format!("Run [scenario:{scenario}]"), false).await;
    service.until(&session, "COMPLETED").await;
    (service, session)
}

fn ids(activities: &[Value]) -> Vec<&str> {
    activities.iter().map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_give_every_activity_once_also_across_equal_times() {
    let (service, session) = completed("equal-times").await;
    let whole = service.activities(&session, "pageSize=100").await;
    assert_eq!(whole.len(), 61);
    for size in [1, 3, 7, 60] {
        let paged = service.activities(&session, &format!("pageSize={size}")).await;
        assert_eq!(ids(&paged), ids(&whole), "pageSize={size}");
    }
}

#[tokio::test]
async fn times_never_go_back_and_vary_in_their_decimals() {
    let (service, session) = completed("long").await;
    let activities = service.activities(&session, "pageSize=100&fields=activities(id,createTime),nextPageToken").await;
    assert_eq!(activities.len(), 500);
    let mut decimals = std::collections::BTreeSet::new();
    let mut previous: Option<jiff::Timestamp> = None;
    for activity in &activities {
        let text = activity["createTime"].as_str().unwrap();
        let time: jiff::Timestamp = text.parse().unwrap();
        assert!(previous.is_none_or(|previous| previous < time), "{text} comes after {previous:?}");
        previous = Some(time);
        decimals.insert(text.split_once('.').map_or(0, |(_, rest)| rest.len() - 1));
    }
    assert!(decimals.len() >= 4, "{decimals:?}");
}

#[tokio::test]
async fn a_time_filter_gives_what_is_newer() {
    let (service, session) = completed("happy").await;
    let all = service.activities(&session, "").await;
    let middle = all[3]["createTime"].as_str().unwrap();
    for (sign, from) in [("%3E", 4), ("%3E%3D", 3)] {
        let newer = service.activities(&session, &format!("filter=create_time{sign}%22{middle}%22")).await;
        assert_eq!(ids(&newer), ids(&all[from..]), "{sign}");
    }
    let nanoseconds = all[3]["createTime"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_nanosecond();
    let by_number = service.get(&format!("sessions/{session}/activities?pageToken={nanoseconds}")).await;
    assert_eq!(ids(by_number.json["activities"].as_array().unwrap()), ids(&all[4..]));
    let bad = service.get(&format!("sessions/{session}/activities?filter=mood%3Dgood")).await;
    assert_eq!((bad.status, &bad.json["error"]["status"]), (400, &json!("INVALID_ARGUMENT")));
}

#[tokio::test]
async fn bad_sizes_tokens_masks_and_parameters_are_refused() {
    let service = Service::start().await;
    for query in [
        "pageSize=-1",
        "pageSize=many",
        "pageToken=%21",
        "fields=nope",
        "fields=sessions(id",
        "prettyPrint=maybe",
        "alt=xml",
        "page=2",
    ] {
        let answer = service.get(&format!("sessions?{query}")).await;
        assert_eq!((answer.status, &answer.json["error"]["status"]), (400, &json!("INVALID_ARGUMENT")), "{query}");
    }
    for query in ["page_size=5", "$fields=sessions/id", "quotaUser=me", "alt=json", "fields="] {
        assert_eq!(service.get(&format!("sessions?{query}")).await.status, 200, "{query}");
    }
}

#[tokio::test]
async fn sessions_come_newest_first() {
    let service = Service::start().await;
    for title in ["one", "two", "three"] {
        service.create(&format!("{title} [scenario:quick]"), false).await;
    }
    let first = service.get("sessions?pageSize=2&fields=sessions(title),nextPageToken").await;
    assert_eq!(first.json["sessions"], json!([{ "title": "three" }, { "title": "two" }]));
    let token = first.json["nextPageToken"].as_str().unwrap();
    let second =
        service.get(&format!("sessions?pageSize=2&pageToken={token}&fields=sessions(title),nextPageToken")).await;
    assert_eq!(second.json, json!({ "sessions": [{ "title": "one" }] }));
}

#[tokio::test]
async fn sources_are_filtered_by_name() {
    let service = Service::start().await;
    let filter =
        "name%3Dsources%2Fgithub%2Foctocat%2Fspoon-knife%20OR%20name%3Dsources%2Fgithub%2Foctocat%2Fhello-world";
    let found = service.get(&format!("sources?filter={filter}&fields=sources/id")).await;
    assert_eq!(
        found.json["sources"],
        json!([{ "id": "github/octocat/hello-world" }, { "id": "github/octocat/spoon-knife" }])
    );
    assert!(service.get("sources/github/octocat/hello-world").await.json["githubRepo"].get("isPrivate").is_none());
    assert_eq!(service.get("sources/github/octocat/secret-garden").await.json["githubRepo"]["isPrivate"], true);
}

#[tokio::test]
async fn answers_are_indented_unless_told_otherwise_and_compressed_when_accepted() {
    let (service, session) = completed("long").await;
    let bytes = async |query: &str, gzip: bool| {
        let client = web().gzip(gzip).build().unwrap();
        let url = format!("{}/sessions/{session}/activities?pageSize=100&{query}", service.emulator.url());
        let response = client.get(url).header("X-Goog-Api-Key", "any").send().await.unwrap();
        let body = response.text().await.unwrap();
        let sent = service.emulator.journal().last().unwrap().response_bytes;
        (sent, body)
    };
    let (indented, text) = bytes("", false).await;
    assert_eq!(indented, text.len());
    assert!(text.starts_with("{\n  \""), "{}", &text[..20]);
    let (compact, _) = bytes("prettyPrint=false", false).await;
    let (compressed, same) = bytes("", true).await;
    assert_eq!(same, text);
    assert!(compressed < compact && compact < indented, "{compressed} {compact} {indented}");
    let (light, _) = bytes("prettyPrint=false&fields=activities(id,createTime),nextPageToken", false).await;
    assert!(light < 100 * 100, "{light} bytes for 100 activities");
}

#[tokio::test]
async fn a_coarse_clock_gives_equal_times_in_order() {
    let service = Service::start().await;
    service.emulator.configure(|config| config.decimals = Some(0)).unwrap();
    let session = service.create("Run [scenario:happy]", false).await;
    let view = service.until(&session, "COMPLETED").await;
    let times: Vec<&str> = view.activities.iter().map(|one| one["createTime"].as_str().unwrap()).collect();
    assert!(times.is_sorted() && times.iter().all(|time| time.len() == "2025-10-03T05:43:42Z".len()), "{times:?}");
    assert!(view.activities.last().unwrap().get("sessionCompleted").is_some());
}
