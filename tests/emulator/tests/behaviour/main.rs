//! The emulator from outside: one test binary, because linking is what takes time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod binary;
mod control;
mod documents;
mod effects;
mod faults;
mod limits;
mod lists;
mod odd;
mod operations;
mod rates;
mod scenarios;
mod shapes;
mod support;
mod time;
mod weight;
