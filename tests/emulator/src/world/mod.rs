//! Everything the emulated service knows. One lock around it, never held across an await.

mod accounts;
mod bulk;
mod choices;
mod clock;
mod config;
mod effects;
mod heavy;
mod limits;
mod rates;
mod seed;
mod session;
mod sessions;
mod sources;
mod stored;
mod touches;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use accounts::{Account, AccountView, Plan};
pub use bulk::BulkSeed;
pub use choices::{ActivityIds, CreateAnswer, ItemWeight, LimitAnswer, ListWeight, QuotaDetails, UpdateTime};
pub(crate) use clock::{Clock, Nanos, format_time, parse_time};
pub use config::Config;
pub(crate) use effects::NewSession;
pub(crate) use heavy::branches_of;
pub use rates::Rate;
pub use seed::SessionSeed;
pub use session::SessionView;
pub(crate) use session::{ActivityRecord, SessionRecord};
pub(crate) use sources::SourceRecord;
pub use sources::SourceSeed;
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
