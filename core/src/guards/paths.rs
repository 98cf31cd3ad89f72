//! The paths themselves, along the street of an activity, and what goes beside it.

use futures::TryStreamExt;
use serde_json::json;

use super::client::Client;
use super::server::patch;
use super::{COUNT, guarded};
use crate::api::Listing;
use crate::{Activity, HistoryOptions, ParsedPatch, Query, StreamOptions};

/// From an answer's bytes to what the store takes.
#[test]
fn parse() {
    let client = Client::new(COUNT);
    assert_eq!(client.guarded(client.fetched(COUNT)).len(), COUNT);
}

/// Into the store, a page a transaction.
#[test]
fn store() {
    let client = Client::new(COUNT);
    client.setup(client.commit(Vec::new()));
    let mut activities = client.setup(client.fetched(COUNT));
    let mut pages = Vec::new();
    while !activities.is_empty() {
        let rest = activities.split_off(activities.len().min(100));
        pages.push(std::mem::replace(&mut activities, rest));
    }
    let stored = client.guarded(async {
        let mut stored = 0;
        for page in pages {
            stored += client.commit(page).await;
        }
        stored
    });
    assert_eq!(stored, COUNT);
}

/// Out of the store.
#[test]
fn read() {
    let client = Client::filled(COUNT);
    assert_eq!(client.guarded(client.bodies()).len(), COUNT);
}

/// From what the store had to what users hold.
#[test]
fn deliver() {
    let client = Client::filled(COUNT);
    let bodies = client.setup(client.bodies());
    let activities: Vec<_> = guarded(|| bodies.iter().filter_map(crate::store::Body::activity).collect());
    assert_eq!(activities.len(), COUNT);
}

/// From what users hold to the JSON in which it crosses into another language.
#[test]
fn json() {
    let client = Client::filled(COUNT);
    let bodies = client.setup(client.bodies());
    let activities: Vec<Activity> = bodies.iter().filter_map(crate::store::Body::activity).collect();
    let bytes: usize = guarded(|| activities.iter().map(|one| serde_json::to_string(one).unwrap().len()).sum());
    assert!(bytes > COUNT * 100);
}

/// A session from the store to the user, the public way.
#[test]
fn history() {
    let client = Client::filled(COUNT);
    let session = client.jules.session("1").unwrap();
    let options = HistoryOptions { offline: true, ..HistoryOptions::default() };
    let activities = client.guarded(async { session.history(options).try_collect::<Vec<_>>().await.unwrap() });
    assert_eq!(activities.len(), COUNT);
}

/// The whole street: watched from its first page to its end, stored, and given to the user.
#[test]
fn stream() {
    let client = Client::new(COUNT);
    let session = client.jules.session("1").unwrap();
    let activities =
        client.guarded(async { session.stream(StreamOptions::default()).try_collect::<Vec<_>>().await.unwrap() });
    assert_eq!(activities.len(), COUNT);
}

/// A light look at a hundred sessions, four times.
#[test]
fn fleet() {
    let client = Client::new(1);
    let seen = client.guarded(async {
        let mut seen = 0;
        while seen < COUNT {
            seen += client.service.light_sessions(&Listing::default()).await.unwrap().items.len();
        }
        seen
    });
    assert_eq!(seen, COUNT);
}

/// Half of what is stored, by an index, as rows.
#[test]
fn select() {
    let client = Client::filled(COUNT * 5);
    let query = json!({"from": "activities", "where": {"type": "agentMessaged"}, "select": ["id", "message"]});
    let query = Query::from_json(query).unwrap();
    let rows = client.guarded(async { client.jules.select(query).await.unwrap() });
    assert_eq!(rows.len(), COUNT);
}

/// A phrase that is in every row that is looked for.
#[test]
fn search() {
    let client = Client::filled(COUNT * 5);
    let query = json!({"from": "activities", "where": {"search": "something is said", "type": "agentMessaged"}});
    let query = Query::from_json(query).unwrap();
    let rows = client.guarded(async { client.jules.select(query).await.unwrap() });
    assert_eq!(rows.len(), COUNT);
}

/// A patch, taken apart; of each file.
#[test]
fn diff() {
    let text = patch(COUNT);
    assert_eq!(guarded(|| ParsedPatch::parse(&text)).files.len(), COUNT);
}
