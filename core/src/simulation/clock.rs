//! One thread, one paused clock, one source of chance: with these, a seed decides everything.

use std::cell::RefCell;
use std::future::Future;
use std::time::{Duration, SystemTime};

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use tokio::time::Instant;

use crate::ground::surroundings::{Clock, Random, Surroundings, Threads};

/// What the local clock shows when a simulation begins, in seconds since 1970: some day in 2026.
const BEGINNING: Duration = Duration::from_secs(1_767_300_000);

thread_local! {
    static CHANCE: RefCell<Option<SmallRng>> = const { RefCell::new(None) };
}

/// What a simulated client takes from its machine: the seed's chance, the paused clock, and this one thread, so that nothing
/// depends on how the system schedules threads.
pub(super) fn surroundings() -> Surroundings {
    let draw = || CHANCE.with_borrow_mut(|chance| chance.as_mut().map_or(0.5, |random| random.random()));
    let started = Instant::now();
    let clock = move || SystemTime::UNIX_EPOCH + BEGINNING + started.elapsed();
    Surroundings { chance: Random::from_fn(draw), clock: Clock::from_fn(clock), threads: Threads::Inline }
}

/// Runs a program to its end.
pub(super) fn run<T>(seed: u64, program: impl Future<Output = T>) -> T {
    struct Off;
    impl Drop for Off {
        fn drop(&mut self) {
            CHANCE.set(None);
        }
    }
    CHANCE.set(Some(SmallRng::seed_from_u64(seed)));
    let _off = Off;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime can be made").block_on(program)
}
