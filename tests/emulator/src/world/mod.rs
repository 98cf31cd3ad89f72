//! Everything the emulated service knows. One lock around it, never held across an await.

mod clock;
mod config;
mod effects;
mod seed;
mod session;
mod sources;
mod stored;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use clock::{Clock, Nanos, format_time, parse_time};
pub use config::{Config, LimitAnswer};
pub(crate) use effects::NewSession;
pub use seed::SessionSeed;
pub(crate) use session::SessionRecord;
pub use session::SessionView;
pub(crate) use sources::{github_source, source_name};
pub(crate) use stored::{Draft, Stored, When};

/// The service behind the API: a clock and what is stored.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    stored: Mutex<Stored>,
}

impl World {
    pub(crate) fn new(stored: Stored) -> Self {
        let clock = Clock::new();
        clock.set_skew(stored.config.clock_skew_ms);
        Self { clock, stored: Mutex::new(stored) }
    }

    /// A panic elsewhere doesn't take the emulator down.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a new configuration into use.
    pub(crate) fn configure(&self, config: Config) -> Result<(), String> {
        config.check()?;
        self.clock.set_skew(config.clock_skew_ms);
        self.lock().config = config;
        Ok(())
    }
}
