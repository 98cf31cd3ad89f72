//! `kill -9` in the middle of everything that a program does, in Rust, Python and Node: what was given to its user is a beginning
//! of the whole, the store opens, and the next process goes on to the same outcome, with no session doubled.
//!
//! `JULES_CRASHES` says how often each program is killed (2 unless it is set). The programs of Python and Node are started by
//! `.dev/run faults crashes`, which builds the packages and says where the languages are.

mod kill;
mod older;
mod program;
mod promise;
mod stage;

use rand::SeedableRng;
use rand::rngs::SmallRng;

use self::kill::When;
use self::program::Language;
use self::stage::Stage;

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Stream,
    Sync,
    All,
    Queue,
    Key,
    Delete,
    /// The tables of an older version are brought up to date.
    Migration,
}

/// How often one store sees its process killed before one comes to the end.
const KILLS_EACH: usize = 3;

#[expect(clippy::print_stdout, reason = "the figures")]
async fn survives(language: Language, work: Work) {
    let wanted = std::env::var("JULES_CRASHES").map_or(2, |text| text.parse().unwrap());
    let mut random = SmallRng::seed_from_u64(work as u64 * 10 + language as u64);
    let (mut kills, mut rounds) = (0, 0);
    while kills < wanted {
        rounds += 1;
        assert!(rounds <= 5 + 2 * wanted, "{rounds} rounds, and only {kills} kills");
        let stage = Stage::new(work).await;
        let mut printed = Vec::new();
        for turn in 0..KILLS_EACH.min(wanted - kills) {
            let when = When::draw(&stage, rounds + turn, &mut random);
            let (killed, lines) = stage.kill(language, when).await;
            kills += usize::from(killed);
            printed.push(lines);
        }
        stage.emulator.clear_faults();
        let last = stage.start(language).finish().await;
        stage.holds(&printed, &last).await;
    }
    println!("{kills} kills of {work:?} in {language:?}, {rounds} stores");
}

macro_rules! in_languages {
    ($($name:ident: $language:ident $(, $ignored:literal)?;)*) => { $(
        mod $name {
            use super::{Language, Work, survives};

            in_languages!(@works $language [$($ignored)?]
                a_stream: Stream, a_sync: Sync, all: All, a_queue: Queue, a_run_with_a_key: Key, deletes: Delete,
                a_migration: Migration);
        }
    )* };
    (@works $language:ident $ignored:tt $($name:ident: $work:ident),*) => {
        $( in_languages!(@work $language $ignored $name $work); )*
    };
    (@work $language:ident [] $name:ident $work:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            survives(Language::$language, Work::$work).await;
        }
    };
    (@work $language:ident [$ignored:literal] $name:ident $work:ident) => {
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        #[ignore = $ignored]
        async fn $name() {
            survives(Language::$language, Work::$work).await;
        }
    };
}

in_languages! {
    rust: Rust;
    python: Python, "starts the Python package: .dev/run faults crashes";
    node: Node, "starts the Node package: .dev/run faults crashes";
}
