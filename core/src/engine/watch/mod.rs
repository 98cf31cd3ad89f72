//! What changes are noticed. One watcher a session asks the server for news, at a pace that adapts, and writes them to the
//! store; everybody who waits for something of this session listens to that one watcher.

mod acts;
mod advance;
mod attend;
mod belief;
mod commit;
mod cursor;
mod empty;
mod fleet;
mod interest;
mod lease;
mod look;
mod read_through;
mod refusal;
mod repair;
mod schedule;
mod snapshot;
mod status;
mod step;
mod subscription;
mod watched;
mod watcher;

pub(crate) use advance::Advance;
pub(crate) use belief::kept;
pub(crate) use fleet::Fleet;
pub(crate) use interest::Interest;
pub(crate) use read_through::PageOrigin;
pub(crate) use snapshot::WatchSnapshot;
pub(crate) use subscription::Subscription;
pub(crate) use watched::Watched;
