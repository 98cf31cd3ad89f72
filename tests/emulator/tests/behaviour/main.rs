//! The emulator from outside: one test binary, because linking is what takes time.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod binary;
mod control;
mod documents;
mod faults;
mod lists;
mod operations;
mod scenarios;
mod support;
