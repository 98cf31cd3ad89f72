//! Every count is told as it happens, and the sums agree.

use std::sync::{Arc, Mutex};

use jules::{Counter, Recorder, RunConfig, StreamOptions};
use jules_emulator::Fault;

use crate::support::{builder, collect, emulator};

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
    let metrics = jules.metrics();
    let heard = sums.0.lock().unwrap();
    let heard = |counter| heard.get(&counter).copied().unwrap_or_default();
    assert_eq!((metrics.requests, metrics.bytes), (heard(Counter::Requests), heard(Counter::Bytes)));
    assert_eq!((metrics.throttles, metrics.retries), (1, heard(Counter::Retries)));
    assert!(metrics.retries >= 2, "{metrics:?}");
    assert_eq!(metrics.requests, u64::try_from(emulator.journal().len()).unwrap());
    let stored = emulator.session(&outcome.session_id).unwrap().activities.len();
    assert_eq!(metrics.activities, u64::try_from(stored).unwrap());
}
