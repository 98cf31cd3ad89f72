//! Connections that are cut, at any moment: nothing is lost, nothing is there twice, and whoever waits is woken.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::database::Database;
use super::{activity, append, handle, ids, session};
use crate::store::{Batch, Commit, Mark, MarkChange, Position, Store, Topic};

/// Ends all connections of the store's clients, whatever they are doing.
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'jules-sdk'";

/// What each of three writers writes.
const EACH: u64 = 150;

/// How many each of them has written.
type Written = [AtomicU64; 3];

/// Waits until each writer has come on by so much, or to its end: however slow the machine is, what is cut off gets through
/// before it is cut off once more.
async fn each_comes_on(written: &Written, by: u64) {
    let count = |one: &AtomicU64| one.load(Ordering::Relaxed);
    let goals: Vec<_> = written.iter().map(|one| (count(one) + by).min(EACH)).collect();
    while written.iter().zip(&goals).any(|(one, goal)| count(one) < *goal) {
        sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn commits_that_are_cut_off_are_in_once_and_say_so() {
    let database = Database::new().await;
    let client = database.client().await;
    let written: Arc<Written> = Arc::default();
    let cutting = {
        let written = Arc::clone(&written);
        tokio::spawn(async move {
            let mut cuts = 0;
            while written.iter().any(|one| one.load(Ordering::Relaxed) < EACH) {
                each_comes_on(&written, 1 + rand::random::<u64>() % 6).await;
                // In the middle of whatever comes next.
                sleep(Duration::from_micros(rand::random::<u64>() % 3_000)).await;
                cuts += client.query(CUT, &[]).await.unwrap().len();
            }
            cuts
        })
    };
    let mut writers = Vec::new();
    for writer in 0..3 {
        let (url, written) = (database.url(), Arc::clone(&written));
        writers.push(tokio::spawn(async move {
            let store = handle(&url);
            let id = writer.to_string();
            let mut mark = Mark::default();
            for number in 0..EACH {
                let to = Mark { reconciled: Some(number + 1), ..Mark::default() };
                let change = MarkChange { from: mark, to: to.clone() };
                let activities = vec![activity(&format!("{number}-a")), activity(&format!("{number}-b"))];
                let batch = Batch { activities, mark: Some(change), ..Batch::default() };
                // A commit whose answer was lost is neither refused by its own mark nor told to have brought nothing.
                match store.commit(&session(&id), batch).await.unwrap() {
                    Commit::Done(committed) => assert_eq!(committed.new, [0, 1], "{number}"),
                    refused => panic!("{number}: {refused:?}"),
                }
                assert_eq!(store.act(&session(&id), None).await.unwrap(), number + 1, "no act is counted twice");
                written[writer].fetch_add(1, Ordering::Relaxed);
                mark = to;
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let cuts = cutting.await.unwrap();
    assert!(cuts > 20, "only {cuts} connections were cut");
    let store = handle(&database.url());
    for writer in 0..3 {
        let expected: Vec<_> = (0..EACH).flat_map(|number| [format!("{number}-a"), format!("{number}-b")]).collect();
        assert_eq!(ids(&store, &writer.to_string()).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn a_commit_whose_answer_is_lost_is_looked_up() {
    let database = Database::new().await;
    let store = handle(&database.url());
    append(&store, "s", vec![activity("a")]).await;
    let client = database.client().await;
    // The server ends the connection while it commits: what is deferred is done there, after a moment in which it is cut.
    client
        .batch_execute(
            "CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER slowly AFTER INSERT ON jules.activities DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION slowly()",
        )
        .await
        .unwrap();
    let cutting = async {
        sleep(Duration::from_millis(150)).await;
        let committing = client
            .query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()
                 AND application_name = 'jules-sdk' AND query = 'COMMIT' AND state = 'active'",
                &[],
            )
            .await;
        committing.unwrap().len()
    };
    let (committed, cut) = tokio::join!(append(&store, "s", vec![activity("b")]), cutting);
    assert_eq!(cut, 1, "it was cut off in the middle of its commit");
    assert_eq!((committed.new, committed.count), (vec![0], 2));
    assert_eq!(ids(&store, "s").await, ["a", "b"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn who_listens_is_woken_within_a_second_also_after_a_cut() {
    let database = Database::new().await;
    let (one, other) = (handle(&database.url()), handle(&database.url()));
    append(&one, "s", vec![activity("a")]).await;
    let mut revisions = one.watch(&Topic::Session(session("s")));
    other.info().await.unwrap();
    for number in 0..5 {
        revisions.seen();
        append(&other, "s", vec![activity(&format!("quick-{number}"))]).await;
        timeout(Duration::from_secs(1), revisions.changed()).await.expect("woken by a notice");
    }
    database.client().await.query(CUT, &[]).await.unwrap();
    append(&other, "s", vec![activity("after")]).await;
    let mut end = one.beacon(&session("s")).await.unwrap().end;
    append(&other, "s", vec![activity("last")]).await;
    let reading = async {
        loop {
            let found = one.read(&session("s"), end).await.unwrap();
            if let Some((position, activity)) = found.last() {
                assert!(*position > end);
                end = *position;
                if activity.id == "last" {
                    break;
                }
            }
            revisions.changed().await;
        }
    };
    timeout(Duration::from_secs(5), reading).await.expect("what was committed while nobody listened is found");
    assert!(end > Position::default());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn a_writer_killed_before_its_notice_is_noticed_by_the_poll() {
    let database = Database::new().await;
    let store = handle(&database.url());
    append(&store, "s", vec![activity("a")]).await;
    let mut revisions = store.watch(&Topic::Session(session("s")));
    // Until what is known of the session was asked.
    sleep(Duration::from_millis(200)).await;
    revisions.seen();
    let client = database.client().await;
    client.batch_execute("UPDATE jules.sessions SET change = change + 1, acts = acts + 1").await.unwrap();
    timeout(Duration::from_secs(5), revisions.changed()).await.expect("the poll sees what nobody told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run postgres test"]
async fn who_is_cancelled_in_mid_transaction_keeps_nobody_waiting() {
    let database = Database::new().await;
    let (one, other) = (handle(&database.url()), handle(&database.url()));
    append(&one, "s", vec![activity("a")]).await;
    for number in 0..40_u64 {
        let id = format!("cancelled-{number}");
        let _ = timeout(Duration::from_micros(300 * number), append(&one, "s", vec![activity(&id)])).await;
    }
    let committed = timeout(Duration::from_secs(3), append(&other, "s", vec![activity("z")])).await.unwrap();
    assert_eq!(committed.new, [0]);
    assert_eq!(ids(&other, "s").await.len() as u64, other.beacon(&session("s")).await.unwrap().count);
}
