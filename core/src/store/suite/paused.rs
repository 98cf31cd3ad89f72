//! A pause for a fork: no thread is inside any store meanwhile.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use super::*;
use crate::store::pause_for_fork;

pub(crate) async fn nothing_is_written_while_the_stores_are_paused(engine: &dyn Engine) {
    let store = open(engine).await;
    commit(&*store, "s", of(vec![activity("before", "x")])).await;
    let (sender, done) = mpsc::channel();
    let writer = Arc::clone(&store);
    let write = tokio::task::spawn_blocking(move || {
        let paused = pause_for_fork();
        let writing = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { commit(&*writer, "s", of(vec![activity("while", "x")])).await });
            sender.send(()).unwrap();
        });
        let early = done.recv_timeout(Duration::from_millis(100)).is_ok();
        drop(paused);
        assert!(!early, "it was written during the pause");
        done.recv_timeout(Duration::from_secs(10)).unwrap();
        writing.join().unwrap();
    });
    write.await.unwrap();
    assert_eq!(all_ids(&*store, "s").await, ["before", "while"]);
}
