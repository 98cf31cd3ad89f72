//! What is done with bytes of any kind. `targets` gives them what libFuzzer makes up, `tests/seeds.rs` the seeds: where to
//! begin, and what once failed. What needs the inside of a client, answers and queries, is in core (`jules::fuzzing`).
#![allow(clippy::unwrap_used, clippy::panic)]

mod options;
mod patch;

pub use options::options;
pub use patch::patch;

/// A scenario of the emulator: it is one, or the text says where it isn't.
pub fn scenario(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data)
        && let Err(why) = jules_emulator::scenario_name(text)
    {
        assert!(!why.is_empty());
    }
}
