//! A store that nobody chose goes on in memory where its file can't be used, and no session loses its place.

use futures::FutureExt;
use serde_json::json;

use super::faulty::fill;
use super::*;
use crate::store::{Acquired, Grant, LeaseKey, Topic, Want};

/// A store in the default place whose disk is about to be full, with two sessions in it.
async fn filled(path: &Path) -> Sqlite {
    let store = at(path.to_owned(), false);
    for id in ["s", "t"] {
        let to = Mark { page_token: Some(id.to_owned()), ..Mark::default() };
        let batch = Batch {
            activities: vec![activity("1", "before"), activity("2", &"y".repeat(80_000))],
            mark: Some(MarkChange { from: Mark::default(), to }),
            session: Some(SessionRecord { body: format!(r#"{{"id":"{id}"}}"#).into(), ..completed() }),
            ..Batch::default()
        };
        store.commit(&session(id), batch).await.unwrap();
    }
    fill(&store).await;
    store
}

fn more(id: &str, size: usize) -> Vec<NewActivity> {
    vec![activity(id, &"x".repeat(size))]
}

async fn positions(store: &Sqlite, id: &str) -> Vec<Position> {
    let found = store.read(&session(id), Position::default()).await.unwrap();
    found.into_iter().map(|(position, _)| position).collect()
}

#[tokio::test]
async fn a_full_disk_stops_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite3");
    let store = filled(&path).await;
    let before = positions(&store, "s").await;
    let beacon = store.beacon(&session("s")).await.unwrap();
    let mut revisions = store.watch(&Topic::Session(session("s")));
    let committed = append(&store, "s", more("3", 400_000)).await;
    assert!(committed.new == [0] && committed.count == 3 && committed.end > before[1]);
    assert!(revisions.changed().now_or_never().is_some(), "who listened is woken");
    let after = positions(&store, "s").await;
    assert_eq!(after[..2], before);
    assert_eq!(after[2], committed.end);
    let later = store.beacon(&session("s")).await.unwrap();
    assert_eq!((&later.mark, later.looks, later.count), (&beacon.mark, 1, 3));
    // What is known is known: it is not there twice.
    assert!(append(&store, "s", vec![activity("1", "again")]).await.new.is_empty());
    let info = store.info().await.unwrap();
    assert_eq!(info.location, None);
    assert!(info.reason.unwrap().contains("no space left"));
}

#[tokio::test]
async fn what_the_file_has_of_other_sessions_is_still_there() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(&directory.path().join("store.sqlite3")).await;
    append(&store, "s", more("3", 400_000)).await;
    let known = store.known(vec![session("t"), session("no")]).await.unwrap();
    assert_eq!(known.len(), 1);
    let select = async |query| {
        let rows = store.select(crate::Query::from_json(query).unwrap().plan().unwrap()).await.unwrap();
        rows.into_iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(select(json!({"from": "sessions", "order": "asc"})).await, ["s", "t"]);
    let search = json!({"from": "activities", "where": {"search": "before"}});
    assert_eq!(select(search).await, ["1", "1"]);
    let mut ids = store.session_ids().await.unwrap();
    ids.sort();
    assert_eq!(ids, [session("s"), session("t")]);
    store.put_sessions(vec![(session("t"), completed())]).await.unwrap();
    assert_eq!(store.beacon(&session("t")).await.unwrap().looks, 2);
}

#[tokio::test]
async fn leases_and_wants_go_along_and_others_keep_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite3");
    let store = filled(&path).await;
    let other = at(path.clone(), true);
    let key = LeaseKey::Watch(session("s"));
    // The beats fit into pages that are there.
    let Acquired::Granted(grant) = store.acquire(&key).await.unwrap() else { panic!("nobody has it") };
    let want = Want { activities: true, interval: None };
    store.listen(&session("s"), Some(want)).await.unwrap();
    let batch = Batch { activities: more("3", 400_000), fence: Some(grant.clone()), ..Batch::default() };
    assert!(matches!(store.commit(&session("s"), batch.clone()).await.unwrap(), Commit::Done(_)));
    assert_eq!(store.acquire(&key).await.unwrap(), Acquired::Granted(grant.clone()));
    assert_eq!(store.beacon(&session("s")).await.unwrap().want, Some(want));
    assert_eq!(store.renew().await.unwrap(), []);
    let stale = Batch { fence: Some(Grant { generation: grant.generation + 1, ..grant }), ..batch };
    assert_eq!(store.commit(&session("s"), stale).await.unwrap(), Commit::Fenced);
    assert_eq!(positions(&other, "s").await.len(), 2);
    assert_eq!(other.info().await.unwrap().location, Some(path));
}

#[tokio::test]
async fn a_place_that_cannot_be_opened_is_told_of() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let store = at(file.path().join("store.sqlite3"), false);
    append(&store, "s", vec![activity("1", "x")]).await;
    assert_eq!(ids(&store, "s").await, ["1"]);
    let info = store.info().await.unwrap();
    assert!(info.location.is_none() && info.reason.unwrap().contains("not a directory"));
    let reason = "there is no home directory".to_owned();
    let nowhere = Sqlite::new(Place::Nowhere { reason }, "account", NO_LIMIT, Surroundings::default());
    append(&nowhere, "s", vec![activity("1", "x")]).await;
    let info = nowhere.info().await.unwrap();
    assert_eq!((info.location, info.reason.as_deref()), (None, Some("there is no home directory")));
    assert!(nowhere.said.is_completed());
}
