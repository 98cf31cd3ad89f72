//! What a client holds is alone its own, is given back, and says so when it is lost.

use super::*;
use crate::ground::surroundings::Surroundings;
use crate::store::{Place, Sqlite, Terms, Trouble};

/// Two clients on one store.
fn two() -> (Arc<Presence>, Arc<Presence>) {
    let store = Sqlite::new(Place::Memory, "account", u64::MAX, Surroundings::default());
    let other = store.beside("account");
    (Arc::new(Presence::new(Arc::new(store))), Arc::new(Presence::new(Arc::new(other))))
}

fn key() -> LeaseKey {
    LeaseKey::Watch(SessionId::parse("1").unwrap())
}

async fn ours(presence: &Arc<Presence>) -> Held {
    match presence.hold(&key()).await.unwrap() {
        Hold::Ours(held) => held,
        Hold::Theirs(generation) => panic!("somebody else has it under {generation}"),
    }
}

#[tokio::test]
async fn one_client_has_a_lease_and_the_other_hears_under_which_generation() {
    let (one, other) = two();
    let held = ours(&one).await;
    assert!(
        matches!(other.hold(&key()).await.unwrap(), Hold::Theirs(generation) if generation == held.grant().generation)
    );
    // All parts of a client share it.
    assert_eq!(ours(&one).await.grant(), held.grant());
}

#[tokio::test]
async fn a_lease_that_nobody_uses_any_more_goes_to_whoever_waits() {
    let (one, other) = two();
    let held = ours(&one).await;
    let before = held.grant().generation;
    let waiting = tokio::spawn(async move { other.wait_for(&key()).await.unwrap().grant().generation });
    drop(held);
    assert!(waiting.await.unwrap() > before);
}

#[tokio::test]
async fn one_that_is_taken_up_again_at_once_is_the_same() {
    let (one, _other) = two();
    let held = ours(&one).await;
    let before = held.grant().clone();
    drop(held);
    // It was put aside, and nobody has given it back yet.
    assert_eq!(*ours(&one).await.grant(), before);
}

#[tokio::test]
async fn a_lost_lease_says_so_and_is_not_used_again() {
    let (one, _other) = two();
    let held = ours(&one).await;
    held.lose();
    held.lost().await;
    assert!(one.in_use(&key()).is_none());
}

#[tokio::test]
async fn a_lost_lease_that_nobody_has_taken_is_given_back() {
    let (one, other) = two();
    let held = ours(&one).await;
    held.lose();
    drop(held);
    let key = key();
    let taken = tokio::time::timeout(Duration::from_secs(10), other.wait_for(&key));
    let taken = taken.await.expect("it is free").unwrap();
    // Who takes it anew keeps it.
    taken.lose();
    let again = ours(&other).await;
    drop(taken);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(matches!(one.hold(&key).await.unwrap(), Hold::Theirs(_)));
    drop(again);
}

#[tokio::test]
async fn a_lease_that_could_not_be_given_back_and_is_taken_again_is_kept() {
    let store = Sqlite::new(Place::Memory, "account", u64::MAX, Surroundings::default()).with_terms(Terms::default());
    let troubles = store.troubles.clone();
    let other = Arc::new(Presence::new(Arc::new(store.beside("account"))));
    let one = Arc::new(Presence::new(Arc::new(store)));
    // What has it renew.
    let Hold::Ours(_fleet) = one.hold(&LeaseKey::Fleet).await.unwrap() else { panic!("nobody else is there") };
    let held = ours(&one).await;
    let before = held.grant().clone();
    troubles.set(|_| Some(Trouble::Before));
    drop(held);
    one.give_back(&key()).await;
    troubles.end();
    let again = ours(&one).await;
    assert_eq!(*again.grant(), before, "it was not given back");
    for _ in 0..3 {
        one.renew_now().await.unwrap();
    }
    assert!(matches!(other.hold(&key()).await.unwrap(), Hold::Theirs(generation) if generation == before.generation));
}

#[tokio::test]
async fn a_closed_client_gives_everything_back_at_once() {
    let (one, other) = two();
    let session = SessionId::parse("1").unwrap();
    let held = ours(&one).await;
    one.want(&session, Some(Want { activities: true, interval: None }));
    one.tell(&session).await.unwrap();
    assert_eq!(other.store.all_wanted().await.unwrap().len(), 1);
    one.close().await;
    held.lost().await;
    ours(&other).await;
    assert_eq!(other.store.all_wanted().await.unwrap(), []);
}

#[tokio::test]
async fn what_is_wanted_no_more_is_no_want_of_this_client_also_where_the_store_has_not_heard_it() {
    let store = Sqlite::new(Place::Memory, "account", u64::MAX, Surroundings::default());
    let troubles = store.troubles.clone();
    let one = Arc::new(Presence::new(Arc::new(store)));
    let session = SessionId::parse("1").unwrap();
    let held = ours(&one).await;
    one.want(&session, Some(Want { activities: false, interval: None }));
    one.tell(&session).await.unwrap();
    one.want(&session, None);
    troubles.set(|_| Some(Trouble::Before));
    one.tell(&session).await.unwrap_err();
    assert!(!one.has_told(&session), "whoever else wants it would wait for this client");
    troubles.end();
    one.renew_now().await.unwrap();
    assert_eq!(one.store.all_wanted().await.unwrap(), []);
    drop(held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_that_goes_while_its_client_is_closed_stops_nothing() {
    for _ in 0..500 {
        let (one, _other) = two();
        let held = ours(&one).await;
        let dropped = tokio::task::spawn_blocking(move || drop(held));
        let closed = tokio::time::timeout(Duration::from_secs(20), tokio::spawn(async move { one.close().await }));
        closed.await.expect("it comes to its end").unwrap();
        dropped.await.unwrap();
    }
}
