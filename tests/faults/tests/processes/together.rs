//! Several processes stream one session into one store at the same time.

use std::process::Output;
use std::sync::Arc;

use jules_emulator::Emulator;

use crate::live::{on_server, reader, session};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_that_share_a_store_see_one_order_and_no_duplicates() {
    let emulator = Arc::new(Emulator::start().await.unwrap());
    for round in 0..5 {
        let id = session(&emulator, 40, 60);
        let directory = tempfile::tempdir().unwrap();
        // All of them begin with no file at all.
        let readers: Vec<_> = (0..3).map(|_| reader(&emulator, &id, directory.path()).spawn().unwrap()).collect();
        let outputs =
            readers.into_iter().map(|child| tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()));
        let outputs: Vec<Output> = futures::future::try_join_all(outputs).await.unwrap();
        for output in outputs {
            assert!(output.status.success(), "round {round}: {}", String::from_utf8_lossy(&output.stderr));
            let given: Vec<_> = String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
            assert_eq!(given, on_server(&emulator, &id), "round {round}");
        }
    }
}
