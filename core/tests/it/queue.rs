//! Queues: each task is started once and brought to its outcome, within the plan, whoever works.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::future::join_all;
use jules::{
    Approve, ErrorKind, Jules, Queue, QueueOptions, RetryOn, RunConfig, Task, TaskConfig, TaskState, WorkOptions,
    Worked,
};
use jules_emulator::{Emulator, Fault, LimitAnswer};

use crate::support::{builder, client, until};

const WORK: &str = "name: work\nsteps:\n- state: IN_PROGRESS\n- after: 5s\n  completed: true\n";

async fn emulator() -> Emulator {
    Emulator::builder().speed(50.0).limit_answer(LimitAnswer::Bare).scenario(WORK).start().await.unwrap()
}

fn at(emulator: &Emulator, directory: &Path) -> Jules {
    builder(emulator).cache_dir(directory).slots(3).build().unwrap()
}

fn queue(jules: &Jules) -> Queue {
    jules.queue("q", QueueOptions::default()).unwrap()
}

fn task(number: usize) -> TaskConfig {
    let key = format!("k{number:02}");
    TaskConfig::new(&key, RunConfig::new(format!("Task {key} [scenario:work]")).title(&key))
}

async fn work(queue: &Queue) -> Vec<Worked> {
    let work = queue.work(WorkOptions::default()).unwrap();
    let all = tokio::time::timeout(Duration::from_secs(60), work.collect::<Vec<_>>()).await.expect("it ends");
    all.into_iter().map(Result::unwrap).collect()
}

fn creates(emulator: &Emulator) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some("sessions.create")).count()
}

/// How many sessions each title has at the server.
fn sessions(emulator: &Emulator) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for session in emulator.sessions() {
        *count.entry(session.title).or_default() += 1;
    }
    count
}

#[tokio::test]
async fn tasks_are_added_once_and_worked_off_within_the_slots() {
    let emulator = emulator().await;
    emulator.configure(|config| config.concurrent_sessions = Some(3)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let queue = queue(&at(&emulator, directory.path()));
    let added = queue.add_all((0..9).map(task)).await.unwrap();
    assert_eq!((added.added, added.known, added.conflicts.len()), (9, 0, 0));
    let again = queue.add_all((0..10).map(task)).await.unwrap();
    assert_eq!((again.added, again.known), (1, 9));
    let status = queue.status().await.unwrap();
    assert_eq!((status.waiting, status.slots_limit, status.workers), (10, Some(3), 0));
    assert!(status.oldest_waiting.is_some());
    let done = work(&queue).await;
    let mut keys: Vec<_> = done.iter().map(|one| one.task.key.clone()).collect();
    keys.sort();
    assert_eq!(keys, (0..10).map(|number| format!("k{number:02}")).collect::<Vec<_>>());
    assert!(done.iter().all(|one| one.result.is_ok() && one.task.state == TaskState::Done));
    assert_eq!((creates(&emulator), sessions(&emulator).len()), (10, 10), "none was refused, none doubled");
    let status = queue.status().await.unwrap();
    assert_eq!((status.done, status.waiting, status.day_used, status.slots_used), (10, 0, 10, 0));
    let results: Vec<Task> = queue.results().map(Result::unwrap).collect().await;
    assert_eq!(results.len(), 10);
    assert!(results.is_sorted_by_key(|task| task.end_time));
    let first = queue.task("k00").await.unwrap();
    assert_eq!(first.outcome.unwrap().session_id, first.session_id.unwrap());
    assert!(work(&queue).await.is_empty(), "nothing is left");
}

#[tokio::test]
async fn with_nothing_known_the_limit_is_learned_from_refusals() {
    let emulator = emulator().await;
    emulator.configure(|config| config.concurrent_sessions = Some(2)).unwrap();
    let jules = client(&emulator);
    let queue = queue(&jules);
    queue.add_all((0..8).map(task)).await.unwrap();
    let done = queue.work(WorkOptions::default()).unwrap().finished().await.unwrap();
    assert_eq!(done.len(), 8);
    assert!(sessions(&emulator).values().all(|count| *count == 1));
    assert!(creates(&emulator) <= 8 + 4, "{} creates for 8 sessions", creates(&emulator));
}

#[tokio::test]
async fn a_key_that_is_known_for_something_else_is_a_conflict() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let queue = queue(&jules);
    queue.add(task(1)).await.unwrap();
    let other = |field: &str| match field {
        "prompt" => TaskConfig::new("k01", RunConfig::new("Other").title("k01")),
        "priority" => task(1).priority(3),
        "maxAttempts" => task(1).max_attempts(2),
        _ => task(1).retry_on(RetryOn::Any),
    };
    for field in ["prompt", "priority", "maxAttempts", "retryOn"] {
        let error = queue.add(other(field)).await.unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Config, Some(field)), "{error}");
        let added = queue.add_all([other(field), task(1)]).await.unwrap();
        assert_eq!((added.added, added.known, added.conflicts[0].field.as_str()), (0, 1, field));
    }
    let elsewhere = jules.queue("another", QueueOptions::default()).unwrap();
    assert_eq!(elsewhere.add(task(1)).await.unwrap_err().field(), Some("queue"));
    assert_eq!(elsewhere.task("k01").await.unwrap_err().kind(), ErrorKind::NotFound);
    let run = RunConfig::new("Task k01 [scenario:work]").title("k01").key("k01");
    assert_eq!(jules.run(run).await.unwrap_err().field(), Some("queue"));
    let mut keyed = TaskConfig::default();
    keyed.run = RunConfig::new("p").key("of the run");
    assert_eq!(queue.add(keyed).await.unwrap().key, "of the run");
    for (word, field) in [("never", "retryOn"), ("some", "approve")] {
        let error = match field {
            "approve" => word.parse::<Approve>().unwrap_err(),
            _ => word.parse::<RetryOn>().unwrap_err(),
        };
        assert_eq!((error.kind(), error.field()), (ErrorKind::Config, Some(field)), "{error}");
    }
    assert!(matches!("any".parse(), Ok(RetryOn::Any)) && matches!("all".parse(), Ok(Approve::All)));
    for bad in [
        TaskConfig::from(RunConfig::new("p")),
        TaskConfig::new("", RunConfig::new("p")),
        TaskConfig::new("x", RunConfig::new("p").retry_failed(1)),
        TaskConfig::new("x", RunConfig::new(" ")),
        task(2).max_attempts(0),
    ] {
        assert_eq!(queue.add(bad).await.unwrap_err().kind(), ErrorKind::Config);
    }
    assert!(jules.queue("", QueueOptions::default()).is_err());
    assert!(jules.queue("q", QueueOptions::default().slots(0)).is_err());
    assert!(queue.work(WorkOptions::default().concurrency(0)).is_err());
}

#[tokio::test]
async fn several_workers_share_the_tasks_and_the_slots() {
    let emulator = emulator().await;
    emulator.configure(|config| config.concurrent_sessions = Some(3)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let queues: Vec<_> = (0..3).map(|_| queue(&at(&emulator, directory.path()))).collect();
    queues[0].add_all((0..15).map(task)).await.unwrap();
    let done = join_all(queues.iter().map(work)).await;
    assert_eq!(done.iter().map(Vec::len).sum::<usize>(), 15, "each result is given once");
    assert_eq!((sessions(&emulator).len(), creates(&emulator)), (15, 15));
}

#[tokio::test]
async fn a_worker_that_goes_is_followed() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let first = at(&emulator, directory.path());
    queue(&first).add_all((0..6).map(task)).await.unwrap();
    let mut work_of_first = queue(&first).work(WorkOptions::default()).unwrap();
    let one = work_of_first.next().await.unwrap().unwrap();
    // Some are at work, one may be on its way.
    drop(work_of_first);
    drop(first);
    let done = work(&queue(&at(&emulator, directory.path()))).await;
    let given: Vec<_> = done.into_iter().map(|one| one.task.key).chain([one.task.key]).collect();
    let once: std::collections::BTreeSet<_> = given.iter().collect();
    assert_eq!(once.len(), given.len(), "no result is given twice: {given:?}");
    // What the first had finished and not given is in the results only.
    let results: Vec<Task> = queue(&at(&emulator, directory.path())).results().map(Result::unwrap).collect().await;
    assert_eq!(results.len(), 6);
    assert!(results.iter().all(|task| task.state == TaskState::Done && task.outcome.is_some()));
    assert!(sessions(&emulator).values().all(|count| *count == 1), "{:?}", sessions(&emulator));
    assert_eq!(sessions(&emulator).len(), 6);
}

#[tokio::test]
async fn a_worker_ends_with_its_client_and_another_goes_on() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let first = at(&emulator, directory.path());
    let other = queue(&at(&emulator, directory.path()));
    queue(&first).add_all((0..2).map(task)).await.unwrap();
    let mut working = queue(&first).work(WorkOptions::default().follow(true)).unwrap();
    until("both are at work", || creates(&emulator) == 2).await;
    first.close().await;
    let ended = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            match working.next().await.expect("an error ends it") {
                Ok(_) => {}
                Err(error) => return error,
            }
        }
    });
    assert_eq!(ended.await.unwrap().kind(), ErrorKind::Closed);
    assert!(working.next().await.is_none());
    assert_eq!(other.status().await.unwrap().workers, 0, "it holds nothing more");
    work(&other).await;
    assert_eq!((creates(&emulator), other.status().await.unwrap().done), (2, 2));
    // What is begun now is told so.
    let closed = queue(&first);
    assert_eq!(closed.add(task(3)).await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(closed.status().await.unwrap_err().kind(), ErrorKind::Closed);
    assert_eq!(closed.results().next().await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
    let mut late = closed.work(WorkOptions::default()).unwrap();
    assert_eq!(late.next().await.unwrap().unwrap_err().kind(), ErrorKind::Closed);
}

#[tokio::test]
async fn what_came_of_a_task_is_written_with_its_outcome_or_its_error() {
    let emulator = emulator().await;
    let queue = queue(&client(&emulator));
    queue.add(task(1)).await.unwrap();
    queue.add(TaskConfig::new("bad", RunConfig::new("x").source("octocat/nowhere"))).await.unwrap();
    let done: BTreeMap<_, _> = work(&queue).await.into_iter().map(|one| (one.task.key.clone(), one)).collect();
    let json = |key: &str| serde_json::to_value(&done[key]).unwrap();
    let (good, bad) = (json("k01"), json("bad"));
    assert_eq!((&good["key"], &good["outcome"]["state"]), (&"k01".into(), &"completed".into()));
    assert_eq!((&good["task"]["state"], good.get("error")), (&"done".into(), None));
    assert_eq!((&bad["error"]["kind"], bad.get("outcome")), (&"SourceNotFound".into(), None));
}

#[tokio::test]
async fn a_queue_that_is_paused_starts_nothing_until_it_goes_on() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let queue = queue(&jules);
    queue.pause().await.unwrap();
    queue.add_all((0..2).map(task)).await.unwrap();
    let mut working = queue.work(WorkOptions::default()).unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(600), working.next()).await.is_err());
    assert_eq!((creates(&emulator), queue.status().await.unwrap().paused), (0, true));
    assert_eq!(queue.status().await.unwrap().workers, 1);
    queue.resume().await.unwrap();
    assert_eq!(working.collect::<Vec<_>>().await.len(), 2);
}

#[tokio::test]
async fn cancelling_drops_what_waits_and_stops_what_is_at_work() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let queue = queue(&jules);
    let silent = |key: &str| TaskConfig::new(key, RunConfig::new(format!("{key} [scenario:silent]")).title(key));
    queue.add_all(["a", "b"].map(silent)).await.unwrap();
    let mut working = queue.work(WorkOptions::default().concurrency(1)).unwrap();
    let at_work = async {
        loop {
            let task = queue.task("a").await.unwrap();
            if task.state == TaskState::Working {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let task = tokio::time::timeout(Duration::from_secs(20), at_work).await.unwrap();
    assert_eq!(task.session().unwrap().id(), task.session_id.as_deref().unwrap());
    assert_eq!(queue.cancel("b").await.unwrap().state, TaskState::Cancelled);
    queue.cancel("a").await.unwrap();
    let one = working.next().await.unwrap().unwrap();
    assert_eq!((one.task.key.as_str(), one.task.state), ("a", TaskState::Cancelled));
    assert_eq!(one.result.unwrap_err().kind(), ErrorKind::SessionEnded);
    assert!(working.next().await.is_none());
    assert_eq!(queue.cancel("none").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!((creates(&emulator), queue.status().await.unwrap().cancelled), (1, 2));
}

#[tokio::test]
async fn failed_sessions_are_started_again_as_often_as_was_said() {
    let emulator = emulator().await;
    let failing = "name: tired\nsteps:\n- after: 1s\n  failed: Jules encountered an error when working on the task.\n";
    emulator.add_scenario(failing).unwrap();
    let jules = client(&emulator);
    let queue = queue(&jules);
    let config = |key: &str, scenario: &str| {
        TaskConfig::new(key, RunConfig::new(format!("{key} [scenario:{scenario}]")).title(key))
    };
    queue.add(config("tired", "tired").max_attempts(3)).await.unwrap();
    queue.add(config("failed", "failure").max_attempts(3)).await.unwrap();
    queue.add(config("any", "failure").max_attempts(2).retry_on(RetryOn::Any)).await.unwrap();
    queue.add(TaskConfig::new("bad", RunConfig::new("x").source("octocat/nowhere"))).await.unwrap();
    let done: BTreeMap<_, _> = work(&queue).await.into_iter().map(|one| (one.task.key.clone(), one)).collect();
    for (key, attempts) in [("tired", 3), ("failed", 1), ("any", 2), ("bad", 0)] {
        let one = &done[key];
        assert_eq!((one.task.state, one.task.attempts), (TaskState::Failed, attempts), "{key}");
        match &one.result {
            Ok(outcome) => assert_eq!(outcome.session_ids.len(), attempts as usize, "{key}"),
            Err(error) => assert_eq!((key, error.kind()), ("bad", ErrorKind::SourceNotFound), "{error}"),
        }
    }
    let bad = queue.task("bad").await.unwrap();
    assert_eq!(bad.error.unwrap()["kind"], "SourceNotFound");
    assert_eq!(sessions(&emulator)["tired"], 3);
}

fn with_plan(key: &str) -> TaskConfig {
    TaskConfig::new(key, RunConfig::new(format!("{key} [scenario:approval]")).title(key).require_approval(true))
}

#[tokio::test]
async fn plans_wait_for_a_person_or_are_approved_by_a_rule() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let jules = at(&emulator, directory.path());
    let queue = queue(&jules);
    queue.add(with_plan("all")).await.unwrap();
    let options = || WorkOptions::default().approve(Approve::All);
    assert_eq!(queue.work(options()).unwrap().collect::<Vec<_>>().await.len(), 1);
    // By a callback, which says no to one of them: that waits for a person, who answers from another process.
    queue.add_all([with_plan("yes"), with_plan("no")]).await.unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let ask = Approve::ask(move |task, plan| {
        count.fetch_add(usize::from(!plan.steps.is_empty()), Ordering::Relaxed);
        async move { task.key == "yes" }
    });
    let mut working = queue.work(WorkOptions::default().approve(ask)).unwrap();
    assert_eq!(working.next().await.unwrap().unwrap().task.key, "yes");
    let other = at(&emulator, directory.path()).queue("q", QueueOptions::default()).unwrap();
    let waiting = async {
        loop {
            let waiting: Vec<Task> = other.waiting_for_person().map(Result::unwrap).collect().await;
            if let Some(task) = waiting.into_iter().find(|task| task.plan.is_some()) {
                return task;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let task = tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap();
    assert_eq!((task.key.as_str(), task.state), ("no", TaskState::NeedsPerson));
    task.session().unwrap().approve().await.unwrap();
    let one = working.next().await.unwrap().unwrap();
    assert_eq!((one.task.key.as_str(), one.task.state), ("no", TaskState::Done));
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(one.task.plan, None);
}

#[tokio::test]
async fn the_order_is_priority_then_age_and_nothing_before_its_time() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let queue = queue(&jules);
    let soon = jules::Timestamp::from_nanosecond(
        i128::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos()).unwrap()
            + 700_000_000,
    );
    queue.add(task(1)).await.unwrap();
    queue.add(task(2).priority(1)).await.unwrap();
    queue.add(task(3).priority(9).not_before(soon.unwrap())).await.unwrap();
    let done = queue.work(WorkOptions::default().concurrency(1)).unwrap();
    let keys: Vec<_> = done.map(|one| one.unwrap().task.key).collect().await;
    assert_eq!(keys[0], "k02");
    assert!(keys.len() == 3 && keys.contains(&"k01".to_owned()), "{keys:?}");
}

#[tokio::test]
async fn a_queues_own_bound_holds_beside_the_accounts() {
    let emulator = emulator().await;
    let jules = builder(&emulator).slots(5).build().unwrap();
    let queue = jules.queue("narrow", QueueOptions::default().slots(1)).unwrap();
    queue.add_all((0..3).map(task)).await.unwrap();
    let mut working = queue.work(WorkOptions::default()).unwrap();
    let mut most = 0;
    while let Ok(next) = tokio::time::timeout(Duration::from_millis(10), working.next()).await.or_else(|_| {
        let open = emulator.sessions().iter().filter(|session| session.state != "COMPLETED").count();
        most = most.max(open);
        Ok::<_, ()>(Some(Err(jules::Error::custom("not yet"))))
    }) {
        if next.is_none() {
            break;
        }
    }
    assert_eq!((most, sessions(&emulator).len()), (1, 3));
}

#[tokio::test]
async fn a_lost_answer_and_a_passing_failure_double_nothing() {
    let emulator = emulator().await;
    emulator.fault(Fault::reset(jules_emulator::Moment::AfterEffect).on("sessions.create").times(3));
    emulator.fault(Fault::status(503).on("sessions.create").skip(4).times(2));
    let jules = client(&emulator);
    let queue = queue(&jules);
    queue.add_all((0..6).map(task)).await.unwrap();
    assert_eq!(work(&queue).await.len(), 6);
    assert!(sessions(&emulator).values().all(|count| *count == 1), "{:?}", sessions(&emulator));
}

#[tokio::test]
async fn a_worker_that_follows_stays_and_takes_what_is_added_later() {
    let emulator = emulator().await;
    let directory = tempfile::tempdir().unwrap();
    let mut working = queue(&at(&emulator, directory.path())).work(WorkOptions::default().follow(true)).unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(300), working.next()).await.is_err(), "it stays");
    queue(&at(&emulator, directory.path())).add(task(1)).await.unwrap();
    assert_eq!(working.next().await.unwrap().unwrap().task.key, "k01");
    drop(working);
    queue(&at(&emulator, directory.path())).add(task(2)).await.unwrap();
    until("the second session is not made by anybody", || creates(&emulator) == 1).await;
}
