//! A session from its creation to its pull request.

use futures::StreamExt;
use jules::{Error, ErrorKind, HistoryOptions, Query, RunConfig, SessionState, StreamOptions};

use crate::support::{client, collect, emulator, kinds};

#[tokio::test]
async fn a_run_gives_its_activities_and_then_its_pull_request() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let run = jules.run(RunConfig::new("Fix it [scenario:happy]").source("octocat/hello-world"));
    let activities = collect(run.stream(StreamOptions::default())).await;
    assert_eq!(kinds(&activities).last(), Some(&"sessionCompleted"), "{:?}", kinds(&activities));
    let outcome = run.await.unwrap();
    assert_eq!(outcome.state, SessionState::Completed);
    assert!(outcome.pull_request.unwrap().url.contains("/pull/"));
}

#[tokio::test]
async fn a_person_approves_asks_and_gets_the_result() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let config = RunConfig::new("Build it [scenario:demo]").source("octocat/hello-world");
    let session = jules.create_session(config).await.unwrap();
    let info = session.wait_for(SessionState::AwaitingPlanApproval).await.unwrap();
    assert!(!info.plan.unwrap().steps.is_empty());
    session.approve().await.unwrap();
    let answer = session.ask("Why this way?").await.unwrap();
    assert_eq!(answer.kind(), "agentMessaged");
    let outcome = session.result().await.unwrap();
    assert_eq!(outcome.state, SessionState::Completed);
    let history = collect(session.history(HistoryOptions::default())).await;
    let again = collect(session.stream(StreamOptions::default())).await;
    assert_eq!(history, again);
}

#[tokio::test]
async fn a_failed_session_is_an_outcome_with_its_reason() {
    let emulator = emulator().await;
    let outcome = client(&emulator).run(RunConfig::new("Fail [scenario:failure]")).await.unwrap();
    assert_eq!(outcome.state, SessionState::Failed);
    assert!(outcome.failure_reason.is_some());
}

#[tokio::test]
async fn a_long_session_arrives_whole_and_in_order() {
    let emulator = jules_emulator::Emulator::builder().speed(500.0).start().await.unwrap();
    let jules = client(&emulator);
    let session = jules.create_session(RunConfig::new("Go on [scenario:long]").require_approval(false)).await.unwrap();
    let activities = collect(session.stream(StreamOptions::default())).await;
    assert!(activities.len() >= 500);
    let mut ids: Vec<_> = activities.iter().map(|activity| activity.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), activities.len());
    assert!(activities.is_sorted_by_key(|activity| activity.create_time));
}

#[tokio::test]
async fn a_stream_can_go_on_after_an_activity_and_leave_out_what_is_not_wanted() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let session = jules
        .create_session(RunConfig::new("[scenario:happy]").source("octocat/hello-world").require_approval(false))
        .await
        .unwrap();
    let all = collect(session.stream(StreamOptions::default())).await;
    let rest = collect(session.stream(StreamOptions::default().after(&all[1].id))).await;
    assert_eq!(rest, all[2..]);
    let progress = collect(session.stream(StreamOptions::default().types(["progressUpdated"]))).await;
    assert!(!progress.is_empty() && progress.iter().all(|activity| activity.kind() == "progressUpdated"));
    let mut updates = session.updates(StreamOptions::default());
    assert!(updates.next().await.is_none());
}

#[tokio::test]
async fn listings_come_page_by_page() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    for number in 0..5 {
        jules.create_session(RunConfig::new(format!("number {number}"))).await.unwrap();
    }
    let mut options = jules::SessionsOptions::default();
    options.page_size = Some(2);
    let page = jules.sessions(options.clone()).page().await.unwrap();
    assert_eq!(page.items.len(), 2);
    assert!(page.next_page_token.is_some());
    let all: Vec<_> = jules.sessions(options.clone()).collect().await;
    assert_eq!(all.len(), 5);
    options.limit = Some(3);
    assert_eq!(jules.sessions(options).collect::<Vec<_>>().await.len(), 3);
    let sources: Vec<_> = jules.sources(jules::SourcesOptions::default()).collect().await;
    assert!(sources.into_iter().any(|source| source.unwrap().id == "github/octocat/hello-world"));
}

#[tokio::test]
async fn a_closed_client_doesnt_read_its_store_either() {
    let emulator = emulator().await;
    let jules = client(&emulator);
    let id = jules.run(RunConfig::new("Fix it [scenario:quick]")).await.unwrap().session_id;
    let session = jules.session(&id).unwrap();
    let mut offline = HistoryOptions::default();
    offline.offline = true;
    let mut begun = session.history(offline.clone());
    session.cached_info().await.unwrap();
    jules.close().await;
    let refused = [
        jules.select(Query::sessions()).await.err(),
        jules.cache_info().await.err(),
        session.cached_info().await.err(),
        session.cached_snapshot().await.err(),
        session.cache_info().await.err(),
        session.activities().select(Query::activities()).await.err(),
        session.history(offline).next().await.and_then(Result::err),
        begun.next().await.and_then(Result::err),
    ];
    for (at, error) in refused.iter().enumerate() {
        assert_eq!(error.as_ref().map(Error::kind), Some(ErrorKind::Closed), "call {at}: {error:?}");
    }
}
