//! What the store promises: order, no duplicates, privacy, and a damaged file that costs nothing but its content.

mod damaged;
mod durable;
mod faulty;
mod going_aside;
mod long;
mod older;
mod replaced;
mod sharing;
pub(super) mod suite;

use std::path::Path;

use super::*;
use crate::ground::model::{SessionId, Timestamp};
use crate::ground::surroundings::Threads;
use crate::store::{
    Batch, Commit, Committed, Mark, MarkChange, NewActivity, Position, ReadLimit, SessionRecord, Store, StoreFault,
};

const NO_LIMIT: u64 = u64::MAX;

fn session(id: &str) -> SessionId {
    SessionId::parse(id).unwrap()
}

fn activity(id: &str, text: &str) -> NewActivity {
    let body = format!(r#"{{"id":"{id}","agentMessaged":{{"agentMessage":"{text}"}}}}"#);
    NewActivity {
        id: id.to_owned(),
        create_time: None,
        kind: "agentMessaged",
        originator: String::new(),
        texts: text.to_lowercase(),
        empty: false,
        body: body.into(),
    }
}

fn at(path: std::path::PathBuf, chosen: bool) -> Sqlite {
    Sqlite::new(Place::File { path, chosen }, "account", NO_LIMIT, Surroundings::default())
}

fn in_directory(directory: &Path) -> Sqlite {
    at(directory.join("deep").join("store.sqlite3"), true)
}

fn in_memory() -> Sqlite {
    Sqlite::new(Place::Memory, "account", NO_LIMIT, Surroundings::default())
}

async fn append(store: &Sqlite, id: &str, activities: Vec<NewActivity>) -> Committed {
    match store.commit(&session(id), Batch { activities, ..Batch::default() }).await.unwrap() {
        Commit::Done(committed) => committed,
        other => panic!("{other:?}"),
    }
}

async fn ids(store: &Sqlite, id: &str) -> Vec<String> {
    let found = store.read(&session(id), Position::default()).await.unwrap();
    found.into_iter().map(|(_, activity)| activity.id).collect()
}

#[tokio::test]
async fn what_is_known_keeps_its_place_and_is_not_counted_again() {
    let store = in_memory();
    let first = vec![activity("b", "1"), activity("a", "2")];
    assert_eq!(append(&store, "s", first).await.new, [0, 1]);
    let second = vec![activity("a", "changed"), activity("c", "3"), activity("c", "3")];
    assert_eq!(append(&store, "s", second).await.new, [1]);
    assert_eq!(ids(&store, "s").await, ["b", "a", "c"]);
    assert!(ids(&store, "other").await.is_empty());
}

#[tokio::test]
async fn two_connections_to_one_file_see_one_order() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = (in_directory(directory.path()), in_directory(directory.path()));
    for round in 0..20 {
        let page =
            |store: &'static str| vec![activity(&format!("{round}"), store), activity(&format!("{store}{round}"), "x")];
        let both = tokio::join!(append(&one, "s", page("one")), append(&two, "s", page("two")));
        assert_eq!(both.0.new.len() + both.1.new.len(), 3);
    }
    assert_eq!(ids(&one, "s").await, ids(&two, "s").await);
    assert_eq!(ids(&one, "s").await.len(), 60);
}

#[tokio::test]
async fn a_large_body_comes_back_whole() {
    let store = in_memory();
    let text = "x".repeat(LARGE_BODY * 2);
    append(&store, "s", vec![activity("1", &text)]).await;
    let found = store.read(&session("s"), Position::default()).await.unwrap();
    assert_eq!(found[0].1.message(), Some(text.as_str()));
    store.forget(&session("s")).await.unwrap();
    assert_eq!(store.info().await.unwrap().activities, 0);
}

#[tokio::test]
async fn chunks_keep_to_their_limit_and_come_to_the_same_as_all_at_once() {
    let store = in_memory();
    let texts = ["short", &"long ".repeat(100), "", &"x".repeat(LARGE_BODY * 2), "after", "last"];
    let activities = texts.iter().enumerate().map(|(number, text)| activity(&number.to_string(), text)).collect();
    append(&store, "s", activities).await;
    for (limit, sizes) in [
        (ReadLimit { activities: 4, bytes: usize::MAX }, vec![4, 2]),
        (ReadLimit { activities: 3, bytes: usize::MAX }, vec![3, 3]),
        (ReadLimit { activities: usize::MAX, bytes: 400 }, vec![2, 2, 2]),
        (ReadLimit { activities: 0, bytes: 0 }, vec![1; 6]),
    ] {
        let (mut end, mut seen, mut read) = (Position::default(), Vec::new(), Vec::new());
        loop {
            let chunk = store.read_some(&session("s"), end, limit).await.unwrap();
            end = chunk.end;
            seen.push(chunk.bodies.len());
            read.extend(chunk.bodies.iter().map(|body| body.activity().unwrap()));
            if !chunk.more {
                break;
            }
        }
        assert_eq!(seen, sizes, "{limit:?}");
        let all = store.read(&session("s"), Position::default()).await.unwrap();
        assert_eq!(read, all.into_iter().map(|(_, activity)| activity).collect::<Vec<_>>());
        let behind = store.read_some(&session("s"), end, limit).await.unwrap();
        assert!(behind.bodies.is_empty() && !behind.more && behind.end == end);
    }
}

#[tokio::test]
async fn a_mark_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let time = Some("2025-01-01T00:00:00.000000001Z".parse::<Timestamp>().unwrap());
    let to = Mark { newest: time, page_token: Some("t".into()), reconciled: Some(3) };
    let mark = Some(MarkChange { from: Mark::default(), to: to.clone() });
    in_directory(directory.path()).commit(&session("s"), Batch { mark, ..Batch::default() }).await.unwrap();
    assert_eq!(in_directory(directory.path()).beacon(&session("s")).await.unwrap().mark, to);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let store = in_directory(directory.path());
    append(&store, "s", vec![activity("1", "x")]).await;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let made = directory.path().join("deep");
    assert_eq!(mode(&made), 0o700);
    for file in std::fs::read_dir(&made).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
    }
}

#[tokio::test]
async fn a_damaged_file_that_nobody_chose_is_kept_and_a_fresh_one_begun() {
    let directory = tempfile::tempdir().unwrap();
    let made = directory.path().join("deep");
    std::fs::create_dir(&made).unwrap();
    std::fs::write(made.join("store.sqlite3"), "this is no database, and long enough to show it".repeat(100)).unwrap();
    let error = in_directory(directory.path()).info().await.unwrap_err();
    assert_eq!(error.attached(), Some(&StoreFault::Damaged), "{error}");
    let store = at(made.join("store.sqlite3"), false);
    append(&store, "s", vec![activity("1", "x")]).await;
    assert_eq!(ids(&store, "s").await, ["1"]);
    assert_eq!(store.info().await.unwrap().location, Some(made.join("store.sqlite3")));
    let kept = std::fs::read_dir(&made)
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".damaged-"));
    assert_eq!(kept.count(), 1);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = in_directory(directory.path());
    store.info().await.unwrap();
    let path = store.info().await.unwrap().location.unwrap();
    drop(store);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    for chosen in [true, false] {
        let error = at(path.clone(), chosen).info().await.unwrap_err();
        assert!(error.to_string().contains("newer version"), "{error}");
        assert_eq!(error.attached(), Some(&StoreFault::Newer));
        assert!(!error.retryable());
    }
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_a_clear_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = in_directory(file.path()).info().await.unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Store);
    assert!(error.to_string().contains("can't be created"), "{error}");
}

#[tokio::test]
async fn the_oldest_ended_sessions_make_room_and_no_others() {
    let store = Sqlite::new(Place::Memory, "account", 3_000_000, Surroundings::default());
    let text = "x".repeat(20_000);
    for number in 0..30 {
        let id = session(&format!("s{number}"));
        let page: Vec<_> = (0..10).map(|place| activity(&format!("{place}"), &text)).collect();
        let state = if number == 0 { "inProgress" } else { "completed" };
        let record = SessionRecord { state: state.into(), ..completed() };
        store.put_sessions(vec![(id, record)]).await.unwrap();
        append(&store, &format!("s{number}"), page).await;
    }
    let make_old = |writing: &mut Writing<'_>| {
        writing.execute("UPDATE looks SET seen_time = CAST(substr(id, 2) AS INTEGER) WHERE id <> 's29'", [])
    };
    store.write(About::Nothing, make_old).await.unwrap();
    store.evict().await.unwrap();
    let info = store.info().await.unwrap();
    assert!(info.sessions < 20 && info.sessions > 2, "{info:?}");
    for kept in ["s0", "s29", "s28"] {
        assert_eq!(ids(&store, kept).await.len(), 10, "{kept}");
    }
    assert!(ids(&store, "s1").await.is_empty());
}

fn completed() -> SessionRecord {
    SessionRecord { body: "{}".into(), state: "completed".into(), create_time: None, update_time: None, partial: false }
}

#[tokio::test]
async fn totals_are_kept_whatever_comes_and_goes() {
    let store = in_memory();
    for id in ["a", "b", "c"] {
        store.put_sessions(vec![(session(id), completed())]).await.unwrap();
        append(&store, id, vec![activity("1", "x"), activity("2", "x")]).await;
    }
    store.put_sessions(vec![(session("a"), completed())]).await.unwrap();
    append(&store, "a", vec![activity("2", "x"), activity("3", "x")]).await;
    store.forget(&session("b")).await.unwrap();
    let info = store.info().await.unwrap();
    assert_eq!((info.sessions, info.activities, info.last_synced), (2, 5, None));
    let count = async |id: &str| store.beacon(&session(id)).await.unwrap().count;
    assert_eq!((count("a").await, count("b").await), (3, 0));
}

#[tokio::test]
async fn what_is_in_the_store_is_told_without_reading_all_of_it() {
    let store = in_memory();
    let plan = |connection: &mut Connection, account| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", read::INFO))?;
        statement.query_map([account], |row| row.get::<_, String>(3))?.collect::<rusqlite::Result<Vec<_>>>()
    };
    let steps = store.look_up(About::Nothing, plan).await.unwrap();
    assert!(steps.iter().any(|step| step.contains("accounts")), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("sessions") || step.contains("activities")), "{steps:?}");
}
