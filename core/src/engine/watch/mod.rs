//! What changes are noticed. One watcher a session asks the server for news, at a pace that adapts, and writes them to the
//! store; everybody who waits for something of this session listens to that one watcher.

mod aside;
mod attend;
mod belief;
mod commit;
mod cursor;
mod fleet;
mod mend;
mod pulse;
mod schedule;
mod status;
mod step;
mod watched;
mod watcher;

pub(crate) use belief::kept;
pub(crate) use fleet::Fleet;
pub(crate) use pulse::Pulse;
pub(crate) use watched::{Interest, Watch, Watched};
