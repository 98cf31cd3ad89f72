//! Fencing and presence: a lease has one holder at a time and a generation that rises; who is silent loses it.

use std::time::{Duration, Instant};

use futures::future::join_all;

use super::*;

fn watch_key() -> LeaseKey {
    LeaseKey::Watch(session("s"))
}

/// Asks again and again until it is given; fails after ten seconds.
pub(super) async fn wait_for(store: &dyn Store, key: &LeaseKey) -> Grant {
    let began = Instant::now();
    loop {
        if let Some(grant) = acquire(store, key).await {
            return grant;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "nobody gives it back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(super) async fn commit_under(store: &dyn Store, grant: &Grant, id: &str) -> Commit {
    let batch = Batch { fence: Some(grant.clone()), ..of(vec![activity(id, "x")]) };
    store.commit(&session("s"), batch).await.unwrap()
}

pub(crate) async fn a_lease_has_one_holder(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let grant = acquire(&*one, &watch_key()).await.unwrap();
    assert_eq!(grant.key, watch_key());
    assert_eq!(acquire(&*one, &watch_key()).await, Some(grant.clone()), "what is held is given again, as it is");
    let held = other.acquire(&watch_key()).await.unwrap();
    assert_eq!(held, Acquired::Held { generation: grant.generation });
    let others = [
        LeaseKey::Watch(session("t")),
        LeaseKey::Ask(session("s")),
        LeaseKey::Send(session("s")),
        LeaseKey::Create("s".to_owned()),
        LeaseKey::Fleet,
        LeaseKey::Sync,
    ];
    for key in others {
        assert!(acquire(&*other, &key).await.is_some(), "{key}");
        assert!(acquire(&*one, &key).await.is_none(), "{key}");
    }
    assert!(matches!(commit_under(&*one, &grant, "a").await, Commit::Done(_)));
    // Whoever has no fence may write too.
    assert_eq!(commit(&*other, "s", of(vec![activity("b", "x")])).await.count, 2);
}

pub(crate) async fn a_lease_that_is_given_back_is_free_at_once(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let grant = acquire(&*one, &watch_key()).await.unwrap();
    one.release(&grant).await.unwrap();
    let next = acquire(&*other, &watch_key()).await.unwrap();
    assert!(next.generation > grant.generation);
    // Giving back what one has no more takes nothing from who has it.
    one.release(&grant).await.unwrap();
    assert_eq!(acquire(&*other, &watch_key()).await, Some(next));
    assert_eq!(one.renew().await.unwrap(), []);
}

pub(crate) async fn generations_rise(engine: &dyn Engine) {
    let stores = [open(engine).await, open(engine).await];
    let mut before = 0;
    for round in 0..50 {
        let store = &stores[round % 2];
        let grant = acquire(&**store, &watch_key()).await.unwrap();
        assert!(grant.generation > before);
        before = grant.generation;
        store.release(&grant).await.unwrap();
        if round % 10 == 0 {
            store.forget(&session("s")).await.unwrap();
        }
    }
}

pub(crate) async fn who_lost_the_lease_is_refused(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let old = acquire(&*one, &watch_key()).await.unwrap();
    one.release(&old).await.unwrap();
    assert_eq!(commit_under(&*one, &old, "a").await, Commit::Fenced, "given back");
    let new = acquire(&*other, &watch_key()).await.unwrap();
    assert_eq!(commit_under(&*one, &old, "a").await, Commit::Fenced, "in other hands");
    assert!(matches!(commit_under(&*other, &new, "b").await, Commit::Done(_)));
    other.release(&new).await.unwrap();
    let again = acquire(&*one, &watch_key()).await.unwrap();
    assert_eq!(commit_under(&*one, &old, "c").await, Commit::Fenced, "its own again, but another generation");
    assert!(matches!(commit_under(&*one, &again, "d").await, Commit::Done(_)));
    assert_eq!(all_ids(&*one, "s").await, ["b", "d"]);
}

pub(crate) async fn who_watches_a_forgotten_session_loses_the_lease(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let old = acquire(&*one, &watch_key()).await.unwrap();
    let asks = acquire(&*one, &LeaseKey::Ask(session("s"))).await.unwrap();
    assert!(matches!(commit_under(&*one, &old, "a").await, Commit::Done(_)));
    other.forget(&session("s")).await.unwrap();
    assert_eq!(commit_under(&*one, &old, "a").await, Commit::Fenced, "fetched before");
    assert_eq!(all_ids(&*one, "s").await, Vec::<String>::new());
    assert_eq!(one.renew().await.unwrap(), std::slice::from_ref(&old));
    let new = acquire(&*one, &watch_key()).await.unwrap();
    assert!(new.generation > old.generation);
    assert!(matches!(commit_under(&*one, &new, "b").await, Commit::Done(_)));
    assert!(matches!(commit_under(&*one, &asks, "c").await, Commit::Done(_)), "whatever else was held of it is kept");
}

pub(crate) async fn a_silent_handle_loses_its_leases(engine: &dyn Engine) {
    let (one, other) = (engine.open(ACCOUNT, SHORT).await, engine.open(ACCOUNT, SHORT).await);
    let began = Instant::now();
    let old = acquire(&*one, &watch_key()).await.unwrap();
    let new = wait_for(&*other, &watch_key()).await;
    let waited = began.elapsed();
    assert!(waited >= SHORT.lease, "taken away after {waited:?}");
    assert!(new.generation > old.generation);
    assert_eq!(commit_under(&*one, &old, "a").await, Commit::Fenced);
    assert_eq!(one.renew().await.unwrap(), [old]);
    assert_eq!(one.renew().await.unwrap(), [], "told once");
    assert!(matches!(commit_under(&*other, &new, "b").await, Commit::Done(_)));
}

pub(crate) async fn a_renewed_lease_is_kept(engine: &dyn Engine) {
    let (one, other) = (engine.open(ACCOUNT, SHORT).await, engine.open(ACCOUNT, SHORT).await);
    let grant = acquire(&*one, &watch_key()).await.unwrap();
    let began = Instant::now();
    while began.elapsed() < SHORT.lease * 4 {
        let asked = Instant::now();
        assert_eq!(one.renew().await.unwrap(), []);
        if acquire(&*other, &watch_key()).await.is_some() {
            // The machine slept: then the lease may be lost.
            let since = asked.elapsed();
            assert!(since >= SHORT.lease, "taken {since:?} after it was renewed");
            return;
        }
        tokio::time::sleep(SHORT.renew / 2).await;
    }
    assert!(matches!(commit_under(&*one, &grant, "a").await, Commit::Done(_)));
}

pub(crate) async fn what_a_dropped_handle_had_is_free_at_once(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let grant = acquire(&*one, &watch_key()).await.unwrap();
    assert!(acquire(&*other, &watch_key()).await.is_none());
    drop(one);
    let began = Instant::now();
    assert!(wait_for(&*other, &watch_key()).await.generation > grant.generation);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

pub(crate) async fn many_ask_and_one_gets_it(engine: &dyn Engine) {
    let stores = join_all((0..6).map(|_| open(engine))).await;
    let mut before = 0;
    for _ in 0..20 {
        let asked = join_all(stores.iter().map(|store| store.acquire(&LeaseKey::Fleet))).await;
        let granted: Vec<_> = asked
            .into_iter()
            .enumerate()
            .filter_map(|(place, acquired)| match acquired.unwrap() {
                Acquired::Granted(grant) => Some((place, grant)),
                Acquired::Held { .. } => None,
            })
            .collect();
        let [(place, grant)] = granted.as_slice() else { panic!("{granted:?}") };
        assert!(grant.generation > before);
        before = grant.generation;
        stores[*place].release(grant).await.unwrap();
    }
}
