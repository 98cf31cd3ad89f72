//! What is done to sessions, each effect exactly once: creating one, telling it something, asking it.

mod act;
mod ask;
mod config;
mod create;
mod note;
mod once;
mod recent;

pub(crate) use act::{approve, archive, delete, send, stop};
pub(crate) use ask::ask;
pub(crate) use config::{Defaults, check_stall};
pub use config::{GitHubSource, RunConfig};
pub(crate) use create::{Intent, Turns, create};
pub(crate) use note::ActNote;
pub(crate) use recent::{BRAND_NEW, Recent, Sent, Waking};
