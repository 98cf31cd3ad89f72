//! What tests and the `/_emulator/` endpoints ask of a running emulator: the same functions for both.

mod append;
mod endpoints;

pub use append::Append;
pub(crate) use append::append;
pub(crate) use endpoints::{Control, plant_session, plant_sources, router};
