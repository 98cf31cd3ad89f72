//! The native half of the npm package `jules-sdk`: core's client as Node-API classes.
//!
//! Nothing is decided here. Values cross as JSON text, errors as fields, cancelling as a
//! token that drops the future; `ts/` gives them their TypeScript form.
#![expect(unreachable_pub, reason = "napi exports nothing else: what is public here is public to Node")]
#![cfg_attr(test, allow(dead_code, reason = "napi registers no exports in a test build"))]

mod artifacts;
mod batch;
mod call;
mod cancel;
mod chunk;
mod client;
mod error;
mod logger;
mod long;
mod options;
mod patch;
mod query;
mod queue;
mod run;
mod runtime;
mod session;
mod snapshot;
mod stream;
mod sync;
mod text;
mod values;
