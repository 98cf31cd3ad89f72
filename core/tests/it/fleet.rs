//! Many sessions watched together cost few requests, and nothing is missed.

use std::time::Duration;

use jules::{Cache, Jules, RunConfig, Session, SessionState};
use jules_emulator::{Emulator, Fault, JournalEntry};

use crate::support::until;

fn adaptive(emulator: &Emulator) -> Jules {
    let builder = Jules::builder().api_key("k").base_url(emulator.url()).cache(Cache::Memory);
    // What is looked at here is how few requests the states take, not how the activities' budget is kept.
    builder.activity_budget(false).retry(crate::support::quick_retry()).build().unwrap()
}

/// How often this session was asked for, not a page of them.
fn asked_alone(emulator: &Emulator, id: &str) -> usize {
    let alone = |entry: &&JournalEntry| entry.operation == Some("sessions.get") && entry.path.ends_with(id);
    emulator.journal().iter().filter(alone).count()
}

async fn watch_many(emulator: &Emulator, count: usize) -> usize {
    let jules = adaptive(emulator);
    let mut sessions = Vec::new();
    for number in 0..count {
        let config = RunConfig::new(format!("number {number} [scenario:happy]")).require_approval(false);
        sessions.push(jules.create_session(config).await.unwrap());
    }
    emulator.clear_journal();
    let outcomes =
        futures::future::join_all(sessions.iter().map(|session| session.result().timeout(Duration::from_secs(20))))
            .await;
    for outcome in outcomes {
        assert_eq!(outcome.unwrap().state, SessionState::Completed);
    }
    emulator.journal().iter().filter(|entry| entry.operation.is_some_and(|name| name.starts_with("sessions."))).count()
}

#[tokio::test]
async fn forty_sessions_cost_less_than_two_requests_each_to_watch() {
    let emulator = Emulator::builder().speed(5.0).start().await.unwrap();
    let requests = watch_many(&emulator, 40).await;
    assert!(requests < 80, "{requests} requests");
}

#[tokio::test]
async fn who_begins_to_watch_many_asks_for_them_by_the_page() {
    let emulator = Emulator::builder().start().await.unwrap();
    let jules = adaptive(&emulator);
    let mut sessions = Vec::new();
    for _ in 0..40 {
        sessions.push(jules.create_session(RunConfig::new("[scenario:silent]")).await.unwrap());
    }
    emulator.clear_journal();
    let waits = sessions.iter().map(|one| one.wait_for(SessionState::Completed).timeout(Duration::from_secs(20)));
    let end = async {
        let lists = |entry: &JournalEntry| entry.operation == Some("sessions.list") && entry.status == Some(200);
        until("a page of sessions", || emulator.journal().iter().any(lists)).await;
        let alone = emulator.journal().iter().filter(|entry| entry.operation == Some("sessions.get")).count();
        assert!(alone <= 10, "{alone} of 40 sessions were asked for alone");
        for session in &sessions {
            let end = serde_json::json!({"session": session.id(), "state": "COMPLETED", "activities": []});
            emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
        }
    };
    let (infos, ()) = tokio::join!(futures::future::join_all(waits), end);
    assert!(infos.into_iter().all(|info| info.is_ok()));
    // What came out of one that has ended only itself tells; no page of whole sessions is ever asked for.
    let alone = emulator.journal().iter().filter(|entry| entry.operation == Some("sessions.get")).count();
    assert!(alone <= 50, "{alone} of 40 sessions were asked for alone, most of them twice");
    let journal = emulator.journal();
    let mut lists = journal.iter().filter(|entry| entry.operation == Some("sessions.list"));
    assert!(lists.all(|entry| entry.query.contains("fields=")));
}

#[tokio::test]
async fn who_begins_to_watch_more_than_a_page_asks_for_them_by_the_page_too() {
    let emulator = Emulator::builder().start().await.unwrap();
    let ids = (0..250).map(|number| {
        let session = serde_json::json!({"id": format!("{}", 1000 + number)});
        emulator.plant(serde_json::from_value(session).unwrap()).unwrap()
    });
    let ids: Vec<_> = ids.collect();
    let jules = adaptive(&emulator);
    let sessions: Vec<_> = ids.iter().map(|id| jules.session(id).unwrap()).collect();
    let waits = sessions.iter().map(|session| session.wait_for(SessionState::InProgress));
    let infos = futures::future::join_all(waits).await;
    assert!(infos.into_iter().all(|info| info.is_ok()));
    let alone = emulator.journal().iter().filter(|entry| entry.operation == Some("sessions.get")).count();
    // Those that came before the first page, which depends on the machine: `simulation::fleet` holds the clock and counts.
    assert!(alone < ids.len(), "all sessions were asked for alone");
}

#[tokio::test]
async fn a_frozen_update_time_and_refused_fields_lose_nothing() {
    for fault in [
        Fault::freeze_update_time(),
        Fault::refuse_fields(),
        Fault::ignore_fields(),
        Fault::status(503).on("sessions.list").nth(3),
    ] {
        let emulator = Emulator::builder().speed(20.0).start().await.unwrap();
        emulator.fault(fault);
        watch_many(&emulator, 6).await;
    }
}

#[tokio::test]
async fn sessions_far_down_the_list_are_asked_for_alone() {
    let emulator = Emulator::builder().speed(20.0).start().await.unwrap();
    let jules = adaptive(&emulator);
    let mut old = Vec::new();
    for _ in 0..5 {
        old.push(jules.create_session(RunConfig::new("[scenario:silent]")).await.unwrap());
    }
    for number in 0..250 {
        let seed = serde_json::json!({"prompt": format!("newer {number}")});
        emulator.plant(serde_json::from_value(seed).unwrap()).unwrap();
    }
    let waits = old.iter().map(|session| session.wait_for(SessionState::Completed).timeout(Duration::from_secs(20)));
    let end = async {
        let alone = |session: &Session| asked_alone(&emulator, session.id()) > 0;
        until("each of them asked for alone", || old.iter().all(alone)).await;
        for session in &old {
            let end = serde_json::json!({"session": session.id(), "state": "COMPLETED", "activities": []});
            emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
        }
    };
    let (infos, ()) = tokio::join!(futures::future::join_all(waits), end);
    assert!(infos.into_iter().all(|info| info.is_ok()));
}

#[tokio::test]
async fn an_ended_session_is_asked_for_once_and_not_again_when_nobody_wants_it_any_more() {
    let emulator = Emulator::builder().start().await.unwrap();
    let plant = |number: usize| {
        let session = serde_json::json!({"id": format!("{}", 1000 + number), "state": "IN_PROGRESS"});
        emulator.plant(serde_json::from_value(session).unwrap()).unwrap()
    };
    let ids: Vec<_> = (0..40).map(plant).collect();
    let jules = adaptive(&emulator);
    let sessions: Vec<_> = ids.iter().map(|id| jules.session(id).unwrap()).collect();
    let working = sessions.iter().map(|one| one.wait_for(SessionState::InProgress).timeout(Duration::from_secs(20)));
    let ends = sessions.iter().map(|one| one.wait_for(SessionState::Completed).timeout(Duration::from_secs(20)));
    let begin = async {
        assert!(futures::future::join_all(working).await.into_iter().all(|info| info.is_ok()));
        // Right behind one look all end before the next.
        emulator.clear_journal();
        until("a look", || emulator.journal().iter().any(|entry| entry.operation == Some("sessions.list"))).await;
        for id in ids.iter().step_by(2) {
            let end =
                serde_json::json!({"session": id, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
            emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
        }
        let half = |entry: &JournalEntry| entry.operation == Some("activities.list");
        until("half of them to end", || emulator.journal().iter().filter(|entry| half(entry)).count() >= 20).await;
        emulator.clear_journal();
        until("a look", || emulator.journal().iter().any(|entry| entry.operation == Some("sessions.list"))).await;
        for id in ids.iter().skip(1).step_by(2) {
            let end =
                serde_json::json!({"session": id, "state": "COMPLETED", "activities": [{"sessionCompleted": {}}]});
            emulator.append_all(serde_json::from_value(end).unwrap()).unwrap();
        }
    };
    let (infos, ()) = tokio::join!(futures::future::join_all(ends), begin);
    assert!(infos.into_iter().all(|info| info.is_ok()));
    // The second half since the journal was cleared; of the first nothing more is asked.
    for (number, id) in ids.iter().enumerate() {
        assert_eq!(asked_alone(&emulator, id), number % 2, "{id}");
    }
}

#[tokio::test]
async fn a_state_that_a_page_tells_costs_no_request_of_its_own_and_who_waited_for_it_has_the_rest() {
    let emulator = Emulator::builder().start().await.unwrap();
    let plant = |number: usize| {
        let session =
            serde_json::json!({"id": format!("{}", 1000 + number), "title": "t", "prompt": "p", "state": "QUEUED"});
        emulator.plant(serde_json::from_value(session).unwrap()).unwrap()
    };
    let ids: Vec<_> = (0..12).map(plant).collect();
    let jules = adaptive(&emulator);
    let sessions: Vec<_> = ids.iter().map(|id| jules.session(id).unwrap()).collect();
    let to = |id: &str, state: &str| {
        let pull_request = serde_json::json!({"pullRequest": {"url": format!("https://github.com/o/r/pull/{id}")}});
        let news = serde_json::json!({"session": id, "state": state, "activities": [], "outputs": [pull_request]});
        emulator.append_all(serde_json::from_value(news).unwrap()).unwrap();
    };
    let ends = sessions.iter().map(|one| one.wait_for(SessionState::Completed).timeout(Duration::from_secs(20)));
    let plan = sessions[0].wait_for(SessionState::AwaitingPlanApproval).timeout(Duration::from_secs(20));
    let play = async {
        for state in ["PLANNING", "AWAITING_PLAN_APPROVAL", "IN_PROGRESS"] {
            emulator.clear_journal();
            let looked = |entry: &JournalEntry| entry.operation == Some("sessions.list") && entry.status == Some(200);
            until("a look", || emulator.journal().iter().filter(|entry| looked(entry)).count() >= 2).await;
            ids.iter().for_each(|id| to(id, state));
            emulator.clear_journal();
            until("a look", || emulator.journal().iter().filter(|entry| looked(entry)).count() >= 2).await;
            let alone: usize = ids.iter().skip(1).map(|id| asked_alone(&emulator, id)).sum();
            assert_eq!(alone, 0, "{state} was told by the page");
        }
        ids.iter().for_each(|id| to(id, "COMPLETED"));
    };
    let (plan, ends, ()) = tokio::join!(plan, futures::future::join_all(ends), play);
    let plan = plan.unwrap();
    assert_eq!((plan.state, plan.title.as_str(), plan.prompt.as_str()), (SessionState::AwaitingPlanApproval, "t", "p"));
    assert!(plan.pull_request.is_some(), "what came out by then is told too");
    assert!(ends.into_iter().all(|info| info.unwrap().pull_request.is_some()));
}
