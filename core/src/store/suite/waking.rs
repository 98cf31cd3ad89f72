//! Waking: `watch` wakes for every commit of every handle, and for nothing else.

use std::time::Duration;

use futures::FutureExt;

use super::*;
use crate::store::{Revisions, Topic, Want};

/// A wake that doesn't come is an error after this.
const LONG_ENOUGH: Duration = Duration::from_secs(10);

async fn wakes(revisions: &mut Revisions, why: &str) {
    let woken = tokio::time::timeout(LONG_ENOUGH, revisions.changed()).await;
    assert!(woken.is_ok(), "not woken for {why}");
}

fn watch(store: &dyn Store, id: &str) -> Revisions {
    store.watch(&Topic::Session(session(id)))
}

/// Does one of the things that wake those who listen to a session, and says what it did.
async fn change(store: &dyn Store, number: usize) -> &'static str {
    let s = session("s");
    let committed = async |batch: Batch| drop(commit(store, "s", batch).await);
    match number {
        0 => committed(of(vec![activity("a", "1"), empty("e")])).await,
        1 => committed(of(vec![activity("e", "whole")])).await,
        2 => committed(Batch { session: Some(record("s", "t")), ..Batch::default() }).await,
        3 => committed(marked(&Mark::default(), &token("t"))).await,
        4 => committed(Batch { status: Some("x".to_owned()), ..Batch::default() }).await,
        5 => drop(store.act(&s, None).await.unwrap()),
        6 => store.put_sessions(vec![(s, record("s", "u"))]).await.unwrap(),
        7 => store.set_deleted(&s, true).await.unwrap(),
        8 => store.listen(&s, Some(Want::default())).await.unwrap(),
        9 => {
            let grant = acquire(store, &LeaseKey::Ask(s)).await.unwrap();
            store.release(&grant).await.unwrap();
        }
        _ => store.forget(&s).await.unwrap(),
    }
    CHANGES[number]
}

const CHANGES: [&str; 11] = [
    "new activities",
    "one replaced",
    "a look",
    "a mark",
    "a status",
    "an act",
    "a list",
    "a deletion",
    "a want",
    "a lease given back",
    "forgetting",
];

pub(crate) async fn every_kind_of_commit_wakes(engine: &dyn Engine) {
    let store = open(engine).await;
    let mut revisions = watch(&*store, "s");
    store.info().await.unwrap();
    for number in 0..CHANGES.len() {
        revisions.seen();
        let what = change(&*store, number).await;
        assert!(revisions.changed().now_or_never().is_some(), "not woken at once for {what}");
    }
}

pub(crate) async fn another_handle_wakes(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let (mut revisions, mut listeners) = (watch(&*one, "s"), one.watch(&Topic::Listeners));
    for number in 0..CHANGES.len() {
        revisions.seen();
        let what = change(&*other, number).await;
        wakes(&mut revisions, what).await;
    }
    listeners.seen();
    other.listen(&session("t"), Some(Want::default())).await.unwrap();
    wakes(&mut listeners, "a want").await;
    listeners.seen();
    let grant = acquire(&*other, &LeaseKey::Fleet).await.unwrap();
    listeners.seen();
    other.release(&grant).await.unwrap();
    wakes(&mut listeners, "the fleet's lease given back").await;
}

pub(crate) async fn nothing_else_wakes(engine: &dyn Engine) {
    let store = open(engine).await;
    let stranger = engine.open("stranger", LONG).await;
    for store in [&store, &stranger] {
        commit(&**store, "s", of(vec![activity("a", "1")])).await;
    }
    let (mut revisions, mut listeners) = (watch(&*store, "s"), store.watch(&Topic::Listeners));
    commit(&*store, "t", of(vec![activity("a", "1")])).await;
    commit(&*stranger, "s", of(vec![activity("b", "1")])).await;
    stranger.listen(&session("s"), Some(Want::default())).await.unwrap();
    // These change nothing.
    commit(&*store, "s", of(vec![activity("a", "1")])).await;
    commit(&*store, "s", marked(&Mark::default(), &Mark::default())).await;
    store.beacon(&session("s")).await.unwrap();
    assert!(store.commit(&session("s"), marked(&token("no"), &token("t"))).await.unwrap() != Commit::Fenced);
    // Longer than an engine takes to notice what others do.
    tokio::time::sleep(Duration::from_millis(250)).await;
    assert!(revisions.changed().now_or_never().is_none());
    assert!(listeners.changed().now_or_never().is_none());
    commit(&*store, "s", of(vec![activity("c", "1")])).await;
    wakes(&mut revisions, "its own session").await;
}

pub(crate) async fn what_was_seen_does_not_wake_again(engine: &dyn Engine) {
    let store = open(engine).await;
    commit(&*store, "s", of(vec![activity("a", "1")])).await;
    let mut revisions = watch(&*store, "s");
    assert!(revisions.changed().now_or_never().is_none(), "woken for what was before");
    for id in ["b", "c"] {
        commit(&*store, "s", of(vec![activity(id, "1")])).await;
    }
    wakes(&mut revisions, "two commits").await;
    assert!(revisions.changed().now_or_never().is_none());
    commit(&*store, "s", of(vec![activity("d", "1")])).await;
    revisions.seen();
    assert!(revisions.changed().now_or_never().is_none());
}

pub(crate) async fn who_listens_before_anything_is_opened_is_woken(engine: &dyn Engine) {
    let store = open(engine).await;
    let mut revisions = watch(&*store, "s");
    let other = open(engine).await;
    commit(&*other, "s", of(vec![activity("a", "1")])).await;
    wakes(&mut revisions, "the first commit").await;
}

pub(crate) async fn a_cancelled_wait_loses_nothing(engine: &dyn Engine) {
    let store = open(engine).await;
    let mut revisions = watch(&*store, "s");
    for id in ["a", "b", "c"] {
        assert!(tokio::time::timeout(Duration::from_millis(1), revisions.changed()).await.is_err());
        commit(&*store, "s", of(vec![activity(id, "1")])).await;
        wakes(&mut revisions, "a commit after a cancelled wait").await;
    }
}
