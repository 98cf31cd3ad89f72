//! The native half of the npm package `jules-sdk`: core's client as Node-API classes.
//!
//! Nothing is decided here. Values cross as JSON text, errors as fields, cancelling as a
//! token that drops the future; `ts/` gives them their TypeScript form.
#![allow(
    unreachable_pub,
    missing_debug_implementations,
    reason = "what is public here is public to Node, which neither links nor prints it; options hold the key"
)]

mod artifacts;
mod call;
mod cancel;
mod client;
mod error;
mod options;
mod run;
mod runtime;
mod session;
mod stream;
mod values;
