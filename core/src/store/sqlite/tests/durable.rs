//! What was asked with a key or in a queue is on disk, or nothing of it is taken.

use super::faulty::fill;
use super::*;
use crate::ground::error::ErrorKind;
use crate::store::{NewTask, PlaceLimits, StoreFault, Tasks};

fn task(key: &str) -> NewTask {
    let (asked, data) = Default::default();
    NewTask { key: key.to_owned(), queue: None, priority: 0, not_before: None, asked, data }
}

#[tokio::test]
async fn nothing_is_kept_in_a_memory_that_took_the_files_place() {
    let nowhere = Place::Nowhere { reason: "there is no home directory".to_owned() };
    let store = Sqlite::new(nowhere, "account", u64::MAX, Surroundings::default());
    let error = store.add_tasks(vec![task("a")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store);
    assert!(error.message().contains("no home directory"), "{error}");
    assert!(store.task("a").await.is_err() && store.take_place("p", PlaceLimits::default()).await.is_err());
}

#[tokio::test]
async fn a_full_disk_refuses_a_key_although_sessions_go_on_in_memory() {
    let directory = tempfile::tempdir().unwrap();
    let store = at(directory.path().join("store.sqlite3"), false);
    append(&store, "s", vec![activity("1", "x")]).await;
    fill(&store).await;
    let large = NewTask { asked: "x".repeat(400_000), ..task("a") };
    let error = store.add_tasks(vec![large.clone()]).await.unwrap_err();
    assert_eq!(error.attached::<StoreFault>(), Some(&StoreFault::Full), "{error}");
    append(&store, "s", vec![activity("2", &"x".repeat(400_000))]).await;
    assert!(store.add_tasks(vec![task("b")]).await.is_err(), "the rest is in memory now");
    assert!(store.task("b").await.is_err());
}

#[tokio::test]
async fn a_damaged_file_is_not_begun_afresh_for_a_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite3");
    std::fs::write(&path, "x".repeat(8_192)).unwrap();
    let store = at(path.clone(), false);
    let error = store.add_tasks(vec![task("a")]).await.unwrap_err();
    assert_eq!(error.attached::<StoreFault>(), Some(&StoreFault::Damaged), "{error}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "the file stays where it is");
}
