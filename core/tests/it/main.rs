//! The core against the emulator, through its public surface only.

mod support;

mod effects;
mod errors;
mod lifecycle;
mod streaming;
