//! The engine: what keeps the promises. It brings service and store together: watching, streaming, syncing, effects that
//! happen once.

mod acts;
pub(crate) mod deleted;
pub(crate) mod effects;
mod end;
pub(crate) mod freshness;
mod hub;
pub(crate) mod outcome;
pub(crate) mod presence;
pub(crate) mod queue;
pub(crate) mod quota;
mod rows;
pub(crate) mod stall;
pub(crate) mod stream;
pub(crate) mod sync;
pub(crate) mod watch;

pub(crate) use hub::{Hub, Limits};
