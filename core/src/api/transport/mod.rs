//! One HTTP call made safe: a time limit over the whole exchange, retries where they are safe, bounded bodies, typed
//! errors. Everything the client sends goes through [`Transport::call`].

mod answer;
mod call;
pub(crate) mod http;
mod limiter;
mod request;
mod retry;

pub(crate) use call::{Reply, Transport, Uncertain};
pub(crate) use request::{Operation, Request};
