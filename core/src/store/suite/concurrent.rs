//! The promises when several handles write and read at the same time.

use std::collections::HashSet;
use std::time::Duration;

use futures::future::join_all;

use super::*;
use crate::store::{Pace, ReadLimit, Topic};

const WRITERS: usize = 4;
const COMMITS: usize = 40;

/// Reads a session as a stream does, from position to position, until so many were read.
async fn follow(store: Arc<dyn Store>, count: usize) -> Vec<String> {
    let mut revisions = store.watch(&Topic::Session(session("s")));
    let (mut end, mut read) = (Position::default(), Vec::new());
    while read.len() < count {
        let chunk = store.read_some(&session("s"), end, ReadLimit { activities: 7, bytes: usize::MAX }).await.unwrap();
        assert!(chunk.bodies.is_empty() || chunk.end > end);
        end = chunk.end;
        read.extend(chunk.bodies.iter().map(|body| body.activity().unwrap().id));
        if !chunk.more && read.len() < count {
            revisions.changed().await;
        }
    }
    read
}

pub(crate) async fn positions_become_visible_in_rising_order(engine: &dyn Engine) {
    let total = WRITERS * COMMITS * 2;
    let mut readers = Vec::new();
    for _ in 0..3 {
        readers.push(tokio::spawn(follow(open(engine).await, total)));
    }
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let store = open(engine).await;
        writers.push(tokio::spawn(async move {
            for number in 0..COMMITS {
                let own = activity(&format!("{writer}-{number}"), "x");
                // Every activity comes twice, by two writers.
                let shared = activity(&format!("both-{}-{number}", writer / 2), "x");
                let large = activity(
                    &format!("large-{writer}-{number}"),
                    &"x".repeat(if number % 8 == 0 { 70_000 } else { 1 }),
                );
                let extra = if writer % 2 == 0 { vec![own, shared, large] } else { vec![shared, own] };
                commit(&*store, "s", of(extra)).await;
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let ids = all_ids(&*open(engine).await, "s").await;
    assert_eq!(ids.len(), WRITERS * COMMITS + WRITERS / 2 * COMMITS * 2);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    for reader in readers {
        let read = tokio::time::timeout(Duration::from_secs(30), reader).await.unwrap().unwrap();
        assert_eq!(read[..total], ids[..total], "a reader saw another order, or missed something");
    }
}

pub(crate) async fn a_mark_is_moved_by_one_at_a_time(engine: &dyn Engine) {
    let stores = join_all((0..WRITERS).map(|_| open(engine))).await;
    join_all(stores.iter().map(|store| async {
        let mut from = Mark::default();
        for _ in 0..COMMITS {
            loop {
                let to = Mark { reconciled: Some(from.reconciled.unwrap_or_default() + 1), ..Mark::default() };
                match store.commit(&session("s"), marked(&from, &to)).await.unwrap() {
                    Commit::Done(_) => break from = to,
                    Commit::MarkMoved(present) => from = present,
                    Commit::Fenced => panic!("there is no fence"),
                }
            }
        }
    }))
    .await;
    let moved = stores[0].beacon(&session("s")).await.unwrap().mark.reconciled;
    assert_eq!(moved, Some((WRITERS * COMMITS) as u64));
}

pub(crate) async fn no_act_is_lost(engine: &dyn Engine) {
    let stores = join_all((0..WRITERS).map(|_| open(engine))).await;
    let acts = stores
        .iter()
        .flat_map(|store| (0..COMMITS).map(move |_| async { store.act(&session("s"), None).await.unwrap() }));
    let mut counts = join_all(acts).await;
    counts.sort_unstable();
    assert!(counts.into_iter().eq(1..=(WRITERS * COMMITS) as u64));
}

pub(crate) async fn one_claims(engine: &dyn Engine) {
    let stores = join_all((0..WRITERS).map(|_| open(engine))).await;
    for number in 0..20 {
        let id = session(&number.to_string());
        let claims = join_all(stores.iter().map(|store| async { store.claim(&id).await.unwrap() })).await;
        assert_eq!(claims.into_iter().filter(|ours| *ours).count(), 1);
    }
}

pub(crate) async fn a_burst_is_no_larger_for_many(engine: &dyn Engine) {
    let stores = join_all((0..WRITERS).map(|_| open(engine))).await;
    let pace = Pace { burst: 10, interval: Duration::from_secs(1_000) };
    let turns = stores.iter().flat_map(|store| {
        (0..10).map(move |_| async move { store.take_turn("b", pace, Duration::ZERO).await.unwrap() })
    });
    let at_once = join_all(turns).await.into_iter().filter(Duration::is_zero).count();
    assert_eq!(at_once, 10);
}
