//! Tasks: added once, taken by one at a time, changed under the lease only, and never more places than there are.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use futures::future::join_all;

use super::*;
use crate::ground::model::{TaskState, Timestamp};
use crate::store::{
    Claim, Claimed, NewTask, PlaceLimits, Shown, Started, TaskChange, TaskChanged, TaskPage, TaskRecord, Topic,
};

pub(super) const QUEUE: &str = "q";

pub(super) fn new(key: &str) -> NewTask {
    NewTask {
        key: key.to_owned(),
        queue: Some(QUEUE.to_owned()),
        priority: 0,
        not_before: None,
        asked: format!("asked {key}"),
        data: String::new(),
    }
}

pub(super) async fn add(store: &dyn Store, keys: &[&str]) {
    let known = store.add_tasks(keys.iter().map(|key| new(key)).collect()).await.unwrap();
    assert!(known.iter().all(Option::is_none), "{known:?}");
}

pub(super) fn claim(most: u32, limits: PlaceLimits) -> Claim {
    Claim { queue: QUEUE.to_owned(), worker: "worker".to_owned(), limits, most, data: None }
}

pub(super) async fn start(store: &dyn Store) -> Option<(TaskRecord, Grant)> {
    match store.start_tasks(claim(1, PlaceLimits::default())).await.unwrap() {
        Started::Tasks(tasks) => tasks.into_iter().next().map(|Claimed { record, grant, .. }| (record, grant)),
        Started::Nothing { .. } => None,
        Started::Full(full) => panic!("{full:?}"),
    }
}

pub(super) fn to(state: TaskState) -> TaskChange {
    TaskChange { state: Some(state), ..TaskChange::default() }
}

pub(super) fn made(id: &str) -> TaskChange {
    TaskChange { session: Some(session(id)), ..to(TaskState::Working) }
}

pub(super) async fn change(store: &dyn Store, grant: &Grant, change: TaskChange) -> TaskRecord {
    match store.change_task(grant, change).await.unwrap() {
        TaskChanged::Done(record) => *record,
        refused => panic!("{refused:?}"),
    }
}

async fn page(store: &dyn Store, states: &[TaskState], finished: bool) -> Vec<String> {
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let page = TaskPage { queue: QUEUE.to_owned(), states: states.to_vec(), finished, after, limit: 2 };
        let records = store.tasks(page).await.unwrap();
        keys.extend(records.iter().map(|record| record.key.clone()));
        match records.last() {
            Some(last) => after = Some(last.into()),
            None => return keys,
        }
    }
}

pub(crate) async fn a_key_is_added_once_and_stays_as_it_is(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let of_run = NewTask { queue: None, ..new("run") };
    assert_eq!(one.add_tasks(vec![new("a"), of_run.clone(), new("a")]).await.unwrap()[..2], [None, None]);
    let changed = NewTask { asked: "something else".to_owned(), ..new("a") };
    let known = other.add_tasks(vec![new("b"), changed, of_run]).await.unwrap();
    let [None, Some(a), Some(run)] = &known[..] else { panic!("{known:?}") };
    assert_eq!((a.asked.as_str(), a.state, a.attempts), ("asked a", TaskState::Waiting, 0));
    assert_eq!((a.queue.as_deref(), run.queue.as_deref()), (Some(QUEUE), None));
    assert_eq!(one.task("a").await.unwrap().as_ref(), Some(a));
    assert_eq!(one.task("none").await.unwrap(), None);
    assert_eq!(page(&*one, &[], false).await, ["a", "b"], "the key of a run is in no queue");
}

pub(crate) async fn ten_thousand_are_added_in_one_go_in_their_order(engine: &dyn Engine) {
    let store = open(engine).await;
    let keys: Vec<_> = (0..10_000).map(|number| format!("k{}", number * 7_919 % 10_000)).collect();
    let began = Instant::now();
    store.add_tasks(keys.iter().map(|key| new(key)).collect()).await.unwrap();
    println!("10,000 tasks added in {:?}", began.elapsed());
    let known = store.add_tasks(keys.iter().map(|key| new(key)).collect()).await.unwrap();
    assert!(known.iter().all(Option::is_some));
    for key in &keys[..20] {
        assert_eq!(start(&*store).await.unwrap().0.key, *key);
    }
    assert_eq!(store.count_tasks(QUEUE).await.unwrap().states[&TaskState::Waiting], 9_980);
}

pub(crate) async fn the_highest_priority_goes_first_and_nothing_before_its_time(engine: &dyn Engine) {
    let store = open(engine).await;
    // However slow the machine is, one's time has come and the other's has not.
    let now = now_is(&*store).await;
    let tomorrow = now.later(Duration::from_hours(24));
    add(&*store, &["first", "second"]).await;
    let urgent = NewTask { priority: 5, ..new("urgent") };
    let come = NewTask { priority: 8, not_before: Some(now), ..new("come") };
    let later = NewTask { priority: 9, not_before: Some(tomorrow), ..new("later") };
    store.add_tasks(vec![later, urgent, come]).await.unwrap();
    for key in ["come", "urgent", "first", "second"] {
        assert_eq!(start(&*store).await.unwrap().0.key, key);
    }
    let nothing = store.start_tasks(claim(1, PlaceLimits::default())).await.unwrap();
    // By the engine's clock, whatever this machine's shows.
    let Started::Nothing { next: Some(next) } = nothing else { panic!("{nothing:?}") };
    let most = Duration::from_hours(24);
    assert!(next <= most && next > most - Duration::from_mins(5), "{next:?}");
    let elsewhere = Claim { queue: "other".to_owned(), ..claim(1, PlaceLimits::default()) };
    assert_eq!(store.start_tasks(elsewhere).await.unwrap(), Started::Nothing { next: None });
}

pub(super) async fn now_is(store: &dyn Store) -> Timestamp {
    store.count_tasks(QUEUE).await.unwrap().now.unwrap()
}

pub(crate) async fn many_ask_and_each_task_is_given_once(engine: &dyn Engine) {
    let stores = join_all((0..4).map(|_| open(engine))).await;
    let keys: Vec<_> = (0..60).map(|number| format!("k{number:02}")).collect();
    stores[0].add_tasks(keys.iter().map(|key| new(key)).collect()).await.unwrap();
    let taken = join_all(stores.iter().map(|store| async {
        let mut taken = Vec::new();
        // Who finds nothing for another one has just what it would have got asks again.
        let mut empty = 0;
        while empty < 3 {
            match start(&**store).await {
                Some((record, grant)) => {
                    assert_eq!(record.worker.as_deref(), Some("worker"));
                    assert_eq!(grant.key, LeaseKey::Task(record.key.clone()));
                    taken.push(record.key);
                }
                None => empty += 1,
            }
        }
        taken
    }))
    .await;
    let mut all: Vec<_> = taken.into_iter().flatten().collect();
    all.sort();
    assert_eq!(all, keys);
    assert!(stores[1].take_over(QUEUE, "w").await.unwrap().is_none(), "somebody is at each of them");
}

pub(crate) async fn a_task_goes_its_way_under_its_lease_only(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    add(&*one, &["a"]).await;
    let (record, grant) = start(&*one).await.unwrap();
    assert_eq!((record.state, record.attempts, record.session), (TaskState::Starting, 0, None));
    assert!(record.started.is_some() && record.ended.is_none());
    let data = TaskChange { data: Some("intent".to_owned()), ..TaskChange::default() };
    assert_eq!(change(&*one, &grant, data).await.data, "intent");
    let record = change(&*one, &grant, made("s")).await;
    assert_eq!((record.state, record.attempts, record.session), (TaskState::Working, 1, Some(session("s"))));
    assert_eq!(change(&*one, &grant, made("s")).await.attempts, 1, "the same session counts once");
    assert!(!other.claim(&session("s")).await.unwrap(), "it is the task's");
    one.release(&grant).await.unwrap();
    assert_eq!(one.change_task(&grant, to(TaskState::Done)).await.unwrap(), TaskChanged::Fenced);
    let (record, new) = other.take_over(QUEUE, "other").await.unwrap().unwrap();
    assert_eq!((record.state, record.worker.as_deref()), (TaskState::Working, Some("other")));
    assert!(new.generation > grant.generation);
    assert_eq!(one.change_task(&grant, to(TaskState::Failed)).await.unwrap(), TaskChanged::Fenced);
    assert!(!one.forget_task(&grant).await.unwrap());
    let record = change(&*other, &new, to(TaskState::Done)).await;
    assert!(record.ended.is_some());
    other.release(&new).await.unwrap();
    assert!(one.take_over(QUEUE, "w").await.unwrap().is_none(), "nothing more comes of it");
    assert_eq!(page(&*one, &[TaskState::Done], true).await, ["a"]);
}

pub(crate) async fn a_session_belongs_to_one_task(engine: &dyn Engine) {
    let store = open(engine).await;
    add(&*store, &["a", "b"]).await;
    let (a, b) = (start(&*store).await.unwrap().1, start(&*store).await.unwrap().1);
    change(&*store, &a, made("s")).await;
    assert_eq!(store.change_task(&b, made("s")).await.unwrap(), TaskChanged::Claimed);
    store.claim(&session("t")).await.unwrap();
    assert_eq!(store.change_task(&b, made("t")).await.unwrap(), TaskChanged::Claimed);
    assert_eq!(store.task("b").await.unwrap().unwrap().session, None);
    // Also when what the store knew of the session is gone.
    store.forget(&session("s")).await.unwrap();
    assert_eq!(store.change_task(&b, made("s")).await.unwrap(), TaskChanged::Claimed);
    assert!(!store.claim(&session("s")).await.unwrap());
    // Once more, with another one.
    let again = TaskChange { again: true, ..to(TaskState::Waiting) };
    assert_eq!(change(&*store, &a, again).await.session, None);
    let record = change(&*store, &a, made("u")).await;
    assert_eq!((record.attempts, record.session), (2, Some(session("u"))));
}

pub(crate) async fn a_task_is_cancelled_or_marked(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    add(&*one, &["a", "b"]).await;
    let (record, grant) = start(&*one).await.unwrap();
    let marked = other.cancel_task(&record.key).await.unwrap().unwrap();
    assert_eq!((marked.state, marked.cancelled), (TaskState::Starting, true), "somebody is at it");
    let cancelled = other.cancel_task("b").await.unwrap().unwrap();
    assert_eq!((cancelled.state, cancelled.ended.is_some()), (TaskState::Cancelled, true));
    assert_eq!(start(&*one).await, None);
    change(&*one, &grant, to(TaskState::Done)).await;
    assert_eq!(other.cancel_task("a").await.unwrap().unwrap().state, TaskState::Done, "it is over");
    assert_eq!(other.cancel_task("none").await.unwrap(), None);
    let key = LeaseKey::Task("run".to_owned());
    other.add_tasks(vec![NewTask { queue: None, ..new("run") }]).await.unwrap();
    let grant = acquire(&*other, &key).await.unwrap();
    assert!(other.forget_task(&grant).await.unwrap());
    assert_eq!(other.task("run").await.unwrap(), None);
}

pub(crate) async fn tasks_come_page_by_page(engine: &dyn Engine) {
    let store = open(engine).await;
    add(&*store, &["a", "b", "c", "d", "e"]).await;
    for number in [0, 1, 2] {
        let (_, grant) = start(&*store).await.unwrap();
        let state = if number == 1 { TaskState::Failed } else { TaskState::Done };
        change(&*store, &grant, to(state)).await;
    }
    assert_eq!(page(&*store, &[], false).await, ["a", "b", "c", "d", "e"]);
    assert_eq!(page(&*store, &[TaskState::Done, TaskState::Waiting], false).await, ["a", "c", "d", "e"]);
    assert_eq!(page(&*store, &[], true).await, ["a", "b", "c"]);
    let counts = store.count_tasks(QUEUE).await.unwrap();
    let count = |state| counts.states.get(&state).copied().unwrap_or_default();
    assert_eq!([TaskState::Waiting, TaskState::Done, TaskState::Failed].map(count), [2, 2, 1]);
    assert_eq!((counts.finished_lately, counts.oldest_waiting.is_some()), (3, true));
    assert_eq!(counts.workers, 0);
    let worker = acquire(&*store, &LeaseKey::Worker(7, QUEUE.to_owned())).await.unwrap();
    acquire(&*store, &LeaseKey::Worker(8, "another".to_owned())).await.unwrap();
    assert_eq!(store.count_tasks(QUEUE).await.unwrap().workers, 1);
    store.release(&worker).await.unwrap();
    assert_eq!(store.count_tasks(QUEUE).await.unwrap().workers, 0);
}

pub(crate) async fn no_account_has_anothers_tasks(engine: &dyn Engine) {
    let (one, other) = (engine.open("one", LONG).await, engine.open("other", LONG).await);
    add(&*one, &["a"]).await;
    let (_, grant) = start(&*one).await.unwrap();
    change(&*one, &grant, made("s")).await;
    assert_eq!(other.task("a").await.unwrap(), None);
    assert_eq!(other.cancel_task("a").await.unwrap(), None);
    assert!(page(&*other, &[], false).await.is_empty());
    assert_eq!(other.places(None).await.unwrap(), Default::default());
    assert_eq!(other.change_task(&grant, to(TaskState::Done)).await.unwrap(), TaskChanged::Fenced);
    other.free_place(&session("s")).await.unwrap();
    other.settle_places(Shown::default()).await.unwrap();
    assert!(other.take_over(QUEUE, "w").await.unwrap().is_none());
    add(&*other, &["a"]).await;
    assert_eq!(start(&*other).await.unwrap().0.key, "a");
    assert_eq!(one.places(None).await.unwrap().slots, 1);
}

pub(crate) async fn every_change_of_a_task_wakes(engine: &dyn Engine) {
    let (one, other) = (open(engine).await, open(engine).await);
    let mut revisions = other.watch(&Topic::Tasks);
    let mut wakes = async |what: &str| {
        let woken = tokio::time::timeout(Duration::from_secs(10), revisions.changed()).await;
        assert!(woken.is_ok(), "{what}");
    };
    add(&*one, &["a", "b"]).await;
    wakes("add").await;
    let (_, grant) = start(&*one).await.unwrap();
    wakes("start").await;
    change(&*one, &grant, made("s")).await;
    wakes("change").await;
    one.release(&grant).await.unwrap();
    wakes("release").await;
    one.take_over(QUEUE, "w").await.unwrap().unwrap();
    wakes("take over").await;
    one.cancel_task("b").await.unwrap();
    wakes("cancel").await;
    one.free_place(&session("s")).await.unwrap();
    wakes("free").await;
}

pub(crate) async fn a_worker_that_is_silent_loses_its_tasks(engine: &dyn Engine) {
    let (one, other) = (engine.open(ACCOUNT, SHORT).await, engine.open(ACCOUNT, SHORT).await);
    add(&*one, &["a"]).await;
    let began = Instant::now();
    let (_, grant) = start(&*one).await.unwrap();
    let new = loop {
        // Somebody is at it there, if only late: two of one handle would not be told apart.
        assert_eq!(one.take_over(QUEUE, "worker").await.unwrap(), None, "it follows itself");
        if let Some((record, new)) = other.take_over(QUEUE, "other").await.unwrap() {
            assert_eq!(record.state, TaskState::Starting);
            break new;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "nobody follows");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(began.elapsed() >= SHORT.lease, "{:?}", began.elapsed());
    assert_eq!(one.change_task(&grant, made("late")).await.unwrap(), TaskChanged::Fenced);
    change(&*other, &new, made("s")).await;
}

pub(crate) async fn tasks_are_there_when_opened_again(engine: &dyn Engine) {
    let store = open(engine).await;
    add(&*store, &["a", "b"]).await;
    let (_, grant) = start(&*store).await.unwrap();
    change(&*store, &grant, made("s")).await;
    let before = (store.task("a").await.unwrap(), store.places(Some(QUEUE)).await.unwrap());
    drop(store);
    let store = open(engine).await;
    assert_eq!((store.task("a").await.unwrap(), store.places(Some(QUEUE)).await.unwrap()), before);
    let keys: HashSet<_> = page(&*store, &[], false).await.into_iter().collect();
    assert_eq!(keys.len(), 2);
}
