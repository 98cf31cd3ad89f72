//! The core against the emulator, through its public surface only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]

mod authority;
mod support;

mod answers;
mod batch;
mod budget;
mod effects;
mod ends;
mod errors;
mod finishing;
mod fleet;
mod flips;
mod goaway;
mod hostile;
mod keys;
mod lagging;
mod lifecycle;
mod metrics;
mod network;
mod odd_http;
mod past;
mod patience;
mod proxy;
mod queue;
mod quota;
mod shapes;
mod shared;
mod streaming;
mod sync;
mod tls;
mod tunnel;
mod wrong_types;
