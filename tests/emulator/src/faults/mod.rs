//! Faults: what they are, which requests they meet, and what they do to an exchange.

mod activity;
mod builders;
mod disturbance;
mod fault;
mod page;
mod registry;

pub(crate) use activity::disturb_activity;
pub(crate) use disturbance::{Cut, Disturbance, Manner, html_page};
pub(crate) use fault::FaultKind;
pub use fault::{Fault, Moment};
pub(crate) use page::Endless;
pub use registry::FaultInForce;
pub(crate) use registry::{Registry, Target};
