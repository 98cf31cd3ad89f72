//! What the store promises: order, no duplicates, privacy, and a damaged file that costs nothing but its content.

use std::path::Path;

use super::*;

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
        body: body.into(),
    }
}

fn in_directory(directory: &Path) -> Sqlite {
    Sqlite::new(
        Place::File { path: directory.join("deep").join("store.sqlite3"), chosen: true },
        NO_LIMIT,
        Surroundings::default(),
    )
}

async fn ids(store: &Sqlite, id: &str) -> Vec<String> {
    let found = store.read(&session(id), Position::default()).await.unwrap();
    found.into_iter().map(|(_, activity)| activity.id).collect()
}

#[tokio::test]
async fn what_is_known_keeps_its_place_and_is_not_counted_again() {
    let store = Sqlite::new(Place::Memory, NO_LIMIT, Surroundings::default());
    let first = vec![activity("b", "1"), activity("a", "2")];
    assert_eq!(store.append(&session("s"), first, Mark::default()).await.unwrap(), 2);
    let second = vec![activity("a", "changed"), activity("c", "3"), activity("c", "3")];
    assert_eq!(store.append(&session("s"), second, Mark::default()).await.unwrap(), 1);
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
        let (session_one, session_two) = (session("s"), session("s"));
        let both = tokio::join!(
            one.append(&session_one, page("one"), Mark::default()),
            two.append(&session_two, page("two"), Mark::default())
        );
        assert_eq!(both.0.unwrap() + both.1.unwrap(), 3);
    }
    assert_eq!(ids(&one, "s").await, ids(&two, "s").await);
    assert_eq!(ids(&one, "s").await.len(), 60);
}

#[tokio::test]
async fn a_large_body_comes_back_whole() {
    let store = Sqlite::new(Place::Memory, NO_LIMIT, Surroundings::default());
    let text = "x".repeat(LARGE_BODY * 2);
    store.append(&session("s"), vec![activity("1", &text)], Mark::default()).await.unwrap();
    let found = store.read(&session("s"), Position::default()).await.unwrap();
    assert_eq!(found[0].1.message(), Some(text.as_str()));
    store.forget(&session("s")).await.unwrap();
    assert_eq!(store.info().await.unwrap().activities, 0);
}

#[tokio::test]
async fn portions_keep_to_their_room_and_come_to_the_same_as_all_at_once() {
    let store = Sqlite::new(Place::Memory, NO_LIMIT, Surroundings::default());
    let texts = ["short", &"long ".repeat(100), "", &"x".repeat(LARGE_BODY * 2), "after", "last"];
    let activities = texts.iter().enumerate().map(|(number, text)| activity(&number.to_string(), text)).collect();
    store.append(&session("s"), activities, Mark::default()).await.unwrap();
    for (room, sizes) in [
        (Room { activities: 4, bytes: usize::MAX }, vec![4, 2]),
        (Room { activities: 3, bytes: usize::MAX }, vec![3, 3]),
        (Room { activities: usize::MAX, bytes: 400 }, vec![2, 2, 2]),
        (Room { activities: 0, bytes: 0 }, vec![1; 6]),
    ] {
        let (mut end, mut seen, mut read) = (Position::default(), Vec::new(), Vec::new());
        loop {
            let portion = store.read_some(&session("s"), end, room).await.unwrap();
            end = portion.end;
            seen.push(portion.bodies.len());
            read.extend(portion.bodies.iter().map(|body| body.activity().unwrap()));
            if !portion.more {
                break;
            }
        }
        assert_eq!(seen, sizes, "{room:?}");
        let all = store.read(&session("s"), Position::default()).await.unwrap();
        assert_eq!(read, all.into_iter().map(|(_, activity)| activity).collect::<Vec<_>>());
        let behind = store.read_some(&session("s"), end, room).await.unwrap();
        assert!(behind.bodies.is_empty() && !behind.more && behind.end == end);
    }
}

#[tokio::test]
async fn a_mark_survives_and_its_time_never_goes_back() {
    let directory = tempfile::tempdir().unwrap();
    let time = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    let mark =
        Mark { newest: time("2025-01-01T00:00:00.000000001Z"), page_token: Some("t".into()), reconciled: Some(3) };
    in_directory(directory.path()).append(&session("s"), vec![], mark.clone()).await.unwrap();
    let again = in_directory(directory.path());
    assert_eq!(again.mark(&session("s")).await.unwrap(), mark);
    let older = Mark { newest: time("2024-01-01T00:00:00Z"), ..Mark::default() };
    again.append(&session("s"), vec![], older).await.unwrap();
    assert_eq!(again.mark(&session("s")).await.unwrap().newest, mark.newest);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let store = in_directory(directory.path());
    store.append(&session("s"), vec![activity("1", "x")], Mark::default()).await.unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let made = directory.path().join("deep");
    assert_eq!(mode(&made), 0o700);
    for file in std::fs::read_dir(&made).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }
}

#[tokio::test]
async fn a_damaged_file_is_kept_and_a_fresh_one_begun() {
    let directory = tempfile::tempdir().unwrap();
    let made = directory.path().join("deep");
    std::fs::create_dir(&made).unwrap();
    std::fs::write(made.join("store.sqlite3"), "this is no database, and long enough to show it".repeat(100)).unwrap();
    let store = in_directory(directory.path());
    store.append(&session("s"), vec![activity("1", "x")], Mark::default()).await.unwrap();
    assert_eq!(ids(&store, "s").await, ["1"]);
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
    store.write(|connection| connection.pragma_update(None, "user_version", 99)).await.unwrap();
    let error = in_directory(directory.path()).info().await.unwrap_err();
    assert!(error.to_string().contains("newer version"), "{error}");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_a_clear_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = in_directory(file.path()).info().await.unwrap_err();
    assert_eq!(error.kind(), crate::ErrorKind::Store);
    assert!(error.to_string().contains("can't be made"), "{error}");
}

#[tokio::test]
async fn the_oldest_ended_sessions_make_room_and_no_others() {
    let store = Sqlite::new(Place::Memory, 3_000_000, Surroundings::default());
    let text = "x".repeat(20_000);
    for number in 0..30 {
        let id = session(&format!("s{number}"));
        let page: Vec<_> = (0..10).map(|place| activity(&format!("{place}"), &text)).collect();
        let state = if number == 0 { "inProgress" } else { "completed" };
        let record = SessionRecord { body: "{}".into(), state: state.into(), create_time: None, update_time: None };
        store.put_session(&id, record).await.unwrap();
        store.append(&id, page, Mark::default()).await.unwrap();
    }
    let make_old = |connection: &mut Connection| {
        connection.execute("UPDATE sessions SET seen_time = CAST(substr(id, 2) AS INTEGER) WHERE id <> 's29'", [])
    };
    store.write(make_old).await.unwrap();
    let eviction = Arc::clone(&store.eviction);
    store.write(move |connection| eviction.evict(connection, now())).await.unwrap();
    let info = store.info().await.unwrap();
    assert!(info.sessions < 20 && info.sessions > 2, "{info:?}");
    for kept in ["s0", "s29", "s28"] {
        assert_eq!(ids(&store, kept).await.len(), 10, "{kept}");
    }
    assert!(ids(&store, "s1").await.is_empty());
}

#[tokio::test]
async fn what_is_in_a_file_of_the_first_version_is_found_by_queries() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite3");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../schema/1_tables.sql")).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    let large = "x".repeat(LARGE_BODY);
    old.execute_batch(&format!(
        r#"INSERT INTO sessions VALUES ('s', 'completed', 5, 6, 7, '{{"id":"s","title":"An old session"}}');
           INSERT INTO activities (session, id, type, originator, create_time, body)
               VALUES ('s', '1', 'agentMessaged', '', 1, '{{"id":"1","agentMessaged":{{"agentMessage":"An old message"}}}}');
           INSERT INTO activities (session, id, type, originator, body) VALUES ('s', '2', 'agentMessaged', '', NULL);
           INSERT INTO large_bodies VALUES (2, '{{"id":"2","agentMessaged":{{"agentMessage":"old {large}"}}}}');"#
    ))
    .unwrap();
    drop(old);
    let store = Sqlite::new(Place::File { path, chosen: true }, NO_LIMIT, Surroundings::default());
    for (from, expected) in [("sessions", vec!["s"]), ("activities", vec!["1", "2"])] {
        let query = serde_json::json!({"from": from, "where": {"search": "old"}, "select": ["id"]});
        let rows = store.select(crate::Query::from_json(query).unwrap().plan().unwrap()).await.unwrap();
        let found: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(found, expected);
    }
    let info = store.info().await.unwrap();
    assert_eq!((info.sessions, info.activities), (1, 2));
}

fn completed() -> SessionRecord {
    SessionRecord { body: "{}".into(), state: "completed".into(), create_time: None, update_time: None }
}

#[tokio::test]
async fn totals_are_kept_whatever_comes_and_goes() {
    let store = Sqlite::new(Place::Memory, NO_LIMIT, Surroundings::default());
    for id in ["a", "b", "c"] {
        store.put_session(&session(id), completed()).await.unwrap();
        store.append(&session(id), vec![activity("1", "x"), activity("2", "x")], Mark::default()).await.unwrap();
    }
    store.put_session(&session("a"), completed()).await.unwrap();
    store.append(&session("a"), vec![activity("2", "x"), activity("3", "x")], Mark::default()).await.unwrap();
    store.forget(&session("b")).await.unwrap();
    let info = store.info().await.unwrap();
    assert_eq!((info.sessions, info.activities, info.last_synced), (2, 5, None));
    assert_eq!((store.count(&session("a")).await.unwrap(), store.count(&session("b")).await.unwrap()), (3, 0));
}

#[tokio::test]
async fn what_is_in_the_store_is_told_without_reading_all_of_it() {
    let store = Sqlite::new(Place::Memory, NO_LIMIT, Surroundings::default());
    let plan = |connection: &mut Connection| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {}", read::INFO))?;
        statement.query_map([], |row| row.get::<_, String>(3))?.collect::<rusqlite::Result<Vec<_>>>()
    };
    let steps = store.look_up(plan).await.unwrap();
    assert!(steps.iter().any(|step| step.contains("totals")), "{steps:?}");
    assert!(!steps.iter().any(|step| step.contains("sessions") || step.contains("activities")), "{steps:?}");
}
