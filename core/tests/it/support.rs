//! One emulator a test, with time ten times faster or more, and a client that remembers in memory.

use std::time::{Duration, Instant};

use futures::StreamExt;
use jules::{Activity, ActivityStream, Cache, Jules, JulesBuilder, RetryOptions};
use jules_emulator::Emulator;

pub(crate) async fn emulator() -> Emulator {
    Emulator::builder().speed(50.0).start().await.unwrap()
}

pub(crate) fn builder(emulator: &Emulator) -> JulesBuilder {
    Jules::builder()
        .api_key("test-key")
        .base_url(emulator.url())
        .cache(Cache::Memory)
        .polling_interval(Duration::from_millis(20))
        .activity_budget(false)
        .retry(quick_retry())
}

pub(crate) fn quick_retry() -> RetryOptions {
    let mut retry = RetryOptions::default();
    retry.base_delay = Some(Duration::from_millis(10));
    retry.max_delay = Some(Duration::from_millis(100));
    retry.max_elapsed = Some(Duration::from_secs(10));
    retry
}

pub(crate) fn client(emulator: &Emulator) -> Jules {
    builder(emulator).build().unwrap()
}

/// Waits until something has happened.
pub(crate) async fn until(what: &str, mut happened: impl FnMut() -> bool) {
    let waiting = async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(Duration::from_secs(10), waiting).await.is_ok(), "within 10 s not seen: {what}");
}

/// Waits until nobody has asked the emulator anything for ten of the polling intervals of [`builder`].
pub(crate) async fn quiet(emulator: &Emulator) {
    let came = || emulator.journal().last().map_or(0, |entry| entry.seq);
    let end = Instant::now() + Duration::from_secs(10);
    let (mut last, mut since) = (came(), Instant::now());
    while since.elapsed() < Duration::from_millis(200) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        if came() != last {
            (last, since) = (came(), Instant::now());
        }
        let latest = emulator.journal().pop();
        assert!(Instant::now() < end, "requests still come after 10 s: {latest:?}");
    }
}

pub(crate) async fn collect(stream: ActivityStream) -> Vec<Activity> {
    let all: Vec<_> = tokio::time::timeout(Duration::from_secs(20), stream.collect()).await.expect("the stream ends");
    all.into_iter().map(|activity| activity.unwrap()).collect()
}

pub(crate) fn kinds(activities: &[Activity]) -> Vec<&str> {
    activities.iter().map(Activity::kind).collect()
}
