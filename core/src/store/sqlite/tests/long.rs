//! What is asked for every task costs the same, however many were there before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;

use super::super::work::{self, Writing};
use super::super::{places, tasks};
use super::*;
use crate::store::tasks::Tasks;
use crate::store::{NewTask, PlaceLimits};

/// So many places were used, and tasks finished, before.
const HISTORY: &str = "
    WITH RECURSIVE before (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM before WHERE number < 5000)
    INSERT INTO places (account, id, task, queue, session, at, open)
    SELECT 1, 'task/1/' || number, 'task ' || number, 'q', 'session' || number, number, 0 FROM before;
    WITH RECURSIVE before (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM before WHERE number < 5000)
    INSERT INTO tasks (account, key, queue, state, priority, asked, data, created, ended)
    SELECT 1, 'task ' || number, 'q', 'done', 0, '{}', '{}', number, number FROM before;
";

#[tokio::test]
async fn what_is_asked_for_every_task_reads_no_history() {
    let directory = tempfile::tempdir().unwrap();
    let store = in_directory(directory.path());
    let task = NewTask {
        key: "next".to_owned(),
        queue: Some("q".to_owned()),
        priority: 0,
        not_before: None,
        asked: "{}".to_owned(),
        data: "{}".to_owned(),
    };
    store.add_tasks(vec![task]).await.unwrap();
    let mut connection = Connection::open(directory.path().join("deep/store.sqlite3")).unwrap();
    connection.execute_batch(HISTORY).unwrap();
    let steps = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&steps);
    let count = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        false
    };
    connection.progress_handler(1, Some(count)).unwrap();
    let limits = PlaceLimits { slots: Some(3), ..PlaceLimits::default() };
    type Work<'w> = &'w dyn Fn(&mut Writing<'_>) -> rusqlite::Result<()>;
    let asked: [(&str, Work<'_>); 7] = [
        ("what is used", &|writing| places::used_of(writing, Some("q"), limits).map(drop)),
        ("whether it is full", &|writing| places::seems_full(writing, 1, "q", limits).map(drop)),
        ("whether one waits", &|writing| tasks::seems_in_vain(writing, 1, "q", limits, 9000).map(drop)),
        ("a session's end", &|writing| places::free(writing, &session("session7"))),
        ("a task's end", &|writing| places::close(writing, "task 7", true)),
        ("a task's session", &|writing| places::seat(writing, "task 7", &session("other"))),
        ("a create", &|writing| places::fill(writing, Some("task/1/7"), &session("other"), Timestamp::EPOCH)),
    ];
    for (what, work) in asked {
        steps.store(0, Ordering::Relaxed);
        work::write(&mut connection, "account", 9000, |writing| work(writing)).unwrap();
        let taken = steps.load(Ordering::Relaxed);
        assert!(taken < 2_000, "{what}: {taken} steps");
    }
}
