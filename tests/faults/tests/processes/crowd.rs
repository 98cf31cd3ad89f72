//! A hundred processes at once on one store (twelve, unless `JULES_LONG` is set), all of which begin with no file at all: each
//! gives everything once, in order.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jules_emulator::Emulator;

use crate::shared::{assert_whole, begin, follower, grow, output};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_processes_on_one_store_give_everything_once() {
    let count = if std::env::var_os("JULES_LONG").is_some() { 100 } else { 12 };
    let emulator = Arc::new(Emulator::start().await.unwrap());
    let session = begin(&emulator);
    let directory = tempfile::tempdir().unwrap();
    let crowd: Vec<_> = (0..count).map(|_| follower(&emulator, directory.path(), 100, &session)).collect();
    grow(&emulator, &session, 60, Duration::from_millis(100)).await.unwrap();
    for output in join_all(crowd.into_iter().map(output)).await {
        assert_whole(&output, &emulator, &session);
    }
}
