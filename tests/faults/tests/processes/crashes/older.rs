//! A store as the first version wrote it, made of one of today.

use std::path::Path;

use rusqlite::Connection;

const FIRST: &str = include_str!("../../../../../core/src/store/sqlite/schema/1_tables.sql");

/// Turns a closed store into one with the first version's tables, and what they had room for.
pub(super) fn make(store: &Path) {
    let today = store.with_extension("today");
    // What stands in the write-ahead log is taken along.
    Connection::open(store).unwrap().execute("VACUUM INTO ?", [today.to_str().unwrap()]).unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", store.display()));
    }
    let older = Connection::open(store).unwrap();
    older.pragma_update(None, "journal_mode", "WAL").unwrap();
    older.execute_batch(FIRST).unwrap();
    older.pragma_update(None, "user_version", 1).unwrap();
    older.execute("ATTACH ? AS today", [today.to_str().unwrap()]).unwrap();
    for table in names(&older, "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND sql LIKE '% STRICT%'") {
        // Without what is generated.
        let columns = names(&older, &format!("SELECT name FROM pragma_table_info('{table}', 'main')")).join(", ");
        let copy = format!(
            "DELETE FROM main.{table}; INSERT INTO main.{table} ({columns}) SELECT {columns} FROM today.{table}"
        );
        older.execute_batch(&copy).unwrap();
    }
    older.execute_batch("DETACH today").unwrap();
    older.close().unwrap();
    std::fs::remove_file(today).unwrap();
}

fn names(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

pub(super) fn version(store: &Path) -> i64 {
    Connection::open(store).unwrap().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
}

/// As many as there are steps.
pub(super) fn version_of_today() -> i64 {
    let steps = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/src/store/sqlite/schema");
    i64::try_from(std::fs::read_dir(steps).unwrap().count()).unwrap()
}
