//! Rows that were changed behind the library's back: none of them is believed, and all come back from the server.

use super::faulty::raw;
use super::*;
use crate::store::body;

fn look(id: &str) -> SessionRecord {
    SessionRecord {
        body: format!(r#"{{"id":"{id}","title":"kept"}}"#).into(),
        state: "completed".to_owned(),
        create_time: None,
        update_time: None,
        partial: false,
    }
}

async fn filled(directory: &Path) -> Sqlite {
    let store = in_directory(directory);
    let to = Mark { page_token: Some("t".to_owned()), ..Mark::default() };
    let batch = Batch {
        activities: vec![activity("a", "one"), activity("b", &"y".repeat(80_000)), activity("c", "three")],
        mark: Some(MarkChange { from: Mark::default(), to }),
        session: Some(look("s")),
        ..Batch::default()
    };
    store.commit(&session("s"), batch).await.unwrap();
    store
}

async fn change(store: &Sqlite, sql: &'static str) {
    raw(store, move |connection| connection.execute(sql, []).map(|rows| assert_eq!(rows, 1, "{sql}"))).await;
}

#[tokio::test]
async fn a_damaged_activity_keeps_its_place_and_is_missing_until_it_comes_again() {
    for sql in [
        "UPDATE activities SET body = replace(body, 'one', 'two') WHERE id = 'a'",
        "UPDATE activities SET type = 'sessionFailed' WHERE id = 'a'",
        "UPDATE activities SET originator = 'user' WHERE id = 'a'",
        "UPDATE activities SET create_time = 1 WHERE id = 'a'",
        "UPDATE activities SET is_empty = 1 WHERE id = 'a'",
        "UPDATE activities SET checksum = checksum + 1 WHERE id = 'a'",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let store = filled(directory.path()).await;
        change(&store, sql).await;
        let (first, end) = (Position::default(), store.beacon(&session("s")).await.unwrap().end);
        let limit = ReadLimit { activities: 10, bytes: usize::MAX };
        let chunk = store.read_some(&session("s"), first, limit).await.unwrap();
        let damaged: Vec<_> = chunk.bodies.iter().map(crate::store::Body::damaged).collect();
        assert_eq!(damaged, [Some("a".to_owned()), None, None], "{sql}");
        let beacon = store.beacon(&session("s")).await.unwrap();
        assert_eq!((beacon.end, beacon.count, beacon.mark), (end, 3, Mark::default()), "{sql}");
        let missing = store.missing(&session("s"), ["a", "b", "c"].map(str::to_owned).into()).await.unwrap();
        assert_eq!(missing, ["a"], "{sql}");
        append(&store, "s", vec![activity("a", "one")]).await;
        let found = store.read(&session("s"), first).await.unwrap();
        let texts: Vec<_> = found.iter().map(|(_, activity)| activity.message().unwrap().len()).collect();
        assert_eq!(texts, [3, 80_000, 5], "{sql}");
        let select = |store: &Sqlite, word: &str| {
            let query = serde_json::json!({"from": "activities", "where": {"search": word}});
            let plan = crate::Query::from_json(query).unwrap().plan().unwrap();
            let store = store.beside("account");
            async move { store.select(plan).await.unwrap().len() }
        };
        assert_eq!(select(&store, "one").await, 1, "{sql}");
    }
}

#[tokio::test]
async fn an_empty_activity_that_was_damaged_comes_back_empty() {
    let directory = tempfile::tempdir().unwrap();
    let store = in_directory(directory.path());
    let empty = || NewActivity { kind: "unknown", empty: true, body: r#"{"id":"e"}"#.into(), ..activity("e", "") };
    append(&store, "s", vec![empty()]).await;
    change(&store, "UPDATE activities SET originator = 'x'").await;
    assert_eq!(ids(&store, "s").await, ["e"]);
    append(&store, "s", vec![empty()]).await;
    let found = store.read(&session("s"), Position::default()).await.unwrap();
    assert!(found[0].1.is_empty(), "{found:?}");
    assert!(!body::damaged("e").is_empty());
}

#[tokio::test]
async fn a_large_body_is_checked_too() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path()).await;
    change(&store, "UPDATE large_bodies SET body = replace(body, 'yyyyyyyyyy', 'yyyyyyyyyx')").await;
    let found = store.read(&session("s"), Position::default()).await.unwrap();
    assert_eq!(found.iter().map(|(_, activity)| activity.kind()).collect::<Vec<_>>()[1], "unknown");
}

#[tokio::test]
async fn a_damaged_session_is_not_known() {
    for sql in [
        "UPDATE looks SET body = replace(body, 'kept', 'bept')",
        "UPDATE looks SET state = 'failed'",
        "UPDATE looks SET update_time = 5",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let store = filled(directory.path()).await;
        change(&store, sql).await;
        let plan = || crate::Query::sessions().plan().unwrap();
        assert!(store.select(plan()).await.unwrap().is_empty(), "{sql}");
        assert_eq!(store.session(&session("s")).await.unwrap(), None, "{sql}");
        assert!(store.known(vec![session("s")]).await.unwrap().is_empty(), "{sql}");
        assert_eq!(store.info().await.unwrap().sessions, 0);
        store.put_sessions(vec![(session("s"), look("s"))]).await.unwrap();
        assert_eq!(store.select(plan()).await.unwrap().len(), 1, "{sql}");
        assert_eq!(store.info().await.unwrap().sessions, 1);
    }
}

#[tokio::test]
async fn a_mark_that_was_damaged_begins_anew() {
    for sql in [
        "UPDATE sessions SET page_token = 'u'",
        "UPDATE sessions SET newest = 4611686018427387904",
        "UPDATE sessions SET last_position = 1",
        "UPDATE sessions SET activities = 7",
        "UPDATE sessions SET reconciled = 3",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let store = filled(directory.path()).await;
        let before = store.beacon(&session("s")).await.unwrap();
        change(&store, sql).await;
        let beacon = store.beacon(&session("s")).await.unwrap();
        assert_eq!((beacon.end, beacon.count, beacon.mark), (before.end, 3, Mark::default()), "{sql}");
        let to = Mark { page_token: Some("v".to_owned()), ..Mark::default() };
        let mark = MarkChange { from: Mark::default(), to: to.clone() };
        let batch = Batch { activities: vec![activity("d", "4")], mark: Some(mark), ..Batch::default() };
        let Commit::Done(committed) = store.commit(&session("s"), batch).await.unwrap() else { panic!("{sql}") };
        assert_eq!(committed.count, 4, "{sql}");
        let beacon = store.beacon(&session("s")).await.unwrap();
        assert_eq!((beacon.end, beacon.count, beacon.mark), (committed.end, 4, to), "{sql}");
    }
}

#[tokio::test]
async fn a_file_of_before_checksums_is_used_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path()).await;
    raw(&store, |connection| {
        connection.execute_batch(
            "UPDATE activities SET checksum = NULL; UPDATE looks SET checksum = NULL;
             UPDATE sessions SET mark_checksum = NULL;",
        )
    })
    .await;
    assert_eq!(ids(&store, "s").await, ["a", "b", "c"]);
    assert!(store.session(&session("s")).await.unwrap().is_some());
    assert_eq!(store.beacon(&session("s")).await.unwrap().mark.page_token.as_deref(), Some("t"));
}

/// Takes rows away, and leaves what an index says of them.
fn take_from_the_table_alone(directory: &Path, table: &str, indexes: &[&str]) {
    let file = directory.join("deep/store.sqlite3");
    // A connection has the schema that it found: what follows a change of it is for the next one.
    let open = || {
        let connection = Connection::open(&file).unwrap();
        connection.execute_batch("PRAGMA writable_schema = ON").unwrap();
        connection
    };
    let of_index = |index: &str| format!("FROM sqlite_schema WHERE name = '{index}'");
    let hidden: Vec<_> = indexes
        .iter()
        .map(|index| {
            let sql = format!("SELECT rootpage, sql {}", of_index(index));
            let row = open().query_row(&sql, [], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)));
            open().execute(&format!("DELETE {}", of_index(index)), []).unwrap();
            (*index, row.unwrap())
        })
        .collect();
    let taken = open().execute(&format!("DELETE FROM {table} WHERE id IN ('a', 's')"), []).unwrap();
    assert_eq!(taken, 1);
    for (index, (root, sql)) in hidden {
        let row = rusqlite::params![index, table, root, sql];
        open().execute("INSERT INTO sqlite_schema VALUES ('index', ?1, ?2, ?3, ?4)", row).unwrap();
    }
}

async fn selected(store: &Sqlite, query: crate::Query) -> Vec<String> {
    let rows = store.select(query.plan().unwrap()).await.unwrap();
    rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_activity_that_only_an_index_knows_is_missing_until_it_comes_again() {
    let directory = tempfile::tempdir().unwrap();
    drop(filled(directory.path()).await);
    take_from_the_table_alone(directory.path(), "activities", &["activities_by_time", "activities_by_session"]);
    let store = in_directory(directory.path());
    let in_order = || crate::Query::activities().order(crate::Order::Asc);
    assert_eq!(selected(&store, in_order()).await, ["a", "b", "c"]);
    // What is asked for again from the beginning is found again.
    let beacon = store.beacon(&session("s")).await.unwrap();
    assert_eq!((beacon.count, beacon.mark), (3, Mark::default()));
    let missing = store.missing(&session("s"), ["a", "b", "c"].map(str::to_owned).into()).await.unwrap();
    assert_eq!(missing, ["a"]);
    append(&store, "s", vec![activity("a", "one")]).await;
    let found = store.read(&session("s"), Position::default()).await.unwrap();
    let texts: Vec<_> = found.iter().map(|(_, activity)| activity.message().unwrap().len()).collect();
    assert_eq!(texts, [3, 80_000, 5]);
}

#[tokio::test]
async fn a_session_that_only_an_index_knows_is_not_known() {
    let directory = tempfile::tempdir().unwrap();
    drop(filled(directory.path()).await);
    take_from_the_table_alone(directory.path(), "looks", &["looks_by_time"]);
    let store = in_directory(directory.path());
    assert!(selected(&store, crate::Query::sessions()).await.is_empty());
    assert_eq!(store.info().await.unwrap().sessions, 0);
    store.put_sessions(vec![(session("s"), look("s"))]).await.unwrap();
    assert_eq!(selected(&store, crate::Query::sessions()).await, ["s"]);
    assert_eq!(store.info().await.unwrap().sessions, 1);
}
