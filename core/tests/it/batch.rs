//! `all`: many sessions, a few at a time, through the server's limits.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::StreamExt;
use jules::{AllOptions, Error, ErrorKind, Outcome, Result, RunConfig, SessionState, SessionsOptions, Stage};
use jules_emulator::{Emulator, Fault, LimitAnswer};

use crate::support::{builder, client, emulator, quiet, until};

async fn quick(number: usize) -> Result<RunConfig> {
    Ok(RunConfig::new(format!("number {number} [scenario:quick]")).title(format!("{number}")))
}

fn at_once(concurrency: usize) -> AllOptions {
    let mut options = AllOptions::default();
    options.concurrency = Some(concurrency);
    options
}

fn titles(outcomes: &[Outcome]) -> Vec<usize> {
    outcomes.iter().map(|outcome| outcome.title.parse().unwrap()).collect()
}

#[tokio::test]
async fn outcomes_come_in_the_order_of_the_items() {
    let emulator = emulator().await;
    let outcomes = client(&emulator).all(0..7, quick, AllOptions::default()).unwrap().outcomes().await.unwrap();
    assert_eq!(titles(&outcomes), [0, 1, 2, 3, 4, 5, 6]);
}

fn refused_creates(emulator: &Emulator) -> usize {
    let creates = emulator.journal().into_iter().filter(|entry| entry.operation == Some("sessions.create"));
    creates.filter(|entry| entry.status != Some(200)).count()
}

#[tokio::test]
async fn no_more_run_than_allowed_and_each_until_its_outcome() {
    let emulator = emulator().await;
    emulator.configure(|config| config.concurrent_sessions = Some(2)).unwrap();
    client(&emulator).all(0..10, quick, at_once(2)).unwrap().outcomes().await.unwrap();
    assert_eq!(refused_creates(&emulator), 0);
}

#[tokio::test]
async fn a_full_server_is_waited_for_and_nothing_that_succeeded_is_lost() {
    let emulator = Emulator::builder().speed(20.0).start().await.unwrap();
    emulator.configure(|config| config.concurrent_sessions = Some(5)).unwrap();
    let map = |number: usize| async move {
        let config = quick(number).await?;
        Ok(if [3, 20, 49].contains(&number) { config.source("octocat/no-such-repo@main") } else { config })
    };
    let results = client(&emulator).all(0..50, map, at_once(20)).unwrap().settled().await;
    assert_eq!(results.len(), 50);
    for (number, result) in results.iter().enumerate() {
        match result {
            Ok(outcome) => assert_eq!(outcome.title, number.to_string()),
            Err(error) => {
                assert!([3, 20, 49].contains(&number), "{number}: {error}");
                assert_eq!(error.kind(), ErrorKind::SourceNotFound);
            }
        }
    }
    let refusals = refused_creates(&emulator);
    assert!(refusals < 60, "{refusals} refusals");
}

#[tokio::test]
async fn both_ways_of_saying_full_in_words_are_understood() {
    for answer in [LimitAnswer::ResourceExhausted, LimitAnswer::FailedPrecondition] {
        let emulator = emulator().await;
        let full = |config: &mut jules_emulator::Config| {
            (config.concurrent_sessions, config.limit_answer) = (Some(1), answer);
        };
        emulator.configure(full).unwrap();
        let map = |_: usize| async { Ok(RunConfig::new("[scenario:happy]")) };
        client(&emulator).all(0..4, map, at_once(4)).unwrap().outcomes().await.unwrap();
        assert!(refused_creates(&emulator) > 0);
    }
}

#[tokio::test]
async fn the_first_item_that_cannot_be_run_stops_new_starts_and_tells_of_the_others() {
    let emulator = emulator().await;
    let started = Arc::new(AtomicUsize::new(0));
    let map = {
        let started = Arc::clone(&started);
        move |number: usize| {
            started.fetch_add(1, Ordering::Relaxed);
            async move {
                match number {
                    0 => Ok(RunConfig::new("[scenario:silent]")),
                    2 => Err(no_config()),
                    number => quick(number).await,
                }
            }
        }
    };
    let error = client(&emulator).all(0..1_000, map, AllOptions::default()).unwrap().outcomes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let results = error.to_json()["results"].clone();
    assert_eq!(results[0]["status"], "running");
    assert!(results[0]["sessionId"].is_string() || started.load(Ordering::Relaxed) == 3, "{results}");
    assert!(started.load(Ordering::Relaxed) < 10);
}

fn no_config() -> Error {
    jules::Jules::builder().api_key("k").base_url("nonsense").build().unwrap_err()
}

#[tokio::test]
async fn results_come_as_they_finish_with_their_items() {
    let emulator = emulator().await;
    // The first one ends when it is answered, and that is when the others have ended.
    let map = |number: usize| async move {
        Ok(RunConfig::new(if number == 0 { "[scenario:question]" } else { "[scenario:quick]" }))
    };
    let jules = client(&emulator);
    let mut all = jules.all(0..3, map, AllOptions::default()).unwrap();
    let mut order = Vec::new();
    while let Some(one) = all.next().await {
        assert_eq!(one.index, one.item);
        one.result.unwrap();
        order.push(one.index);
        if order.len() == 2 {
            let sessions = jules.sessions(SessionsOptions::default()).page().await.unwrap().items;
            let asking = sessions.iter().find(|session| session.prompt.contains("question")).unwrap();
            let session = jules.session(&asking.id).unwrap();
            session.wait_for(SessionState::AwaitingUserFeedback).await.unwrap();
            session.send("The start page's.").await.unwrap();
        }
    }
    assert_eq!(order.last(), Some(&0));
}

#[tokio::test]
async fn progress_tells_each_step() {
    let emulator = emulator().await;
    emulator.configure(|config| config.concurrent_sessions = Some(1)).unwrap();
    let steps = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&steps);
    let map = |_: usize| async { Ok(RunConfig::new("[scenario:happy]")) };
    let all = client(&emulator).all(0..2, map, at_once(2)).unwrap();
    all.on_progress(move |progress| seen.lock().unwrap().push((progress.index, progress.stage)))
        .outcomes()
        .await
        .unwrap();
    let steps = steps.lock().unwrap();
    for index in 0..2 {
        let own: Vec<_> = steps.iter().filter(|(one, _)| *one == index).map(|(_, stage)| *stage).collect();
        assert_eq!((own.first(), own.last()), (Some(&Stage::Queued), Some(&Stage::Finished)));
    }
    assert!(steps.iter().any(|(_, stage)| *stage == Stage::Waiting));
}

#[tokio::test]
async fn leaving_stops_new_starts() {
    let emulator = emulator().await;
    let map = |_: usize| async { Ok(RunConfig::new("[scenario:silent]")) };
    let mut all = client(&emulator).all(0..100, map, AllOptions::default()).unwrap();
    tokio::select! {
        one = all.next() => panic!("none of them ends, yet there is {one:?}"),
        () = until("three sessions", || emulator.sessions().len() == 3) => {}
    }
    drop(all);
    quiet(&emulator).await;
    assert_eq!(emulator.sessions().len(), 3);
}

#[tokio::test]
async fn a_spent_day_is_an_error_at_once() {
    let emulator = emulator().await;
    let spent = |config: &mut jules_emulator::Config| {
        (config.daily_sessions, config.limit_answer) = (Some(1), LimitAnswer::ResourceExhausted);
    };
    emulator.configure(spent).unwrap();
    let started = Instant::now();
    let results = client(&emulator).all(0..2, quick, at_once(1)).unwrap().settled().await;
    assert!(results[0].is_ok());
    let error = results[1].as_ref().unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::RateLimit, true), "the day passes");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_concurrency_of_nothing_is_refused() {
    let emulator = emulator().await;
    emulator.fault(Fault::status(500));
    assert_eq!(client(&emulator).all(0..1, quick, at_once(0)).unwrap_err().kind(), ErrorKind::Config);
}

/// How many sessions were at work at once at most, and how much of the time of so many slots was used from the first create to
/// the last, in percent.
fn at_work(emulator: &Emulator, slots: usize) -> (usize, f64) {
    let time = |resource: &serde_json::Value, field: &str| -> jules::Timestamp {
        resource[field].as_str().unwrap().parse().unwrap()
    };
    let ended = emulator.sessions().into_iter().filter(|session| session.state == "COMPLETED");
    let spans: Vec<_> =
        ended.map(|one| (time(&one.resource, "createTime"), time(&one.resource, "updateTime"))).collect();
    let last = spans.iter().map(|(from, _)| *from).max().unwrap();
    let mut changes: Vec<_> = spans.into_iter().flat_map(|(from, to)| [(from, 1_i64), (to, -1)]).collect();
    // An end frees its slot for what begins at that very time.
    changes.sort_unstable();
    let (first, mut before) = (changes[0].0, changes[0].0);
    let (mut held, mut most, mut used) = (0, 0, 0);
    for (at, change) in changes {
        used += held * (at.min(last).as_millisecond() - before.min(last).as_millisecond());
        held += change;
        most = most.max(held);
        before = at;
    }
    let whole = (last.as_millisecond() - first.as_millisecond()) * i64::try_from(slots).unwrap();
    (usize::try_from(most).unwrap(), 100.0 * used as f64 / whole as f64)
}

/// Both know of the slots what one of them has learned, and count in the store: nobody refuses anything any more.
#[tokio::test]
async fn two_clients_of_one_store_share_the_slots_that_were_learned() {
    let work = "name: work\nsteps:\n- state: IN_PROGRESS\n- after: 4s\n  completed: true\n";
    let emulator =
        Emulator::builder().speed(20.0).limit_answer(LimitAnswer::Bare).scenario(work).start().await.unwrap();
    emulator.configure(|config| config.concurrent_sessions = Some(2)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let [one, other] = [(), ()].map(|()| builder(&emulator).cache_dir(directory.path()).build().unwrap());
    let silent = |name: &str| one.create_session(RunConfig::new(format!("{name} [scenario:silent]")));
    let (first, second) = (silent("first").await.unwrap(), silent("second").await.unwrap());
    silent("refused").await.unwrap_err();
    first.delete().await.unwrap();
    silent("passes").await.unwrap().delete().await.unwrap();
    second.delete().await.unwrap();
    assert_eq!(other.quota().await.unwrap().slots_limit, Some(2));
    // From here on only they themselves keep to it.
    emulator.configure(|config| config.concurrent_sessions = None).unwrap();

    let map = |name: &'static str| {
        move |number: usize| async move { Ok(RunConfig::new(format!("{name} {number} [scenario:work]"))) }
    };
    let began = Instant::now();
    let both = [(&one, "one"), (&other, "other")].map(|(jules, name)| jules.all(0..6, map(name), at_once(6)).unwrap());
    let both = futures::future::join_all(both.map(|all| all.outcomes())).await;
    assert_eq!(both.into_iter().map(|outcomes| outcomes.unwrap().len()).sum::<usize>(), 12);
    let (most, used) = at_work(&emulator, 2);
    assert_eq!((most, refused_creates(&emulator)), (2, 1), "{used} %");
    // By asking now and then alone it would be half a minute for each.
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert!(used > 40.0, "{used} % of the slots' time was used");
}

#[tokio::test]
async fn a_full_plan_is_asked_for_a_slot_when_one_was_freed_and_hardly_else() {
    let work = "name: work\nsteps:\n- state: IN_PROGRESS\n- after: 10s\n  completed: true\n";
    for answer in [LimitAnswer::ResourceExhausted, LimitAnswer::Bare] {
        let emulator = Emulator::builder().speed(20.0).limit_answer(answer).scenario(work).start().await.unwrap();
        emulator.configure(|config| config.concurrent_sessions = Some(3)).unwrap();
        let jules = builder(&emulator).build().unwrap();
        let map = |number: usize| async move { Ok(RunConfig::new(format!("{number} [scenario:work]"))) };
        let outcomes = jules.all(0..20, map, at_once(20)).unwrap().outcomes().await.unwrap();
        assert_eq!(outcomes.len(), 20);
        // All twenty ask at the beginning; from then on one does for each that has ended, and once in a while for nothing.
        let refused = refused_creates(&emulator);
        assert!(refused <= 30, "{answer:?}: {refused} creates were refused");
    }
}
