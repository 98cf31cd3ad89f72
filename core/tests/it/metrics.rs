//! Every count is told as it happens, and the sums agree.

use std::sync::{Arc, Mutex};

use jules::{Counter, Recorder, RunConfig, StreamOptions};
use jules_emulator::{Fault, Moment};

use crate::support::{builder, collect, emulator, until};

#[derive(Clone, Debug, Default)]
struct Sums(Arc<Mutex<std::collections::HashMap<Counter, u64>>>);

impl Recorder for Sums {
    fn add(&self, counter: Counter, amount: u64) {
        *self.0.lock().unwrap().entry(counter).or_default() += amount;
    }
}

#[tokio::test]
async fn the_recorder_hears_what_the_sums_say() {
    let emulator = emulator().await;
    let sums = Sums::default();
    let jules = builder(&emulator).recorder(sums.clone()).build().unwrap();
    emulator.fault(Fault::status(429).retry_after(0).on("sessions.get").times(1));
    emulator.fault(Fault::status(503).on("activities.list").times(1));
    let run = jules.run(RunConfig::new("[scenario:quick]"));
    collect(run.stream(StreamOptions::default())).await;
    let outcome = run.await.unwrap();
    // A look may be under way still: it is counted when it is sent, its bytes when they are there. The one that the end came
    // before may never leave.
    until("all that was sent has come, and is answered", || {
        let (metrics, heard) = (jules.metrics(), sums.0.lock().unwrap().clone());
        let is_told = |counter, sum| heard.get(&counter).copied().unwrap_or_default() == sum;
        is_told(Counter::Requests, metrics.requests)
            && is_told(Counter::Bytes, metrics.bytes)
            && metrics.requests.saturating_sub(u64::try_from(emulator.journal().len()).unwrap()) <= 1
    })
    .await;
    let metrics = jules.metrics();
    let heard = sums.0.lock().unwrap();
    let heard = |counter| heard.get(&counter).copied().unwrap_or_default();
    assert_eq!((metrics.throttles, metrics.retries), (1, heard(Counter::Retries)));
    assert!(metrics.retries >= 2, "{metrics:?}");
    let stored = emulator.session(&outcome.session_id).unwrap().activities.len();
    assert_eq!(metrics.activities, u64::try_from(stored).unwrap());
}

#[tokio::test]
async fn creates_that_are_refused_and_made_again_are_counted() {
    let emulator = emulator().await;
    let jules = builder(&emulator).build().unwrap();
    emulator.fault(Fault::status(429).retry_after(0).on("sessions.create").times(2));
    jules.create_session(RunConfig::new("[scenario:quick]")).await.unwrap();
    let metrics = jules.metrics();
    assert_eq!(metrics.throttles, 2);
    assert!(metrics.retries >= 1, "{metrics:?}");
}

#[tokio::test]
async fn a_session_and_its_activities_are_asked_for_at_once() {
    let emulator = emulator().await;
    let id = emulator.plant(serde_json::from_value(serde_json::json!({"state": "IN_PROGRESS"})).unwrap()).unwrap();
    emulator.fault(Fault::hang(Moment::Before).on("sessions.get"));
    let jules = builder(&emulator).build().unwrap();
    for look in [true, false] {
        let before = emulator.journal().len();
        let session = jules.session(&id).unwrap();
        let looking =
            tokio::spawn(async move { if look { drop(session.info().await) } else { drop(session.snapshot().await) } });
        // The session itself is never told.
        until("the activities are asked for", || {
            emulator.journal()[before..].iter().any(|entry| entry.path.contains("activities"))
        })
        .await;
        looking.abort();
    }
}
