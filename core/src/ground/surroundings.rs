//! What a client takes from the machine it runs on: chance, the wall clock, threads. They are passed in, so that a test can
//! bring its own and nothing below knows of it.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::model::Timestamp;

/// Random, time and threads, as one client has them. The default is the machine's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    pub(crate) chance: Random,
    pub(crate) clock: Clock,
    pub(crate) threads: Threads,
}

/// Spreads waits so that clients don't move in step.
#[derive(Clone, Default)]
pub(crate) struct Random(Option<Arc<dyn Fn() -> f64 + Send + Sync>>);

impl Random {
    /// Draws from this instead of the machine's source.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn from_fn(draw: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(draw)))
    }

    /// A number in 0..1.
    pub(crate) fn draw(&self) -> f64 {
        match &self.0 {
            Some(draw) => draw(),
            None => rand::random(),
        }
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

/// The wall clock. It may jump: for dates only, never for measuring.
#[derive(Clone, Default)]
pub(crate) struct Clock(Option<Arc<dyn Fn() -> SystemTime + Send + Sync>>);

impl Clock {
    /// Reads this clock instead of the machine's.
    #[cfg(test)]
    pub(crate) fn from_fn(read: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(read)))
    }

    /// What it shows.
    pub(crate) fn now(&self) -> Timestamp {
        let now = self.0.as_ref().map_or_else(SystemTime::now, |read| read());
        Timestamp::from_system(now).unwrap_or(Timestamp::EPOCH)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

/// Where work is done that would hold up a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Threads {
    /// On threads of the runtime that are there for it.
    #[default]
    Pool,
    /// On the thread that asks, so that nothing depends on how the system schedules threads.
    #[cfg(any(test, fuzzing))]
    Inline,
}
