//! One thread, one paused clock, one source of chance: with these, a seed decides everything.

use std::cell::RefCell;
use std::future::Future;

use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

thread_local! {
    static CHANCE: RefCell<Option<SmallRng>> = const { RefCell::new(None) };
}

/// The client's next chance, when this thread runs a simulation.
pub(crate) fn chance() -> Option<f64> {
    CHANCE.with_borrow_mut(|chance| chance.as_mut().map(|random| random.random()))
}

/// Whether this thread runs a simulation. The store then works on this thread too, and nothing depends on how the system
/// schedules threads.
pub(crate) fn is_on() -> bool {
    CHANCE.with_borrow(Option::is_some)
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
