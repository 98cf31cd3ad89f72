//! Whole processes on one file: killed at any moment, stopped for long, and two at once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod fleet;
mod full;
mod keyed;
mod kill;
mod live;
mod shared;
mod stopped;
mod sync;
mod together;
