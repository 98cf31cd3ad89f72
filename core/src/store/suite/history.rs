//! A history of workers, some of which sleep for too long, and a checker of it: never more slots or creations than allowed, no
//! write of who has lost the lease, one outcome a task. The checker is shown to see a fence that is broken.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};

use super::tasks::{QUEUE, claim, made, new};
use super::*;
use crate::ground::model::TaskState;
use crate::store::{Claimed, PlaceLimits, Started, TaskChange, TaskChanged, TaskRecord};

const TASKS: usize = 24;
const WORKERS: usize = 4;
const SLOTS: u64 = 3;
/// So many rounds of one worker are far too many, however fast the machine is.
const MOST_ROUNDS: usize = 10_000;

/// What a worker did, from when to when.
#[derive(Clone, Debug)]
struct Entry {
    key: String,
    generation: i64,
    asked: Instant,
    answered: Instant,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// It was given a task that waited.
    Started,
    /// It was given one that somebody else had begun.
    TookOver,
    /// It wrote this, and that was accepted.
    Wrote(TaskState),
}

/// The first thing that must not be, if there is one. Only what is certain counts: what overlaps may have been either way.
fn check(history: &[Entry], slots: usize, day: usize) -> Result<(), String> {
    let begun = |entry: &&Entry| !matches!(entry.what, What::Wrote(_));
    for write in history.iter().filter(|entry| matches!(entry.what, What::Wrote(_))) {
        let newer = |other: &&Entry| other.key == write.key && other.generation > write.generation;
        if let Some(other) = history.iter().filter(begun).filter(newer).find(|other| other.answered < write.asked) {
            return Err(format!("{write:?} was accepted although {other:?}"));
        }
    }
    let mut ends: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in history.iter().filter(|entry| matches!(entry.what, What::Wrote(state) if state.is_finished())) {
        ends.entry(&entry.key).or_default().push(entry);
    }
    if let Some((key, ends)) = ends.iter().find(|(_, ends)| ends.len() > 1) {
        return Err(format!("{key} has {} outcomes: {ends:?}", ends.len()));
    }
    let starts: Vec<_> = history.iter().filter(|entry| entry.what == What::Started).collect();
    if starts.len() > day {
        return Err(format!("{} starts in a day of {day}", starts.len()));
    }
    // A slot is held for certain from its start's answer to when its end was asked for.
    for start in &starts {
        let at = start.answered;
        let holds = |other: &&&Entry| {
            let end = ends.get(other.key.as_str()).map(|ends| ends[0].asked);
            other.answered <= at && end.is_none_or(|end| end > at)
        };
        let held = starts.iter().filter(holds).count();
        if held > slots {
            return Err(format!("{held} slots of {slots} are held when {start:?}"));
        }
    }
    Ok(())
}

struct World {
    history: Mutex<Vec<Entry>>,
    /// The latest lease of each task: with it a fence can be gone round.
    latest: Mutex<HashMap<String, Grant>>,
    /// Whether whoever is late writes as if it were not.
    broken: bool,
}

impl World {
    fn note(&self, grant: &Grant, key: &str, asked: Instant, what: What) {
        let (key, generation, answered) = (key.to_owned(), grant.generation, Instant::now());
        if !matches!(what, What::Wrote(_)) {
            self.latest.lock().unwrap().insert(key.clone(), grant.clone());
        }
        self.history.lock().unwrap().push(Entry { key, generation, asked, answered, what });
    }

    async fn write(&self, store: &dyn Store, grant: &Grant, key: &str, change: TaskChange) -> bool {
        let (asked, state) = (Instant::now(), change.state.unwrap());
        let under = if self.broken { self.round_the_fence(store, grant).await } else { grant.clone() };
        let done = store.change_task(&under, change).await.unwrap();
        if matches!(done, TaskChanged::Done(_)) {
            self.note(grant, key, asked, What::Wrote(state));
        }
        matches!(done, TaskChanged::Done(_))
    }

    /// Whatever lease lets the write pass, as if nobody had asked for one.
    async fn round_the_fence(&self, store: &dyn Store, grant: &Grant) -> Grant {
        let LeaseKey::Task(key) = &grant.key else { panic!("{grant:?} is no task's") };
        match acquire(store, &grant.key).await {
            Some(grant) => grant,
            None => self.latest.lock().unwrap()[key].clone(),
        }
    }

    async fn take(&self, store: &dyn Store) -> Option<(TaskRecord, Grant)> {
        let asked = Instant::now();
        if let Some((record, grant)) = store.take_over(QUEUE, "w").await.unwrap() {
            self.note(&grant, &record.key, asked, What::TookOver);
            return Some((record, grant));
        }
        let (asked, limits) = (Instant::now(), PlaceLimits { slots: Some(SLOTS), ..PlaceLimits::default() });
        match store.start_tasks(claim(1, limits)).await.unwrap() {
            Started::Tasks(mut tasks) => {
                let Claimed { record, grant, .. } = tasks.remove(0);
                self.note(&grant, &record.key, asked, What::Started);
                Some((record, grant))
            }
            Started::Full(_) | Started::Nothing { .. } => None,
        }
    }

    /// Works until all is finished. Now and then, or always, it sleeps for longer than it may.
    async fn work(&self, store: &dyn Store, seed: u64) {
        let mut random = SmallRng::seed_from_u64(seed);
        for round in 0.. {
            if self.is_over(store).await {
                return;
            }
            assert!(round < MOST_ROUNDS, "it doesn't come to an end");
            store.renew().await.unwrap();
            let Some((record, grant)) = self.take(store).await else {
                tokio::time::sleep(Duration::from_millis(15)).await;
                continue;
            };
            let sleeps = random.random_bool(if seed == 0 { 0.5 } else { 0.1 });
            tokio::time::sleep(if sleeps { SHORT.lease * 3 } else { Duration::from_millis(10) }).await;
            let mut change = made(&format!("{}-{}", record.key, grant.generation));
            change.session = change.session.filter(|_| record.session.is_none());
            if !self.write(store, &grant, &record.key, change).await {
                continue;
            }
            store.renew().await.unwrap();
            let change = TaskChange { state: Some(TaskState::Done), ..TaskChange::default() };
            if self.write(store, &grant, &record.key, change).await {
                store.release(&grant).await.unwrap();
            }
        }
    }

    async fn is_over(&self, store: &dyn Store) -> bool {
        let counts = store.count_tasks(QUEUE).await.unwrap();
        counts.states.iter().all(|(state, count)| state.is_finished() || *count == 0)
    }
}

async fn play(engine: &dyn Engine, broken: bool) -> Vec<Entry> {
    let stores: Vec<Arc<dyn Store>> = join_all((0..WORKERS).map(|_| engine.open(ACCOUNT, SHORT))).await;
    let tasks = (0..TASKS).map(|number| new(&format!("{}{number:02}", if broken { "b" } else { "k" })));
    stores[0].add_tasks(tasks.collect()).await.unwrap();
    let (history, latest) = Default::default();
    let world = World { history, latest, broken };
    join_all(stores.iter().zip(0..).map(|(store, seed)| world.work(&**store, seed))).await;
    world.history.into_inner().unwrap()
}

pub(crate) async fn a_history_of_workers_holds_and_a_broken_fence_is_seen(engine: &dyn Engine) {
    let history = play(engine, false).await;
    check(&history, SLOTS as usize, TASKS).unwrap();
    let count = |what: What| history.iter().filter(|entry| entry.what == what).count();
    assert_eq!(count(What::Wrote(TaskState::Done)), TASKS, "one outcome each");
    assert!(count(What::TookOver) > 0, "somebody was followed");
    let broken = play(engine, true).await;
    let seen = check(&broken, SLOTS as usize, TASKS).unwrap_err();
    assert!(seen.contains("was accepted although") || seen.contains("outcomes"), "{seen}");
}

#[test]
fn the_checker_sees_what_must_not_be() {
    let began = Instant::now();
    let entry = |key: &str, generation, at: u64, what| {
        let asked = began + Duration::from_millis(at * 10);
        Entry { key: key.to_owned(), generation, asked, answered: asked + Duration::from_millis(5), what }
    };
    let done = What::Wrote(TaskState::Done);
    let good = vec![
        entry("a", 1, 0, What::Started),
        entry("b", 2, 1, What::Started),
        entry("a", 3, 2, What::TookOver),
        entry("a", 3, 3, done),
        entry("c", 4, 4, What::Started),
        entry("b", 2, 5, done),
    ];
    check(&good, 2, 3).unwrap();
    assert!(check(&good, 1, 3).unwrap_err().contains("slots"));
    assert!(check(&good, 2, 2).unwrap_err().contains("day"));
    let late = [good.clone(), vec![entry("a", 1, 6, What::Wrote(TaskState::Working))]].concat();
    assert!(check(&late, 2, 3).unwrap_err().contains("was accepted although"));
    let twice = [good, vec![entry("b", 2, 6, done)]].concat();
    assert!(check(&twice, 2, 3).unwrap_err().contains("outcomes"));
}
