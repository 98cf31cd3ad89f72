//! What handles want of sessions, as all of them together see it.

use std::time::{Duration, Instant};

use super::*;
use crate::store::{Topic, Want, Wanted};

const ALL: Want = Want { activities: true, interval: None };
const STATE: Want = Want { activities: false, interval: None };

fn each(activities: bool, seconds: u64) -> Want {
    Want { activities, interval: Some(Duration::from_secs(seconds)) }
}

/// What the beacon says, and what the list.
async fn both(store: &dyn Store, id: &str) -> (Option<Want>, Option<Want>) {
    let want = store.beacon(&session(id)).await.unwrap().want;
    let all = store.all_wanted().await.unwrap();
    (want, all.iter().find(|wanted| wanted.session == session(id)).map(|wanted| wanted.want))
}

async fn wanted(store: &dyn Store, id: &str) -> Option<Want> {
    let (want, same) = both(store, id).await;
    assert_eq!(want, same, "the beacon and the list say the same");
    want
}

/// The same of a handle with short terms, as soon as it has renewed: once more where the machine slept so long in between that
/// the handle counts as silent.
async fn wanted_behind_renewal(store: &dyn Store, renewing: &dyn Store, id: &str) -> Option<Want> {
    loop {
        let asked = Instant::now();
        renewing.renew().await.unwrap();
        let (want, same) = both(store, id).await;
        if asked.elapsed() < SHORT.want {
            assert_eq!(want, same, "the beacon and the list say the same");
            return want;
        }
    }
}

pub(crate) async fn the_strongest_want_counts(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let s = session("s");
    assert_eq!(wanted(&*one, "s").await, None);
    for (first, second, both) in [
        (Some(STATE), None, Some(STATE)),
        (Some(STATE), Some(ALL), Some(ALL)),
        (Some(each(false, 9)), Some(ALL), Some(ALL)),
        (Some(each(false, 9)), Some(each(true, 5)), Some(each(true, 5))),
        (Some(each(true, 3)), Some(each(false, 5)), Some(each(true, 3))),
        (None, Some(each(false, 5)), Some(each(false, 5))),
        (None, None, None),
    ] {
        one.listen(&s, first).await.unwrap();
        other.listen(&s, second).await.unwrap();
        for store in [&one, &other] {
            assert_eq!(wanted(&**store, "s").await, both);
        }
    }
    one.listen(&s, Some(STATE)).await.unwrap();
    other.listen(&session("t"), Some(ALL)).await.unwrap();
    let mut all = one.all_wanted().await.unwrap();
    all.sort_by_key(|wanted| wanted.session.to_string());
    assert_eq!(all, [Wanted { session: s, want: STATE }, Wanted { session: session("t"), want: ALL }]);
}

pub(crate) async fn what_is_wanted_wakes_those_who_watch(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let topics = [Topic::Session(session("s")), Topic::Listeners];
    let mut watched: Vec<_> = topics.iter().map(|topic| one.watch(topic)).collect();
    for want in [Some(ALL), Some(STATE), None] {
        watched.iter_mut().for_each(|revisions| revisions.seen());
        other.listen(&session("s"), want).await.unwrap();
        for revisions in &mut watched {
            tokio::time::timeout(Duration::from_secs(10), revisions.changed()).await.unwrap();
        }
    }
}

/// Asks until nothing is wanted; gives back how long that took.
async fn until_nothing(store: &dyn Store) -> Duration {
    let began = Instant::now();
    while store.beacon(&session("s")).await.unwrap().want.is_some() {
        assert!(began.elapsed() < Duration::from_secs(10), "it is wanted still");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(wanted(store, "s").await, None);
    began.elapsed()
}

pub(crate) async fn a_silent_handle_wants_nothing(engine: &dyn Engine) {
    let (one, other) = (engine.open(ACCOUNT, SHORT).await, engine.open(ACCOUNT, SHORT).await);
    let began = Instant::now();
    one.listen(&session("s"), Some(ALL)).await.unwrap();
    until_nothing(&*other).await;
    assert!(began.elapsed() >= SHORT.want, "lost after {:?}", began.elapsed());
    // It comes back when it is heard again.
    one.renew().await.unwrap();
    other.listen(&session("t"), Some(STATE)).await.unwrap();
    one.listen(&session("s"), Some(ALL)).await.unwrap();
    assert_eq!(wanted_behind_renewal(&*other, &*one, "s").await, Some(ALL));
}

pub(crate) async fn a_handle_that_renews_goes_on_wanting(engine: &dyn Engine) {
    let (one, other) = (engine.open(ACCOUNT, SHORT).await, engine.open(ACCOUNT, SHORT).await);
    let began = Instant::now();
    one.listen(&session("s"), Some(ALL)).await.unwrap();
    while began.elapsed() < SHORT.want * 2 {
        tokio::time::sleep(SHORT.renew).await;
        one.renew().await.unwrap();
    }
    assert_eq!(wanted_behind_renewal(&*other, &*one, "s").await, Some(ALL));
}

pub(crate) async fn a_handle_that_was_cleared_away_wants_again_what_it_wanted(engine: &dyn Engine) {
    let (one, other) = (engine.open(ACCOUNT, SHORT).await, engine.open(ACCOUNT, SHORT).await);
    one.listen(&session("s"), Some(ALL)).await.unwrap();
    until_nothing(&*other).await;
    // Whoever is alive clears it away.
    other.listen(&session("t"), Some(STATE)).await.unwrap();
    let began = Instant::now();
    while began.elapsed() < SHORT.want * 2 {
        tokio::time::sleep(SHORT.renew).await;
        other.renew().await.unwrap();
    }
    // It shows itself by something else before it renews.
    one.acquire(&LeaseKey::Watch(session("s"))).await.unwrap();
    assert_eq!(wanted_behind_renewal(&*other, &*one, "s").await, Some(ALL));
}

pub(crate) async fn a_dropped_handle_wants_nothing(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    one.listen(&session("s"), Some(ALL)).await.unwrap();
    assert_eq!(wanted(&*other, "s").await, Some(ALL));
    drop(one);
    assert!(until_nothing(&*other).await < Duration::from_secs(5));
}
