//! What changes are noticed. One watcher a session asks the server for news, at a pace that adapts, and writes them to the
//! store; everybody who waits for something of this session listens to that one watcher.

mod acts;
mod attend;
mod belief;
mod read_through;
mod commit;
mod cursor;
mod empty;
mod fleet;
mod interest;
mod subscription;
mod look;
mod repair;
mod snapshot;
mod schedule;
mod status;
mod step;
mod advance;
mod watched;
mod watcher;
mod lease;

pub(crate) use belief::kept;
pub(crate) use read_through::PageOrigin;
pub(crate) use fleet::Fleet;
pub(crate) use interest::Interest;
pub(crate) use subscription::Subscription;
pub(crate) use snapshot::WatchSnapshot;
pub(crate) use advance::Advance;
pub(crate) use watched::Watched;
