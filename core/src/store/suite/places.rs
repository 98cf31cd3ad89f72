//! Places: what the account's plan counts is never more than it has, and each session is counted once, whoever shows it.

use std::collections::HashSet;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;

use super::tasks::{QUEUE, add, change, claim, made, new, now_is, start, to};
use super::*;
use crate::ground::model::TaskState;
use crate::store::{Bound, Claimed, DAY, Full, PlaceLimits, SeenPlace, Shown, Started, TaskChange, Topic};

/// What the server shows at this moment.
fn as_shown(sessions: Vec<SeenPlace>) -> Shown {
    Shown { sessions, ..Shown::default() }
}

pub(crate) async fn no_more_places_are_taken_than_there_are(engine: &dyn Engine) {
    let stores = join_all((0..4).map(|_| open(engine))).await;
    let keys: Vec<_> = (0..40).map(|number| format!("k{number:02}")).collect();
    stores[0].add_tasks(keys.iter().map(|key| new(key)).collect()).await.unwrap();
    let limits = PlaceLimits { slots: Some(5), ..PlaceLimits::default() };
    let started = join_all((0..20).map(|number| {
        let store = &stores[number % 4];
        async move {
            match number % 5 {
                // Others take places too.
                0 => store.take_place(&format!("p{number}"), limits).await.unwrap().is_none(),
                _ => matches!(store.start_tasks(claim(1, limits)).await.unwrap(), Started::Tasks(_)),
            }
        }
    }))
    .await;
    assert_eq!(started.into_iter().filter(|started| *started).count(), 5);
    let used = stores[0].places(Some(QUEUE)).await.unwrap();
    assert_eq!((used.slots, used.pending, used.day), (5, 5, 5));
    let full = stores[1].take_place("one more", limits).await.unwrap().unwrap();
    assert_eq!((full.bound, full.used.slots), (Bound::Slots, 5));
}

async fn full(store: &dyn Store, limits: PlaceLimits) -> Full {
    match store.start_tasks(claim(1, limits)).await.unwrap() {
        Started::Full(full) => full,
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn each_limit_bounds_what_it_is_about(engine: &dyn Engine) {
    let store = open(engine).await;
    add(&*store, &["a", "b", "c", "d"]).await;
    let free = PlaceLimits::default();
    assert_eq!(store.take_place("elsewhere", free).await.unwrap(), None);
    store.fill_place(Some("elsewhere"), &session("e"), now_is(&*store).await).await.unwrap();
    let (_, a) = start(&*store).await.unwrap();
    for (limits, bound) in [
        (PlaceLimits { slots: Some(2), ..free }, Bound::Slots),
        (PlaceLimits { queue_slots: Some(1), ..free }, Bound::Slots),
        (PlaceLimits { day: Some(2), ..free }, Bound::Day),
        (PlaceLimits { queue_day: Some(1), ..free }, Bound::Day),
        (PlaceLimits { pending: Some(1), ..free }, Bound::Pending),
    ] {
        let full = full(&*store, limits).await;
        assert_eq!(
            (full.bound, full.left.is_some_and(|left| !left.is_zero() && left <= Duration::from_hours(24))),
            (bound, bound == Bound::Day),
            "{limits:?}"
        );
    }
    change(&*store, &a, made("s")).await;
    let pending = PlaceLimits { pending: Some(1), slots: Some(3), queue_slots: Some(2), day: Some(3), ..free };
    let Started::Tasks(b) = store.start_tasks(claim(9, pending)).await.unwrap() else { panic!("there is room") };
    let [Claimed { grant: b, .. }] = &b[..] else { panic!("one at a time is to be pending: {b:?}") };
    // A refused create used nothing.
    change(&*store, b, TaskChange { refused: true, ..to(TaskState::Waiting) }).await;
    let used = store.places(Some(QUEUE)).await.unwrap();
    assert_eq!((used.slots, used.queue_slots, used.day, used.queue_day, used.pending), (2, 1, 2, 1, 0));
    // What has ended holds no slot, and counts within the day.
    change(&*store, &a, to(TaskState::Done)).await;
    store.free_place(&session("e")).await.unwrap();
    let created = store.creations(now_is(&*store).await.earlier(DAY)).await.unwrap();
    assert_eq!(created.iter().map(|(session, _)| session.as_str()).collect::<Vec<_>>(), ["e", "s"]);
    assert!(store.creations(now_is(&*store).await.later(DAY)).await.unwrap().is_empty());
    let used = store.places(Some(QUEUE)).await.unwrap();
    assert_eq!((used.slots, used.queue_slots, used.day, used.queue_day), (0, 0, 2, 1));
    assert_eq!(store.take_place("refused", free).await.unwrap(), None);
    store.drop_place("refused").await.unwrap();
    assert_eq!(store.places(None).await.unwrap().day, 2);
}

pub(crate) async fn places_are_as_the_server_shows_them(engine: &dyn Engine) {
    let store = open(engine).await;
    let now = now_is(&*store).await;
    let ago = |seconds| now.earlier(Duration::from_secs(seconds));
    let hours = |hours: u64| ago(hours * 3_600);
    for (id, at) in [("ended", ago(100)), ("goes on", ago(100)), ("fresh", now), ("old", hours(30))] {
        store.fill_place(None, &session(&id.replace(' ', "-")), at).await.unwrap();
    }
    store.take_place("pending", PlaceLimits::default()).await.unwrap();
    let seen = |id: &str, at, open| SeenPlace { session: session(id), at, open };
    let shown = vec![
        seen("goes-on", ago(100), true),
        seen("elsewhere", hours(3), true),
        seen("done", hours(2), false),
        seen("old", hours(30), true),
    ];
    store.settle_places(as_shown(shown)).await.unwrap();
    let used = store.places(None).await.unwrap();
    // goes-on, fresh, old, elsewhere and the pending one; within the day all but the old one, and the two that ended.
    assert_eq!((used.slots, used.pending, used.day), (5, 1, 6));
    store.settle_places(Shown::default()).await.unwrap();
    assert_eq!(store.places(None).await.unwrap().slots, 2, "the fresh and the pending one");
}

pub(crate) async fn what_is_freed_while_the_server_is_asked_stays_free(engine: &dyn Engine) {
    let store = open(engine).await;
    let now = now_is(&*store).await;
    let seen = |id: &str, seconds| SeenPlace {
        session: session(id),
        at: now.earlier(Duration::from_secs(seconds)),
        open: true,
    };
    let sessions = vec![seen("ended", 100), seen("woken", 100), seen("short", 90), seen("goes-on", 100)];
    for SeenPlace { session, at, .. } in &sessions {
        store.fill_place(None, session, *at).await.unwrap();
    }
    for id in ["woken", "short"] {
        store.free_place(&session(id)).await.unwrap();
    }
    let open_before = store.open_places().await.unwrap();
    assert_eq!(HashSet::<_>::from_iter(open_before.clone()), HashSet::from([session("ended"), session("goes-on")]));
    // The first page shows it, then it ends, and there are more pages. Another one has begun and ended since.
    store.free_place(&session("ended")).await.unwrap();
    let shown = Shown { sessions, open_before, age: Duration::from_secs(35) };
    store.settle_places(shown).await.unwrap();
    let open: HashSet<_> = store.open_places().await.unwrap().into_iter().collect();
    assert_eq!(open, HashSet::from([session("woken"), session("goes-on")]));
}

pub(crate) async fn places_that_are_as_they_were_wake_nobody(engine: &dyn Engine) {
    let store = open(engine).await;
    let now = now_is(&*store).await;
    let seen = |number: u32, open| SeenPlace { session: session(&format!("s{number}")), at: now, open };
    let shown: Vec<_> = (0..300).map(|number| seen(number, number % 2 == 0)).collect();
    let mut revisions = store.watch(&Topic::Tasks);
    for (news, shown) in [
        (true, shown.clone()),
        (false, shown.clone()),
        (true, [&shown[1..], &[seen(0, false)]].concat()),
        (false, [&shown[1..], &[seen(0, false)], &shown[1..]].concat()),
    ] {
        revisions.seen();
        store.settle_places(as_shown(shown)).await.unwrap();
        assert_eq!(revisions.changed().now_or_never().is_some(), news);
    }
    assert_eq!(store.places(None).await.unwrap().slots, 149);
}

pub(crate) async fn a_session_that_a_listing_shows_first_is_counted_once(engine: &dyn Engine) {
    let store = open(engine).await;
    let now = now_is(&*store).await;
    let shown = |id: &str, open| SeenPlace { session: session(id), at: now, open };
    let counts = async || {
        let used = store.places(Some(QUEUE)).await.unwrap();
        (used.slots, used.queue_slots, used.pending, used.day)
    };
    add(&*store, &["a", "b"]).await;
    let (_, a) = start(&*store).await.unwrap();
    let (_, b) = start(&*store).await.unwrap();
    store.take_place("elsewhere", PlaceLimits::default()).await.unwrap();
    // Created, and listed before anybody who created them could say so; one of them has ended by then.
    store.settle_places(as_shown(vec![shown("sa", true), shown("sb", false), shown("se", true)])).await.unwrap();
    change(&*store, &a, made("sa")).await;
    change(&*store, &b, made("sb")).await;
    store.fill_place(Some("elsewhere"), &session("se"), now).await.unwrap();
    assert_eq!(counts().await, (2, 1, 0, 3));
    // The other way about it is known, whoever says it again.
    store.fill_place(None, &session("sa"), now).await.unwrap();
    store.settle_places(as_shown(vec![shown("sa", true), shown("sb", false), shown("se", false)])).await.unwrap();
    assert_eq!(counts().await, (1, 1, 0, 3));
    change(&*store, &a, to(TaskState::Done)).await;
    assert_eq!(counts().await, (0, 0, 0, 3));
}

pub(crate) async fn a_session_that_a_listing_shows_meanwhile_is_counted_once(engine: &dyn Engine) {
    const ROUNDS: usize = 40;
    let (store, other) = (open(engine).await, open(engine).await);
    let now = now_is(&*store).await;
    let keys: Vec<_> = (0..ROUNDS).map(|round| format!("{round:02}")).collect();
    add(&*store, &keys.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for round in 0..ROUNDS {
        let (_, grant) = start(&*store).await.unwrap();
        let elsewhere = format!("elsewhere-{round}");
        store.take_place(&elsewhere, PlaceLimits::default()).await.unwrap();
        let (of_task, of_run) = (format!("t{round}"), session(&format!("r{round}")));
        let shown = [session(&of_task), of_run.clone()];
        let shown = shown.map(|session| SeenPlace { session, at: now, open: true });
        let (listed, filled, _) = tokio::join!(
            other.settle_places(as_shown(shown.to_vec())),
            store.fill_place(Some(&elsewhere), &of_run, now),
            change(&*store, &grant, made(&of_task)),
        );
        listed.unwrap();
        filled.unwrap();
    }
    let used = store.places(Some(QUEUE)).await.unwrap();
    let rounds = u64::try_from(ROUNDS).unwrap();
    assert_eq!((used.slots, used.queue_slots, used.pending, used.day), (2 * rounds, rounds, 0, 2 * rounds));
}
