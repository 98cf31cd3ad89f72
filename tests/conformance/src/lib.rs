//! Conformance: one set of cases, run through the public API of every language, judged in one place.
//!
//! A case (`cases/*.yaml`) says how its emulator is set up, which steps are taken, and what each must give. The
//! [runner](runner) starts an emulator per case and language, hands each language's driver a [plan](plan), and
//! [judges](judge) what comes back; then all languages must [agree](agreement). The README has the format.

#![forbid(unsafe_code)]

pub mod agreement;
pub mod breakage;
pub mod case;
pub mod driver;
pub mod judge;
mod lane;
pub mod language;
mod leftover;
pub mod matcher;
pub mod matrix;
pub mod plan;
pub mod process;
pub mod report;
pub mod runner;
mod table;
pub mod world;
