//! One thread, one paused clock, one source of chance: with these, a seed decides everything.

use std::cell::RefCell;
use std::future::Future;
use std::time::{Duration, SystemTime};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use crate::ground::surroundings::{Clock, Random, Surroundings, Threads};

/// What the local clock shows when a simulation begins, in seconds since 1970: some day in 2026.
const BEGINNING: Duration = Duration::from_secs(1_767_300_000);

thread_local! {
    static CHANCE: RefCell<Option<SmallRng>> = const { RefCell::new(None) };
    static JUMPS: RefCell<Vec<Jump>> = const { RefCell::new(Vec::new()) };
}

/// When the wall clock is set, and by how many seconds: forward, or back.
pub(super) type Jump = (Duration, i64);

/// From now on the wall clocks of this simulation jump like that.
pub(super) fn jump(jumps: &[Jump]) {
    JUMPS.set(jumps.to_vec());
}

/// How far they have jumped by then.
fn jumped(elapsed: Duration) -> i64 {
    JUMPS.with_borrow(|jumps| jumps.iter().filter(|(at, _)| *at <= elapsed).map(|(_, seconds)| seconds).sum())
}

/// What a simulated client takes from its machine: the seed's chance, the paused clock, and this one thread, so that nothing
/// depends on how the system schedules threads.
pub(super) fn surroundings() -> Surroundings {
    let draw = || CHANCE.with_borrow_mut(|chance| chance.as_mut().map_or(0.5, |random| random.random()));
    let started = Instant::now();
    let clock = move || {
        let (elapsed, shown) = (started.elapsed(), SystemTime::UNIX_EPOCH + BEGINNING + started.elapsed());
        let jumped = jumped(elapsed);
        let by = Duration::from_secs(jumped.unsigned_abs());
        if jumped < 0 { shown - by } else { shown + by }
    };
    Surroundings { chance: Random::from_fn(draw), clock: Clock::from_fn(clock), threads: Threads::Inline }
}

/// Runs a program to its end.
pub(super) fn run<T>(seed: u64, program: impl Future<Output = T>) -> T {
    Simulation::new(seed).run(program)
}

/// A thread that simulates: its clock stands still between two programs.
pub(super) struct Simulation(Runtime);

impl Simulation {
    pub(super) fn new(seed: u64) -> Self {
        CHANCE.set(Some(SmallRng::seed_from_u64(seed)));
        Self(Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime can be made"))
    }

    /// Runs a program to its end, and meanwhile whatever was begun before.
    pub(super) fn run<T>(&self, program: impl Future<Output = T>) -> T {
        self.0.block_on(program)
    }

    /// How many tasks there are.
    pub(super) fn tasks(&self) -> usize {
        self.0.metrics().num_alive_tasks()
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        CHANCE.set(None);
        JUMPS.take();
    }
}
