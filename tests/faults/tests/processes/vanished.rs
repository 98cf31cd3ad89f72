//! Files of the store that are deleted or cut short while a process uses them: what is given is never wrong. Whoever streams
//! gives the rest, or ends with an error of the cache; whoever comes next has everything.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jules_emulator::Emulator;

use crate::live::{on_server, within};
use crate::shared::{LIMIT, asked_twice, begin, follower, grow, lines, output};

/// What happens to the files.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// The write-ahead log is deleted.
    LogDeleted,
    LogEmptied,
    /// Half of it is left.
    LogHalved,
    /// With the file that tells what is in it.
    LogAndIndexDeleted,
    /// As somebody does who clears the cache.
    AllDeleted,
}

impl Harm {
    fn befall(self, directory: &Path) {
        let file = |suffix: &str| directory.join(format!("store.sqlite3{suffix}"));
        let cut = |length: u64| OpenOptions::new().write(true).open(file("-wal")).unwrap().set_len(length).unwrap();
        match self {
            Self::LogDeleted => fs::remove_file(file("-wal")).unwrap(),
            Self::LogEmptied => cut(0),
            Self::LogHalved => cut(fs::metadata(file("-wal")).unwrap().len() / 2),
            Self::LogAndIndexDeleted => ["-wal", "-shm"].iter().for_each(|name| fs::remove_file(file(name)).unwrap()),
            Self::AllDeleted => ["", "-wal", "-shm"].iter().for_each(|name| fs::remove_file(file(name)).unwrap()),
        }
    }
}

const HARMS: [Harm; 5] =
    [Harm::LogDeleted, Harm::LogEmptied, Harm::LogHalved, Harm::LogAndIndexDeleted, Harm::AllDeleted];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_vanish_under_a_process_make_nothing_wrong() {
    for harm in HARMS {
        let emulator = Arc::new(Emulator::start().await.unwrap());
        let session = begin(&emulator);
        let directory = tempfile::tempdir().unwrap();
        let living = follower(&emulator, directory.path(), 20, &session);
        let growing = grow(&emulator, &session, 60, Duration::from_millis(20));
        within(LIMIT, "the living one's requests", asked_twice(&emulator, &session)).await;
        within(LIMIT, "the living one's requests", asked_twice(&emulator, &session)).await;
        harm.befall(directory.path());
        // One that begins on what is left, while the first one goes on.
        let next = follower(&emulator, directory.path(), 20, &session);
        growing.await.unwrap();
        let whole = on_server(&emulator, &session);
        for (who, child) in [("the living one", living), ("the next one", next)] {
            let output = output(child).await;
            let given: Vec<_> = lines(&output).into_iter().map(|(id, _)| id).collect();
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(whole.starts_with(&given), "{harm:?}, {who}: {given:?} is not the beginning of {whole:?}");
            if output.status.success() {
                assert_eq!(given, whole, "{harm:?}, {who}");
            } else {
                assert_eq!(output.status.code(), Some(1), "{harm:?}, {who}: {error}");
                assert!(
                    error.contains("Store") && error.contains(&*directory.path().to_string_lossy()),
                    "{harm:?}: {error}"
                );
                println!("{harm:?}, {who}: {} of {}, then {error}", given.len(), whole.len());
            }
        }
        // Whoever comes behind them has everything, or is told what to do; when that is done, has everything.
        let last = output(follower(&emulator, directory.path(), 20, &session)).await;
        if !last.status.success() {
            let error = String::from_utf8_lossy(&last.stderr);
            assert!(error.contains("damaged"), "{harm:?}: {error}");
            println!("{harm:?}, behind them: {error}");
            fs::remove_dir_all(directory.path()).unwrap();
            fs::create_dir(directory.path()).unwrap();
            crate::shared::assert_whole(
                &output(follower(&emulator, directory.path(), 20, &session)).await,
                &emulator,
                &session,
            );
        } else {
            crate::shared::assert_whole(&last, &emulator, &session);
        }
    }
}
