//! Tasks that are taken several at once.

use super::tasks::{QUEUE, claim, made, new, start};
use super::*;
use crate::store::{Bound, Claim, Claimed, NewTask, PlaceLimits, Started, TaskChange, TaskChanged};

async fn take(store: &dyn Store, claim: Claim) -> Vec<Claimed> {
    match store.start_tasks(claim).await.unwrap() {
        Started::Tasks(tasks) => tasks,
        other => panic!("{other:?}"),
    }
}

fn keys(claimed: &[Claimed]) -> Vec<&str> {
    claimed.iter().map(|one| one.record.key.as_str()).collect()
}

pub(crate) async fn as_many_tasks_are_taken_at_once_as_there_is_room_for(engine: &dyn Engine) {
    let (store, other) = (open(engine).await, open(engine).await);
    let all = ["a", "b", "c", "d", "e", "f"].map(|key| NewTask { priority: i64::from(key == "e"), ..new(key) });
    store.add_tasks(all.to_vec()).await.unwrap();
    let limits = PlaceLimits { slots: Some(5), queue_day: Some(5), ..PlaceLimits::default() };
    let first = take(&*store, claim(2, limits)).await;
    assert_eq!(keys(&first), ["e", "a"], "by priority, and no more than were asked for");
    let rest = take(&*other, claim(9, limits)).await;
    assert_eq!(keys(&rest), ["b", "c", "d"], "no more than there is room for");
    let Started::Full(full) = store.start_tasks(claim(9, limits)).await.unwrap() else { panic!("it is full") };
    assert_eq!((full.bound, full.used.slots, full.used.queue_slots), (Bound::Slots, 5, 5));
    // Each has its lease.
    for (store, Claimed { record, grant, .. }) in
        first.iter().map(|one| (&store, one)).chain(rest.iter().map(|one| (&other, one)))
    {
        let change = TaskChange { session: Some(session(&record.key)), ..made(&record.key) };
        assert!(matches!(store.change_task(grant, change).await.unwrap(), TaskChanged::Done(_)));
        store.free_place(&session(&record.key)).await.unwrap();
    }
    let Started::Full(full) = store.start_tasks(claim(9, limits)).await.unwrap() else { panic!("the day is over") };
    assert_eq!(
        (
            full.bound,
            full.used.queue_day,
            full.left.is_some_and(|left| !left.is_zero() && left <= Duration::from_hours(24))
        ),
        (Bound::Day, 5, true)
    );
    assert_eq!(start(&*store).await.unwrap().0.key, "f");
    assert_eq!(other.places(Some(QUEUE)).await.unwrap().slots, 1);
}

pub(crate) async fn only_data_that_are_as_expected_change_with_the_claim(engine: &dyn Engine) {
    let store = open(engine).await;
    let of = |key: &str, data: &str| NewTask { data: data.to_owned(), ..new(key) };
    store.add_tasks(vec![of("fresh", "new"), of("begun", "sent")]).await.unwrap();
    let data = Some(("new".to_owned(), "sent".to_owned()));
    let taken = take(&*store, Claim { data, ..claim(9, PlaceLimits::default()) }).await;
    let seen: Vec<_> = taken.iter().map(|one| (one.record.data.as_str(), one.noted)).collect();
    assert_eq!(seen, [("sent", true), ("sent", false)]);
    assert_eq!(store.task("fresh").await.unwrap().unwrap().data, "sent");
}
