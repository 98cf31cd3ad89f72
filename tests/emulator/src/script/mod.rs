//! The scripted agent: scenarios, how a session picks one, and how it is played.

mod agent;
mod choose;
mod scenario;
mod shipped;
mod template;
mod wire;

pub(crate) use agent::play;
pub(crate) use choose::{choose, without_marker};
pub(crate) use scenario::Scenario;
pub(crate) use shipped::Library;
pub(crate) use template::{Variables, filler};
