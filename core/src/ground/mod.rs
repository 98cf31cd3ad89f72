//! The ground: ideas that know nothing of the service, the store or a client. Whatever stands here can be read by itself.

pub(crate) mod crypto;
pub(crate) mod diff;
pub(crate) mod error;
pub(crate) mod flow;
pub(crate) mod last_error;
#[cfg(feature = "log")]
pub(crate) mod log;
pub(crate) mod log_scope;
pub(crate) mod metrics;
pub(crate) mod model;
pub(crate) mod moment;
pub(crate) mod outage;
pub(crate) mod paging;
pub(crate) mod printable;
pub(crate) mod query;
pub(crate) mod replace;
pub(crate) mod runtime;
pub(crate) mod spelling;
pub(crate) mod suggestion;
pub(crate) mod surroundings;
pub(crate) mod timestamp;
pub(crate) mod wait_reason;
pub(crate) mod waits;
