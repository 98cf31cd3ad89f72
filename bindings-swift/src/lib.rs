//! The Rust half of the Swift package: what crosses the boundary, and how. It isn't a public interface: the Swift in
//! `Sources/Jules` is, and it is the only caller.
//!
//! Objects with an identity (client, session, run, streams, cancel token) cross as handles. Values cross as the one
//! JSON shape that all languages share, and become Swift structs and enums there: one encoding to keep right, and Swift's
//! `Codable` gives the same JSON back. Only activities, which come by the thousand, cross packed (`packed`). Arguments
//! cross as records.

mod artifacts;
mod batch;
mod cancel;
mod client;
mod failure;
mod json;
mod living;
mod logger;
mod options;
mod packed;
mod queue;
mod run;
mod runtime;
mod session;
mod snapshot;
mod stream;
mod sync;
mod values;

uniffi::setup_scaffolding!("JulesGlue");
