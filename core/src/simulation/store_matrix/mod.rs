//! Every call of a user against every way in which its store fails, at each read and write that the call makes: what is given
//! is right or a typed error, and who makes the call again has every effect once, and every activity once and in order.

mod calls;
mod scene;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;

use self::calls::{CALLS, Call};
use self::scene::{Scene, Spent};
use super::clock;
use crate::store::{Access, Trouble};

/// A way in which the store fails, from its n-th read or write on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// A read, once.
    Read,
    /// A write, once: before it is done, or although it was.
    Write,
    WriteAfter,
    /// Every write, as on a disk that stays full, until a new client is made.
    Full,
    /// The process is gone where it comes to that write: what it wrote before is all that is left of it.
    Killed,
    /// Another process writes for a while, or for longer than anybody waits.
    Locked,
    LockedForLong,
}

const WAYS: [Way; 7] =
    [Way::Read, Way::Write, Way::WriteAfter, Way::Full, Way::Killed, Way::Locked, Way::LockedForLong];

impl Way {
    fn access(self) -> Access {
        if self == Self::Read { Access::Read } else { Access::Write }
    }

    /// What happens to an access, so many after the first that is met.
    fn trouble(self, later: usize) -> Option<Trouble> {
        let lasts = matches!(self, Self::Full | Self::Killed);
        if later > 0 && !lasts {
            return None;
        }
        Some(match self {
            Self::Read | Self::Write | Self::Full | Self::Killed => Trouble::Before,
            Self::WriteAfter => Trouble::After,
            Self::Locked => Trouble::Locked(Duration::from_secs(10)),
            Self::LockedForLong => Trouble::Locked(Duration::from_secs(45)),
        })
    }

    /// How much longer it may take than without.
    fn delay(self) -> Duration {
        Duration::from_secs(match self {
            Self::Read | Self::Write | Self::WriteAfter => 20,
            Self::Locked => 30,
            Self::Full | Self::Killed => 90,
            Self::LockedForLong => 120,
        })
    }
}

/// What a cell met.
#[derive(Debug)]
struct Met {
    count: Arc<AtomicUsize>,
    killed: Arc<Notify>,
}

/// Lets the n-th access of the scene's client fail this way.
fn arm(scene: &Scene, way: Way, n: usize) -> Met {
    let met = Met { count: Arc::default(), killed: Arc::default() };
    let (count, killed, line) = (Arc::clone(&met.count), Arc::clone(&met.killed), scene.line());
    scene.troubles().set(move |access| {
        if access != way.access() {
            return None;
        }
        let later = count.fetch_add(1, Ordering::Relaxed).checked_sub(n)?;
        if way == Way::Killed && later == 0 {
            line.cut();
            killed.notify_one();
        }
        way.trouble(later)
    });
    met
}

/// How often a call is made.
const PATIENCE: usize = 20;
/// A worker goes on trying while its store is full: after so long its user makes another one.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// Makes the call until it is done, as a user would.
async fn persist(scene: &Scene, call: &Call, way: Way, met: &Met) {
    for _ in 0..PATIENCE {
        let made = tokio::select! {
            biased;
            () = met.killed.notified() => None,
            made = (call.make)(scene) => Some(made),
            () = tokio::time::sleep(GIVEN_UP), if way == Way::Full => None,
        };
        match made {
            Some(Ok(())) => return,
            Some(Err(error)) if !scene.judge(call, &error) => return,
            Some(Err(_)) | None => {}
        }
        if matches!(way, Way::Full | Way::Killed) {
            scene.restart();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("the call failed {PATIENCE} times");
}

/// One cell: whether the call came to the n-th access, and what all of it took.
async fn play(call: &Call, trouble: Option<(Way, usize)>) -> (bool, Spent) {
    let scene = Scene::new(call).await;
    let (way, n) = trouble.unwrap_or((Way::Read, usize::MAX));
    let began = scene.spent();
    let met = arm(&scene, way, n);
    persist(&scene, call, way, &met).await;
    let spent = scene.spent() - began;
    let is_met = met.count.load(Ordering::Relaxed) > n;
    scene.restart();
    scene.check(call, way == Way::Killed && is_met).await;
    (is_met, spent)
}

/// The first cells of a way are all played, and of the others one of so many unless `JULES_LONG` is set.
const FIRST: usize = 4;
const FURTHER: usize = 20;

/// Plays all cells of a call; gives back how many there are of each way.
fn play_all(call: &Call) -> BTreeMap<Way, usize> {
    let run = |trouble: Option<(Way, usize)>| {
        clock::run(1, async {
            let limit = Duration::from_secs(3_600);
            tokio::time::timeout(limit, play(call, trouble)).await.expect("it ends within an hour")
        })
    };
    let (_, plain) = run(None);
    let cells = |way: Way| {
        let met = |n: usize| {
            let told = Told(format!("{} / {way:?} {n}", call.name));
            let (met, spent) = run(Some((way, n)));
            assert!(spent.time <= plain.time + way.delay(), "{}: {spent:?}, and {plain:?} without", told.0);
            let most = 3 * plain.requests + 20 + usize::try_from(way.delay().as_secs()).unwrap() / 2;
            assert!(spent.requests <= most, "{}: {spent:?}, and {plain:?} without", told.0);
            met
        };
        let part = if std::env::var_os("JULES_LONG").is_some() { 1 } else { FURTHER };
        (0..FIRST).chain((FIRST..).step_by(part)).take_while(|n| met(*n)).count()
    };
    WAYS.into_iter().map(|way| (way, cells(way))).collect()
}

/// Says which cell it was that failed.
struct Told(String);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the cell {}", self.0);
        }
    }
}

static TABLE: Mutex<()> = Mutex::new(());

/// The calls are spread over so many tests, which run side by side.
const PARTS: usize = 4;

fn play_part(part: usize) {
    let only = std::env::var("JULES_MATRIX_CALL").ok();
    let wanted = |call: &&Call| only.as_deref().is_none_or(|only| only == call.name);
    let rows: Vec<_> =
        CALLS.iter().skip(part).step_by(PARTS).filter(wanted).map(|call| (call, play_all(call))).collect();
    let _one = TABLE.lock();
    println!("{:<28} {}", "cells", WAYS.map(|way| format!("{:>14}", format!("{way:?}"))).concat());
    for (call, cells) in &rows {
        println!("{:<28} {}", call.name, WAYS.map(|way| format!("{:>14}", cells[&way])).concat());
    }
    println!("{} in all", rows.iter().flat_map(|(_, cells)| cells.values()).sum::<usize>());
}

mod a_call_whose_store_fails_anywhere_has_its_effect_once {
    use super::play_part;

    #[test]
    fn part_0() {
        play_part(0);
    }

    #[test]
    fn part_1() {
        play_part(1);
    }

    #[test]
    fn part_2() {
        play_part(2);
    }

    #[test]
    fn part_3() {
        play_part(3);
    }
}
