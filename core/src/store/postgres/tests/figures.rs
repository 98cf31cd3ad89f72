//! Figures, printed: commits a second, and how long it takes until others are woken.

use std::io::Write;
use std::time::{Duration, Instant};

use futures::future::join_all;

use super::database::Database;
use super::{activity, append, handle, session};
use crate::store::{Acquired, LeaseKey, Store, Topic};

fn print(line: String) {
    writeln!(std::io::stderr(), "postgres: {line}").unwrap();
}

/// Commits by so many handles at once, for two seconds; a second's worth of them.
async fn commits(url: &str, writers: usize, own_sessions: bool) -> f64 {
    let stores: Vec<_> = (0..writers).map(|_| handle(url)).collect();
    join_all(stores.iter().map(|store| store.info())).await;
    let began = Instant::now();
    let counts = join_all(stores.into_iter().enumerate().map(|(writer, store)| {
        tokio::spawn(async move {
            let id = if own_sessions { format!("own-{writers}-{writer}") } else { format!("one-{writers}") };
            let mut count = 0;
            while began.elapsed() < Duration::from_secs(2) {
                append(&store, &id, vec![activity(&format!("{writer}-{count}"))]).await;
                count += 1;
            }
            count
        })
    }))
    .await;
    let count: u32 = counts.into_iter().map(|count| count.unwrap()).sum();
    f64::from(count) / began.elapsed().as_secs_f64()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run postgres test; prints figures"]
async fn figures() {
    let database = Database::new().await;
    for (writers, own) in [(1, true), (8, true), (8, false)] {
        let rate = commits(&database.url(), writers, own).await;
        let sessions = if own { "a session each" } else { "one session" };
        print(format!("{rate:.0} commits a second by {writers} writers, {sessions}"));
        assert!(rate > 20.0, "{rate}");
    }
    let (one, other) = (handle(&database.url()), handle(&database.url()));
    append(&one, "s", vec![activity("first")]).await;
    let mut revisions = other.watch(&Topic::Session(session("s")));
    other.info().await.unwrap();
    let mut delays = Vec::new();
    for number in 0..200_u64 {
        tokio::time::sleep(Duration::from_millis(3 + number % 7)).await;
        revisions.seen();
        append(&one, "s", vec![activity(&number.to_string())]).await;
        let began = Instant::now();
        revisions.changed().await;
        delays.push(began.elapsed());
    }
    delays.sort_unstable();
    let mean = delays.iter().sum::<Duration>() / 200;
    print(format!("woken behind the commit: mean {mean:?}, p95 {:?}, worst {:?}", delays[189], delays[199]));
    let began = Instant::now();
    for _ in 0..300 {
        let Acquired::Granted(grant) = one.acquire(&LeaseKey::Fleet).await.unwrap() else { panic!("it is free") };
        one.release(&grant).await.unwrap();
    }
    print(format!("{:.0} leases taken and given back a second", 300.0 / began.elapsed().as_secs_f64()));
}
