//! What happens to a case's cache on disk while its client works: the runner, another process, breaks it, so that each
//! language meets the same.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use rusqlite::Connection;
use serde::Deserialize;
use tokio::time::sleep;

use crate::world::World;

/// When a cache breaks, and how.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CacheBreaks {
    /// As the first request of this operation comes. Its answer is to be delayed by a fault, until it is done.
    pub when: String,
    /// What is done.
    pub how: How,
    /// A lock is let go then.
    #[serde(default)]
    pub for_ms: u64,
}

/// What is done to a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum How {
    /// From now on every write to it fails; the tables say so themselves, for an administrator's tests may write anywhere.
    NoWrites,
    /// Another process writes, and doesn't come to an end.
    Lock,
}

/// How often is looked whether the request has come.
const LOOK: Duration = Duration::from_millis(5);

/// Waits for the request and breaks the cache in this directory.
pub(crate) async fn breakage(breaks: &CacheBreaks, world: &World, directory: &Path) -> Result<()> {
    while !world.has_seen(&breaks.when) {
        sleep(LOOK).await;
    }
    let file = directory.join("store.sqlite3");
    anyhow::ensure!(file.is_file(), "the client has no cache at {}", file.display());
    let connection = Connection::open(&file).with_context(|| file.display().to_string())?;
    connection.busy_timeout(Duration::from_secs(5))?;
    match breaks.how {
        How::NoWrites => refuse_writes(&connection)?,
        How::Lock => {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            sleep(Duration::from_millis(breaks.for_ms)).await;
            connection.execute_batch("ROLLBACK")?;
        }
    }
    Ok(())
}

fn refuse_writes(connection: &Connection) -> rusqlite::Result<()> {
    // Neither what searches nor what stands behind it: SQLite takes no triggers there.
    let tables = "SELECT name FROM pragma_table_list \
                  WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'";
    let mut query = connection.prepare(tables)?;
    let tables = query.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    let refusals = tables.iter().flat_map(|table| {
        ["INSERT", "UPDATE", "DELETE"].map(|verb| {
            format!(
                "CREATE TRIGGER \"no {verb} {table}\" BEFORE {verb} ON \"{table}\" \
                 BEGIN SELECT RAISE(FAIL, 'it was broken by the test'); END;"
            )
        })
    });
    connection.execute_batch(&format!("BEGIN; {} COMMIT;", refusals.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::parse;
    use crate::driver::web;

    const CASE: &str = "
        - { name: x, about: y, cache: true, cacheBreaks: { when: sessions.list, how: HOW, forMs: 60000 }, steps: [{ op: close }] }
    ";

    #[tokio::test]
    async fn a_cache_breaks_when_its_request_comes() {
        for (how, said) in [("noWrites", "broken by the test"), ("lock", "locked")] {
            let case = parse(&CASE.replace("HOW", how)).unwrap().remove(0);
            let world = World::start(&case).await.unwrap();
            let folder = tempfile::tempdir().unwrap();
            let file = Connection::open(folder.path().join("store.sqlite3")).unwrap();
            file.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a)").unwrap();
            let breaks = case.cache_breaks.clone().unwrap();
            let broken = async { breakage(&breaks, &world, folder.path()).await.unwrap() };
            let written = async {
                for _ in 0..3 {
                    file.execute_batch("INSERT INTO t VALUES (1)").unwrap();
                    sleep(LOOK).await;
                }
                web().unwrap().get(format!("{}/sessions?key=k", world.url())).send().await.unwrap();
                loop {
                    if let Err(error) = file.execute_batch("INSERT INTO t VALUES (2)") {
                        return error.to_string();
                    }
                    sleep(LOOK).await;
                }
            };
            let error = tokio::select! {
                error = written => error,
                () = async { broken.await; std::future::pending().await } => String::new(),
            };
            assert!(error.contains(said), "{error}");
        }
    }
}
