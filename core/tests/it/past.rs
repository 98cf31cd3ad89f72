//! An account with a long past: 2,500 sessions of 300 kB each in full form, 300 ms an item; 500 repositories; a session of
//! 100,000 activities. What each costs is printed.

use std::time::{Duration, Instant};

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt};
use jules::{
    ActivityBudget, Cache, Jules, RunConfig, SessionState, SourcesOptions, StreamOptions, SyncOptions, Timestamp,
};
use jules_emulator::{BulkSeed, Emulator, Fault, ItemWeight, JournalEntry, SourceSeed};
use serde_json::json;

use crate::support::{builder, client, quick_retry};

const SESSIONS: usize = 2_500;

/// The account, at this speed; an item in a light form costs 4 ms. Nothing is compressed unless a test wants it to be.
async fn busy(speed: f64) -> Emulator {
    let work = "name: work\nsteps:\n- state: IN_PROGRESS\n- after: 8s\n  completed: true\n";
    let emulator = Emulator::builder().speed(speed).scenario(work).start().await.unwrap();
    emulator.plant_many(&BulkSeed { count: SESSIONS, weight: 300_000, ..BulkSeed::default() }).unwrap();
    let weight = ItemWeight { ms: 300.0, light_ms: 4.0, ..ItemWeight::default() };
    emulator.configure(|config| config.list_weight.sessions = weight).unwrap();
    emulator.configure(|config| config.gzip = false).unwrap();
    emulator
}

fn of<'a>(journal: &'a [JournalEntry], operation: &'a str) -> impl Iterator<Item = &'a JournalEntry> {
    journal.iter().filter(move |entry| entry.operation == Some(operation))
}

fn bytes<'a>(entries: impl Iterator<Item = &'a JournalEntry>) -> usize {
    entries.map(|entry| entry.response_bytes).sum()
}

#[tokio::test]
async fn a_lost_create_is_adopted_at_once() {
    let emulator = busy(1.0).await;
    let jules = client(&emulator);
    for fault in [Fault::refused_but_created(), Fault::status(503).after_effect()] {
        emulator.clear_faults();
        emulator.fault(fault.on("sessions.create").times(1));
        let began = Instant::now();
        let session = jules.create_session(RunConfig::new("lost [scenario:silent]")).await.unwrap();
        println!("a lost create was adopted in {:?}", began.elapsed());
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        assert_eq!(emulator.sessions().first().unwrap().id, session.id());
    }
    assert_eq!(of(&emulator.journal(), "sessions.create").count(), 2);
    assert_eq!(emulator.sessions().len(), SESSIONS + 2);
    let began = Instant::now();
    let quota = jules.quota().await.unwrap();
    println!("quota() took {:?}", began.elapsed());
    assert_eq!((quota.slots_used, quota.day_used), (2, 2));
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_first_sync_of_metadata_is_quick_and_light() {
    let speed = 10.0;
    let emulator = busy(speed).await;
    let began = Instant::now();
    let report = client(&emulator).sync(SyncOptions::default()).await.unwrap();
    let own = began.elapsed().mul_f64(speed);
    assert!(report.is_complete);
    assert_eq!(report.sessions_ingested, SESSIONS);
    let journal = emulator.journal();
    let all = bytes(journal.iter());
    println!(
        "sync of {SESSIONS} sessions: {own:.1?} of the emulator's own time, {} requests, {all} bytes",
        journal.len()
    );
    // Sped up, this machine's own work counts ten times: the figure is one for a quiet one.
    let most = if std::env::var_os("JULES_LONG").is_some() { 60 } else { 150 };
    assert!(own < Duration::from_secs(most), "{own:?}");
    assert!(all < 5_000_000, "{all} bytes");
}

#[tokio::test]
async fn a_fleet_of_a_hundred_is_watched_lightly_and_no_list_is_asked_for_in_full() {
    let emulator = busy(2.0).await;
    let jules = Jules::builder().api_key("k").base_url(emulator.url()).cache(Cache::Memory);
    let jules = jules.activity_budget(ActivityBudget::Unlimited).retry(quick_retry()).build().unwrap();
    let mut sessions = Vec::new();
    for number in 0..100 {
        let config = RunConfig::new(format!("number {number} [scenario:work]")).require_approval(false);
        sessions.push(jules.create_session(config).await.unwrap());
    }
    emulator.clear_journal();
    let results = sessions.iter().map(|session| session.result().timeout(Duration::from_secs(60)));
    for outcome in join_all(results).await {
        assert_eq!(outcome.unwrap().state, SessionState::Completed);
    }
    let journal = emulator.journal();
    let looks = of(&journal, "sessions.list").filter(|entry| !entry.query.contains("title")).count();
    let (listed, each) = (bytes(of(&journal, "sessions.list")), of(&journal, "sessions.get").count());
    println!("a fleet of 100: {looks} looks of {} bytes, {each} asked for alone", listed / looks);
    assert!(of(&journal, "sessions.list").all(|entry| entry.query.contains("fields=")));
    assert!(listed / looks < 20_000, "{listed} bytes in {looks} looks");
    assert!(each <= 110, "{each} asked for alone");
}

#[tokio::test]
async fn sources_are_listed_however_many_branches_they_have() {
    let emulator = Emulator::builder().speed(20.0).start().await.unwrap();
    let many = SourceSeed {
        made_branches: 199,
        count: Some(500),
        ..serde_json::from_value(json!({"owner": "o", "repo": "r"})).unwrap()
    };
    emulator.plant_sources(&many).unwrap();
    // A page of a hundred takes longer than this client waits.
    let weight = ItemWeight { ms: 100.0, ..ItemWeight::default() };
    emulator.configure(|config| config.list_weight.sources = weight).unwrap();
    let jules = builder(&emulator).request_timeout(Duration::from_millis(400)).build().unwrap();
    let mut options = SourcesOptions::default();
    options.page_size = Some(100);
    let began = Instant::now();
    let sources: Vec<_> = jules.sources(options).try_collect().await.unwrap();
    let ours: Vec<_> =
        sources.iter().filter_map(|source| source.github_repo()).filter(|repo| repo.owner == "o").collect();
    let journal = emulator.journal();
    println!(
        "{} sources in {:.1?}, {} requests, {} bytes",
        sources.len(),
        began.elapsed(),
        journal.len(),
        bytes(journal.iter())
    );
    assert_eq!(ours.len(), 500);
    assert!(ours.iter().all(|repo| repo.branches.len() == 200), "all branches of each");
    emulator.clear_journal();
    jules.source("o/r-0250").await.unwrap();
    let one = emulator.journal();
    println!("one of them: {} requests, {} bytes", one.len(), bytes(one.iter()));
}

#[tokio::test]
async fn the_pages_of_a_hundred_thousand_activities_are_read_once() {
    let emulator = Emulator::start().await.unwrap();
    let begin: Timestamp = "2025-06-01T00:00:00Z".parse().unwrap();
    let at = |number: i128| Timestamp::from_nanosecond(begin.as_nanosecond() + number * 1_000_000_000).unwrap();
    let mut activities: Vec<_> =
        (0..99_999).map(|number| json!({"progressUpdated": {"title": "work"}, "createTime": at(number)})).collect();
    activities.push(json!({"sessionCompleted": {}, "createTime": at(99_999)}));
    let seed = json!({"state": "COMPLETED", "createTime": begin, "updateTime": at(100_000), "activities": activities});
    let id = emulator.plant(serde_json::from_value(seed).unwrap()).unwrap();
    let began = Instant::now();
    let stream = client(&emulator).session(&id).unwrap().stream(StreamOptions::default());
    let given = stream.fold(0, |count, activity| async move { activity.map(|_| count + 1).unwrap() }).await;
    let journal = emulator.journal();
    println!(
        "{given} activities in {:.1?}, {} requests, {} bytes",
        began.elapsed(),
        journal.len(),
        bytes(journal.iter())
    );
    assert_eq!(given, 100_000);
    assert!(journal.len() <= 1_010, "{} requests", journal.len());
}
