//! One file, one set of connections in a process, however many clients there are.

use std::sync::Barrier;
use std::time::Duration;

use super::*;
use crate::store::Topic;

#[tokio::test]
async fn clients_of_one_file_share_its_connections_whatever_they_call_it() {
    let directory = tempfile::tempdir().unwrap();
    let one = in_directory(directory.path());
    append(&one, "s", vec![activity("1", "x")]).await;
    let mut paths = vec![directory.path().join("deep"), directory.path().join("deep").join("..").join("deep")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(directory.path().join("deep"), directory.path().join("link")).unwrap();
        paths.push(directory.path().join("link"));
    }
    for path in paths {
        let other = at(path.join("store.sqlite3"), true);
        assert!(Arc::ptr_eq(&one.here().database, &other.here().database), "{}", path.display());
    }
    let elsewhere = at(directory.path().join("other").join("store.sqlite3"), true);
    assert!(!Arc::ptr_eq(&one.here().database, &elsewhere.here().database));
}

#[tokio::test]
async fn a_file_is_closed_with_its_last_client() {
    let directory = tempfile::tempdir().unwrap();
    let one = in_directory(directory.path());
    append(&one, "s", vec![activity("1", "x")]).await;
    let open = Arc::downgrade(&one.here().database);
    let revisions = one.watch(&Topic::Session(session("s")));
    drop(one);
    let began = std::time::Instant::now();
    while open.strong_count() > 0 {
        assert!(began.elapsed() < Duration::from_secs(5), "it stays open");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(revisions);
    let again = in_directory(directory.path());
    assert_eq!(ids(&again, "s").await, ["1"]);
}

#[tokio::test]
async fn polling_ends_when_nobody_listens_and_begins_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = in_directory(directory.path());
    for _ in 0..2 {
        let revisions = store.watch(&Topic::Listeners);
        let topics = Arc::clone(&store.here().database.topics);
        assert!(topics.is_polled());
        drop(revisions);
        let began = std::time::Instant::now();
        while topics.is_polled() {
            assert!(began.elapsed() < Duration::from_secs(5), "it goes on polling");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_wait_neither_for_one_another_nor_for_a_writer() {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(in_directory(directory.path()));
    append(&store, "s", vec![activity("1", "x")]).await;
    let all_inside = Arc::new(Barrier::new(4));
    let mut work = Vec::new();
    for _ in 0..3 {
        let (store, all_inside) = (Arc::clone(&store), Arc::clone(&all_inside));
        work.push(tokio::spawn(async move {
            let read = move |connection: &mut Connection, account| {
                all_inside.wait();
                read::find(connection, account, &session("s"), "1")
            };
            assert!(store.look_up(About::Nothing, read).await.unwrap().is_some());
        }));
    }
    let write = move |writing: &mut Writing<'_>| {
        all_inside.wait();
        write::act(writing, &session("s"), None)
    };
    let done = async {
        store.write(About::Nothing, write).await.unwrap();
        for work in work {
            work.await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(20), done).await.unwrap();
}

#[tokio::test]
async fn room_is_made_whosever_sessions_are_old() {
    let directory = tempfile::tempdir().unwrap();
    let place = || Place::File { path: directory.path().join("store.sqlite3"), chosen: true };
    let old = Sqlite::new(place(), "old", NO_LIMIT, Surroundings::default());
    for id in ["wanted", "gone"] {
        let page = vec![activity("1", &"x".repeat(300_000))];
        old.put_sessions(vec![(session(id), completed())]).await.unwrap();
        append(&old, id, page).await;
    }
    old.write(About::Nothing, |writing| writing.execute("UPDATE looks SET seen_time = 1", [])).await.unwrap();
    old.listen(&session("wanted"), Some(Default::default())).await.unwrap();
    let mut revisions = old.watch(&Topic::Session(session("gone")));
    let new = Sqlite::new(place(), "new", 500_000, Surroundings::default());
    append(&new, "s", vec![activity("1", "x")]).await;
    assert_eq!(ids(&new, "s").await, ["1"]);
    assert_eq!(ids(&old, "wanted").await, ["1"], "somebody wants it");
    assert!(ids(&old, "gone").await.is_empty());
    tokio::time::timeout(Duration::from_secs(10), revisions.changed()).await.unwrap();
    assert_eq!(old.info().await.unwrap().activities, 1);
}

#[tokio::test]
async fn a_forked_child_begins_anew_and_closes_nothing_of_its_parents() {
    let directory = tempfile::tempdir().unwrap();
    let store = in_directory(directory.path());
    append(&store, "s", vec![activity("1", "x")]).await;
    let of_parent = {
        let here = store.here();
        let database = Arc::new(Database::file(directory.path().join("parent.sqlite3")));
        database.open(true).unwrap();
        // As a child finds it: made by another process.
        let presence = Arc::clone(&here.presence);
        let of_parent = Arc::new(Here { process: std::process::id() + 1, database, presence });
        *store.here.lock().unwrap() = Arc::clone(&of_parent);
        of_parent
    };
    let open = Arc::downgrade(&of_parent.database);
    assert_eq!(ids(&store, "s").await, ["1"]);
    assert_ne!(store.here().presence.handle, of_parent.presence.handle);
    drop(of_parent);
    drop(store);
    assert!(open.strong_count() > 0, "the parent's file was closed");
}
