//! Whole processes on one file: killed at any moment, stopped for long, and two at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod clocks;
mod crashes;
mod crowd;
mod cycles;
mod disk;
mod fleet;
mod full;
mod keyed;
mod kill;
mod live;
mod postgres;
mod server;
mod shared;
mod skip;
mod stopped;
mod sync;
mod together;
mod vanished;
