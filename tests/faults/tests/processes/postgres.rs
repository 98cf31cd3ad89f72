//! A PostgreSQL server that is killed, and one that is put back to an older copy, as by a failover to a replica that lagged:
//! whoever streams gets each activity once, in order, and no account sees another's.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use jules::{Jules, Query, StreamOptions, SyncDepth, SyncOptions};
use jules_emulator::Emulator;
use serde_json::json;
use tokio::task::{block_in_place, spawn};

use crate::live::{on_server, within};
use crate::server::Server;
use crate::shared::{LIMIT, assert_whole, begin, follower, grow, output};

const EVERY: Duration = Duration::from_millis(40);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults postgres"]
async fn a_server_that_is_killed_and_comes_back_loses_and_doubles_nothing() {
    let server = Server::start();
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let session = begin(&emulator);
    let followers: Vec<_> = (0..3).map(|_| follower(&emulator, Path::new(&server.url), 20, &session)).collect();
    let growing = grow(&emulator, &session, 150, EVERY);
    for _ in 0..3 {
        tokio::time::sleep(EVERY * 25).await;
        block_in_place(|| {
            server.kill();
            server.restart();
        });
    }
    growing.await.unwrap();
    for output in join_all(followers.into_iter().map(output)).await {
        assert_whole(&output, &emulator, &session);
    }
}

fn client(emulator: &Emulator, server: &Server, key: &str) -> Jules {
    let builder = Jules::builder().api_key(key).base_url(emulator.url()).cache_dir(&server.url);
    builder.polling_interval(Duration::from_millis(20)).activity_budget(false).build().unwrap()
}

/// Streams a session; tells how far it has come.
fn stream(jules: &Jules, session: &str) -> (tokio::sync::watch::Receiver<Vec<String>>, tokio::task::JoinHandle<()>) {
    let (sender, seen) = tokio::sync::watch::channel(Vec::new());
    let mut activities = jules.session(session).unwrap().stream(StreamOptions::default());
    let reading = spawn(async move {
        while let Some(activity) = activities.next().await {
            let id = activity.unwrap().id;
            sender.send_modify(|seen| seen.push(id));
        }
    });
    (seen, reading)
}

/// Some come one by one, so that each is committed by itself; behind the failover they are fetched all at once.
async fn add_one_by_one(
    emulator: &Emulator,
    session: &str,
    count: usize,
    seen: &mut tokio::sync::watch::Receiver<Vec<String>>,
) {
    for number in 0..count {
        let step = json!({"originator": "agent", "progressUpdated": {"title": format!("step {number}")}});
        let id = emulator.append(session, step).unwrap();
        within(LIMIT, "the activity", seen.wait_for(|seen| seen.last() == Some(&id))).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults postgres"]
async fn a_failover_to_an_older_copy_gives_nothing_twice_and_passes_nothing_over() {
    let server = Server::start();
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let jules = client(&emulator, &server, "test-key");
    let session = begin(&emulator);
    let (mut seen, reading) = stream(&jules, &session);
    add_one_by_one(&emulator, &session, 8, &mut seen).await;
    block_in_place(|| server.keep_a_copy());
    add_one_by_one(&emulator, &session, 8, &mut seen).await;
    // One that the copy knows nothing of at all.
    let younger = begin(&emulator);
    let (mut seen_of_younger, reading_younger) = stream(&jules, &younger);
    add_one_by_one(&emulator, &younger, 8, &mut seen_of_younger).await;

    block_in_place(|| server.fail_over_to_the_copy());
    for (session, seen) in [(&younger, &mut seen_of_younger), (&session, &mut seen)] {
        add_one_by_one(&emulator, session, 8, seen).await;
        let end = json!({"session": session, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
        emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
    }
    within(LIMIT, "the streams' ends", async { tokio::try_join!(reading, reading_younger) }).await.unwrap();
    assert_eq!(*seen.borrow(), on_server(&emulator, &session));
    assert_eq!(*seen_of_younger.borrow(), on_server(&emulator, &younger));
    // Whoever begins now has the same.
    let (seen_now, reading_now) = stream(&client(&emulator, &server, "test-key"), &session);
    within(LIMIT, "another stream's end", reading_now).await.unwrap();
    assert_eq!(*seen_now.borrow(), on_server(&emulator, &session));
}

/// Accounts have numbers in the database. One that came behind the copy has none there, and must not go on with one that another
/// account was given since.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL: .dev/run faults postgres"]
async fn an_account_that_the_copy_does_not_know_is_not_taken_for_another() {
    let server = Server::start();
    let emulator = Emulator::start().await.unwrap();
    emulator.plant(serde_json::from_value(json!({"id": "1", "state": "COMPLETED"})).unwrap()).unwrap();
    let sync = async |jules: &Jules| {
        jules.sync(SyncOptions::default().depth(SyncDepth::Activities)).await.unwrap();
    };
    let known = async |jules: &Jules| -> BTreeSet<String> {
        let rows = jules.select(Query::sessions()).await.unwrap();
        rows.iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    sync(&client(&emulator, &server, "first")).await;
    block_in_place(|| server.keep_a_copy());
    let second = client(&emulator, &server, "second");
    sync(&second).await;
    block_in_place(|| server.fail_over_to_the_copy());
    let third = client(&emulator, &server, "third");
    assert_eq!(known(&third).await.len(), 0);
    sync(&second).await;
    assert_eq!(known(&second).await, BTreeSet::from(["1".to_owned()]));
    assert_eq!(known(&third).await.len(), 0, "what is another account's");
}
