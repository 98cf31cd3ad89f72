//! HTTP below the API: connections that can be cut, answers, and how a body is delivered.

mod answer;
mod connection;
mod delivery;
mod exchange;
mod listener;

pub(crate) use answer::{Answer, CUT_SURROGATE, STRANGE_VALUE};
pub use connection::TrafficView;
pub(crate) use connection::{Connection, Traffic};
pub(crate) use exchange::{Incoming, VERSION, exchange};
pub(crate) use listener::accept;
