//! One HTTP call made safe: time limits on silence and on the whole exchange, retries where they are safe, bounded bodies, typed
//! errors. Everything the client sends goes through [`Transport::call`].

mod answer;
mod body;
mod call;
mod error_body;
pub(crate) mod http;
mod json_text;
mod limiter;
mod recent;
mod request;
mod retrier;
mod retry;
#[cfg(test)]
mod tests;
mod toll;

pub(crate) use body::{FromBody, raw};
pub(crate) use call::{Delivery, Failure, Reply, Transport};
pub use recent::RequestInfo;
pub(crate) use request::{Operation, Request};
pub(crate) use retrier::Retrier;
pub(crate) use toll::Toll;
