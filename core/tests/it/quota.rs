//! Full plans: what a refused create says, who waits for a slot, and that none is made twice.

use std::time::{Duration, Instant};

use futures::future::join_all;
use jules::{AllOptions, ErrorKind, Jules, Limit, Result, RunConfig, SessionState, SlotWait};
use jules_emulator::{Emulator, Fault, LimitAnswer};
use serde_json::json;

use crate::support::{builder, client, until};

const LONG: &str = "name: work\nsteps:\n- state: IN_PROGRESS\n- after: 2s\n  completed: true\n";

async fn emulator(answer: LimitAnswer, slots: usize, speed: f64) -> Emulator {
    let emulator = Emulator::builder().speed(speed).limit_answer(answer).scenario(LONG).start().await.unwrap();
    emulator.configure(|config| config.concurrent_sessions = Some(slots)).unwrap();
    emulator
}

fn at_once(concurrency: usize) -> AllOptions {
    let mut options = AllOptions::default();
    options.concurrency = Some(concurrency);
    options
}

async fn work(number: usize) -> Result<RunConfig> {
    Ok(RunConfig::new(format!("number {number} [scenario:work]")).title(number.to_string()))
}

fn silent(name: &str) -> RunConfig {
    RunConfig::new(format!("{name} [scenario:silent]"))
}

fn creates(emulator: &Emulator) -> usize {
    emulator.journal().iter().filter(|entry| entry.operation == Some("sessions.create")).count()
}

/// A refusal in either form that says nothing, with the kind that it has.
const SILENT_ANSWERS: [(LimitAnswer, ErrorKind); 2] =
    [(LimitAnswer::Bare, ErrorKind::Precondition), (LimitAnswer::GenericQuota, ErrorKind::RateLimit)];

#[tokio::test]
async fn a_refusal_without_words_says_what_holds_the_slots_and_learns_which_limit_it_was() {
    for (answer, kind) in SILENT_ANSWERS {
        let emulator = emulator(answer, 2, 50.0).await;
        let jules = client(&emulator);
        let first = jules.create_session(silent("first")).await.unwrap();
        jules.create_session(silent("second")).await.unwrap();
        let error = jules.create_session(silent("third")).await.unwrap_err();
        assert_eq!((error.kind(), error.limit(), error.used()), (kind, Some(Limit::Unknown), Some(2)), "{error}");
        assert!(error.retryable() && error.allowed().is_none() && error.next_at().is_none());
        assert!(error.message().contains(first.id()), "{error}");

        first.delete().await.unwrap();
        jules.create_session(silent("third")).await.unwrap();
        let error = jules.create_session(silent("fourth")).await.unwrap_err();
        assert_eq!((error.limit(), error.used(), error.allowed()), (Some(Limit::Slots), Some(2), Some(2)), "{error}");
        assert_eq!(error.to_json()["limit"], "slots");
        let quota = jules.quota().await.unwrap();
        assert_eq!((quota.slots_used, quota.slots_limit, quota.day_used), (2, Some(2), 3), "the deleted one counts");
        assert_eq!(emulator.sessions().len(), 2);
    }
}

#[tokio::test]
async fn a_refusal_with_nothing_in_use_is_about_something_else() {
    let emulator = Emulator::builder().speed(50.0).start().await.unwrap();
    emulator.fault(Fault::bare_precondition().on("sessions.create"));
    let error = client(&emulator).create_session(silent("x")).await.unwrap_err();
    assert_eq!((error.kind(), error.limit(), error.retryable()), (ErrorKind::Precondition, None, false), "{error}");
    assert_eq!(creates(&emulator), 1);
}

#[tokio::test]
async fn general_words_of_a_quota_with_nothing_in_use_are_waited_out() {
    let emulator = Emulator::builder().speed(50.0).start().await.unwrap();
    emulator.fault(Fault::generic_quota().on("sessions.create").times(3));
    client(&emulator).create_session(silent("x")).await.unwrap();
    assert_eq!((creates(&emulator), emulator.sessions().len()), (4, 1));
}

#[tokio::test]
async fn a_spent_day_is_known_the_second_time_and_says_when_it_may_pass() {
    let emulator = emulator(LimitAnswer::Bare, 100, 1.0).await;
    emulator.configure(|config| config.daily_sessions = Some(2)).unwrap();
    let jules = client(&emulator);
    for _ in 0..2 {
        jules.run(RunConfig::new("[scenario:quick]")).await.unwrap();
    }
    let error = jules.run(RunConfig::new("[scenario:quick]")).await.unwrap_err();
    assert_eq!((error.limit(), error.used()), (Some(Limit::Unknown), Some(0)), "{error}");
    let error = jules.run(RunConfig::new("[scenario:quick]")).await.unwrap_err();
    assert_eq!((error.limit(), error.used(), error.allowed()), (Some(Limit::Day), Some(2), Some(2)), "{error}");
    let next_at = error.next_at().unwrap();
    let first = emulator.sessions().last().unwrap().resource["createTime"].as_str().unwrap().parse().unwrap();
    let day = next_at.as_millisecond() - jules::Timestamp::as_millisecond(first);
    assert_eq!(day, 24 * 3_600_000);
    let quota = jules.quota().await.unwrap();
    assert_eq!((quota.day_used, quota.day_limit, quota.next_at), (2, Some(2), Some(next_at)));
    let results = jules.all(0..2, work, at_once(1)).unwrap().settled().await;
    assert!(results.iter().all(|one| one.as_ref().unwrap_err().limit() == Some(Limit::Day)));
}

#[tokio::test]
async fn a_create_that_was_refused_and_taken_is_adopted() {
    let emulator = emulator(LimitAnswer::Bare, 100, 50.0).await;
    emulator.fault(Fault::refused_but_created().on("sessions.create").times(10));
    emulator.fault(Fault::over_quota_but_created().on("sessions.create").skip(10));
    let jules = client(&emulator);
    let same =
        |_| async { jules.create_session(RunConfig::new("Do it [scenario:silent]")).await.unwrap().id().to_owned() };
    let mut ids = join_all((0..20).map(same)).await;
    ids.sort();
    let mut there: Vec<_> = emulator.sessions().into_iter().map(|session| session.id).collect();
    there.sort();
    assert_eq!(ids, there);
    assert_eq!((ids.len(), creates(&emulator)), (20, 20));
}

/// The look at what is in use takes so long that all that held a slot has ended: that isn't taken for a spent day.
#[tokio::test]
async fn slots_that_became_free_between_a_refusal_and_the_look_are_no_spent_day() {
    let emulator = emulator(LimitAnswer::Bare, 1, 20.0).await;
    let jules = client(&emulator);
    let first = jules.create_session(silent("first")).await.unwrap();
    emulator.fault(Fault::delay(400).on("sessions.list").times(2));
    let end = json!({"session": first.id(), "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
    let second = async { jules.create_session(silent("second").wait_for_slot(SlotWait::Forever)).await };
    let refused = async {
        until("a refusal", || emulator.journal().iter().any(|entry| entry.status == Some(400))).await;
        emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
    };
    let (second, ()) = tokio::join!(second, refused);
    second.unwrap();
    assert_eq!(jules.quota().await.unwrap().day_limit, None);
    assert_eq!(emulator.sessions().len(), 2);
}

#[tokio::test]
async fn twelve_items_on_three_slots_are_all_finished_once_each() {
    for (answer, _) in SILENT_ANSWERS {
        let emulator = emulator(answer, 3, 20.0).await;
        let outcomes = client(&emulator).all(0..12, work, at_once(12)).unwrap().outcomes().await.unwrap();
        let titles: Vec<_> = outcomes.iter().map(|outcome| outcome.title.parse::<usize>().unwrap()).collect();
        assert_eq!(titles, (0..12).collect::<Vec<_>>());
        assert!(outcomes.iter().all(|outcome| outcome.state == SessionState::Completed));
        assert_eq!(emulator.sessions().len(), 12, "{answer:?}");
    }
}

/// Sessions of 2 s on 5 slots, asked for at once, the limit learned before: how long it took, measured by the ideal. 50 of
/// them with JULES_LONG, else 20.
#[tokio::test]
async fn all_keeps_the_slots_of_a_full_plan_busy() {
    // The figure is one for a quiet machine; beside all other tests only the kind of it counts: probes alone would take 4 × and more.
    let (count, most) = if std::env::var_os("JULES_LONG").is_some() { (50, 1.3) } else { (20, 3.5) };
    let emulator = emulator(LimitAnswer::Bare, 5, 1.0).await;
    let jules = client(&emulator);
    // Sessions that end when they are told to: the limit is learned from them.
    let full: Vec<_> = join_all((0..5).map(|_| jules.create_session(silent("full")))).await;
    jules.create_session(silent("refused")).await.unwrap_err();
    full[0].as_ref().unwrap().delete().await.unwrap();
    jules.create_session(silent("passes")).await.unwrap().delete().await.unwrap();
    join_all(full[1..].iter().map(|one| one.as_ref().unwrap().delete())).await;
    assert_eq!(jules.quota().await.unwrap().slots_limit, Some(5));
    let before = emulator.sessions().len();
    let began = Instant::now();
    let outcomes = jules.all(0..count, work, at_once(count)).unwrap().outcomes().await.unwrap();
    let ideal = 2.0 * (count / 5) as f64;
    let factor = began.elapsed().as_secs_f64() / ideal;
    println!("all of {count} x 2 s on 5 slots: {factor:.2} x ideal, {} creates", creates(&emulator));
    assert_eq!((outcomes.len(), emulator.sessions().len()), (count, count + before));
    assert!(factor <= most, "{factor:.2} x ideal");
}

#[tokio::test]
async fn a_run_waits_for_a_slot_only_if_it_is_told_to() {
    let emulator = emulator(LimitAnswer::Bare, 1, 50.0).await;
    let jules = client(&emulator);
    let first = jules.create_session(silent("first")).await.unwrap();
    let error = jules.run(RunConfig::new("a [scenario:quick]")).await.unwrap_err();
    assert_eq!(error.limit(), Some(Limit::Unknown));
    let hurried = RunConfig::new("b [scenario:quick]").wait_for_slot(Duration::from_millis(100));
    let began = Instant::now();
    let error = jules.run(hurried).await.unwrap_err();
    assert!(error.limit().is_some() && error.used() == Some(1), "{error}");
    assert!(began.elapsed() < Duration::from_secs(5));
    let patient = jules.run(RunConfig::new("c [scenario:quick]").wait_for_slot(SlotWait::Forever));
    let (outcome, ()) = tokio::join!(patient.outcome(), async { first.delete().await.unwrap() });
    assert_eq!(outcome.unwrap().state, SessionState::Completed);
}

#[tokio::test]
async fn with_limits_known_beforehand_nothing_is_sent_that_must_be_refused() {
    let emulator = emulator(LimitAnswer::Bare, 2, 50.0).await;
    let jules = builder(&emulator).slots(2).per_day(20).build().unwrap();
    let outcomes = jules.all(0..12, work, at_once(12)).unwrap().outcomes().await.unwrap();
    assert_eq!((outcomes.len(), creates(&emulator)), (12, 12), "no create was refused");
    jules.create_session(silent("first")).await.unwrap();
    let second = jules.create_session(silent("second")).await.unwrap();
    let error = jules.create_session(silent("third")).await.unwrap_err();
    assert_eq!((error.limit(), error.used(), error.allowed()), (Some(Limit::Slots), Some(2), Some(2)), "{error}");
    assert_eq!(creates(&emulator), 14);
    // Ended while nobody here watched.
    emulator.append_all(ended(second.id())).unwrap();
    for number in 0..6 {
        jules
            .create_session(RunConfig::new(format!("{number} [scenario:quick]")))
            .await
            .unwrap()
            .result()
            .await
            .unwrap();
    }
    let error = jules.create_session(silent("one more")).await.unwrap_err();
    assert_eq!((error.limit(), error.used(), error.allowed()), (Some(Limit::Day), Some(20), Some(20)), "{error}");
    assert!(error.next_at().is_some());
    assert_eq!(creates(&emulator), 20);
}

fn ended(session: &str) -> jules_emulator::Append {
    serde_json::from_value(serde_json::json!({ "session": session, "state": "COMPLETED" })).unwrap()
}

#[tokio::test]
async fn several_keys_of_an_account_share_what_was_learned() {
    let emulator = emulator(LimitAnswer::Bare, 1, 50.0).await;
    let directory = tempfile::tempdir().unwrap();
    let with_key = |key: &str| -> Jules {
        builder(&emulator).api_key(key).account("team").cache_dir(directory.path()).build().unwrap()
    };
    let first = with_key("one").create_session(silent("first")).await.unwrap();
    with_key("one").create_session(silent("second")).await.unwrap_err();
    first.delete().await.unwrap();
    with_key("one").create_session(silent("second")).await.unwrap();
    let error = with_key("two").create_session(silent("third")).await.unwrap_err();
    assert_eq!((error.limit(), error.allowed()), (Some(Limit::Slots), Some(1)), "{error}");
    assert_eq!(with_key("two").quota().await.unwrap().day_used, 2, "the deleted one counts here too");
}
