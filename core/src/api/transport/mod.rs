//! One HTTP call made safe: time limits on silence and on the whole exchange, retries where they are safe, bounded bodies, typed
//! errors. Everything the client sends goes through [`Transport::call`].

mod answer;
mod body;
mod call;
pub(crate) mod http;
mod json_text;
mod limiter;
mod recent;
mod request;
mod retrier;
mod retry;
mod said;
#[cfg(test)]
mod tests;

pub(crate) use body::{Answered, raw};
pub(crate) use call::{Failure, Reply, Transport, Uncertain};
pub use recent::RequestInfo;
pub(crate) use request::{Operation, Request};
