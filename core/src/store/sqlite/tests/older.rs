//! A file of an older version whose migration was cut off: at every byte where a write may have ended, what was in the file is
//! there, and the next one brings it up to date.

use std::fs;

use rusqlite::Connection;

use super::*;

/// What the first version wrote: an account, a session and its activities.
const FILLED: &str = r#"
    INSERT INTO accounts (account, id, sessions, activities) VALUES (1, 'account', 1, 3);
    INSERT INTO sessions (session, account, id, change, last_position, activities) VALUES (1, 1, 's', 1, 3, 3);
    INSERT INTO activities (position, session, account, id, type, originator, is_empty, body) VALUES
        (1, 1, 1, 'a', 'agentMessaged', '', 0, '{"id":"a","agentMessaged":{"agentMessage":"one"}}'),
        (2, 1, 1, 'b', 'agentMessaged', '', 0, '{"id":"b","agentMessaged":{"agentMessage":"two"}}'),
        (3, 1, 1, 'c', 'agentMessaged', '', 0, '{"id":"c","agentMessaged":{"agentMessage":"three"}}');
    PRAGMA user_version = 1;"#;

/// A file of the first version, as a process leaves it that is killed: its write-ahead log stands beside it.
fn first_version(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute_batch(include_str!("../schema/1_tables.sql")).unwrap();
    connection.execute_batch(FILLED).unwrap();
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    connection
}

#[tokio::test]
async fn a_migration_that_is_cut_off_at_any_write_loses_nothing_and_is_made_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.sqlite3");
    let mut connection = first_version(&path);
    schema::migrate(&mut connection).unwrap();
    let log = |path: &Path| path.with_extension("sqlite3-wal");
    let (file, written) = (fs::read(&path).unwrap(), fs::read(log(&path)).unwrap());
    // A frame is a page and 24 bytes; the log's head has 32. Each write may end with a frame, or in the middle of one.
    let frames = (written.len() - 32) / (4_096 + 24);
    assert!(frames > 10, "{frames}");
    let cuts = (0..=frames).flat_map(|frame| [32 + frame * 4_120, 32 + frame * 4_120 + 2_000]);
    let mut versions = std::collections::BTreeSet::new();
    for cut in [0, 16].into_iter().chain(cuts).filter(|cut| *cut <= written.len()) {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("store.sqlite3");
        location::prepare(&path).unwrap();
        fs::write(&path, &file).unwrap();
        fs::write(log(&path), &written[..cut]).unwrap();
        let found: i64 =
            Connection::open(&path).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        versions.insert(found);
        let store = at(path, true);
        assert_eq!(ids(&store, "s").await, ["a", "b", "c"], "{cut}");
        assert_eq!(append(&store, "s", vec![activity("d", "four")]).await.count, 4, "{cut}");
    }
    assert_eq!(versions.into_iter().collect::<Vec<_>>(), [1, 3], "all or nothing");
}
