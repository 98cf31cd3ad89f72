//! A Jules server for tests, demos and CI: all twelve operations, a scripted agent, faults, a journal.
//!
//! From Rust it runs in the test's own process; everyone else starts the binary `jules-emulator` and
//! reads its address from the first line it prints. The README describes both, the scenario format,
//! the control endpoints and the faults.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let emulator = jules_emulator::Emulator::start().await?;
//! // Point a client at it, with any key:
//! let base_url = emulator.url();
//! # assert!(base_url.starts_with("http://127.0.0.1:"));
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod api;
mod builder;
mod control;
mod emulator;
mod faults;
mod journal;
mod script;
mod serve;
mod world;

pub use builder::EmulatorBuilder;
pub use control::Append;
pub use emulator::Emulator;
pub use faults::{Fault, FaultInForce, Moment};
pub use journal::JournalEntry;
pub use serve::TrafficView;
pub use world::{
    Account, AccountView, ActivityIds, BulkSeed, Config, CreateAnswer, ItemWeight, LimitAnswer, ListWeight, Plan,
    QuotaDetails, Rate, SessionSeed, SessionView, SourceSeed, UpdateTime,
};

/// The name of a scenario in YAML.
///
/// # Errors
/// Says where the text can't be read.
pub fn scenario_name(yaml: &str) -> Result<String, String> {
    script::Scenario::parse(yaml).map(|scenario| scenario.name)
}
