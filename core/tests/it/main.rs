//! The core against the emulator, through its public surface only.

mod support;

mod errors;
mod lifecycle;
