//! What changes are noticed. One watcher a session asks the server for news, at a pace that adapts, and writes them to the
//! store; everybody who waits for something of this session listens to that one watcher.

mod cursor;
mod fleet;
mod hub;
mod pulse;
mod schedule;
mod watcher;

pub(crate) use hub::{Hub, Interest, Sent, Watch, Watched};
